"""The courier: carries public events to the webhooks, in the order of each log, at least once.

One process delivers at a time (a lease in the database). A slow or broken receiver holds up its own events of one
service and nothing else.
"""

from __future__ import annotations

import json
import random
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import anyio
import httpx
import structlog

from services.gateway.door import Door
from services.gateway.port import PortError, ServicePort
from services.gateway.service_tokens import ROLE
from services.gateway.tokens import TokenIssuer
from services.gateway.webhooks import signing
from services.gateway.webhooks.addresses import AddressRefused, Target, resolve
from services.gateway.webhooks.outbox import LEASE_S, Hook, Outbox, Spot
from services.gateway.webhooks.settings import WebhookSettings
from shared.catalogue.refusals import Refusal
from shared.contracts.envelope import CONTENT_TYPE
from shared.runtime.tokens import PROGRAMME, GrantInForce

PAGE = 100
TIMEOUT_S = 10.0
"""Seconds that a receiver has to answer, all in all."""
ASKED_EVERY_S = LEASE_S / 2
"""Seconds for which a process that had its lease renewed goes on without asking."""
MOST_WAIT_S = 60 * 60.0
"""Seconds that a receiver's own Retry-After is believed for."""
GONE = 410
log = structlog.get_logger("impulso.webhooks")
PauseCause = str
Pause = Callable[[UUID, PauseCause], None]


@dataclass(frozen=True)
class Outcome:
    """What came of one delivery: ``word`` is ``delivered``, or why not; ``wait_s`` is what the receiver asked for."""

    word: str
    status: int | None = None
    ms: int = 0
    wait_s: float = 0.0

    @property
    def arrived(self) -> bool:
        return self.word == "delivered"


class Courier:
    """Delivers what is due. ``pause`` pauses a webhook for good reasons of the courier's own."""

    def __init__(
        self,
        port: ServicePort,
        door: Door,
        issuer: TokenIssuer,
        settings: WebhookSettings,
        pause: Pause,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self.outbox: Outbox = door.outbox
        self._port = port
        self._door = door
        self._issuer = issuer
        self._pause = pause
        self._clock = clock
        self._name = uuid4()
        self._running: set[tuple[UUID, str]] = set()
        self._leads_until = 0.0

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            async with anyio.create_task_group() as group:
                while True:
                    try:
                        for hook, service in await self._due():
                            group.start_soon(self._carry, hook, service)
                    except Exception as error:
                        # The store may be away for a while; nothing is lost by looking again.
                        log.error("webhooks_not_looked_at", error=type(error).__name__)
                    await anyio.sleep(self.settings.poll_s)
        finally:
            if self._leads_until:
                await self._resign()

    async def _resign(self) -> None:
        """Give the lease back, while the process stops; one that cannot ends by itself."""
        try:
            with anyio.move_on_after(2, shield=True):
                await anyio.to_thread.run_sync(self.outbox.resign, self._name, abandon_on_cancel=True)
        except Exception as error:
            log.warning("webhook_lease_not_given_back", error=type(error).__name__)

    async def deliver(self) -> None:
        """Everything that is due now, once."""
        async with anyio.create_task_group() as group:
            for hook, service in await self._due():
                group.start_soon(self._carry, hook, service)

    async def ping(self, hook_id: UUID, url: str) -> Outcome:
        """Send a signed message that is no event; what came of it is in the log of deliveries as well."""
        message_id = f"ping:{uuid4()}"
        body = {"specversion": "1.0", "id": message_id, "source": "urn:impulso:gateway", "type": "Ping"}
        body["time"] = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        outcome = await self._send(hook_id, url, message_id, json.dumps(body).encode())
        await self._note(hook_id, "gateway", 0, "Ping", 1, outcome)
        return outcome

    async def _due(self) -> list[tuple[Hook, str]]:
        def look() -> list[tuple[Hook, str]]:
            hooks = self.outbox.hooks()
            if not hooks or not self._leads():
                return []
            now = self._clock()
            pairs = [(hook, service) for hook in hooks for service in hook.services]
            return [pair for pair in pairs if self.outbox.spot(pair[0].id, pair[1]).next_at <= now]

        return [pair for pair in await self._blocking(look) if (pair[0].id, pair[1]) not in self._running]

    async def _carry(self, hook: Hook, service: str) -> None:
        self._running.add((hook.id, service))
        try:
            while await self._page(hook, service):
                pass
        except PortError:
            # The service is away: what it has to tell waits in its log.
            log.info("webhook_source_away", webhook=str(hook.id), service=service)
        except Exception as error:
            log.error("webhook_failed", webhook=str(hook.id), service=service, error=type(error).__name__)
        finally:
            self._running.discard((hook.id, service))

    async def _page(self, hook: Hook, service: str) -> bool:
        """Deliver one page; whether there is more to deliver now."""
        spot = await self._blocking(lambda: self.outbox.spot(hook.id, service))
        grants = await self._blocking(lambda: self._grants(hook.person))
        if not grants:
            await self._stop(hook, "grant")
            return False
        asked = {"audience": "I", "after": spot.position or 0, "limit": PAGE, "epoch": spot.epoch}
        asked["token"] = self._issuer.issue(service, hook.person, grants, channel="api", session=str(hook.id))
        answer = await self._port.call(service, "feed", {**asked, "channel": "api", "correlation_id": str(uuid4())})
        if (refusal := answer.get("refusal")) is not None:
            if refusal.get("code") == "HISTORY_DIVERGED":
                await self._stop(hook, "restored")
            return False
        page = answer["ok"]
        if spot.position is None and not hook.from_start:
            # It begins with what is recorded from now on.
            await self._blocking(lambda: self.outbox.advance(hook.id, service, spot, page["head"], page["epoch"]))
            return False
        return await self._deliver(hook, service, spot, page)

    async def _deliver(self, hook: Hook, service: str, spot: Spot, page: dict[str, Any]) -> bool:
        reached: Spot | None = spot
        for event in page["events"]:
            if not wants(hook, str(event["type"])):
                continue
            if not await self._blocking(lambda: self._stands(hook)):
                return False
            body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
            outcome = await self._send(hook.id, hook.url, str(event["id"]), body)
            sequence = int(event["sequence"])
            await self._note(hook.id, service, sequence, str(event["type"]), spot.attempts + 1, outcome)
            if not outcome.arrived:
                await self._failed(hook, service, spot, outcome)
                return False
            before = spot
            reached = await self._blocking(
                lambda: self.outbox.advance(hook.id, service, before, sequence, page["epoch"])  # noqa: B023
            )
            if reached is None:
                return False
            spot = reached
        if page["next"] != spot.position or page["epoch"] != spot.epoch:
            reached = await self._blocking(
                lambda: self.outbox.advance(hook.id, service, spot, page["next"], page["epoch"])
            )
        return reached is not None and page["next"] < page["head"]

    async def _send(self, hook_id: UUID, url: str, message_id: str, body: bytes) -> Outcome:
        started = time.perf_counter()
        try:
            # The lease lasts longer than what is left of it when it was last asked for and all of this together:
            # whoever takes over finds nothing of ours under way.
            with anyio.fail_after(TIMEOUT_S):
                target = await resolve(url, private=self.settings.private)
                secrets = await self._blocking(lambda: self._door.webhook_secrets.in_force(hook_id))
                sent = {"Host": target.netloc, "Content-Type": CONTENT_TYPE, "User-Agent": "Impulso-Webhooks/1"}
                sent |= signing.headers(secrets, message_id, int(self._clock()), body)
                answer = await self._post(target, body, sent)
        except AddressRefused as error:
            return Outcome(error.why)
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            return Outcome("timeout" if isinstance(error, (TimeoutError, httpx.TimeoutException)) else "unreachable")
        ms = round((time.perf_counter() - started) * 1000)
        if 200 <= answer.status_code < 300:
            return Outcome("delivered", answer.status_code, ms)
        word = "redirected" if 300 <= answer.status_code < 400 else "refused"
        asked = answer.headers.get("retry-after", "")
        return Outcome(word, answer.status_code, ms, min(float(asked), MOST_WAIT_S) if asked.isdigit() else 0.0)

    async def _post(self, target: Target, body: bytes, sent: dict[str, str]) -> httpx.Response:
        # To the number that was looked at, under the name that the certificate has to bear. No proxy, no redirect.
        there = httpx.URL(target.url).copy_with(host=target.address)
        async with httpx.AsyncClient(verify=_certificates(), trust_env=False, timeout=TIMEOUT_S) as client:
            named = {"sni_hostname": target.host}
            request = client.build_request("POST", there, content=body, headers=sent, extensions=named)
            answer = await client.send(request, stream=True)
            # The status is all that counts: what a receiver has to say is not read.
            await answer.aclose()
            return answer

    async def _failed(self, hook: Hook, service: str, spot: Spot, outcome: Outcome) -> None:
        if outcome.status == GONE:
            await self._stop(hook, "gone")
            return
        settings = self.settings
        pause = min(settings.first_pause_s * 2 ** min(spot.attempts, 30), settings.most_pause_s)
        # Spread, so that what failed together does not come back together.
        next_at = self._clock() + max(outcome.wait_s, pause * random.uniform(0.5, 1.0))
        after = await self._blocking(lambda: self.outbox.failed(hook.id, service, spot, next_at))
        if after is not None and after.attempts >= settings.attempts:
            await self._stop(hook, "failures")

    async def _stop(self, hook: Hook, cause: PauseCause) -> None:
        log.warning("webhook_paused", webhook=str(hook.id), cause=cause)

        def pause() -> None:
            try:
                self._pause(hook.id, cause)
            except Refusal:
                # A person was faster.
                log.info("webhook_paused_already", webhook=str(hook.id))

        await self._blocking(pause)

    def _stands(self, hook: Hook) -> bool:
        return self.outbox.hooks(hook.id) == [hook] and self._leads()

    def _leads(self) -> bool:
        """Whether this process is the one that delivers; asked of the database only when the lease is half over."""
        now = self._clock()
        if now >= self._leads_until:
            self._leads_until = now + ASKED_EVERY_S if self.outbox.lead(self._name) else 0.0
        return now < self._leads_until

    def _grants(self, person: UUID) -> tuple[GrantInForce, ...]:
        return tuple(one for one in self._door.grants(person) if one.role == ROLE and one.counts_in(PROGRAMME))

    async def _note(
        self, hook_id: UUID, service: str, sequence: int, kind: str, attempt: int, outcome: Outcome
    ) -> None:
        facts = {"service": service, "sequence": sequence, "type": kind, "attempt": attempt}
        facts |= {"status": outcome.status, "outcome": outcome.word, "ms": outcome.ms}
        await self._blocking(lambda: self.outbox.note(hook_id, **facts))

    @staticmethod
    async def _blocking(work: Callable[[], Any]) -> Any:
        return await anyio.to_thread.run_sync(work)


def wants(hook: Hook, kind: str) -> bool:
    """Whether the webhook asked for events of this type: ``CallOpened.v1`` is one of ``CallOpened``, of any version."""
    return not hook.types or kind in hook.types or kind.rpartition(".v")[0] in hook.types


@cache
def _certificates() -> ssl.SSLContext:
    """The authorities that are trusted; loading them takes a tenth of a second, so once and only when needed."""
    return httpx.create_ssl_context(trust_env=False)

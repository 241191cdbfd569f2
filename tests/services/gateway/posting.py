"""What a test of webhooks works with: feeds that it writes, a receiver, and a courier that works when it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from services.gateway.port import ServiceUnavailable
from services.gateway.webhooks.courier import Courier
from services.gateway.webhooks.settings import WebhookSettings
from tests.receiver import Receiver

if TYPE_CHECKING:
    from tests.services.gateway.conftest import Api, Gateway


class Logs:
    """Stands in for the services' feeds: public events that the test records."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.epoch = "e1"
        self.away = False
        self.logs: dict[str, list[dict[str, Any]]] = {}

    def record(self, service: str, *types: str) -> None:
        log = self.logs.setdefault(service, [])
        for kind in types:
            sequence = len(log) + 1
            log.append({"id": f"{service}:{sequence}", "type": kind, "sequence": f"{sequence:016d}", "source": service})

    async def call(self, service: str, method: str, payload: dict[str, Any], deadline_s: float = 2.0) -> dict[str, Any]:
        if method != "feed":
            return dict(await self.inner.call(service, method, payload, deadline_s))
        if self.away:
            raise ServiceUnavailable(service)
        assert payload["audience"] == "I" and payload["token"]
        if payload["epoch"] and payload["epoch"] != self.epoch:
            return {"refusal": {"code": "HISTORY_DIVERGED", "status": 409}}
        log, after = self.logs.get(service, []), int(payload["after"])
        events = log[after : after + int(payload["limit"])]
        reached = after + len(events)
        return {"ok": {"events": events, "head": len(log), "next": reached, "epoch": self.epoch}}


class Post:
    """An administrator, an integrator, a receiver, and a courier that works when the test says so."""

    def __init__(self, gateway: Gateway, admin: Api, integrator: Api, inbox: Receiver) -> None:
        self.gateway, self.admin, self.integrator, self.inbox = gateway, admin, integrator, inbox
        self.logs = Logs(gateway.app.state.edge.port)
        self.courier = self.another()
        gateway.app.state.edge.courier = self.courier
        gateway.application.private_webhooks = True
        for part in (gateway.door.outbox, gateway.door.webhook_secrets):
            part._clock = gateway.clock

    def another(self, **settings: Any) -> Courier:
        """A courier as a second replica of the gateway would run it."""
        gateway = self.gateway
        chosen = WebhookSettings(private=True, attempts=4, **settings)
        return Courier(self.logs, gateway.door, gateway.issuer, chosen, gateway.door.pause_webhook, clock=gateway.clock)

    async def register(self, *services: str, **more: Any) -> dict[str, Any]:
        body = {"url": self.inbox.url, "services": list(services or ("intake",)), "from_start": True, **more}
        answer = await self.integrator.act("/api/webhooks/register-webhook", body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def on(self, hook: dict[str, Any], act: str, **body: Any) -> httpx.Response:
        return await self.integrator.act(f"/api/webhooks/{hook['id']}/{act}", body)

    async def listed(self, hook: dict[str, Any]) -> dict[str, Any]:
        items = (await self.integrator.send("GET", "/api/webhooks")).json()["items"]
        return next(one for one in items if one["id"] == hook["id"])

    async def deliveries(self, hook: dict[str, Any]) -> list[dict[str, Any]]:
        return list((await self.integrator.send("GET", f"/api/webhooks/{hook['id']}/deliveries")).json()["items"])

    @property
    def ids(self) -> list[str]:
        return [event["id"] for event in self.inbox.events]

"""Rate limits at the edge: a token bucket for each service token, session and address.

They keep a program that runs wild from taking a process away from everybody else. Each process counts for itself, in
memory: what is limited is the work of this process, and a shared count would cost every request a write. Guessing of
passwords is another matter: `throttle` counts it in the database, for all replicas together.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.problems import Problem
from services.gateway.service_tokens import PREFIX
from shared.runtime.config import ConfigurationError

EXEMPT = ("/healthz", "/metrics", "/static/")
"""Asked by watchers, or answered without work."""
MAX_BUCKETS = 20_000
"""Clients that are remembered; who has been quiet longest is forgotten first, and starts anew with a full bucket."""
_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)/(\d+)")
_SESSION_COOKIE = re.compile(r"(?:^|;\s*)(?:__Host-)?impulso=([^;]+)")


@dataclass(frozen=True)
class Rate:
    """Requests a second in the long run, and how many at once."""

    per_second: float
    burst: int


@dataclass(frozen=True)
class Limits:
    """What each kind of client may ask. A rate of 0 is none at all.

    ========================== ==========================================================================
    IMPULSO_RATE_TOKEN         a service token: requests a second/at once (default ``20/200``; ``0/0``: no limit)
    IMPULSO_RATE_SESSION       a session of a person or program (default ``500/2000``)
    IMPULSO_RATE_ADDRESS       an address with all its sessions and tokens (default ``2000/8000``)
    IMPULSO_RATE_STRANGER      an address, requests without a session (default ``50/400``)
    IMPULSO_TRUSTED_PROXIES    addresses and networks whose X-Forwarded-For is believed (default: private networks)
    ========================== ==========================================================================
    """

    token: Rate = Rate(20, 200)
    session: Rate = Rate(500, 2000)
    address: Rate = Rate(2000, 8000)
    stranger: Rate = Rate(50, 400)

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Limits:
        """The limits in ``environ``. Raises `ConfigurationError`."""
        found: dict[str, Rate] = {}
        for name in ("token", "session", "address", "stranger"):
            variable = f"IMPULSO_RATE_{name.upper()}"
            if not (text := environ.get(variable, "").strip()):
                continue
            written = _WRITTEN.fullmatch(text)
            if written is None or (float(written[1]) > 0) != (int(written[2]) > 0):
                raise ConfigurationError(f"{variable} se escribe «por segundo/a la vez», por ejemplo 20/200.")
            found[name] = Rate(float(written[1]), int(written[2]))
        return cls(**found)


PROXIES = "127.0.0.1,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"


def trusted_proxies(environ: Mapping[str, str] = os.environ) -> str:
    """Whose X-Forwarded-For is believed: a stranger who could write it would have a full bucket with each request."""
    return environ.get("IMPULSO_TRUSTED_PROXIES", "").strip() or PROXIES


@dataclass
class _Bucket:
    left: float
    at: float


@dataclass(frozen=True)
class Verdict:
    """What is left of the tightest bucket; ``wait_s`` seconds until the next request is taken (0: this one is)."""

    limit: int
    left: int
    reset_s: int
    wait_s: float


class Buckets:
    """The buckets of every client of this process. ``clock`` gives seconds."""

    def __init__(self, limits: Limits, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._clock = clock
        self._held: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()

    def take(self, address: str, secret: str) -> Verdict | None:
        """Count one request of ``address`` under ``secret`` (its token or cookie; empty: none). None: no limit."""
        now = self._clock()
        buckets = [(rate, self._bucket(key, rate, now)) for key, rate in self._of(address, secret) if rate.per_second]
        if not buckets:
            return None
        rate, tightest = min(buckets, key=lambda one: one[1].left / one[0].burst)
        short = [(one.per_second, bucket.left) for one, bucket in buckets if bucket.left < 1]
        if not short:
            for _, bucket in buckets:
                bucket.left -= 1
        wait = max(((1 - left) / speed for speed, left in short), default=0.0)
        reset = math.ceil((rate.burst - tightest.left) / rate.per_second)
        return Verdict(rate.burst, int(tightest.left), reset, wait)

    def _of(self, address: str, secret: str) -> list[tuple[tuple[str, str], Rate]]:
        limits = self.limits
        # The address as well: whoever makes up a new token for each request has one all the same.
        if not secret:
            return [(("stranger", address), limits.stranger), (("address", address), limits.address)]
        own = ("token", limits.token) if secret.startswith(PREFIX) else ("session", limits.session)
        # What is remembered must open nothing.
        name = hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
        return [((own[0], name), own[1]), (("address", address), limits.address)]

    def _bucket(self, key: tuple[str, str], rate: Rate, now: float) -> _Bucket:
        bucket = self._held.get(key)
        if bucket is None:
            bucket = self._held[key] = _Bucket(rate.burst, now)
            if len(self._held) > MAX_BUCKETS:
                self._held.popitem(last=False)
        else:
            bucket.left = min(rate.burst, bucket.left + (now - bucket.at) * rate.per_second)
            bucket.at = now
            self._held.move_to_end(key)
        return bucket


class RateLimit:
    """ASGI layer that answers 429 to who asks too much, and tells the API's clients how much is left."""

    def __init__(self, app: ASGIApp, buckets: Buckets) -> None:
        self.app = app
        self._buckets = buckets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(EXEMPT):
            await self.app(scope, receive, send)
            return
        client = scope.get("client")
        verdict = self._buckets.take(client[0] if client else "", _secret(Headers(scope=scope)))
        if verdict is None:
            await self.app(scope, receive, send)
            return
        is_api = scope["path"].startswith("/api/")

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start" and is_api:
                headers = MutableHeaders(raw=message["headers"])
                headers["RateLimit-Limit"] = str(verdict.limit)
                headers["RateLimit-Remaining"] = str(verdict.left)
                headers["RateLimit-Reset"] = str(verdict.reset_s)
                message["headers"] = headers.raw
            await send(message)

        if verdict.wait_s:
            answer = refusal(verdict, scope["state"].get("request_id", ""), is_api=is_api)
            await answer(scope, receive, telling)
            return
        await self.app(scope, receive, telling)


def refusal(verdict: Verdict, request_id: str, *, is_api: bool) -> Response:
    """429 with Retry-After: a problem for programs, a bare page for people."""
    seconds = max(1, math.ceil(verdict.wait_s))
    problem = Problem(
        429,
        "RATE_LIMITED",
        f"Llegan demasiadas solicitudes suyas. Espere {seconds} s y reintente; una escritura, con la misma clave.",
        headers={"Retry-After": str(seconds)},
    )
    if is_api:
        return problem.response(request_id)
    page = (
        f'<!doctype html><html lang="es-CO"><meta charset="utf-8"><title>{problem.title}</title>'
        f"<h1>{problem.title}</h1><p>{problem.detail}</p></html>"
    )
    return HTMLResponse(page, 429, headers=problem.headers)


def _secret(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    cookie = _SESSION_COOKIE.search(headers.get("cookie", ""))
    return cookie[1] if cookie else ""

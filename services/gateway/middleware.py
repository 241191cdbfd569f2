"""What surrounds every request: its id, the security headers, one log line, and an answer for what nobody foresaw."""

from __future__ import annotations

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.problems import Problem, unavailable
from shared.eventstore.errors import StoreUnavailable, is_unavailable
from shared.runtime.instruments import Instruments, method_of
from shared.tracing import spans
from shared.tracing.passage import entered, is_valid
from shared.tracing.spans import Span

SERVICE = "gateway"
log = structlog.get_logger("impulso.gateway")

_REQUEST_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
"""Only a UUID is taken over: anything else could carry a document number into our logs."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
UNFORESEEN = Problem(
    500,
    "INTERNAL_ERROR",
    "Algo falló de nuestro lado. Reintente; si sigue, avise a soporte con el número de esta solicitud.",
)


class Surround:
    """Outermost layer of the gateway (pure ASGI, so that streams stay streams)."""

    def __init__(self, app: ASGIApp, instruments: Instruments) -> None:
        self.app = app
        self._instruments = instruments

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        given = _header(scope, b"traceparent")
        known = is_valid(given)
        with (
            entered(request_id, given if known else spans.begun()),
            spans.span("request", SERVICE, "server", root=not known) as span,
        ):
            await self._handle(scope, receive, send, request_id, span)

    async def _handle(self, scope: Scope, receive: Receive, send: Send, request_id: str, span: Span) -> None:
        started = time.perf_counter()
        # The events that this request causes carry its id, here and in every service that reacts.
        scope.setdefault("state", {}).update(request_id=request_id, correlation_id=request_id, caller=None)
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(raw=message["headers"])
                headers["X-Request-Id"] = request_id
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                # Pages show personal data: nothing but the assets may stay in a cache.
                headers.setdefault("Cache-Control", "no-store")
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
                message["headers"] = headers.raw
            await send(message)

        error: Exception | None = None
        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as unforeseen:
            # Its text may hold anything, a name or a number included: only its kind and place are logged.
            error = unforeseen
            if status == 0:
                response = _answer(scope, request_id, unforeseen)
                await response(scope, receive, send_with_headers)
        seconds = time.perf_counter() - started
        span.name = f"{method_of(scope['method'])} {_route(scope)}"
        span.attributes["http.response.status_code"] = status
        span.error = "" if error is None else type(error).__name__
        self._instruments.request(scope["method"], _route(scope), status, seconds)
        _note(scope, status, seconds, request_id, error)


def _answer(scope: Scope, request_id: str, error: Exception) -> Response:
    """503 when the gateway's own database is away, 500 otherwise; a bare page for people, a problem for programs."""
    problem = UNFORESEEN
    if isinstance(error, StoreUnavailable) or is_unavailable(error):
        problem = unavailable(2, write=scope["method"] not in ("GET", "HEAD"))
    if scope["path"].startswith(("/api/", "/healthz")):
        return problem.response(request_id)
    # No template: rendering may be what failed, and it needs the store to say who is logged in.
    page = (
        f'<!doctype html><html lang="es-CO"><meta charset="utf-8"><title>{problem.title}</title>'
        f"<h1>{problem.title}</h1><p>{problem.detail}</p><p>Solicitud {request_id}</p></html>"
    )
    return HTMLResponse(page, problem.status, headers=problem.headers)


def _route(scope: Scope) -> str:
    """The pattern of the route, never the address itself."""
    return str(getattr(scope.get("route"), "path", "-"))


def _note(scope: Scope, status: int, seconds: float, request_id: str, error: Exception | None) -> None:
    """One line a request: the route's pattern, never the address itself nor its query."""
    facts = {
        "method": method_of(scope["method"]),
        "route": _route(scope),
        "status": status,
        "ms": round(seconds * 1000, 1),
        "request_id": request_id,
    }
    if error is None:
        log.info("request", **facts)
    else:
        log.error("request_failed", error=type(error).__name__, place=_place(error), **facts)


def _request_id(scope: Scope) -> str:
    given = _header(scope, b"x-request-id")
    return given if _REQUEST_ID.fullmatch(given) else str(uuid4())


def _header(scope: Scope, wanted: bytes) -> str:
    found = next((value for name, value in scope["headers"] if name == wanted), b"")
    return str(found.decode("latin-1").lower())


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"

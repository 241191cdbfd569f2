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

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(scope)
        scope.setdefault("state", {}).update(request_id=request_id, caller=None)
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
        _note(scope, status, started, request_id, error)


def _answer(scope: Scope, request_id: str, error: Exception) -> Response:
    """503 when the gateway's own database is away, 500 otherwise; a bare page for people, a problem for programs."""
    problem = UNFORESEEN
    if isinstance(error, StoreUnavailable) or is_unavailable(error):
        problem = unavailable(2, write=scope["method"] not in ("GET", "HEAD"))
    if scope["path"].startswith("/api/") or scope["path"] == "/healthz":
        return problem.response(request_id)
    # No template: rendering may be what failed, and it needs the store to say who is logged in.
    page = (
        f'<!doctype html><html lang="es-CO"><meta charset="utf-8"><title>{problem.title}</title>'
        f"<h1>{problem.title}</h1><p>{problem.detail}</p><p>Solicitud {request_id}</p></html>"
    )
    return HTMLResponse(page, problem.status, headers=problem.headers)


def _note(scope: Scope, status: int, started: float, request_id: str, error: Exception | None) -> None:
    """One line a request: the route's pattern, never the address itself nor its query."""
    route = scope.get("route")
    facts = {
        "method": scope["method"],
        "route": getattr(route, "path", "-"),
        "status": status,
        "ms": round((time.perf_counter() - started) * 1000, 1),
        "request_id": request_id,
    }
    if error is None:
        log.info("request", **facts)
    else:
        log.error("request_failed", error=type(error).__name__, place=_place(error), **facts)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given: str = value.decode("latin-1").lower()
            if _REQUEST_ID.fullmatch(given):
                return given
    return str(uuid4())


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"

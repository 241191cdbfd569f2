"""Where the figures of the edge's process are read: on loopback in the embedded system, else on a port of its own."""

from __future__ import annotations

import ipaddress
import socketserver
import threading
import wsgiref.simple_server
from collections.abc import Callable
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.gateway.problems import Problem
from shared.runtime.config import ConfigurationError
from shared.runtime.instruments import MEDIA_TYPE, Instruments

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def loopback_route(instruments: Instruments) -> Route:
    """``GET /metrics`` for programs on this very machine; for everybody else there is no such address."""

    async def metrics(request: Request) -> Response:
        if not _is_local(request):
            raise Problem(404, "ROUTE_NOT_FOUND", "Esta dirección no existe. Vea las acciones en /api/docs.")
        return Response(await anyio.to_thread.run_sync(instruments.exposition), media_type=MEDIA_TYPE)

    return Route("/metrics", metrics, methods=["GET"])


def _is_local(request: Request) -> bool:
    # A proxy on this machine is local, too, and so is a page of another site whose name was pointed here.
    proxied = any(name in request.headers for name in _FORWARDED)
    peer = request.client.host if request.client else ""
    return not proxied and _is_loopback(peer) and _is_loopback(request.url.hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True


class _Quiet(wsgiref.simple_server.WSGIRequestHandler):
    timeout = 10
    """Seconds after which a connection that says nothing is closed."""

    def log_message(self, format: str, *args: Any) -> None:
        """A line here would hold whatever address was asked for."""


def listen(bind: str, application: Callable[..., Any]) -> _Server | None:
    """Serve ``application`` (WSGI) at ``host:port`` in threads of its own; nothing when ``bind`` is empty.

    Raises `ConfigurationError`.
    """
    if not bind:
        return None
    host, _, port = bind.rpartition(":")
    try:
        server = _Server((host or "127.0.0.1", int(port)), _Quiet)
    except (ValueError, OSError) as error:
        raise ConfigurationError(
            "IMPULSO_METRICS_BIND debe ser una dirección libre de esta máquina: anfitrión:puerto."
        ) from error
    server.set_app(application)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server

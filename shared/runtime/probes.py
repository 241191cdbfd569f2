"""What a process answers to whoever watches it: that it lives, whether it is ready, how it is, its figures. GET only,
no personal value, and never reachable from outside: it tells how an installation is built."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from shared.runtime.instruments import MEDIA_TYPE, Instruments

Answer = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]

OK, AWAY, UNKNOWN = "200 OK", "503 Service Unavailable", "404 Not Found"
LIVE: Answer = {"status": "ok"}
"""That it is answered at all says that the process is not stuck. Whatever else is wrong, a restart would not cure."""


def respond(start_response: StartResponse, status: str, content: Answer) -> Iterable[bytes]:
    """A JSON answer."""
    body = json.dumps(content, ensure_ascii=False).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


class Figures:
    """The WSGI application of the figures alone, in Prometheus' text form."""

    def __init__(self, instruments: Instruments) -> None:
        self._instruments = instruments

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if (environ["REQUEST_METHOD"], environ["PATH_INFO"]) != ("GET", "/metrics"):
            return respond(start_response, UNKNOWN, {"error": "not found"})
        body = self._instruments.exposition()
        start_response(OK, [("Content-Type", MEDIA_TYPE), ("Content-Length", str(len(body)))])
        return [body]


class Probes:
    """The WSGI application of the questions. ``health`` and ``ready`` answer with a ``status``, ok or not;
    ``instruments`` tells the figures, where there are any."""

    def __init__(
        self, health: Callable[[], Answer], ready: Callable[[], Answer], instruments: Instruments | None = None
    ) -> None:
        self._figures = None if instruments is None else Figures(instruments)
        self._asked = {"/healthz": health, "/healthz/ready": ready, "/healthz/live": lambda: LIVE}

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        asked = self._asked.get(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] == "GET" else None
        if self._figures is not None and environ["PATH_INFO"] == "/metrics":
            return self._figures(environ, start_response)
        if asked is None:
            return respond(start_response, UNKNOWN, {"error": "not found"})
        answer = asked()
        return respond(start_response, OK if answer["status"] == "ok" else AWAY, answer)


class Front:
    """The WSGI application of a process from its first moment: probes alone until `open` gives it more to do.

    Without it nothing would answer while a service waits for its database, and whoever asks whether it lives would
    kill it for waiting.
    """

    def __init__(self, service: str) -> None:
        self._waits_for = ""
        self._inner: Callable[..., Iterable[bytes]] = Probes(
            lambda: {"status": "unavailable", "service": service, "reason": "starting"},
            lambda: {"status": "unavailable", "checks": {"start": {"ok": False, "reason": self._reason()}}},
        )

    def waiting(self, reason: str) -> None:
        """The start cannot go on because of ``reason``, for now."""
        self._waits_for = reason

    def open(self, application: Callable[..., Iterable[bytes]]) -> None:
        """From now on ``application`` answers."""
        self._inner = application

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        return self._inner(environ, start_response)

    def _reason(self) -> str:
        return f"está iniciando y espera su base de datos ({self._waits_for})" if self._waits_for else "está iniciando"

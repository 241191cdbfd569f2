"""A service's internal port: its health, and files in pieces of at most 1 MiB. Never reachable from outside."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from shared.runtime.desk import Desk
from shared.runtime.probes import StartResponse, respond

PIECE = 1024 * 1024
HEAD = "X-Impulso-Head"
"""Request header of an upload: who, what, for whom, as base64 of JSON (names of files are no ASCII)."""
ANSWER = "X-Impulso-Answer"
"""Response header of a download: the service's answer, in the same form."""

Answer = dict[str, Any]


def pack(content: Answer) -> str:
    """JSON as a header value."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def unpack(text: str) -> Answer:
    """The content of a header value. Raises ValueError."""
    content = json.loads(base64.urlsafe_b64decode(text.encode()))
    if not isinstance(content, dict):
        raise ValueError("not a JSON object")
    return content


class InternalHttp:
    """The WSGI application of one service. ``probes`` answers who watches; ``desk`` checks the token of every file."""

    def __init__(self, desk: Desk, probes: Callable[..., Iterable[bytes]]) -> None:
        self._desk = desk
        self._probes = probes

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        route = (environ["REQUEST_METHOD"], environ["PATH_INFO"])
        try:
            if route == ("POST", "/files"):
                return self._store(environ, start_response)
            if route == ("POST", "/files/fetch"):
                return self._fetch(environ, start_response)
        except (ValueError, KeyError):
            return respond(start_response, "400 Bad Request", {"error": "bad request"})
        return self._probes(environ, start_response)

    def _store(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        head = unpack(environ[f"HTTP_{HEAD.upper().replace('-', '_')}"])
        return respond(start_response, "200 OK", self._desk.store(head, _pieces(environ["wsgi.input"])))

    def _fetch(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        head = json.loads(environ["wsgi.input"].read(PIECE))
        answer, pieces = self._desk.fetch(head)
        start_response("200 OK", [("Content-Type", "application/octet-stream"), (ANSWER, pack(answer))])
        return pieces


def _pieces(stream: Any) -> Iterator[bytes]:
    # How large a file may be is the file store's to say.
    while piece := stream.read(PIECE):
        yield piece

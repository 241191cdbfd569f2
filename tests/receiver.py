"""A receiver of webhooks on loopback, for a test: it can fail, be slow, redirect, or be gone."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """What it was sent, and how it answers: ``statuses`` one after the other, then 204."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    slow: bool = False
    under_way: Counter[str] = field(default_factory=Counter)
    most_at_once: int = 0
    """The greatest number of requests with the same ``webhook-id`` that were under way at one moment."""

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver that listens on a port of its own until the block ends."""
    state, counting = Receiver(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            message = str(self.headers["webhook-id"])
            with counting:
                state.under_way[message] += 1
                state.most_at_once = max(state.most_at_once, state.under_way[message])
            try:
                self.answer(body)
            finally:
                with counting:
                    state.under_way[message] -= 1

        def answer(self, body: bytes) -> None:
            state.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if state.slow:
                state.release.wait(60)
            self.send_response(state.statuses.pop(0) if state.statuses else 204)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing: the test looks at what was sent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}/eventos"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.release.set()
        server.shutdown()
        server.server_close()
        thread.join(60)

"""A system to rehearse with: a lawful sequence of events, as the broker and the feed would bring it, faults included.

It needs nothing of Impulso but the contracts. An integrator's consumer has passed when, at the end, it holds what the
feed holds, whatever the broker lost and repeated.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from amqp import Message
from kombu import Connection

from shared.contracts import all_contracts
from shared.contracts.channels import STREAM_AGE, STREAM_BYTES, feed, public_exchange, public_stream
from shared.contracts.envelope import CONTENT_TYPE, Envelope
from shared.contracts.examples import public_example

EPOCHS = ("5d0c7a6be1f24c55a1b2c3d4e5f60718", "0e1f7b0c9a3d4c51b1c2d3e4f5061728")
"""The log's identity, and the one that it has after a restore."""


class NothingPublic(ValueError):
    """The service has no public event."""


@dataclass(frozen=True)
class Rehearsal:
    """What happens: ``delivered`` is what the broker brings, one after the other; ``happened`` what the feed knows.

    Of two logs the second follows on a restore: its feed refuses who asks with the first one's epoch.
    """

    service: str
    happened: tuple[tuple[Envelope, ...], ...]
    delivered: tuple[Envelope, ...]

    @property
    def final(self) -> tuple[Envelope, ...]:
        """What a consumer must hold in the end."""
        return self.happened[-1]


def rehearse(
    service: str, count: int = 50, *, gaps: int = 0, duplicates: int = 0, restored: bool = False, seed: int = 1
) -> Rehearsal:
    """``count`` events of ``service``: the examples of its public events in turn, with sequences that leave places for
    those that are not public.

    ``gaps`` events never come over the broker (the last one always does, so that every gap can be noticed), and
    ``duplicates`` come again later. ``restored``: half-way the log is another. The same seed gives the same events.
    Raises `NothingPublic`.
    """
    public = sorted((one for one in all_contracts() if one.service == service and one.public), key=lambda one: one.type)
    if not public:
        raise NothingPublic(service)
    chance = random.Random(seed)
    happened: list[tuple[Envelope, ...]] = []
    delivered: list[Envelope] = []
    for epoch, many in (
        ((EPOCHS[0], count // 2), (EPOCHS[1], count - count // 2)) if restored else ((EPOCHS[0], count),)
    ):
        log: list[Envelope] = []
        previous = 0
        for number in range(many):
            sequence = previous + chance.randint(1, 4)
            about = public[number % len(public)]
            log.append(public_example(about, sequence=sequence, previous=previous, epoch=epoch))
            previous = sequence
        happened.append(tuple(log))
        part = list(log)
        for lost in chance.sample(part[:-1], min(gaps, max(len(part) - 1, 0))):
            part.remove(lost)
        for again in chance.sample(part, min(duplicates, len(part))):
            part.insert(chance.randint(part.index(again) + 1, len(part)), again)
        delivered += part
    return Rehearsal(service, tuple(happened), tuple(delivered))


class FeedServer:
    """The HTTP feed of a rehearsal on this machine, at ``url``: any log-in and any token will do.

    It knows as much as has `reached` it, as the real feed does while things happen.
    """

    def __init__(self, rehearsal: Rehearsal, port: int = 0) -> None:
        self._rehearsal = rehearsal
        self._log: tuple[Envelope, ...] = ()
        self._epoch = rehearsal.happened[0][0].epoch if rehearsal.happened[0] else EPOCHS[0]
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FeedServer:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reached(self, event: Envelope) -> None:
        """Everything up to ``event`` has happened."""
        log = next(one for one in self._rehearsal.happened if one and one[0].epoch == event.epoch)
        known = tuple(one for one in log if one.sequence <= event.sequence)
        if event.epoch != self._epoch or len(known) > len(self._log):
            self._epoch, self._log = event.epoch, known

    def page(self, after: int, limit: int, epoch: str, types: Sequence[str]) -> dict[str, Any] | None:
        """As the feed answers; None: another epoch."""
        if epoch and epoch != self._epoch:
            return None
        head = self._log[-1].sequence if self._log else 0
        rest = [one for one in self._log if one.sequence > after]
        wanted = [one for one in rest if not types or one.type in types or one.routing_key in types][:limit]
        reached = wanted[-1].sequence if len(wanted) == limit else max(head, after)
        return {"events": [one.to_dict() for one in wanted], "next": reached, "head": head, "epoch": self._epoch}


def deliver(rehearsal: Rehearsal, broker: str, server: FeedServer | None = None) -> int:
    """Publish what the broker brings to ``<service>.public`` at ``broker``; how many messages.

    Exchange and stream are declared as the system does. ``server`` comes to know each event before it is published.
    """
    exchange, stream = public_exchange(rehearsal.service), public_stream(rehearsal.service)
    with Connection(broker, connect_timeout=5, transport_options={"confirm_publish": True}) as connection:
        channel: Any = connection.channel()
        channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
        kept = {"x-queue-type": "stream", "x-max-age": STREAM_AGE, "x-max-length-bytes": STREAM_BYTES}
        channel.queue_declare(stream, durable=True, auto_delete=False, arguments=kept)
        channel.queue_bind(stream, exchange, "#")
        for event in rehearsal.delivered:
            if server is not None:
                server.reached(event)
            message = Message(event.to_bytes(), delivery_mode=2, content_type=CONTENT_TYPE, message_id=event.id)
            channel.basic_publish(message, exchange, event.routing_key)
    return len(rehearsal.delivered)


def lines(rehearsal: Rehearsal) -> Iterator[str]:
    """What the broker brings, one event a line."""
    for event in rehearsal.delivered:
        yield event.to_bytes().decode() + "\n"


def _handler(server: FeedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if address.path != feed(server._rehearsal.service):
                self._answer(404, {"status": 404, "code": "ROUTE_NOT_FOUND"})
                return
            asked = {name: values[-1] for name, values in parse_qs(address.query).items()}
            types = asked["type"].split(",") if asked.get("type") else []
            limit = int(asked.get("limit") or 100)
            page = server.page(int(asked.get("after") or 0), limit, asked.get("epoch", ""), types)
            if page is None:
                self._answer(409, {"status": 409, "code": "HISTORY_DIVERGED"})
            else:
                self._answer(200, page)

        def do_POST(self) -> None:
            self._answer(201, {"token": "rehearsal", "token_type": "Bearer", "expires_in": 3600})

        def log_message(self, format: str, *arguments: Any) -> None:
            """Nothing: the consumer's own output is what is looked at."""

        def _answer(self, status: int, document: dict[str, Any]) -> None:
            body = json.dumps(document, ensure_ascii=False).encode()
            self.send_response(status)
            kind = "application/json" if status < 400 else "application/problem+json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler

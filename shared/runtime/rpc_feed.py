"""An upstream's feed over nameko's RPC, blocking: what a follower of the nameko host pulls from."""

from __future__ import annotations

import json
import threading
import time
from typing import Any
from uuid import uuid4

from amqp import Message as AmqpMessage
from kombu import Connection

from shared.delivery.errors import Away
from shared.delivery.feed import FeedPage
from shared.runtime.rabbit import BROKER_ERRORS, close, connect

RPC_EXCHANGE = "nameko-rpc"
ASK_S = 10.0
"""Seconds that an owner may take to count from its log; who waits is a person who drafts a report."""
_PAGE = 500
"""Entries a page: about half a megabyte of JSON."""


def ask(url: str, service: str, method: str, payload: dict[str, Any]) -> dict[str, Any]:
    """One question to ``service`` on a connection of its own. Raises `Away`."""
    line = RpcFeed(url, service, timeout=ASK_S)
    try:
        return line.ask(method, payload)
    finally:
        line.close()


class RpcFeed:
    """The `FeedSource` of ``upstream``. One connection, opened when first needed; one question at a time."""

    def __init__(self, url: str, upstream: str, *, timeout: float = 5.0) -> None:
        self._url = url
        self._upstream = upstream
        self._timeout = timeout
        # A follower asks here, and whoever operates it, on another thread: two readers of one connection fail.
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._channel: Any = None
        self._reply_to = ""
        self._awaited = ""
        self._answer: dict[str, Any] | None = None
        self._returned = False

    def page(self, after: int, limit: int, known_hash: str, known_epoch: str) -> FeedPage:
        """See `Feed.page`. Raises `Away` when the broker or the upstream does not answer."""
        payload = {
            "after": after,
            "limit": min(limit, _PAGE),
            "known_hash": known_hash,
            "known_epoch": known_epoch,
        }
        return FeedPage.from_dict(self.ask("feed", payload))

    def ask(self, method: str, payload: dict[str, Any]) -> dict[str, Any]:
        """The answer of a method of the upstream. Raises `Away` when the broker or the upstream does not answer."""
        if not self._lock.acquire(timeout=self._timeout):
            raise Away(f"another question to {self._upstream} still waits for its answer")
        try:
            answer = self._call(method, payload)
        except BROKER_ERRORS as error:
            self.close()
            raise Away(f"the broker is away: {type(error).__name__}") from error
        finally:
            self._lock.release()
        if answer.get("error"):
            raise Away(f"{self._upstream} answers {answer['error'].get('exc_type', 'an error')}")
        result: dict[str, Any] = answer["result"]
        return result

    def close(self) -> None:
        """Give back the connection."""
        close(self._connection)
        self._connection = self._channel = None

    def _call(self, method: str, payload: dict[str, Any]) -> dict[str, Any]:
        if self._channel is None:
            self._open()
        self._awaited, self._answer, self._returned = str(uuid4()), None, False
        request = AmqpMessage(
            json.dumps({"args": [payload], "kwargs": {}}),
            content_type="application/json",
            content_encoding="utf-8",
            reply_to=self._reply_to,
            correlation_id=self._awaited,
            # Nobody reads the answer after that: it must not be computed.
            expiration=str(int(self._timeout * 1000)),
        )
        self._channel.basic_publish(request, RPC_EXCHANGE, f"{self._upstream}.{method}", mandatory=True)
        deadline = time.monotonic() + self._timeout
        while self._answer is None:
            left = deadline - time.monotonic()
            if self._returned or left <= 0:
                self._awaited = ""
                raise Away(f"{self._upstream} is away" if self._returned else f"{self._upstream} does not answer")
            try:
                self._channel.connection.drain_events(timeout=left)
            except TimeoutError:
                continue
        return self._answer

    def _open(self) -> None:
        self._connection = connect(self._url)
        channel = self._connection.channel()
        channel.exchange_declare(RPC_EXCHANGE, "topic", durable=True, auto_delete=False)
        queue = channel.queue_declare("", exclusive=True, auto_delete=True).queue
        self._reply_to = str(uuid4())
        channel.queue_bind(queue, RPC_EXCHANGE, self._reply_to)
        channel.basic_consume(queue, no_ack=True, callback=self._replied)
        channel.events["basic_return"].add(self._nobody)
        self._channel = channel

    def _replied(self, message: Any) -> None:
        # An answer that comes after its question was given up belongs to nobody.
        if message.properties.get("correlation_id") == self._awaited:
            self._answer = json.loads(message.body)

    def _nobody(self, *_details: Any) -> None:
        self._returned = True


class RpcCatalogue:
    """What each owner published of the catalogue, over RPC. One connection an owner; use it from one thread."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._feeds: dict[str, RpcFeed] = {}

    def ask(self, owner: str, payload: dict[str, Any]) -> dict[str, Any]:
        """See `shared.editing.keeper.Ask`. Raises `Away`."""
        feed = self._feeds.get(owner)
        if feed is None:
            # A stop waits for the question in hand: it must be well within the time that a stop may take.
            feed = self._feeds[owner] = RpcFeed(self._url, owner, timeout=2.0)
        return feed.ask("catalogue", payload)

    def close(self) -> None:
        """Give back the connections."""
        for feed in self._feeds.values():
            feed.close()

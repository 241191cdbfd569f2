"""RabbitMQ behind delivery's `Publisher` port: pipelined, mandatory, confirmed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from amqp import Message as AmqpMessage
from amqp.exceptions import AMQPError
from kombu import Connection

from shared.contracts.envelope import CONTENT_TYPE
from shared.delivery.errors import Away
from shared.delivery.message import BEACON_KEY, Beacon, encode
from shared.delivery.ports import Outgoing
from shared.runtime.topology import declare_upstream, events_exchange, public_exchange

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT = 5.0
CONFIRM_TIMEOUT = 10.0
_BEACON_LIFE_MS = "10000"
_PERSISTENT = 2
_TRANSIENT = 1

# What py-amqp raises when a connection goes away under it. The last two come from its half-closed channels.
BROKER_ERRORS: tuple[type[Exception], ...] = (AMQPError, OSError, EOFError, AttributeError, TypeError)


def connect(url: str, *, heartbeat: int = 0) -> Connection:
    """An established connection. Raises one of `BROKER_ERRORS`."""
    connection = Connection(url, connect_timeout=CONNECT_TIMEOUT, heartbeat=heartbeat)
    connection.connect()
    return connection


def close(connection: Connection | None) -> None:
    """Close without grace: the broker may be gone already, and nothing is lost by it."""
    if connection is None:
        return
    try:
        connection.close()
    except BROKER_ERRORS as error:
        logger.debug("closing a broken connection: %s", error)


class _Confirms:
    """The broker's answers to what was published on one channel."""

    def __init__(self, channel: Any) -> None:
        self.published = 0
        self.refused = False
        self.returned: set[str] = set()
        self._waiting: set[int] = set()
        self._lowest = 1
        channel.events["basic_ack"].add(self._ack)
        channel.events["basic_nack"].add(self._nack)
        channel.events["basic_return"].add(self._return)

    @property
    def complete(self) -> bool:
        return not self._waiting

    def expect(self) -> None:
        self.published += 1
        self._waiting.add(self.published)

    def _ack(self, tag: int, multiple: bool) -> None:
        if multiple:
            for each in range(self._lowest, tag + 1):
                self._waiting.discard(each)
            self._lowest = tag + 1
        else:
            self._waiting.discard(tag)

    def _nack(self, tag: int, multiple: bool) -> None:
        self.refused = True
        self._ack(tag, multiple)

    def _return(self, _error: Any, _exchange: str, _key: str, message: Any) -> None:
        self.returned.add(message.properties.get("message_id", ""))


class RabbitPublisher:
    """Publishes for the relay of ``service``. ``followers`` are the services whose queues must stand before."""

    def __init__(self, url: str, service: str, followers: Iterable[str]) -> None:
        self._url = url
        self._followers = tuple(followers)
        self._service = service
        self._exchanges = {"events": events_exchange(service), "public": public_exchange(service)}
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._channel: Any = None
        self._confirms: _Confirms | None = None

    def publish(self, batch: Sequence[Outgoing]) -> None:
        """See `Publisher.publish`. What no queue took is published once more, after declaring everything again."""

        def send() -> None:
            returned = self._pipeline(batch)
            if returned:
                declare_upstream(self._channel, self._service, self._followers)
                if self._pipeline([one for one in batch if one.id in returned]):
                    raise Away(f"no queue takes what {self._service} publishes")

        self._connected(send)

    def beacon(self, beacon: Beacon) -> None:
        """See `Publisher.beacon`. A beacon that nobody reads in 10 s expires: it is stale by then."""
        message = AmqpMessage(
            encode(beacon), delivery_mode=_TRANSIENT, content_type="application/json", expiration=_BEACON_LIFE_MS
        )

        def send() -> None:
            self._expecting().expect()
            self._channel.basic_publish(message, self._exchanges["events"], BEACON_KEY)
            self._await_confirms()

        self._connected(send)

    def close(self) -> None:
        """Close the connection; the next publication opens another."""
        with self._lock:
            self._drop()

    def _connected(self, send: Callable[[], None]) -> None:
        with self._lock:
            try:
                if self._channel is None:
                    self._open()
                send()
            except BROKER_ERRORS as error:
                self._drop()
                raise Away(f"the broker is away: {type(error).__name__}: {error}") from error
            except Away:
                self._drop()
                raise

    def _open(self) -> None:
        self._connection = connect(self._url)
        self._channel = self._connection.channel()
        self._channel.confirm_select()
        self._confirms = _Confirms(self._channel)
        declare_upstream(self._channel, self._service, self._followers)

    def _drop(self) -> None:
        close(self._connection)
        self._connection = self._channel = self._confirms = None

    def _expecting(self) -> _Confirms:
        if self._confirms is None:
            raise Away("the connection was closed")
        return self._confirms

    def _pipeline(self, batch: Sequence[Outgoing]) -> set[str]:
        confirms = self._expecting()
        confirms.returned = set()
        publish = self._channel.basic_publish
        for one in batch:
            message = AmqpMessage(one.body, delivery_mode=_PERSISTENT, content_type=CONTENT_TYPE, message_id=one.id)
            confirms.expect()
            # A service that nobody follows has no queue on its events: that is no loss. The public stream always is.
            mandatory = bool(self._followers) or one.exchange == "public"
            publish(message, self._exchanges[one.exchange], one.key, mandatory=mandatory)
        self._await_confirms()
        return confirms.returned

    def _await_confirms(self) -> None:
        confirms = self._expecting()
        deadline = time.monotonic() + CONFIRM_TIMEOUT
        while not confirms.complete:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Away("the broker does not confirm")
            self._channel.connection.drain_events(timeout=left)
        if confirms.refused:
            raise Away("the broker refused a message")

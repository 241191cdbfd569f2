"""RabbitMQ behind delivery's `Publisher` port: pipelined, mandatory, confirmed."""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

from amqp import Message as AmqpMessage
from amqp.exceptions import AMQPError
from kombu import Connection

from shared.contracts.channels import public_exchange
from shared.delivery.errors import Away
from shared.delivery.message import BEACON_KEY, Beacon, encode
from shared.delivery.ports import Outgoing
from shared.runtime.topology import declare_upstream, events_exchange

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT = 5.0
ANSWER_S, GOODBYE_S = 10.0, 2.0
"""Seconds that the broker has to answer a declaration; to answer that a connection is closed."""
CONFIRM_TIMEOUT = 10.0
"""Seconds without an answer after which the broker counts as away while something waits for its confirmation."""
_BEACON_LIFE_MS = "10000"
_PERSISTENT = 2
_TRANSIENT = 1
TLS_PORT = 5671
Tls = dict[str, Any]

# What py-amqp raises when a connection goes away under it. The last two come from its half-closed channels.
BROKER_ERRORS: tuple[type[Exception], ...] = (AMQPError, OSError, EOFError, AttributeError, TypeError)


def address_and_tls(url: str) -> tuple[str, Tls | bool]:
    """``url`` as kombu and nameko take it, and what they must check of the broker's certificate (False: no TLS).

    ``amqps://host/vhost?cafile=FILE`` is aio-pika's way to say it: the certificate must be the host's and come from the
    authority in the file; without a file from one that this machine trusts.
    """
    parts = urlsplit(url)
    if parts.scheme != "amqps":
        return url, False
    tls: Tls = {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": parts.hostname}
    if authority := parse_qs(parts.query).get("cafile"):
        tls["ca_certs"] = authority[0]
    port = parts.port or TLS_PORT
    place = f"{parts.netloc.rpartition('@')[0]}@{parts.hostname}:{port}"
    return urlunsplit(("amqp", place, parts.path, "", "")), tls


def connect(url: str, *, heartbeat: int = 0) -> Connection:
    """An established connection to ``url``, see `address_and_tls`. Raises one of `BROKER_ERRORS`."""
    address, tls = address_and_tls(url)
    connection = Connection(address, ssl=tls, connect_timeout=CONNECT_TIMEOUT, heartbeat=heartbeat)
    connection.connect()
    _patient(connection, ANSWER_S)
    return connection


def close(connection: Connection | None) -> None:
    """Close with little grace: the broker may be gone already, or stand still, and nothing is lost by it."""
    if connection is None:
        return
    try:
        if connection.connected:
            _patient(connection, GOODBYE_S)
        connection.close()
    except BROKER_ERRORS as error:
        logger.debug("closing a broken connection: %s", error)


def _patient(connection: Connection, seconds: float) -> None:
    """Let whoever waits for an answer without saying how long wait for so many seconds; py-amqp would for ever."""
    connection.connection.transport.sock.settimeout(seconds)


class _Confirms:
    """The broker's answers to what was published on one channel; ``heard`` is called with each."""

    def __init__(self, channel: Any, heard: Callable[[], None]) -> None:
        self._heard = heard
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
        self._heard()
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
        self.heard_at: float | None = None
        """When the broker last answered, on the monotonic clock: that all stands, or that it has a message."""

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
        self._confirms = _Confirms(self._channel, self._hear)
        declare_upstream(self._channel, self._service, self._followers)
        self._hear()

    def _hear(self) -> None:
        self.heard_at = time.monotonic()

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
            message = AmqpMessage(one.body, delivery_mode=_PERSISTENT, content_type=one.content_type, message_id=one.id)
            confirms.expect()
            # A service that nobody follows has no queue on its events: that is no loss. The public stream always is.
            mandatory = bool(self._followers) or one.exchange == "public"
            publish(message, self._exchanges[one.exchange], one.key, mandatory=mandatory)
        self._await_confirms()
        return confirms.returned

    def _await_confirms(self) -> None:
        confirms = self._expecting()
        began = time.monotonic()
        while not confirms.complete:
            # Since its last answer, not since the first message: a broker that is slow would be sent the same batch
            # again and again, and be slower for it.
            left = max(began, self.heard_at or began) + CONFIRM_TIMEOUT - time.monotonic()
            if left <= 0:
                raise Away("the broker does not confirm")
            self._channel.connection.drain_events(timeout=left)
        if confirms.refused:
            raise Away("the broker refused a message")

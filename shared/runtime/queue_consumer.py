"""Reads a follower's queue in batches and acknowledges after the commit. Runs in a thread, green or not."""

from __future__ import annotations

import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from threading import Event
from typing import Any

from kombu import Connection

from shared.delivery.errors import Away, Diverged, Held, Unreadable
from shared.delivery.follower import LOOK_AGAIN
from shared.delivery.message import Beacon, Message, unpack
from shared.delivery.pacing import Backoff
from shared.runtime.rabbit import BROKER_ERRORS, close, connect
from shared.runtime.topology import declare_follower

logger = logging.getLogger(__name__)

HEARTBEAT = 20
PREFETCH = 1_000
PULL_EVERY = 1.0
# How long a batch waits for one more message once the queue seems empty: latency against transactions.
_LINGER = 0.002
# A batch of that many says that a backlog is coming; seconds after the last of them that it is taken to come still; and
# those after which a pull comes all the same, because it also takes up what waits behind parked events.
_BACKLOG = 100
_QUIET = 0.5
_BUSY_PULL = 15.0
_LONGEST_PAUSE = 2.0


class QueueConsumer:
    """Feeds ``receive`` with what arrives for ``consumer`` from ``upstream``, and calls ``tick`` every second.

    ``receive`` settles a batch or raises `Away` (kept, and given again after a pause), `Held` or `Diverged` (the
    consumer leaves the queue until a person has resumed it, or decided how to go on).
    """

    def __init__(
        self,
        url: str,
        consumer: str,
        upstream: str,
        receive: Callable[[Sequence[Message | Beacon]], None],
        tick: Callable[[], object],
        *,
        batch: int = PREFETCH,
        pull_every: float = PULL_EVERY,
    ) -> None:
        self._url = url
        self._name = consumer
        self._upstream = upstream
        self._receive = receive
        self._tick = tick
        self._batch = batch
        self._pull_every = pull_every
        self._arrived: deque[tuple[int, list[Message | Beacon]]] = deque()
        self._waiting = 0
        self._next_pull = 0.0
        self._backlog_at = float("-inf")
        self._stop = Event()

    def run(self, stop: Event) -> None:
        """Consume until ``stop``: a batch that is being applied is finished and acknowledged first."""
        self._stop = stop
        backoff = Backoff(most=_LONGEST_PAUSE)
        while not stop.is_set():
            try:
                # Before the first message: what happened while nobody consumed is in the log, perhaps not in the queue.
                self._pull(backoff)
                while not stop.is_set():
                    self._session(backoff)
            except (Held, Diverged):
                # The queue is left alone. A person decides; this only looks whether it was decided.
                stop.wait(LOOK_AGAIN)

    def _session(self, backoff: Backoff) -> None:
        connection: Connection | None = None
        try:
            connection = connect(self._url, heartbeat=HEARTBEAT)
            self._consume(connection, backoff)
        except BROKER_ERRORS as error:
            pause = backoff.failed()
            logger.warning(
                "%s lost the queue of %s (%s), again in %.1f s", self._name, self._upstream, type(error).__name__, pause
            )
            self._stop.wait(pause)
            # The feed may be reachable while the broker is not (in one process), and time has passed.
            self._pull(backoff)
        finally:
            self._arrived.clear()
            self._waiting = 0
            close(connection)

    def _consume(self, connection: Connection, backoff: Backoff) -> None:
        channel = connection.channel()
        queue = declare_follower(channel, self._name, self._upstream)
        channel.basic_qos(0, self._batch, False)

        def arrived(message: Any) -> None:
            tag = message.delivery_info["delivery_tag"]
            body = message.body.encode() if isinstance(message.body, str) else bytes(message.body)
            try:
                items = unpack(body)
            except Unreadable as error:
                logger.error("unreadable message in %s goes to the dead letters: %s", queue, error)
                channel.basic_reject(tag, requeue=False)
                return
            self._arrived.append((tag, items))
            self._waiting += len(items)

        consumer = channel.basic_consume(queue, callback=arrived)
        try:
            self._serve(connection, channel, backoff)
        except Held:
            # Handed back, each message would count a delivery more with every pause, and unacknowledged it would keep
            # the queue from ever shrinking. The position stands still, so the feed has all of it after the pause.
            channel.basic_cancel(consumer)
            channel.basic_ack(0, multiple=True)
            raise

    def _serve(self, connection: Connection, channel: Any, backoff: Backoff) -> None:
        # What came between the last pull and this subscription is at hand through the feed.
        self._pull(backoff)
        while not self._stop.is_set():
            self._gather(connection)
            if self._arrived:
                last, items = self._next_batch()
                if not self._settled(connection, items, backoff):
                    return
                channel.basic_ack(last, multiple=True)
                backoff.worked()
                if len(items) >= _BACKLOG:
                    self._backlog_at = time.monotonic()
            now = time.monotonic()
            # While a backlog comes the pull waits: it would fetch all that is on its way through the queue a second
            # time. An empty moment is no end of it: the relay publishes in batches, too.
            if now - self._next_pull >= (0 if now - self._backlog_at > _QUIET else _BUSY_PULL):
                self._pull(backoff)
            connection.heartbeat_check()

    def _next_batch(self) -> tuple[int, list[Message | Beacon]]:
        """The tag to acknowledge up to, and what came until there: whole messages, ``batch`` items or a few more."""
        items: list[Message | Beacon] = []
        last = 0
        while self._arrived and len(items) < self._batch:
            last, more = self._arrived.popleft()
            items += more
        self._waiting -= len(items)
        return last, items

    def _gather(self, connection: Connection) -> None:
        wait = min(max(self._next_pull - time.monotonic(), _LINGER), 0.25)
        while self._waiting < self._batch and not self._stop.is_set():
            try:
                connection.drain_events(timeout=_LINGER if self._arrived else wait)
            except TimeoutError:
                return

    def _settled(self, connection: Connection, items: Sequence[Message | Beacon], backoff: Backoff) -> bool:
        """Give the batch until it is settled; False when the host stops. It stays unacknowledged meanwhile.

        Handing it back instead would wear out its delivery limit and send good messages to the dead letters.
        """
        while True:
            try:
                self._receive(items)
                return True
            except Away as error:
                pause = backoff.failed()
                logger.warning("%s keeps a batch of %s for %.1f s: %s", self._name, self._upstream, pause, error)
                if self._stop.wait(pause):
                    return False
                self._keep_alive(connection)

    def _keep_alive(self, connection: Connection) -> None:
        # The broker's heartbeats must be read to count: unread, the connection is given up after two of them.
        with contextlib.suppress(TimeoutError):
            connection.drain_events(timeout=_LINGER)
        connection.heartbeat_check()

    def _pull(self, backoff: Backoff) -> None:
        try:
            self._tick()
            backoff.worked()
            self._next_pull = time.monotonic() + self._pull_every
        except Away as error:
            pause = backoff.failed()
            logger.warning("%s cannot pull from %s, again in %.1f s: %s", self._name, self._upstream, pause, error)
            self._next_pull = time.monotonic() + pause

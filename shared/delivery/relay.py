"""The relay: repeats a service's log to the broker, in order, and remembers how far the broker has confirmed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event

import sqlalchemy as sa

from shared.contracts.envelope import BATCH_TYPE, Envelope
from shared.delivery.errors import Away, is_away
from shared.delivery.feed import Feed, previous_public
from shared.delivery.message import BUNDLE_KEY, Beacon, Message, bundle, encode, request_ids
from shared.delivery.pacing import Backoff
from shared.delivery.ports import Exchange, Outgoing, Publication, Publisher, ReadableLog
from shared.delivery.tables import relay_cursor
from shared.delivery.telemetry import Counts, Measure, Telemetry
from shared.eventstore.database import Database
from shared.eventstore.log import Entry
from shared.tracing import spans

logger = logging.getLogger(__name__)

AGAIN = "republish "
"""How the cursors of stretches begin that are published once more, beside the relay's own."""
BUNDLE = 50
"""Entries that travel to the followers as one message when more than one is ready: about 45 kB."""

_MOVE = sa.text(
    "INSERT INTO relay_cursor (destination, position, public_position) VALUES (:destination, :position, :public) "
    "ON CONFLICT (destination) DO UPDATE SET position = excluded.position, public_position = excluded.public_position "
    "WHERE relay_cursor.position < excluded.position"
)


@dataclass(frozen=True)
class Reached:
    """How far the broker has confirmed: the last entry, and the last one of audience I."""

    position: int = 0
    public: int = 0


class RelayCursor:
    """The relay's memory, in the service's own database. It only grows, so two relays cannot drag it back."""

    def __init__(self, database: Database, destination: str = "broker") -> None:
        self._database = database
        self._destination = destination

    def load(self) -> Reached:
        query = sa.select(relay_cursor).where(relay_cursor.c.destination == self._destination)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return Reached() if row is None else Reached(row.position, row.public_position)

    def move(self, reached: Reached) -> None:
        values = {"destination": self._destination, "position": reached.position, "public": reached.public}
        with self._database.write() as connection:
            connection.execute(_MOVE, values)

    def forget(self) -> None:
        """Begin again with the log's first entry."""
        with self._database.write() as connection:
            connection.execute(relay_cursor.delete().where(relay_cursor.c.destination == self._destination))


def _internal(messages: Sequence[Message]) -> Outgoing:
    first = messages[0].envelope
    if len(messages) == 1:
        return Outgoing("events", first.routing_key, first.id, encode(messages[0]))
    return Outgoing("events", BUNDLE_KEY, f"{first.id}-{messages[-1].sequence}", bundle(messages), BATCH_TYPE)


class Relay:
    """Publishes every entry past the cursor. Two at once are harmless: followers drop the second copy.

    Nothing here is needed for correctness: a relay that stands still costs followers the second until their next
    pull. What it must never do is skip, because a skipped entry is a hole that every follower has to pull.
    """

    def __init__(
        self,
        log: ReadableLog,
        publication: Publication,
        publisher: Publisher,
        cursor: RelayCursor,
        *,
        batch: int = 500,
        beacon_every: float = 3.0,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._log = log
        self._feed = Feed(log, publication)
        self._publication = publication
        self._publisher = publisher
        self._cursor = cursor
        self._batch = batch
        self._beacon_every = beacon_every
        self._telemetry = telemetry or Counts()
        self._last_beacon = float("-inf")

    def publish_batch(self) -> int:
        """Publish up to one batch past the cursor, wait for every confirm, move the cursor; how many entries."""
        reached = self._cursor.load()
        more = 1 if reached.position else 0
        epoch, _head, rows = self._log.stretch(max(reached.position - 1, 0), self._batch + more)
        prior_hash = rows.pop(0).hash if reached.position and rows else ""
        if not rows:
            return 0
        batch, messages, public = self._outgoing(rows, epoch, prior_hash, reached.public)
        began = time.time_ns()
        self._publisher.publish(batch)
        self._noted([message.envelope for message in messages], began)
        self._cursor.move(Reached(rows[-1].sequence, public))
        self._telemetry.count(self._log.name, Measure.PUBLISHED, len(rows))
        return len(rows)

    def republish(self, first: int, last: int, exchange: Exchange) -> int:
        """Publish one batch of the entries ``first`` to ``last`` once more, in order; the sequence reached.

        They keep their ids: followers drop what they have, and so must integrators. The cursor stays where it is.
        Raises `Away` when the broker is.
        """
        epoch, _head = self._log.state()
        rows = self._log.entries(max(first - 2, 0), min(self._batch, last - first + 1) + (1 if first > 1 else 0))
        prior_hash = rows.pop(0).hash if first > 1 and rows else ""
        if not rows:
            return last
        public = previous_public(self._log, self._publication, first) if exchange == "public" else 0
        batch, _messages, _last = self._outgoing(rows, epoch, prior_hash, public)
        again = [one for one in batch if one.exchange == exchange]
        if again:
            self._publisher.publish(again)
        self._telemetry.count(self._log.name, Measure.PUBLISHED, len(rows))
        return rows[-1].sequence

    def _outgoing(
        self, rows: list[Entry], epoch: str, prior_hash: str, public: int
    ) -> tuple[list[Outgoing], list[Message], int]:
        """What goes out for contiguous entries, their messages, the last public one (``public``: the one before)."""
        messages = self._feed.messages(rows, epoch, prior_hash)
        batch = [_internal(messages[start : start + BUNDLE]) for start in range(0, len(messages), BUNDLE)]
        for message in messages:
            if message.envelope.audience == "I":
                outside = message.envelope.for_integrators(public)
                batch.append(Outgoing("public", outside.routing_key, outside.id, outside.to_bytes()))
                public = outside.sequence
        return batch, messages, public

    def _noted(self, published: list[Envelope], began: int) -> None:
        """One line a batch: a line an event would cost more than its publication."""
        if logger.isEnabledFor(logging.INFO):
            about = {"service": self._log.name, "first": published[0].id, "last": published[-1].id}
            logger.info("published", extra={**about, "request_ids": request_ids(published)})
        if spans.exporting():
            for envelope in published:
                name, request_id = f"publish {envelope.topic}", str(envelope.correlation_id)
                spans.note(name, self._log.name, "producer", envelope.traceparent, began, request_id)

    def drain(self) -> int:
        """Publish until the cursor stands where the head was at the last look; how many entries."""
        total = 0
        while True:
            count = self.publish_batch()
            total += count
            if count < self._batch:
                # It was the end of the log then; whatever was committed since has set the prompt.
                return total

    def beacon(self, *, now: Callable[[], float] = time.monotonic) -> bool:
        """Tell the followers the head, at most once in ``beacon_every`` seconds; whether it was told."""
        if now() - self._last_beacon < self._beacon_every:
            return False
        epoch, head = self._log.state()
        self._publisher.beacon(Beacon(self._log.name, epoch, head))
        self._last_beacon = now()
        return True

    def run(self, stop: Event, prompt: Event, *, poll: float = 0.5) -> None:
        """Publish until ``stop``; at once when ``prompt`` is set (after a commit), else every ``poll`` seconds."""
        backoff = Backoff(most=2.0)
        while not stop.is_set():
            pause = poll
            prompt.clear()
            try:
                self.drain()
                self.beacon()
                backoff.worked()
            except Exception as error:
                # Every error ends in a pause: an entry that cannot be published must hold the line, never be skipped.
                pause = backoff.failed()
                level = logging.WARNING if isinstance(error, Away) or is_away(error) else logging.ERROR
                logger.log(
                    level,
                    "relay of %s pauses %.1f s: %s",
                    self._log.name,
                    pause,
                    type(error).__name__,
                    exc_info=level == logging.ERROR,
                )
                stop.wait(pause)
                continue
            prompt.wait(pause)

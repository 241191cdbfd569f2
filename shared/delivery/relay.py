"""The relay: repeats a service's log to the broker, in order, and remembers how far the broker has confirmed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import sqlalchemy as sa

from shared.delivery.errors import Away, is_away
from shared.delivery.feed import Feed
from shared.delivery.message import Beacon, encode
from shared.delivery.pacing import Backoff
from shared.delivery.ports import Outgoing, Publication, Publisher, ReadableLog
from shared.delivery.tables import relay_cursor
from shared.delivery.telemetry import Counts, Measure, Telemetry
from shared.eventstore.database import Database

logger = logging.getLogger(__name__)

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
        epoch, _head = self._log.state()
        rows = self._log.entries(max(reached.position - 1, 0), self._batch + (1 if reached.position else 0))
        prior_hash = rows.pop(0).hash if reached.position and rows else ""
        if not rows:
            return 0
        batch: list[Outgoing] = []
        public = reached.public
        for entry, message in zip(rows, self._feed.messages(rows, epoch, prior_hash), strict=True):
            envelope = message.envelope
            batch.append(Outgoing("events", envelope.routing_key, envelope.id, encode(message)))
            if self._publication.is_public(entry):
                outside = self._publication.public(entry, epoch, public)
                batch.append(Outgoing("public", outside.routing_key, outside.id, outside.to_bytes()))
                public = entry.sequence
        self._publisher.publish(batch)
        self._cursor.move(Reached(rows[-1].sequence, public))
        self._telemetry.count(self._log.name, Measure.PUBLISHED, len(rows))
        return len(rows)

    def drain(self) -> int:
        """Publish until the cursor stands at the head; how many entries."""
        total = 0
        while count := self.publish_batch():
            total += count
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
        backoff = Backoff()
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

"""The notification log: the one sequence of everything a service has decided."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent
from sqlalchemy.engine import Connection

from shared.eventstore.database import Database
from shared.eventstore.tables import events, log_head

_EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)


def instant(microseconds: int) -> datetime:
    """The moment that a stored ``recorded_at`` stands for."""
    return _EPOCH_START + timedelta(microseconds=microseconds)


@dataclass(frozen=True)
class Entry:
    """One row of a log, as stored. ``hash`` is the SHA-256 of its canonical leaf (RFC 8785): it covers everything."""

    log: str
    sequence: int
    recorded_at: datetime
    originator_id: UUID
    originator_version: int
    topic: str
    state: bytes

    @cached_property
    def leaf(self) -> bytes:
        """Canonical JSON of the entry with the SHA-256 of its stored bytes in place of them."""
        # Only ASCII text and integers below 2**53: sorted keys without spaces are RFC 8785 already.
        return json.dumps(
            {
                "aggregate": self.originator_id.hex,
                "log": self.log,
                "recorded_at": self.recorded_at.isoformat(timespec="microseconds"),
                "sequence": self.sequence,
                "sha256": hashlib.sha256(self.state).hexdigest(),
                "topic": self.topic,
                "version": self.originator_version,
            },
            sort_keys=True,
            separators=(",", ":"),
        ).encode()

    @cached_property
    def hash(self) -> str:
        return hashlib.sha256(self.leaf).hexdigest()

    @property
    def stored(self) -> StoredEvent:
        return StoredEvent(self.originator_id, self.originator_version, self.topic, self.state)


class Log:
    """Read access to a service's log. ``name`` is the log's identity: the service's name."""

    def __init__(self, name: str, database: Database) -> None:
        self.name = name
        self.database = database

    def entries(self, after: int, limit: int, connection: Connection | None = None) -> list[Entry]:
        """Up to ``limit`` entries whose sequence is greater than ``after``, in order."""
        query = sa.select(events).where(events.c.id > after).order_by(events.c.id).limit(limit)
        if connection is not None:
            return [self._entry(row) for row in connection.execute(query)]
        with self.database.read() as own:
            return [self._entry(row) for row in own.execute(query)]

    def of_aggregate(self, originator_id: UUID) -> list[Entry]:
        """Every entry of one aggregate, in order."""
        query = sa.select(events).where(events.c.originator_id == originator_id).order_by(events.c.originator_version)
        with self.database.read() as connection:
            return [self._entry(row) for row in connection.execute(query)]

    def of_topics(
        self, topics: Iterable[str], position: int, originators: Iterable[UUID] | None = None
    ) -> Iterator[Entry]:
        """Every entry of these topics (of these aggregates) up to ``position``, in order, read as it is used."""
        chosen: sa.ColumnElement[bool] = events.c.topic.in_(list(topics))
        if originators is not None:
            chosen = sa.and_(chosen, events.c.originator_id.in_(list(originators)))
        query = sa.select(events).where(chosen, events.c.id <= position).order_by(events.c.id)
        with self.database.read() as connection:
            for row in connection.execution_options(yield_per=500).execute(query):
                yield self._entry(row)

    def head(self) -> int:
        """Sequence of the last entry; 0 for an empty log."""
        with self.database.read() as connection:
            return int(connection.execute(sa.select(log_head.c.head)).scalar_one())

    def epoch(self) -> str:
        """Identity of this life of the log; a restore begins a new one."""
        with self.database.read() as connection:
            return str(connection.execute(sa.select(log_head.c.epoch)).scalar_one())

    def state(self) -> tuple[str, int]:
        """Epoch and head, read together."""
        with self.database.read() as connection:
            row = connection.execute(sa.select(log_head.c.epoch, log_head.c.head)).one()
            return str(row.epoch), int(row.head)

    def entry_hash(self, sequence: int) -> str | None:
        """Hash of the entry at ``sequence``; None when the log holds no such entry."""
        with self.database.read() as connection:
            row = connection.execute(sa.select(events).where(events.c.id == sequence)).first()
            return None if row is None else self._entry(row).hash

    def begin_epoch(self) -> str:
        """Give the log a new epoch (after a restore, before it opens) and return it."""
        epoch = uuid4().hex
        with self.database.write() as connection:
            connection.execute(log_head.update().values(epoch=epoch))
        return epoch

    def _entry(self, row: Any) -> Entry:
        return Entry(
            log=self.name,
            sequence=row.id,
            recorded_at=instant(row.recorded_at),
            originator_id=row.originator_id,
            originator_version=row.originator_version,
            topic=row.topic,
            state=bytes(row.state),
        )

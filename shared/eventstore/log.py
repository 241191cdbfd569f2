"""The notification log: the one sequence of everything a service has decided."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent
from sqlalchemy.engine import Connection

from shared.eventstore.database import Database
from shared.eventstore.tables import ACCESS, BUSINESS, LogTables

_quoted = lru_cache(maxsize=1024)(json.dumps)
ACCESS_SUFFIX = ".access"
_EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)


def instant(microseconds: int) -> datetime:
    """The moment that a stored ``recorded_at`` stands for."""
    return _EPOCH_START + timedelta(microseconds=microseconds)


def access_name(service: str) -> str:
    """The identity of a service's access log."""
    return f"{service}{ACCESS_SUFFIX}"


def access_log_of(service: str, database: Database) -> Log:
    """The access log of ``service``, in its own database."""
    return Log(access_name(service), database, ACCESS)


def service_of(log: str) -> str:
    """The service whose log, of either kind, is called ``log``."""
    return log.removesuffix(ACCESS_SUFFIX)


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
        # Only ASCII text and integers below 2**53: sorted keys without spaces are RFC 8785 already. Written out here,
        # because every entry that is read, told or checked is hashed, and the encoder takes four times as long.
        return (
            f'{{"aggregate":"{self.originator_id.hex}","log":{_quoted(self.log)},'
            f'"recorded_at":"{self.recorded_at.isoformat(timespec="microseconds")}","sequence":{self.sequence},'
            f'"sha256":"{hashlib.sha256(self.state).hexdigest()}","topic":{_quoted(self.topic)},'
            f'"version":{self.originator_version}}}'
        ).encode()

    @cached_property
    def hash(self) -> str:
        return hashlib.sha256(self.leaf).hexdigest()

    @property
    def stored(self) -> StoredEvent:
        return StoredEvent(self.originator_id, self.originator_version, self.topic, self.state)


class Log:
    """Read access to one of a service's logs. ``name`` is the log's identity: the service's name, and of its access log
    that with `ACCESS_SUFFIX` behind it."""

    def __init__(self, name: str, database: Database, tables: LogTables = BUSINESS) -> None:
        self.name = name
        self.database = database
        self.tables = tables
        # Asked at every look of every follower: written once, because that costs more than asking.
        self._ask_state = sa.select(self._head.c.epoch, self._head.c.head)
        further = sa.select(self._events).where(self._events.c.id > sa.bindparam("after")).order_by(self._events.c.id)
        self._ask_entries = further.limit(sa.bindparam("most", type_=sa.Integer))

    def entries(self, after: int, limit: int, connection: Connection | None = None) -> list[Entry]:
        """Up to ``limit`` entries whose sequence is greater than ``after``, in order."""
        asked = {"after": after, "most": limit}
        if connection is not None:
            return [self._entry(row) for row in connection.execute(self._ask_entries, asked)]
        with self.database.read() as own:
            return [self._entry(row) for row in own.execute(self._ask_entries, asked)]

    def of_aggregate(self, originator_id: UUID) -> list[Entry]:
        """Every entry of one aggregate, in order."""
        events = self._events
        query = sa.select(events).where(events.c.originator_id == originator_id).order_by(events.c.originator_version)
        with self.database.read() as connection:
            return [self._entry(row) for row in connection.execute(query)]

    def of_topics(
        self, topics: Iterable[str], position: int, originators: Iterable[UUID] | None = None
    ) -> Iterator[Entry]:
        """Every entry of these topics (of these aggregates) up to ``position``, in order, read as it is used."""
        events = self._events
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
            return int(connection.execute(sa.select(self._head.c.head)).scalar_one())

    def epoch(self) -> str:
        """Identity of this life of the log; a restore begins a new one."""
        with self.database.read() as connection:
            return str(connection.execute(sa.select(self._head.c.epoch)).scalar_one())

    def state(self) -> tuple[str, int]:
        """Epoch and head, read together."""
        with self.database.read() as connection:
            row = connection.execute(self._ask_state).one()
            return str(row.epoch), int(row.head)

    def stretch(self, after: int, limit: int) -> tuple[str, int, list[Entry]]:
        """Epoch, head, and up to ``limit`` entries greater than ``after``: all of one moment."""
        with self.database.read() as connection:
            row = connection.execute(self._ask_state).one()
            return str(row.epoch), int(row.head), self.entries(after, limit, connection)

    def entry_hash(self, sequence: int) -> str | None:
        """Hash of the entry at ``sequence``; None when the log holds no such entry."""
        with self.database.read() as connection:
            row = connection.execute(sa.select(self._events).where(self._events.c.id == sequence)).first()
            return None if row is None else self._entry(row).hash

    def begin_epoch(self) -> str:
        """Give the log a new epoch (after a restore, before it opens) and return it."""
        epoch = uuid4().hex
        with self.database.write() as connection:
            connection.execute(self._head.update().values(epoch=epoch))
        return epoch

    @property
    def _events(self) -> sa.Table:
        return self.tables.events

    @property
    def _head(self) -> sa.Table:
        return self.tables.head

    def _entry(self, row: Any) -> Entry:
        sequence, originator_id, version, topic, state, recorded_at = row
        return Entry(self.name, sequence, instant(recorded_at), originator_id, version, topic, bytes(state))

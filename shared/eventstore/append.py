"""The append: ids without holes, the clock under the same lock, as the transaction's last write."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast
from uuid import UUID

import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent
from sqlalchemy.engine import Connection

from shared.eventstore.database import driver_errors
from shared.eventstore.tables import BUSINESS, LogTables

if TYPE_CHECKING:
    import sqlite3

# One statement on PostgreSQL: the row of log_head stays locked only from here to the commit. MAX(id)+1 behind an
# advisory lock would fail: the statement's snapshot is older than the lock. The clock is the database's, read again
# once the row is ours: a moment from before the wait would put the event behind a cut-off that was made meanwhile.
_POSTGRES = """
    WITH head AS (
        UPDATE {head} SET head = head + :n, clock = GREATEST(clock, COALESCE(
            CAST(:now AS bigint), CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS bigint))) WHERE id = 1
        RETURNING head - :n AS base, clock
    )
    INSERT INTO {events} (id, originator_id, originator_version, topic, state, recorded_at)
    SELECT head.base + e.place, e.originator_id, e.originator_version, e.topic, e.state, head.clock
    FROM head, unnest(CAST(:ids AS uuid[]), CAST(:versions AS integer[]), CAST(:topics AS text[]),
                      CAST(:states AS bytea[]))
         WITH ORDINALITY AS e(originator_id, originator_version, topic, state, place)
    ORDER BY e.place
    RETURNING id, recorded_at
    """

_SQLITE_HEAD = (
    "UPDATE {head} SET head = head + ?1, clock = MAX(clock, ?2) WHERE id = 1 RETURNING head - ?1 AS base, clock"
)
_SQLITE_INSERT = (
    "INSERT INTO {events} (id, originator_id, originator_version, topic, state, recorded_at) VALUES (?, ?, ?, ?, ?, ?)"
)


@lru_cache
def _statements(tables: LogTables) -> tuple[sa.TextClause, str, str]:
    """For PostgreSQL its one statement, for SQLite its two."""
    names = {"events": tables.events.name, "head": tables.head.name}
    return sa.text(_POSTGRES.format(**names)), _SQLITE_HEAD.format(**names), _SQLITE_INSERT.format(**names)


@dataclass(frozen=True)
class Appended:
    """Where an append landed: its first id, how many, and the moment (microseconds, UTC) they were recorded."""

    first: int
    count: int
    recorded_at: int

    @property
    def ids(self) -> range:
        return range(self.first, self.first + self.count)


def append(
    connection: Connection,
    stored: Sequence[StoredEvent],
    *,
    tables: LogTables = BUSINESS,
    now: int | None = None,
) -> Appended:
    """Append ``stored`` in order to the log of ``tables``. ``now``: microseconds of UTC, for tests; the log's clock
    never goes back.

    Raises SQLAlchemy's IntegrityError when a version of an aggregate exists already.
    """
    count = len(stored)
    postgres, sqlite_head, sqlite_insert = _statements(tables)
    if connection.dialect.name == "postgresql":
        rows = connection.execute(
            postgres,
            {
                "n": count,
                "now": now,
                "ids": [event.originator_id for event in stored],
                "versions": [event.originator_version for event in stored],
                "topics": [event.topic for event in stored],
                "states": [event.state for event in stored],
            },
        ).all()
        if len(rows) != count:
            raise RuntimeError(f"{tables.head.name} has no row: run «impulso migrate»")
        return Appended(min(row.id for row in rows), count, rows[0].recorded_at)
    # BEGIN IMMEDIATE holds the lock already.
    moment = time.time_ns() // 1000 if now is None else now
    # Straight to the driver: what SQLAlchemy does for each statement takes as long as SQLite takes for both.
    with driver_errors(connection, sqlite_insert):
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        base, clock = driver.execute(sqlite_head, (count, moment)).fetchall()[0]
        driver.executemany(
            sqlite_insert,
            [
                (base + place, _hex(event.originator_id), event.originator_version, event.topic, event.state, clock)
                for place, event in enumerate(stored, start=1)
            ],
        )
    return Appended(base + 1, count, clock)


def _hex(originator_id: UUID | str) -> str:
    # As SQLAlchemy's Uuid stores it in SQLite.
    return originator_id.hex if isinstance(originator_id, UUID) else originator_id

"""The append: ids without holes, the clock under the same lock, as the transaction's last write."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent
from sqlalchemy.engine import Connection

from shared.eventstore.tables import events

# One statement on PostgreSQL: the row of log_head stays locked only from here to the commit. MAX(id)+1 behind an
# advisory lock would fail: the statement's snapshot is older than the lock. The clock is the database's, read again
# once the row is ours: a moment from before the wait would put the event behind a cut-off that was made meanwhile.
_POSTGRES = sa.text(
    """
    WITH head AS (
        UPDATE log_head SET head = head + :n, clock = GREATEST(clock, COALESCE(
            CAST(:now AS bigint), CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS bigint))) WHERE id = 1
        RETURNING head - :n AS base, clock
    )
    INSERT INTO events (id, originator_id, originator_version, topic, state, recorded_at)
    SELECT head.base + e.place, e.originator_id, e.originator_version, e.topic, e.state, head.clock
    FROM head, unnest(CAST(:ids AS uuid[]), CAST(:versions AS integer[]), CAST(:topics AS text[]),
                      CAST(:states AS bytea[]))
         WITH ORDINALITY AS e(originator_id, originator_version, topic, state, place)
    ORDER BY e.place
    RETURNING id, recorded_at
    """
)

_SQLITE_HEAD = sa.text(
    "UPDATE log_head SET head = head + :n, clock = MAX(clock, :now) WHERE id = 1 RETURNING head - :n AS base, clock"
)


@dataclass(frozen=True)
class Appended:
    """Where an append landed: its first id, how many, and the moment (microseconds, UTC) they were recorded."""

    first: int
    count: int
    recorded_at: int

    @property
    def ids(self) -> range:
        return range(self.first, self.first + self.count)


def append(connection: Connection, stored: Sequence[StoredEvent], *, now: int | None = None) -> Appended:
    """Append ``stored`` in order. ``now``: microseconds of UTC, for tests; the log's clock never goes back.

    Raises SQLAlchemy's IntegrityError when a version of an aggregate exists already.
    """
    count = len(stored)
    if connection.dialect.name == "postgresql":
        rows = connection.execute(
            _POSTGRES,
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
            raise RuntimeError("log_head has no row: run «impulso migrate»")
        return Appended(min(row.id for row in rows), count, rows[0].recorded_at)
    # BEGIN IMMEDIATE holds the lock already.
    moment = time.time_ns() // 1000 if now is None else now
    head = connection.execute(_SQLITE_HEAD, {"n": count, "now": moment}).one()
    connection.execute(
        events.insert(),
        [
            {
                "id": head.base + place,
                "originator_id": event.originator_id,
                "originator_version": event.originator_version,
                "topic": event.topic,
                "state": event.state,
                "recorded_at": head.clock,
            }
            for place, event in enumerate(stored, start=1)
        ],
    )
    return Appended(head.base + 1, count, head.clock)

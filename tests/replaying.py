"""A plain replay of one aggregate, written apart from ours: rows by SQL, limits, `apply`, nothing else."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from shared.eventstore.log import Entry
from shared.eventstore.tables import events

START = datetime(1970, 1, 1, tzinfo=UTC)


def rows_of(application: Any, aggregate_id: UUID) -> list[Any]:
    """The stored rows of an aggregate, in order."""
    query = sa.select(events).where(events.c.originator_id == aggregate_id).order_by(events.c.id)
    with application.database.read() as connection:
        return list(connection.execute(query))


def plainly(application: Any, aggregate_id: UUID, known_by: datetime, happened_by: date | None) -> tuple[Any, set[str]]:
    """The aggregate at the point and the ids of the events that made it; None and no ids when there were none."""
    aggregate: Any = None
    made = set()
    for row in rows_of(application, aggregate_id):
        recorded = START + timedelta(microseconds=row.recorded_at)
        entry = Entry(application.name, row.id, recorded, *row[1:5])
        event, meta = application.mapper.open(entry)
        if recorded > known_by or (happened_by is not None and meta.happened_on > happened_by):
            continue
        if (aggregate is None) != (row.originator_version == 1):
            continue
        # Through bytes: what an event that fails has half done is thrown away with its copy.
        kept = pickle.dumps(aggregate)
        try:
            if aggregate is None:
                aggregate = event.mutate(None)
            else:
                event.apply(aggregate)
        except Exception:
            aggregate = pickle.loads(kept)
            continue
        made.add(f"{application.name}:{row.id}")
        aggregate.version = row.originator_version
    return aggregate, made


def points(application: Any, aggregate_id: UUID, draw: Random, count: int) -> list[tuple[datetime, date | None]]:
    """Random points around the moments and the days of an aggregate's events, the edges among them."""
    rows = rows_of(application, aggregate_id)
    moments = [START + timedelta(microseconds=row.recorded_at + step) for row in rows for step in (-1, 0, 1)]
    days = sorted({application.mapper.metadata(bytes(row.state)).happened_on for row in rows})
    around = [day + timedelta(days=step) for day in days for step in (-1, 0)]
    return [(draw.choice(moments), draw.choice([None, *around])) for _ in range(count)]

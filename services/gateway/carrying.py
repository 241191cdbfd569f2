"""The rows of the access table of before, carried over into the sealed access log: each once, in bounded steps.

Not in a migration: a former release writes rows while it still runs beside this one, and a restored backup of before
brings rows of its own. The table stays as it is, as unchangeable as ever, and nobody writes it any more.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.gateway.tables import access_log
from shared.eventstore.access_log import AccessLog
from shared.eventstore.database import Database
from shared.eventstore.errors import AggregateConflict

BATCH = 500
"""Rows of one transaction: for so long others wait who have something to note."""
LOOK_BACK = 1_000
"""Numbers before the last one carried that are looked at again: of two that were given out together, the higher may
have been stored first."""
TRIES = 5
_NAMESPACE = UUID("6b1c2f0e-4d0a-4b7e-9c1d-0a6d6c1f7a01")
_SAME = (
    "account_id",
    "person",
    "session",
    "login_index",
    "origin_index",
    "channel",
    "service",
    "act",
    "case_id",
    "classes",
    "code",
    "request_id",
)


class Carrying:
    """Carries over what the former table holds. Of several at work, each row is carried by one of them."""

    def __init__(self, database: Database, access: AccessLog) -> None:
        self._database = database
        self._access = access
        self._after: int | None = None

    def step(self) -> bool:
        """Carry over one batch; whether there may be more. Interrupted, the next step goes on."""
        if self._after is None:
            self._after = max(self._reached() - LOOK_BACK, 0)
        for _ in range(TRIES):
            with self._database.read() as connection:
                query = sa.select(access_log).where(access_log.c.id > self._after).order_by(access_log.c.id)
                rows = connection.execute(query.limit(BATCH)).all()
                known = self._known(connection, [row.id for row in rows])
            entries = [self._entry(row) for row in rows if entry_id(row.id) not in known]
            if entries:
                try:
                    self._access.keep(entries)
                except AggregateConflict:
                    continue  # Another replica carried some of them meanwhile.
            if len(rows) < BATCH:
                # Later rows are of a former release that still runs: the next look begins a little earlier again.
                self._after = None
                return False
            self._after = rows[-1].id
            return True
        return True

    def _entry(self, row: sa.Row[Any]) -> Any:
        facts = {name: getattr(row, name) for name in _SAME}
        facts["request_id"] = facts["request_id"] or ""
        return self._access.entry(row.what, at=row.at, entry_id=entry_id(row.id), carried=row.id, **facts)

    def _reached(self) -> int:
        """About the highest number that was carried over: all those well below it were, too."""
        with self._database.read() as connection:
            low, high = 0, connection.execute(sa.select(sa.func.max(access_log.c.id))).scalar() or 0
            while low < high:
                middle = (low + high + 1) // 2
                query = sa.select(access_log.c.id).where(access_log.c.id >= middle).order_by(access_log.c.id).limit(1)
                number = connection.execute(query).scalar()
                if number is not None and self._known(connection, [number]):
                    low = number if number > low else middle
                else:
                    high = middle - 1
        return int(low)

    def _known(self, connection: Connection, numbers: list[int]) -> set[UUID]:
        column = self._access.log.tables.events.c.originator_id
        return set(connection.scalars(sa.select(column).where(column.in_([entry_id(each) for each in numbers]))))


def entry_id(number: int) -> UUID:
    """The id that the row of that number has in the access log, wherever it is carried over."""
    return uuid5(_NAMESPACE, str(number))

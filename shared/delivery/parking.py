"""Parked events: what could not be applied waits here, with everything after it of the same case, until a person
mends the cause and retries, or discards it with a reason. The other cases flow on meanwhile."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from shared.contracts.envelope import Envelope
from shared.delivery import acts
from shared.delivery.errors import Away, Held, NotParked, is_away
from shared.delivery.failures import brief, failure_of
from shared.delivery.ports import Failure
from shared.delivery.tables import parked
from shared.eventstore.database import Database
from shared.eventstore.log import instant

logger = logging.getLogger(__name__)

Status = Literal["parked", "applied", "discarded"]
Place = tuple[str, int]
"""An upstream and a sequence in its log."""
Settle = Callable[[Envelope, Callable[[Connection], None]], None]

_open = parked.c.status == "parked"


@dataclass(frozen=True)
class ParkedEvent:
    """One parked event. ``attempts`` 0: it was never tried, it waits behind an earlier one of its case."""

    upstream: str
    sequence: int
    subject: UUID
    type: str
    error_code: str
    error_place: str
    attempts: int
    parked_at: datetime
    status: Status
    settled_at: datetime | None
    settled_by: str
    reason: str
    envelope: dict[str, Any]


@dataclass(frozen=True)
class Retried:
    """What a retry of one case did: events applied, and the one that still fails (None: the case flows again)."""

    applied: int
    failing: ParkedEvent | None


class Parking:
    """The parked events of one service. ``settle(envelope, mark)`` applies one and runs ``mark`` in its commit."""

    def __init__(self, database: Database, settle: Settle) -> None:
        self._database = database
        self._settle = settle

    @staticmethod
    def row(upstream: str, envelope: Envelope, failure: Failure, attempts: int) -> dict[str, Any]:
        """The row that parks ``envelope``."""
        return {
            "upstream": upstream,
            "sequence": envelope.sequence,
            "subject": envelope.subject,
            "type": envelope.type,
            "envelope": json.dumps(envelope.to_dict(), ensure_ascii=False),
            "error_code": failure.code,
            "error_place": failure.place,
            "attempts": attempts,
            "parked_at": _now(),
            "status": "parked",
        }

    def events(
        self,
        upstream: str | None = None,
        *,
        status: Status = "parked",
        code: str | None = None,
        subject: UUID | None = None,
        after: Place | None = None,
        limit: int = 1_000,
    ) -> list[ParkedEvent]:
        """Parked events (or those settled since) in the order of their logs, from the place ``after`` on.

        ``code``: those that failed with it, not those that wait behind them. ``subject``: those of that case.
        """
        query = sa.select(parked).where(parked.c.status == status)
        if upstream is not None:
            query = query.where(parked.c.upstream == upstream)
        if code is not None:
            query = query.where(parked.c.error_code == code)
        if subject is not None:
            query = query.where(parked.c.subject == subject)
        if after is not None:
            query = query.where(_beyond(after))
        query = query.order_by(parked.c.upstream, parked.c.sequence).limit(limit)
        with self._database.read() as connection:
            return [_event(row) for row in connection.execute(query)]

    def explain(self, upstream: str, sequence: int) -> tuple[ParkedEvent, list[ParkedEvent]]:
        """One event that was ever parked, and those of its case that wait behind it. Raises `NotParked`."""
        query = sa.select(parked).where(parked.c.upstream == upstream, parked.c.sequence == sequence)
        with self._database.read() as connection:
            row = connection.execute(query).first()
            if row is None:
                raise NotParked(f"{upstream}:{sequence}")
            later = sa.select(parked).where(
                parked.c.upstream == upstream, parked.c.subject == row.subject, parked.c.sequence > sequence, _open
            )
            behind = connection.execute(later.order_by(parked.c.sequence)).all()
        return _event(row), [_event(each) for each in behind]

    def firsts(
        self,
        upstream: str | None = None,
        *,
        code: str | None = None,
        after: Place | None = None,
        limit: int = 1_000,
    ) -> list[ParkedEvent]:
        """The event that holds up its case, one a case and upstream, in the order of their logs."""
        query = sa.select(parked).join(_first, _is_first).where(_open)
        if upstream is not None:
            query = query.where(parked.c.upstream == upstream)
        if code is not None:
            query = query.where(parked.c.error_code == code)
        if after is not None:
            query = query.where(_beyond(after))
        with self._database.read() as connection:
            found = connection.execute(query.order_by(parked.c.upstream, parked.c.sequence).limit(limit))
            return [_event(row) for row in found]

    def waiting(self, upstream: str | None = None, *, code: str | None = None) -> int:
        """How many cases an event holds up that failed with ``code`` (None: whatever it failed with)."""
        query = sa.select(sa.func.count()).select_from(parked.join(_first, _is_first)).where(_open)
        if upstream is not None:
            query = query.where(parked.c.upstream == upstream)
        if code is not None:
            query = query.where(parked.c.error_code == code)
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def retry(self, upstream: str, subject: UUID) -> Retried:
        """Apply the parked events of one case in order, up to the first that fails again.

        Raises `NotParked` when the case has none, `Away` when the database is away, `Held` while the upstream is
        paused.
        """
        first = self._first(upstream, subject)
        if first is None:
            raise NotParked(f"{upstream}: {subject}")
        return self._flow(first)

    def discard(self, upstream: str, sequence: int, *, by: str, reason: str) -> ParkedEvent:
        """Give up one parked event for good; the row stays and says who (a random id), when and why.

        Those behind it are taken up by the follower's next tick. Raises `NotParked`; `ValueError` without a reason.
        """
        if not reason.strip():
            raise ValueError("descartar un evento exige un motivo")
        with self._database.write() as connection:
            _mark(connection, upstream, sequence, status="discarded", settled_by=by, reason=reason.strip()[:500])
            acts.record(connection, "discard", f"{upstream}:{sequence}", by=by, reason=reason.strip())
        logger.warning("discarded %s:%s by %s", upstream, sequence, by)
        return self.explain(upstream, sequence)[0]

    def release(self, upstream: str) -> int:
        """Apply what waits behind nothing any more (the event before it was settled); how many were applied.

        Without it an event that was parked behind another in the very moment in which that one was retried would
        wait for ever.
        """
        with self._database.read() as connection:
            released = [_event(row) for row in connection.execute(_RELEASED, {"of": upstream})]
        return sum(self._flow(event).applied for event in released)

    def _flow(self, event: ParkedEvent) -> Retried:
        applied = 0
        following: ParkedEvent | None = event
        while following is not None:
            current = following
            try:
                self._settle(Envelope.from_dict(current.envelope), partial(_applied, event=current))
            except NotParked:
                # Another retry settled it first; its effects stand, ours were rolled back.
                return Retried(applied, None)
            except Held:
                raise
            except Exception as error:
                if is_away(error):
                    raise Away(brief(error)) from error
                return Retried(applied, self._failed(current, failure_of(error)))
            applied += 1
            following = self._first(current.upstream, current.subject)
        return Retried(applied, None)

    def _first(self, upstream: str, subject: UUID) -> ParkedEvent | None:
        query = sa.select(parked).where(parked.c.upstream == upstream, parked.c.subject == subject, _open)
        with self._database.read() as connection:
            row = connection.execute(query.order_by(parked.c.sequence).limit(1)).first()
        return None if row is None else _event(row)

    def _failed(self, event: ParkedEvent, failure: Failure) -> ParkedEvent:
        change = (
            sa.update(parked)
            .where(parked.c.upstream == event.upstream, parked.c.sequence == event.sequence, _open)
            .values(attempts=parked.c.attempts + 1, error_code=failure.code, error_place=failure.place)
        )
        with self._database.write() as connection:
            connection.execute(change)
        return self.explain(event.upstream, event.sequence)[0]


_first = (
    sa.select(parked.c.upstream, parked.c.subject, sa.func.min(parked.c.sequence).label("sequence"))
    .where(_open)
    .group_by(parked.c.upstream, parked.c.subject)
    .subquery("first")
)
_is_first = sa.and_(parked.c.upstream == _first.c.upstream, parked.c.sequence == _first.c.sequence)
"""The event that holds up its case: the earliest one of it that is still parked."""
_RELEASED = (
    sa.select(parked)
    .join(_first, _is_first)
    .where(_open, parked.c.attempts == 0, parked.c.upstream == sa.bindparam("of"))
    .order_by(parked.c.sequence)
    .limit(1_000)
)
"""Those of one upstream that were parked behind another, which was settled since. Asked at every tick."""


def _beyond(place: Place) -> sa.ColumnElement[bool]:
    upstream, sequence = place
    return sa.or_(parked.c.upstream > upstream, sa.and_(parked.c.upstream == upstream, parked.c.sequence > sequence))


def waiting(connection: Connection, upstream: str) -> set[UUID]:
    """The cases that have a parked event of ``upstream``: later events of theirs park behind it."""
    query = sa.select(parked.c.subject).distinct().where(parked.c.upstream == upstream, _open)
    return set(connection.scalars(query))


def discarded(connection: Connection, upstream: str, after: int, to: int) -> set[int]:
    """Sequences after ``after`` up to ``to`` that a person gave up: applied anew from the start, they stay given up."""
    query = sa.select(parked.c.sequence).where(
        parked.c.upstream == upstream,
        parked.c.sequence > after,
        parked.c.sequence <= to,
        parked.c.status == "discarded",
    )
    return set(connection.scalars(query))


def forget(connection: Connection, upstream: str) -> None:
    """Forget what is parked of ``upstream`` or was applied since: all of it comes again. What was discarded stays."""
    connection.execute(sa.delete(parked).where(parked.c.upstream == upstream, parked.c.status != "discarded"))


def _applied(connection: Connection, event: ParkedEvent) -> None:
    _mark(connection, event.upstream, event.sequence, status="applied", settled_by="", reason="")


def _mark(connection: Connection, upstream: str, sequence: int, **values: Any) -> None:
    change = (
        sa.update(parked)
        .where(parked.c.upstream == upstream, parked.c.sequence == sequence, _open)
        .values(settled_at=_now(), **values)
    )
    # The row's own status is the fence: of two who settle the same event, one commits and one rolls back.
    if connection.execute(change).rowcount != 1:
        raise NotParked(f"{upstream}:{sequence}")


def _event(row: Row[Any]) -> ParkedEvent:
    return ParkedEvent(
        upstream=row.upstream,
        sequence=row.sequence,
        subject=row.subject,
        type=row.type,
        error_code=row.error_code,
        error_place=row.error_place,
        attempts=row.attempts,
        parked_at=instant(row.parked_at),
        status=row.status,
        settled_at=None if row.settled_at is None else instant(row.settled_at),
        settled_by=row.settled_by or "",
        reason=row.reason or "",
        envelope=json.loads(row.envelope),
    )


def _now() -> int:
    return time.time_ns() // 1000

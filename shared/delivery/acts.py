"""What operators did to a service's delivery: who, when, why. Ids only; a row is added and never changed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.delivery.tables import operator_acts
from shared.eventstore.log import instant

ActName = Literal["pause", "resume", "retry", "discard", "rebuild", "republish", "adopt", "restore", "acknowledge"]
LONGEST_REASON = 500


@dataclass(frozen=True)
class Act:
    """One act of an operator. ``about``: an upstream, an event of one (``intake:42``), a range or a service."""

    id: int
    at: datetime
    act: str
    about: str
    by: str
    reason: str


def record(connection: Connection, act: ActName, about: str, *, by: str, reason: str = "") -> None:
    """Write ``act`` down in the caller's transaction, with whatever the act itself writes."""
    row = {"at": time.time_ns() // 1000, "act": act, "about": about, "done_by": by, "reason": reason[:LONGEST_REASON]}
    connection.execute(operator_acts.insert(), row)


def newest(connection: Connection, limit: int, before: int | None = None) -> list[Act]:
    """Acts, the newest first, those older than the act number ``before`` when it is given."""
    query = sa.select(operator_acts).order_by(operator_acts.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(operator_acts.c.id < before)
    return [_act(row) for row in connection.execute(query)]


def last(connection: Connection, act: ActName, about: str) -> Act | None:
    """The last time that ``act`` was done to ``about``; None for never."""
    query = sa.select(operator_acts).where(operator_acts.c.act == act, operator_acts.c.about == about)
    row = connection.execute(query.order_by(operator_acts.c.id.desc()).limit(1)).first()
    return None if row is None else _act(row)


def _act(row: sa.Row[tuple[object, ...]]) -> Act:
    return Act(row.id, instant(row.at), row.act, row.about, row.done_by, row.reason)

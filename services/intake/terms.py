"""Terms of intake that end by themselves: the request for reconsideration (P-30)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.application import IntakeApplication
from services.intake.views import cases
from shared.eventstore.unit_of_work import UnitOfWork
from shared.runtime.deadlines import Deadline


def ended(application: IntakeApplication, day: date) -> Iterator[Deadline]:
    """Every case that was told "no cumple" and did not ask in time."""
    query = sa.select(cases.c.id, cases.c.told_on).where(cases.c.state == "not_eligible", cases.c.told_on.is_not(None))
    with application.database.read() as connection:
        rows = connection.execute(query).all()
    for row in rows:
        if day > application.last_day_to_ask(row.told_on):
            key = f"P-30/{row.id}/{row.told_on}"
            yield Deadline(key, "CloseNotEligible", 2, _decide(application, row.id))


def _decide(application: IntakeApplication, case_id: UUID) -> Any:
    def decide(uow: UnitOfWork, day: date) -> dict[str, Any] | None:
        return {"id": str(case_id)} if application.close_not_eligible(uow, case_id, day) else None

    return decide

"""Terms of intake that end by themselves: to ask for reconsideration (P-30), to complete a claim on data (P-57)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.application import IntakeApplication
from services.intake.views import cases
from services.intake.views.rights_tables import data_requests
from shared.eventstore.unit_of_work import UnitOfWork
from shared.runtime.deadlines import Deadline


def ended(application: IntakeApplication, day: date) -> Iterator[Deadline]:
    """Every case that was told "no cumple" and did not ask in time; every claim that nobody completed."""
    yield from _unasked(application, day)
    yield from _uncompleted(application, day)


def _unasked(application: IntakeApplication, day: date) -> Iterator[Deadline]:
    query = sa.select(cases.c.id, cases.c.told_on).where(cases.c.state == "not_eligible", cases.c.told_on.is_not(None))
    with application.database.read() as connection:
        rows = connection.execute(query).all()
    for row in rows:
        if day > application.last_day_to_ask(row.told_on):
            key = f"P-30/{row.id}/{row.told_on}"
            yield Deadline(key, "CloseNotEligible", 2, _decide(application, row.id))


def _uncompleted(application: IntakeApplication, day: date) -> Iterator[Deadline]:
    query = sa.select(data_requests.c.id, data_requests.c.lapses_on).where(
        data_requests.c.state == "incomplete", data_requests.c.lapses_on < day
    )
    with application.database.read() as connection:
        rows = connection.execute(query).all()
    for row in rows:
        key = f"P-57/{row.id}/{row.lapses_on}"
        yield Deadline(key, "LapseDataRequest", 0, _lapse(application, row.id))


def _lapse(application: IntakeApplication, request_id: UUID) -> Any:
    def decide(uow: UnitOfWork, day: date) -> dict[str, Any] | None:
        return {"id": str(request_id)} if application.lapse_data_request(uow, request_id, day) else None

    return decide


def _decide(application: IntakeApplication, case_id: UUID) -> Any:
    def decide(uow: UnitOfWork, day: date) -> dict[str, Any] | None:
        return {"id": str(case_id)} if application.close_not_eligible(uow, case_id, day) else None

    return decide

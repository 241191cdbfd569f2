"""Requests for reconsideration that nobody has resolved: ``reconsiderations``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from services.intake.application import IntakeApplication
from services.intake.domain.cases import Case
from services.intake.queries.paging import check_staff, limit_of, next_of, offset_of
from services.intake.views.tables import cases
from shared.runtime.tokens import Who


def several(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Cases whose person asked and waits for the answer. Staff of an operator have none to see."""
    check_staff(who, "Ver reconsideraciones")
    limit, offset = limit_of(params), offset_of(params)
    # Who was told and then asked has no term running any more; a case that was opened again has none either.
    asked = sa.select(cases.c.id).where(cases.c.state == "not_eligible", cases.c.told_on.is_(None))
    if who.contracts:
        asked = asked.where(sa.false())
    with app.database.read() as connection:
        ids = connection.scalars(asked.order_by(cases.c.id).limit(limit + 1).offset(offset)).all()
    found = [app.loader.get(Case, case_id) for case_id in ids[:limit]]
    items = [
        {
            "id": str(case.id),
            "case_id": str(case.id),
            "label": "Reconsideración del resultado",
            "asked_on": case.reconsideration_asked_on.isoformat(),
        }
        for case in found
        if case is not None and case.reconsideration_asked_on is not None and case.reconsideration is None
    ]
    return {"items": sorted(items, key=lambda one: one["asked_on"]), "next": next_of(offset, limit, len(ids))}

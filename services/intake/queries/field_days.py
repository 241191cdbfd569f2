"""Field days as a list: ``field_days``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from services.intake.application import IntakeApplication
from services.intake.queries.paging import check_staff, limit_of, next_of, offset_of
from services.intake.queries.words import words_of
from services.intake.views.tables import field_days
from shared.runtime.tokens import Who


def several(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Field days, the latest first, of one locality or of all."""
    check_staff(who, "Ver jornadas")
    limit, offset = limit_of(params), offset_of(params)
    query = sa.select(field_days).order_by(field_days.c.held_on.desc(), field_days.c.id)
    if params.get("locality"):
        query = query.where(field_days.c.locality == str(params["locality"]))
    with app.database.read() as connection:
        rows = connection.execute(query.limit(limit + 1).offset(offset)).all()
    items = [
        {
            "id": str(row.id),
            "label": f"{row.held_on} · {words_of(app, 'locality', row.locality)} · {row.place}",
            "held_on": row.held_on.isoformat(),
            "place": row.place,
            "locality": row.locality,
            "team": row.team,
            "candidates": row.candidates,
        }
        for row in rows[:limit]
    ]
    return {"items": items, "next": next_of(offset, limit, len(rows))}

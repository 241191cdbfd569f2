"""The exclusion register as a list, without who it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from services.intake.application import IntakeApplication
from services.intake.queries.paging import limit_of, next_of, offset_of
from services.intake.views.tables import exclusions
from shared.catalogue.refusals import NotAuthorised
from shared.runtime.tokens import Who

READERS = frozenset({"coordinator", "subdirector", "auditor"})


def several(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Exclusions, the latest first; ``state``: proposed, in_force, lifted."""
    if not who.roles & READERS:
        raise NotAuthorised(command="Ver exclusiones", roles="coordinación, subdirección o control interno")
    limit, offset = limit_of(params), offset_of(params)
    query = sa.select(exclusions).order_by(exclusions.c.from_date.desc(), exclusions.c.id)
    if params.get("state"):
        query = query.where(exclusions.c.state == str(params["state"]))
    with app.database.read() as connection:
        rows = connection.execute(query.limit(limit + 1).offset(offset)).all()
    items = [
        {
            "id": str(row.id),
            "version": row.version,
            "label": f"Acto {row.act_no}, desde {row.from_date}",
            "kind": row.kind,
            "service": row.service,
            "from": row.from_date.isoformat(),
            "to": row.to_date.isoformat() if row.to_date else None,
            "state": row.state,
        }
        for row in rows[:limit]
    ]
    return {"items": items, "next": next_of(offset, limit, len(rows))}

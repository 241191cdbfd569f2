"""Legal holds as a list: what stands, since when and by whose order; not whose data they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from services.intake.application import IntakeApplication
from services.intake.queries.erasures import check_reader
from services.intake.queries.paging import limit_of, next_of, offset_of
from services.intake.views.rights_tables import legal_holds
from shared.runtime.tokens import Who

GROUNDS = {
    "court": "Orden judicial",
    "authority": "Requerimiento de autoridad",
    "claim": "Reclamación o litigio",
    "audit": "Control fiscal o disciplinario",
}
STATES = ("requested", "placed", "lift_requested", "lifted")


def several(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Holds, the latest first; ``state``: requested, placed, lift_requested or lifted."""
    check_reader(who, "Ver retenciones legales")
    limit, offset, wanted = limit_of(params), offset_of(params), str(params.get("state") or "")
    query = sa.select(legal_holds).order_by(legal_holds.c.requested_on.desc(), legal_holds.c.id)
    if wanted in STATES:
        query = query.where(legal_holds.c.state == wanted)
    with app.database.read() as connection:
        rows = connection.execute(query.limit(limit + 1).offset(offset)).all()
    items = [
        {
            "id": str(row.id),
            "version": row.version,
            "label": f"{GROUNDS[row.ground]}: {row.authority}, {row.reference}",
            "case": str(row.case_id),
            "state": row.state,
            "ground": row.ground,
            "authority": row.authority,
            "reference": row.reference,
            "requested_on": row.requested_on.isoformat(),
            "placed_on": row.placed_on and row.placed_on.isoformat(),
            "lifted_on": row.lifted_on and row.lifted_on.isoformat(),
        }
        for row in rows[:limit]
    ]
    return {"items": items, "next": next_of(offset, limit, len(rows))}

"""Write-offs in the read model: what is proposed, and what became of it (SOD-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from services.inventory.domain.quantities import plain
from services.inventory.domain.second_person import APPROVED, PROPOSED, REJECTED
from services.inventory.views.counts import SEES_DIFFERENCES
from services.inventory.views.paging import page
from services.inventory.views.tables import warehouses, write_off_files, write_offs
from shared.eventstore.read_model import ReadModel
from shared.runtime.tokens import Who


def proposed(model: ReadModel, event: Any) -> None:
    """A proposal waits for the controller."""
    lines = [
        {"lot": str(line["lot"]), "item_code": line["item"], "qty": plain(-line["qty"]), "unit": line["unit"]}
        for line in event.lines
    ]
    model.insert(
        write_offs,
        {
            "id": event.originator_id,
            "version": event.originator_version,
            "warehouse": event.warehouse,
            "state": PROPOSED,
            "since": event.proposed_on,
            "reason_code": event.reason_code,
            "proposed_by": event.proposed_by,
            "lines": lines,
        },
    )
    for file in dict.fromkeys(event.evidence):
        model.insert(write_off_files, {"write_off": event.originator_id, "file": str(file)})


def approved(model: ReadModel, event: Any) -> None:
    """The goods are off the books; `projection` adds the movement."""
    _decide(model, event, APPROVED, event.written_off_on)


def rejected(model: ReadModel, event: Any) -> None:
    """The goods stay on the books."""
    _decide(model, event, REJECTED, event.rejected_on)


def write_offs_query(application: Any, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Write-offs by the day of their last step; ``state``: proposed, approved or rejected."""
    if not who.roles & SEES_DIFFERENCES or who.contracts:
        return {"items": [], "next": None}
    query = sa.select(write_offs, warehouses.c.code).join(warehouses, warehouses.c.id == write_offs.c.warehouse)
    if params.get("state"):
        query = query.where(write_offs.c.state == str(params["state"]))
    key = sa.cast(write_offs.c.since, sa.String) + "/" + sa.cast(write_offs.c.id, sa.String)
    with application.database.read() as connection:
        rows, following = page(connection, query, key, params)
        shown = write_off_files.c.write_off.in_([row.id for row in rows])
        files = connection.execute(sa.select(write_off_files).where(shown)).all()
    found = [
        {
            "id": str(row.id),
            "version": row.version,
            "warehouse_code": row.code,
            "state": row.state,
            "since": row.since.isoformat(),
            "reason_code": row.reason_code,
            "lines": row.lines,
            "evidence": [each.file for each in files if each.write_off == row.id],
            "decidable": row.state == PROPOSED and row.proposed_by != who.person,
        }
        for row in rows
    ]
    return {"items": found, "next": following}


def _decide(model: ReadModel, event: Any, state: str, since: Any) -> None:
    changed = {"version": event.originator_version, "state": state, "since": since}
    model.update(write_offs, event.originator_id, changed)

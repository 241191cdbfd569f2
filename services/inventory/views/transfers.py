"""What the warehouse answers about transfers between warehouses: the FO-128 that belong to no case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.inventory.domain.quantities import plain
from services.inventory.views.paging import page
from services.inventory.views.tables import documents, lots, movements, warehouses
from shared.runtime.tokens import Who

Answer = dict[str, Any]


def transfers_query(application: Any, params: Mapping[str, Any], who: Who) -> Answer:
    """Transfers by number. Operator staff get nothing."""
    if who.contracts:
        return {"items": [], "next": None}
    query = (
        sa.select(documents, warehouses.c.code.label("warehouse_code"))
        .join(warehouses, warehouses.c.id == documents.c.warehouse)
        .where(documents.c.code == "FO-128", documents.c.case_id.is_(None))
    )
    with application.database.read() as connection:
        rows, following = page(connection, query, documents.c.number, params)
        arrived = _arrived(connection, [row.id for row in rows])
    found = [
        {
            "id": str(row.id),
            "version": row.version,
            "number": row.number,
            "label": f"FO-128 n.º {row.number}",
            "warehouse_code": row.warehouse_code,
            "to_warehouse_code": arrived[row.id][0].code,
            "lines": [_line(line) for line in arrived[row.id]],
            "transferred_on": row.issued_on.isoformat(),
            "state": "complete" if row.forms_received_on else "forms_pending",
        }
        for row in rows
    ]
    return {"items": found, "next": following}


def _arrived(connection: Connection, transfers: list[UUID]) -> dict[UUID, list[Any]]:
    """What came into the other warehouse, by transfer."""
    query = (
        sa.select(movements, lots.c.name, lots.c.item, lots.c.unit, warehouses.c.code)
        .join_from(movements, lots, lots.c.id == movements.c.lot)
        .join(warehouses, warehouses.c.id == movements.c.warehouse)
        .where(movements.c.document.in_(transfers), movements.c.kind == "transfer", movements.c.on_hand > 0)
        .order_by(movements.c.document, movements.c.position)
    )
    lines: dict[UUID, list[Any]] = {}
    for row in connection.execute(query):
        lines.setdefault(row.document, []).append(row)
    return lines


def _line(row: Any) -> Answer:
    lot = {"lot": str(row.lot), "lot_name": row.name, "item_code": row.item}
    return {**lot, "qty": plain(row.on_hand), "unit": row.unit}

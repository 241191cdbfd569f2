"""The kardex: every movement, by the day on which it happened, with the document behind it (INV-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.inventory.domain.quantities import plain
from services.inventory.views.paging import page
from services.inventory.views.tables import documents, items, lots, movements, warehouses
from shared.catalogue.refusals import FieldInvalid
from shared.runtime.tokens import Who

Answer = dict[str, Any]

_BY_ID = {
    "item": items.c.id,
    "lot": movements.c.lot,
    "warehouse": movements.c.warehouse,
    "case": movements.c.case_id,
    "person": movements.c.person,
}


def kardex(application: Any, params: Mapping[str, Any], who: Who) -> Answer:
    """Movements by day; ``item``, ``lot``, ``warehouse``, ``case`` and ``person`` (ids) narrow the list.

    ``on_hand``, ``assigned`` and ``custody`` are what the movement changed, signed. Operator staff get nothing.
    """
    if who.contracts:
        return {"items": [], "next": None}
    query = (
        sa.select(
            movements,
            lots.c.name.label("lot_name"),
            lots.c.unit,
            items.c.code.label("item_code"),
            warehouses.c.code.label("warehouse_code"),
            documents.c.id.label("paper"),
        )
        .join_from(movements, lots, lots.c.id == movements.c.lot)
        .join(items, items.c.code == lots.c.item)
        .join(warehouses, warehouses.c.id == movements.c.warehouse)
        .outerjoin(documents, documents.c.number == movements.c.number)
    )
    for name, column in _BY_ID.items():
        if params.get(name):
            query = query.where(column == _id(name, params[name]))
    # Versions are padded so that the text sorts as the numbers do.
    version, position = (
        sa.func.substr("00000000" + sa.cast(movements.c[name], sa.String), -8)
        if application.database.engine.dialect.name == "sqlite"
        else sa.func.lpad(sa.cast(movements.c[name], sa.String), 8, "0")
        for name in ("version", "position")
    )
    key = sa.cast(movements.c.happened_on, sa.String) + "/" + sa.cast(movements.c.document, sa.String)
    key = key + "/" + version + "/" + position
    with application.database.read() as connection:
        rows, following = page(connection, query, key, params)
    return {"items": [_line(row) for row in rows], "next": following}


def _line(row: Any) -> Answer:
    return {
        "kind": row.kind,
        "happened_on": row.happened_on.isoformat(),
        "warehouse_code": row.warehouse_code,
        "item_code": row.item_code,
        "lot": str(row.lot),
        "lot_name": row.lot_name,
        "unit": row.unit,
        **{name: plain(getattr(row, name)) for name in ("on_hand", "assigned", "custody")},
        "number": row.number,
        "document": str(row.paper) if row.paper else None,
        "case_id": str(row.case_id) if row.case_id else None,
        "person": str(row.person),
    }


def _id(name: str, value: Any) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise FieldInvalid(field=name, explanation=f"«{name}» es un identificador.") from None

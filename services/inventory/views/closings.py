"""Closed months in the read model, and the figures that a month is closed with (INV-9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.inventory.domain.papers import Rows
from services.inventory.domain.quantities import NONE, plain
from services.inventory.views.clocks import Until, at_its_event
from services.inventory.views.counts import SEES_DIFFERENCES
from services.inventory.views.paging import page
from services.inventory.views.stock import COLUMNS, money
from services.inventory.views.tables import closings, lots, movements, warehouses
from services.inventory.views.valuing import post
from shared.eventstore.read_model import ReadModel
from shared.eventstore.tables import events
from shared.runtime.tokens import Who


def figures(connection: Connection, until: Until, places: Iterable[UUID]) -> dict[UUID, tuple[Rows, Rows]]:
    """By warehouse of ``places``: what each item and each lot comes to as of ``until``. Empty ones are left out."""
    books, _ = post(connection, until)
    found: dict[UUID, tuple[Rows, Rows]] = {place: ([], []) for place in places}
    values: dict[tuple[UUID, UUID], Decimal] = {}
    for (place, item), account in sorted(books.accounts.items(), key=lambda each: each[0][1]):
        row = {"item": item, "on_hand": account.on_hand, "value": account.value, "average": account.average}
        if account.on_hand and place in found:
            found[place][0].append(row)
        values.update({(place, lot): value for lot, value in account.value_of_lots().items()})
    for row in connection.execute(_lots(until)):
        quantities = {name: getattr(row, name) or NONE for name in COLUMNS}
        if any(quantities.values()) and row.warehouse in found:
            value = values.get((row.warehouse, row.lot), NONE)
            found[row.warehouse][1].append({"lot": row.lot, "item": row.item, **quantities, "value": value})
    return found


def closed(model: ReadModel, event: Any) -> None:
    """A month of a warehouse is closed."""
    items = [
        {
            "item_code": row["item"],
            "on_hand": plain(row["on_hand"]),
            "value": money(row["value"]),
            "average": format(row["average"], "f"),
        }
        for row in event.items
    ]
    parts = [
        {
            "lot": str(row["lot"]),
            "item_code": row["item"],
            **{name: plain(row[name]) for name in COLUMNS},
            "value": money(row["value"]),
        }
        for row in event.lots
    ]
    model.insert(
        closings,
        {
            "period": event.period,
            "warehouse": event.warehouse,
            "id": event.originator_id,
            "upto": event.upto,
            "closed_on": event.closed_on,
            "items": items,
            "lots": parts,
        },
    )


def closed_periods(application: Any, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Closed months by month and warehouse with the figures they keep; ``period`` and ``warehouse`` narrow the list."""
    if not who.roles & SEES_DIFFERENCES or who.contracts:
        return {"items": [], "next": None}
    query = sa.select(closings, warehouses.c.code).join(warehouses, warehouses.c.id == closings.c.warehouse)
    if params.get("period"):
        query = query.where(closings.c.period == str(params["period"]))
    if params.get("warehouse"):
        query = query.where(warehouses.c.code == str(params["warehouse"]))
    with application.database.read() as connection:
        rows, following = page(connection, query, closings.c.period + "/" + warehouses.c.code, params)
    found = [
        {
            "period": row.period,
            "warehouse_id": str(row.warehouse),
            "warehouse_code": row.code,
            "closed_on": row.closed_on.isoformat(),
            "items": row.items,
            "lots": row.lots,
        }
        for row in rows
    ]
    return {"items": found, "next": following}


def _lots(until: Until) -> sa.Select[Any]:
    totals = [sa.func.sum(movements.c[name]).label(name) for name in COLUMNS]
    return (
        sa.select(movements.c.warehouse, movements.c.lot, lots.c.item, *totals)
        .join_from(movements, lots, lots.c.id == movements.c.lot)
        .join(events, at_its_event)
        .where(*until.bounds())
        .group_by(movements.c.warehouse, movements.c.lot, lots.c.item, lots.c.name)
        .order_by(lots.c.item, lots.c.name)
    )

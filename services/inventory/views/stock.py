"""What is in stock and what it is worth, as of both clocks (INV-1, INV-5, INV-7)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.inventory.domain.quantities import NONE, plain
from services.inventory.domain.valuation import CENT, Account
from services.inventory.views.accounts import accounts_of
from services.inventory.views.clocks import Until, at_its_event
from services.inventory.views.paging import page
from services.inventory.views.tables import items, lots, movements, warehouses
from services.inventory.views.valuing import calendar_of
from shared.eventstore.tables import events
from shared.runtime.tokens import Who

Params = Mapping[str, Any]
Answer = dict[str, Any]
COLUMNS = ("on_hand", "assigned", "custody")


def stock(application: Any, params: Params, who: Who) -> Answer:
    """The four quantities (INV-1) and the value (COP) by warehouse and lot, as of both clocks.

    ``as_of`` and ``recorded_until`` are those of `Until`; ``warehouse`` and ``item`` are ids or codes. A lot's value
    is its part of the item's in that warehouse; operator staff see none.
    """
    until = Until.asked(params)
    place = [lots.c.id, items.c.id, items.c.code, items.c.name, warehouses.c.id, warehouses.c.code]
    query: sa.Select[Any] = _balances(until).add_columns(
        lots.c.id.label("lot"),
        lots.c.name.label("lot_name"),
        lots.c.supplier_lot,
        lots.c.expires_on,
        lots.c.unit,
        items.c.id.label("item_id"),
        items.c.code.label("item_code"),
        items.c.name.label("item_name"),
        warehouses.c.id.label("warehouse_id"),
        warehouses.c.code.label("warehouse_code"),
    )
    key = warehouses.c.code + "/" + lots.c.name
    query = _narrowed(query.group_by(*lots.c, *place[1:], key), params)
    with application.database.read() as connection:
        rows, following = page(connection, query.add_columns(key.label("place")), key, params)
        values = {} if who.contracts else _values_of_lots(connection, until, {row.item_code for row in rows})
    return {"items": [_balance(row, values.get((row.warehouse_id, row.lot))) for row in rows], "next": following}


def valuation(application: Any, params: Params, who: Who) -> Answer:
    """Quantity, value and average (COP) by warehouse and item, as of both clocks; nothing for operator staff.

    ``provisional``: the month of the day asked for is still open (INV-6).
    """
    if who.contracts:
        return {"items": [], "next": None}
    until = Until.asked(params)
    query: sa.Select[Any] = _balances(until).add_columns(
        items.c.id.label("item_id"),
        items.c.code.label("item_code"),
        items.c.name.label("item_name"),
        items.c.unit,
        warehouses.c.id.label("warehouse_id"),
        warehouses.c.code.label("warehouse_code"),
    )
    key = warehouses.c.code + "/" + items.c.code
    query = _narrowed(query.group_by(*items.c, warehouses.c.id, warehouses.c.code, key), params)
    with application.database.read() as connection:
        rows, following = page(connection, query, key, params)
        accounts = accounts_of(connection, until, {row.item_code for row in rows})
        provisional = calendar_of(connection, until).is_provisional(until.happened)
    found = []
    for row in rows:
        account = accounts[row.item_code].get(row.warehouse_id) or Account()
        found.append(
            {
                "item_id": str(row.item_id),
                "item_code": row.item_code,
                "item_name": row.item_name,
                "warehouse_id": str(row.warehouse_id),
                "warehouse_code": row.warehouse_code,
                "on_hand": plain(account.on_hand),
                "unit": row.unit,
                "value": money(account.value),
                "average": format(account.average, "f"),
                "provisional": provisional,
            }
        )
    return {"items": found, "next": following}


def money(amount: Decimal) -> str:
    """An amount of COP with its cents."""
    return format(amount.quantize(CENT), "f")


def _balances(until: Until) -> sa.Select[Any]:
    totals = [sa.func.sum(movements.c[name]).label(name) for name in COLUMNS]
    return (
        sa.select(*totals)
        .join_from(movements, lots, lots.c.id == movements.c.lot)
        .join(items, items.c.code == lots.c.item)
        .join(warehouses, warehouses.c.id == movements.c.warehouse)
        .join(events, at_its_event)
        .where(*until.bounds())
    )


def _values_of_lots(connection: Connection, until: Until, codes: set[str]) -> dict[tuple[UUID, UUID], Decimal]:
    return {
        (warehouse, lot): value
        for accounts in accounts_of(connection, until, codes).values()
        for warehouse, account in accounts.items()
        for lot, value in account.value_of_lots().items()
    }


def _balance(row: Any, value: Decimal | None) -> Answer:
    on_hand, assigned, custody = (getattr(row, name) or NONE for name in COLUMNS)
    return {
        "item_id": str(row.item_id),
        "item_code": row.item_code,
        "item_name": row.item_name,
        "warehouse_id": str(row.warehouse_id),
        "warehouse_code": row.warehouse_code,
        "lot": str(row.lot),
        "lot_name": row.lot_name,
        "supplier_lot": row.supplier_lot or None,
        "expires_on": row.expires_on.isoformat() if row.expires_on else None,
        "on_hand": plain(on_hand),
        "assigned": plain(assigned),
        "free": plain(on_hand - assigned),
        "custody": plain(custody),
        "unit": row.unit,
        "value": None if value is None else money(value),
    }


def _narrowed(query: sa.Select[Any], params: Params) -> sa.Select[Any]:
    for name, table in (("item", items), ("warehouse", warehouses)):
        if params.get(name):
            try:
                query = query.where(table.c.id == UUID(str(params[name])))
            except ValueError:
                query = query.where(table.c.code == str(params[name]))
    return query

"""The kardex: every movement in posting order, with its document, its worth and the balance after it (INV-8, INV-5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.inventory.domain.period import period_of
from services.inventory.domain.quantities import NONE, plain
from services.inventory.domain.valuation import Valued
from services.inventory.views.clocks import Until, at_its_event
from services.inventory.views.moving import KINDS
from services.inventory.views.paging import limit_of
from services.inventory.views.stock import COLUMNS, money
from services.inventory.views.tables import documents, items, lots, movements, warehouses
from services.inventory.views.valuing import post
from shared.catalogue.refusals import FieldInvalid
from shared.eventstore.tables import events
from shared.runtime.tokens import Who

Answer = dict[str, Any]
Line = tuple[Any, Valued, dict[str, Decimal]]
"""A movement's row, what it was worth, and the running balance of its item in the list asked for."""

_BY_ID = {
    "item": items.c.id,
    "lot": movements.c.lot,
    "warehouse": movements.c.warehouse,
    "case": movements.c.case_id,
    "contract": lots.c.contract,
    "person": movements.c.custodian,
}


def kardex(application: Any, params: Mapping[str, Any], who: Who) -> Answer:
    """Movements in posting order; ``item``, ``lot``, ``warehouse``, ``case``, ``contract`` (that the goods came under)
    and ``person`` (in custody) are ids and narrow the list, the clocks of `Until` do too.

    ``on_hand``, ``assigned``, ``custody`` and ``value`` are what the movement changed, signed; ``balance`` is the sum
    of the list's lines of that item so far, ``account`` the item's balance in that warehouse. ``late_period`` is the
    month of what came after that month was closed, ``movement`` names what a correction may correct. Operator staff
    get nothing.
    """
    if who.contracts:
        return {"items": [], "next": None}
    with application.database.read() as connection:
        lines = list(kardex_lines(connection, params))
    start, limit = _start(lines, params.get("cursor")), limit_of(params.get("limit"))
    shown = lines[start : start + limit]
    following = _cursor(shown[-1]) if start + limit < len(lines) else None
    return {"items": [as_told(line) for line in shown], "next": following}


def kardex_lines(connection: Connection, params: Mapping[str, Any]) -> Iterator[Line]:
    """Every line of the kardex that ``params`` ask for. Raises `FieldInvalid`."""
    until = Until.asked(params)
    rows = {(row.place, row.position): row for row in connection.execute(_query(params, until))}
    _, valued = post(connection, until, {row.item_code for row in rows.values()})
    running: dict[str, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(COLUMNS, NONE))
    for each in _wanted(valued, rows):
        row = rows[each.movement.place]
        balance = running[row.item_code]
        for name in COLUMNS:
            balance[name] += getattr(row, name)
        yield row, each, dict(balance)


def _wanted(valued: Iterable[Valued], rows: Mapping[tuple[int, int], Any]) -> Iterator[Valued]:
    return (each for each in valued if each.movement.place in rows)


def _query(params: Mapping[str, Any], until: Until) -> sa.Select[Any]:
    query = (
        sa.select(
            movements,
            events.c.id.label("place"),
            lots.c.name.label("lot_name"),
            lots.c.unit,
            items.c.code.label("item_code"),
            warehouses.c.code.label("warehouse_code"),
            documents.c.id.label("paper"),
        )
        .join_from(movements, lots, lots.c.id == movements.c.lot)
        .join(items, items.c.code == lots.c.item)
        .join(warehouses, warehouses.c.id == movements.c.warehouse)
        .join(events, at_its_event)
        .outerjoin(documents, documents.c.number == movements.c.number)
        .where(*until.bounds())
    )
    for name, column in _BY_ID.items():
        if params.get(name):
            query = query.where(column == _id(name, params[name]))
    return query


def _cursor(line: Line) -> str:
    return "{}-{}".format(*line[1].movement.place)


def _start(lines: list[Line], cursor: Any) -> int:
    """After the line that ``cursor`` names: no line ever leaves the list, so a new one moves nothing."""
    if not cursor:
        return 0
    found = next((n for n, line in enumerate(lines, start=1) if _cursor(line) == str(cursor)), None)
    if found is None:
        raise FieldInvalid(field="cursor", explanation="pida la lista desde el comienzo.")
    return found


def as_told(line: Line) -> Answer:
    """A line of the kardex as the API tells it."""
    row, valued, balance = line
    return {
        "kind": row.kind,
        "label": KINDS[row.kind],
        "happened_on": row.happened_on.isoformat(),
        "posted_on": valued.movement.posted_on.isoformat(),
        "late_period": period_of(row.happened_on) if valued.movement.posted_on > row.happened_on else None,
        "warehouse_code": row.warehouse_code,
        "item_code": row.item_code,
        "lot": str(row.lot),
        "lot_name": row.lot_name,
        "unit": row.unit,
        **{name: plain(getattr(row, name)) for name in COLUMNS},
        "value": money(valued.change),
        "amount": money(valued.amount),
        "balance": {name: plain(qty) for name, qty in balance.items()},
        "account": {
            "on_hand": plain(valued.on_hand),
            "value": money(valued.value),
            "average": format(valued.average, "f"),
        },
        "number": row.number,
        "line": str(row.line) if row.line else None,
        "document": str(row.paper) if row.paper else None,
        "movement": str(row.movement) if row.movement else None,
        "case_id": str(row.case_id) if row.case_id else None,
        "person": str(row.person),
        "custodian": str(row.custodian) if row.custodian else None,
    }


def _id(name: str, value: Any) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise FieldInvalid(field=name, explanation=f"«{name}» es un identificador.") from None

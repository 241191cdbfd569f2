"""What inventory counts: the value of what was delivered for the reports (FIG-15), the goods for the board (BRD-2)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from services.inventory.views.clocks import Until, at_its_event
from services.inventory.views.tables import items, lots, movements
from services.inventory.views.unmatched import waiting
from services.inventory.views.valuing import post
from shared.eventstore.tables import events
from shared.runtime.folds import FIGURES, STOCK, Asked, Folded, Key, Told

VALUE: Key = ("FIG-15", "value", ())
CORRECTED = "corrected"


def fold(application: Any, asked: Asked) -> Mapping[Key, Folded]:
    """FIG-15: COP of the deliveries of the span, at the weighted average as the log stood at the position (INV-5).

    What a delivery was corrected by counts on the day of the delivery, whenever it was put right (X-10, REP-3): in the
    value, and by unit as a quantity of its own, below zero.
    """
    until = Until(place=asked.position)
    of_deliveries = sa.select(movements.c.line).where(movements.c.kind == "delivery")
    # What goes from the beneficiary back into custody; the correction of a return goes the other way.
    taken_back = sa.and_(
        movements.c.kind == "correction", movements.c.source.in_(of_deliveries), movements.c.custody > 0
    )
    query = (
        sa.select(movements, events.c.id.label("place"), lots.c.item, items.c.unit)
        .join_from(movements, lots, lots.c.id == movements.c.lot)
        .join(items, items.c.code == lots.c.item)
        .join(events, at_its_event)
        .where(*until.bounds())
        .where(sa.or_(movements.c.kind == "delivery", taken_back))
        .where(movements.c.happened_on.between(asked.first, asked.last))
    )
    with application.database.read() as connection:
        delivered = {(row.place, row.position): row for row in connection.execute(query)}
        _, valued = post(connection, until, {row.item for row in delivered.values()})
    found: dict[Key, Folded] = {}
    for each in valued:
        row = delivered.get(each.movement.place)
        if row is None:
            continue
        corrected = row.kind == "correction"
        told = Told(f"inventory:{row.place}", row.case_id, row.kind, row.happened_on, None)
        found.setdefault(VALUE, Folded()).add(told, -each.amount if corrected else each.amount)
        if corrected:
            found.setdefault(("FIG-15", CORRECTED, (row.unit,)), Folded()).add(told, -each.movement.qty)
    return found


def stock(application: Any, asked: Asked) -> Mapping[Key, Folded]:
    """What is on hand by item and unit on the last day as the log stood, and how many lines then waited for their
    counterpart."""
    found: dict[Key, Folded] = {}
    with application.database.read() as connection:
        names = {row.code: (row.name, row.unit) for row in connection.execute(sa.select(items))}
        until = Until(asked.last, place=asked.position)
        books, _ = post(connection, until)
        for (_, item), account in sorted(books.accounts.items(), key=lambda each: each[0][1]):
            name, unit = names.get(item, (item, ""))
            found.setdefault(("stock", "on_hand", (item, name, unit)), Folded()).value += account.on_hand
        for kind, since, row, _ in waiting(connection, until):
            one = found.setdefault(("stock", "unmatched", (kind,)), Folded())
            one.value += Decimal(1)
            case = row._mapping.get("case_id")
            if case is not None:
                one.add(Told("", case, kind, since, None))
    return found


FOLDS = {FIGURES: fold, STOCK: stock}

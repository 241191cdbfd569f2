"""What inventory counts for the reports: the value of what was delivered, which no event carries (REP-4, FIG-15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from services.inventory.views.clocks import Until, at_its_event
from services.inventory.views.tables import lots, movements
from services.inventory.views.valuing import post
from shared.eventstore.tables import events
from shared.runtime.folds import Asked, Folded, Key, Told

VALUE: Key = ("FIG-15", "value", ())


def fold(application: Any, asked: Asked) -> Mapping[Key, Folded]:
    """FIG-15: COP of the deliveries of the span, at the weighted average as the log stood at the position (INV-5)."""
    until = Until(place=asked.position)
    query = (
        sa.select(movements, events.c.id.label("place"), lots.c.item)
        .join_from(movements, lots, lots.c.id == movements.c.lot)
        .join(events, at_its_event)
        .where(*until.bounds(), movements.c.kind == "delivery")
        .where(movements.c.happened_on.between(asked.first, asked.last))
    )
    with application.database.read() as connection:
        delivered = {(row.place, row.position): row for row in connection.execute(query)}
        _, valued = post(connection, until, {row.item for row in delivered.values()})
    found = Folded()
    for each in valued:
        row = delivered.get(each.movement.place)
        if row is not None:
            told = Told(f"inventory:{row.place}", row.case_id, "IncentiveDelivered", row.happened_on, None)
            found.add(told, each.amount)
    return {VALUE: found} if found.cases else {}

"""The movements as the valuation reads them, and what it makes of them as of both clocks (INV-5, INV-7)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.inventory.domain.period import Calendar, Closing
from services.inventory.domain.quantities import NONE
from services.inventory.domain.valuation import Books, Movement, Valued
from services.inventory.views.clocks import Until, at_its_event
from services.inventory.views.tables import closings, lots, movements
from shared.eventstore.tables import events

FOREVER = Until()


def post(
    connection: Connection, until: Until = FOREVER, codes: Iterable[str] | None = None
) -> tuple[Books, list[Valued]]:
    """The movements of the items ``codes`` (None: of all) in posting order, and the books after them."""
    query = (
        sa.select(movements, lots.c.item, events.c.id.label("place"))
        .join_from(movements, lots, lots.c.id == movements.c.lot)
        .join(events, at_its_event)
        .where(*until.bounds())
    )
    if codes is not None:
        query = query.where(lots.c.item.in_(sorted(set(codes))))
    rows = connection.execute(query).all()
    # A closing that was not recorded by then posts nothing anew: an answer once given stays.
    calendar = calendar_of(connection, until)
    books = Books()
    return books, list(books.post(_movement(row, calendar) for row in rows))


def calendar_of(connection: Connection, until: Until = FOREVER) -> Calendar:
    """The months that are closed; with ``until``, those whose closing was recorded by then."""
    query = (
        sa.select(closings.c.period, sa.func.max(closings.c.upto).label("upto"))
        .join(events, events.c.originator_id == closings.c.id)
        .where(*until.known())
        .group_by(closings.c.period)
    )
    return Calendar(Closing(row.period, row.upto) for row in connection.execute(query))


def _movement(row: Any, calendar: Calendar) -> Movement:
    return Movement(
        place=(row.place, row.position),
        posted_on=calendar.posting_day(row.happened_on, row.place),
        warehouse=row.warehouse,
        item=row.item,
        lot=row.lot,
        on_hand=row.on_hand or NONE,
        custody=row.custody or NONE,
        cost=row.cost,
        line=row.line,
        source=row.source,
    )

"""Use cases about the months of the warehouse's books (INV-9)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.inventory.application.base import InventoryBase
from services.inventory.domain.papers import Rows
from services.inventory.domain.period import ClosedPeriod, Period, last_day, period_of
from services.inventory.views.clocks import Until
from services.inventory.views.closings import figures
from services.inventory.views.tables import movements, warehouses
from services.inventory.views.valuing import calendar_of
from shared.catalogue.refusals import FieldInvalid
from shared.catalogue.types import Act
from shared.eventstore.tables import events
from shared.eventstore.unit_of_work import UnitOfWork

PERIOD = "closed_period"
"""Kind of the claim by which a month is closed once, for all warehouses together."""
Figures = dict[UUID, tuple[Rows, Rows]]


class PeriodUseCases(InventoryBase):
    """What the controller closes."""

    def close_period(self, uow: UnitOfWork, act: Act, *, period: Period) -> dict[str, Any]:
        """Close a month in every warehouse at once: goods that went from one to another are in the books of both.

        Raises `SeparationOfDuties`, `PeriodAlreadyClosed`, `PeriodNotNext`, `PeriodNotEnded`.
        """
        calendar, first = uow.query(lambda connection: (calendar_of(connection), _first_movement(connection)))
        calendar.check_next(act, period, first and period_of(first))
        upto, found = uow.query(lambda connection: _at_the_end_of(connection, period))
        if not found:
            raise FieldInvalid(field="period", explanation="no hay almacenes; registre uno primero.")
        closed = [
            ClosedPeriod.close(act, warehouse=warehouse, period=period, upto=upto, items=items, lots=lots)
            for warehouse, (items, lots) in found.items()
        ]
        uow.add(*closed)
        uow.claim(PERIOD, period, closed[0].id)
        return {"id": str(closed[0].id), "period": period, "warehouses": [str(each.warehouse) for each in closed]}


def _first_movement(connection: Connection) -> date | None:
    return connection.execute(sa.select(sa.func.min(movements.c.happened_on))).scalar()


def _at_the_end_of(connection: Connection, period: Period) -> tuple[int, Figures]:
    """The log's last place, and each warehouse's figures as of the month's end, all of one moment."""
    upto = int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(events.c.id), 0))).scalar_one())
    places = connection.execute(sa.select(warehouses.c.id).order_by(warehouses.c.code)).scalars().all()
    return upto, figures(connection, Until(happened=last_day(period), place=upto), places)

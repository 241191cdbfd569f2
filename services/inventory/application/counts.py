"""Use cases about what is really there: counts, and the adjustments that follow from them (SOD-4)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from services.inventory.application.base import InventoryBase, stock_of
from services.inventory.domain.adjustment import Adjustment
from services.inventory.domain.refusals import DifferenceTaken
from services.inventory.domain.stock_count import StockCount
from services.inventory.views.tables import movements
from shared.catalogue.refusals import NotFound
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign

DIFFERENCE = "count_difference"
"""Kind of the claim by which one difference of a count is adjusted once, whoever proposes it."""


class CountUseCases(InventoryBase):
    """What the controller opens and decides, the counter records and the registrar or keeper proposes."""

    def start_count(
        self, uow: UnitOfWork, act: Act, *, warehouse: UUID, counter: UUID, lots: list[UUID] | None
    ) -> dict[str, Any]:
        """A count of ``lots``, or of every lot that is in the warehouse that day."""
        self.warehouse(uow, warehouse)
        for lot in lots or ():
            stock_of(uow)(lot)
        count = StockCount.start(
            act,
            uuid4(),
            warehouse=warehouse,
            lots=lots or _lots_in(uow, warehouse, act.on),
            counter=counter,
        )
        uow.add(count)
        return {"id": str(count.id), "lots": [str(lot) for lot in count.lots]}

    def record_count(
        self, uow: UnitOfWork, act: Act, count_id: UUID, *, lines: list[dict[str, Any]], remarks: Personal | None
    ) -> dict[str, Any]:
        """What the counter found. The answer does not say what was expected: the count is blind."""
        found = [(line["lot"], line["qty"]) for line in lines]
        count = _count(uow, count_id, "id")
        count.record(act, found=found, stock=stock_of(uow), remarks=assign(remarks, act.person))
        return {"id": str(count_id)}

    def propose_adjustment(
        self, uow: UnitOfWork, act: Act, *, count: UUID, lots: list[UUID] | None, reason_code: str, reason: Personal
    ) -> dict[str, Any]:
        """Propose that the books follow the count; its quantities come from the count, nobody types them."""
        counted = _count(uow, count, "count")
        proposed = Adjustment.propose(
            act,
            uuid4(),
            count=counted,
            lots=lots or (),
            reason_code=reason_code,
            reason=assign(reason, act.person),
        )
        for line in proposed.lines:
            key = f"{count}/{line['lot']}"
            if uow.claimed(DIFFERENCE, key) is not None:
                raise DifferenceTaken(field="lots", lot=counted.lines[line["lot"]]["lot_name"])
            uow.claim(DIFFERENCE, key, proposed.id)
        uow.add(proposed)
        return {"id": str(proposed.id)}

    def approve_adjustment(
        self, uow: UnitOfWork, act: Act, adjustment_id: UUID, *, period: str | None
    ) -> dict[str, Any]:
        """A second person agrees: the stock changes."""
        self.check_posting(uow, act, period)
        movement_id = uuid4()
        _adjustment(uow, adjustment_id).approve(act, movement_id=movement_id, stock=stock_of(uow))
        return {"id": str(adjustment_id), "movement": str(movement_id)}

    def reject_adjustment(self, uow: UnitOfWork, act: Act, adjustment_id: UUID, *, reason: Personal) -> dict[str, Any]:
        """A second person does not agree: the difference may be proposed anew."""
        adjustment = _adjustment(uow, adjustment_id)
        adjustment.reject(act, reason=assign(reason, act.person))
        for line in adjustment.lines:
            uow.release(DIFFERENCE, f"{adjustment.count_id}/{line['lot']}", adjustment_id)
        return {"id": str(adjustment_id)}


def _count(uow: UnitOfWork, count_id: UUID, field: str) -> StockCount:
    count = uow.find(StockCount, count_id)
    if count is None:
        raise NotFound(what="ese conteo", field=field)
    return count


def _adjustment(uow: UnitOfWork, adjustment_id: UUID) -> Adjustment:
    adjustment = uow.find(Adjustment, adjustment_id)
    if adjustment is None:
        raise NotFound(what="ese ajuste", field="id")
    return adjustment


def _lots_in(uow: UnitOfWork, warehouse: UUID, on: date) -> list[UUID]:
    query = (
        sa.select(movements.c.lot)
        .where(movements.c.warehouse == warehouse, movements.c.happened_on <= on)
        .group_by(movements.c.lot)
        .having(sa.func.sum(movements.c.on_hand) > 0)
        .order_by(movements.c.lot)
    )
    return uow.query(lambda connection: list(connection.execute(query).scalars()))

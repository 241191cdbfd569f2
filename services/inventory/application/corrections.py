"""Use cases about movements that were entered wrong: nothing is edited, two people correct (X-10, SOD-4)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from services.inventory.application.base import InventoryBase, stock_of
from services.inventory.domain.adjustment import Adjustment
from services.inventory.domain.case_incentive import CaseIncentive
from services.inventory.domain.correction import Correction, Said
from services.inventory.domain.movement import Movement
from services.inventory.domain.receipt import StockReceipt
from services.inventory.domain.refusals import CorrectionTaken
from services.inventory.domain.stock_transfer import StockTransfer
from services.inventory.domain.write_off import WriteOff
from services.inventory.views.tables import movements
from shared.catalogue.refusals import NotFound
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign

CORRECTION = "movement_correction"
"""Kind of the claim by which a lot of a movement is corrected once; after that, its correction is corrected."""
_TELLERS = (StockReceipt, StockTransfer, Adjustment, WriteOff, Correction)


class CorrectionUseCases(InventoryBase):
    """What the registrar or keeper proposes and the controller decides."""

    def propose_correction(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        movement: UUID,
        lines: list[dict[str, Any]],
        right_on: date | None,
        warehouse: UUID | None,
        to_warehouse: UUID | None,
        reason_code: str,
        reason: Personal,
    ) -> dict[str, Any]:
        """Propose what was right of a receipt, transfer, adjustment, write-off or correction."""
        for place, field in ((warehouse, "warehouse"), (to_warehouse, "to_warehouse")):
            if place is not None:
                self.warehouse(uow, place, field)
        stock = stock_of(uow)
        proposed = Correction.propose(
            act,
            uuid4(),
            wrong=_movement(uow, movement),
            right_on=right_on,
            warehouse=warehouse,
            to_warehouse=to_warehouse,
            said=[Said(line["lot"], line["qty"], line.get("unit_cost")) for line in lines],
            stock=stock,
            hands=lambda lot: _hands(uow, lot),
            reason_code=reason_code,
            reason=assign(reason, act.person),
        )
        for line in proposed.lines:
            key = f"{movement}/{line['lot']}"
            if uow.claimed(CORRECTION, key) is not None:
                raise CorrectionTaken(field="lines", lot=stock(line["lot"]).name)
            uow.claim(CORRECTION, key, proposed.id)
        uow.add(proposed)
        return {"id": str(proposed.id)}

    def correct_movement(self, uow: UnitOfWork, act: Act, correction_id: UUID) -> dict[str, Any]:
        """A second person agrees: reversal and right entry, in one act."""
        movement_id = uuid4()
        _correction(uow, correction_id).approve(act, movement_id=movement_id, stock=stock_of(uow))
        return {"id": str(correction_id), "movement": str(movement_id)}

    def reject_correction(self, uow: UnitOfWork, act: Act, correction_id: UUID, *, reason: Personal) -> dict[str, Any]:
        """A second person does not agree: another correction may be proposed."""
        correction = _correction(uow, correction_id)
        correction.reject(act, reason=assign(reason, act.person))
        for line in correction.lines:
            uow.release(CORRECTION, f"{correction.corrected_movement}/{line['lot']}", correction_id)
        return {"id": str(correction_id)}


def _correction(uow: UnitOfWork, correction_id: UUID) -> Correction:
    correction = uow.find(Correction, correction_id)
    if correction is None:
        raise NotFound(what="esa corrección", field="id")
    return correction


def _movement(uow: UnitOfWork, movement_id: UUID) -> Movement:
    for teller in _TELLERS:
        told: Any = uow.find(teller, movement_id)
        if told is not None and told.movement is not None:
            found: Movement = told.movement
            return found
    raise NotFound(what="ese alta, traslado, ajuste, baja o corrección en firme", field="movement")


def _hands(uow: UnitOfWork, lot: UUID) -> set[UUID]:
    """Who asked for goods of ``lot``, released or took them, in any case and between warehouses."""
    query = sa.select(movements.c.document, movements.c.kind).where(movements.c.lot == lot).distinct()
    people: set[UUID] = set()
    for document, kind in uow.query(lambda connection: list(connection.execute(query))):
        if kind == "transfer":
            transfer = uow.get(StockTransfer, document)
            people |= {transfer.released_by, transfer.requested_by, transfer.carried_by}
        elif kind == "assignment":
            people |= uow.get(CaseIncentive, document).handlers(lot)
    return people

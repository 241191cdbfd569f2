"""Use cases about movements that were entered wrong: nothing is edited, two people correct (X-10, SOD-4)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from services.inventory.application.base import InventoryBase, stock_of
from services.inventory.domain import case_correcting
from services.inventory.domain.adjustment import Adjustment
from services.inventory.domain.case_incentive import CaseIncentive
from services.inventory.domain.case_movement import WITHDRAWAL
from services.inventory.domain.correction import Correction, Said
from services.inventory.domain.movement import TRANSFER, Movement
from services.inventory.domain.receipt import StockReceipt
from services.inventory.domain.refusals import CorrectionTaken
from services.inventory.domain.second_person import APPROVED
from services.inventory.domain.stock_transfer import StockTransfer
from services.inventory.domain.write_off import WriteOff
from services.inventory.views.tables import corrections, movements
from shared.catalogue.refusals import FieldInvalid, NotFound
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign

CORRECTION = "movement_correction"
"""Kind of the claim by which one correction of a line waits at a time, and a lot of the store's is corrected once."""
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
        """Propose what was right of a movement of the store or of a document of a case."""
        for place, field in ((warehouse, "warehouse"), (to_warehouse, "to_warehouse")):
            if place is not None:
                self.warehouse(uow, place, field)
        told = _movement(uow, movement)
        case = None if told is not None else _case_of(uow, movement)
        why = {"reason_code": reason_code, "reason": assign(reason, act.person)}
        stock = stock_of(uow)
        if case is not None:
            _check_quantities_only(lines, right_on, warehouse, to_warehouse)
            said = [(_name(line), line["qty"]) for line in lines]
            proposed = case_correcting.propose(case, act, uuid4(), movement_id=movement, said=said, stock=stock, **why)
        elif told is not None:
            proposed = Correction.propose(
                act,
                uuid4(),
                wrong=told,
                right_on=right_on,
                warehouse=warehouse,
                to_warehouse=to_warehouse,
                said=[Said(_name(line), line["qty"], line.get("unit_cost")) for line in lines],
                stock=stock,
                hands=lambda lot: _hands(uow, lot),
                **why,
            )
        else:
            raise NotFound(what="ese movimiento en firme", field="movement")
        for line in proposed.lines:
            if uow.claimed(CORRECTION, _key(proposed, line)) is not None:
                raise CorrectionTaken(field="lines", lot=stock(line["lot"]).name)
            uow.claim(CORRECTION, _key(proposed, line), proposed.id)
        uow.add(proposed)
        return {"id": str(proposed.id)}

    def correct_movement(self, uow: UnitOfWork, act: Act, correction_id: UUID) -> dict[str, Any]:
        """A second person agrees: reversal and right entry, in one act."""
        movement_id, correction = uuid4(), _correction(uow, correction_id)
        if correction.case_id is None:
            correction.approve(act, movement_id=movement_id, stock=stock_of(uow))
        else:
            case = uow.get(CaseIncentive, correction.case_id)
            case_correcting.approve(correction, act, movement_id=movement_id, case=case, stock=stock_of(uow))
            _release(uow, correction)
        return {"id": str(correction_id), "movement": str(movement_id)}

    def reject_correction(self, uow: UnitOfWork, act: Act, correction_id: UUID, *, reason: Personal) -> dict[str, Any]:
        """A second person does not agree: another correction may be proposed."""
        correction = _correction(uow, correction_id)
        correction.reject(act, reason=assign(reason, act.person))
        _release(uow, correction)
        return {"id": str(correction_id)}


def _correction(uow: UnitOfWork, correction_id: UUID) -> Correction:
    correction = uow.find(Correction, correction_id)
    if correction is None:
        raise NotFound(what="esa corrección", field="id")
    return correction


def _movement(uow: UnitOfWork, movement_id: UUID) -> Movement | None:
    """What a document of the store says; None if it is none, or not approved."""
    for teller in _TELLERS:
        told: Any = uow.find(teller, movement_id)
        if told is not None:
            found: Movement | None = told.movement
            return found
    return None


def _case_of(uow: UnitOfWork, movement_id: UUID) -> CaseIncentive | None:
    """The case that has the document."""
    query = sa.select(movements.c.case_id).where(movements.c.movement == movement_id).limit(1)
    case_id = uow.query(lambda connection: connection.execute(query).scalar())
    return None if case_id is None else uow.get(CaseIncentive, case_id)


def _name(line: dict[str, Any]) -> UUID:
    """The line, or the lot that is on one line only."""
    name: UUID | None = line.get("line") or line.get("lot")
    if name is None:
        raise FieldInvalid(field="lines", explanation="indique el lote o el renglón.")
    return name


def _check_quantities_only(lines: list[dict[str, Any]], *elsewhere: Any) -> None:
    if any(elsewhere) or any(line.get("unit_cost") is not None for line in lines):
        raise FieldInvalid(field="movement", explanation="de un documento de un caso solo se corrigen cantidades.")


def _key(correction: Correction, line: dict[str, Any]) -> str:
    return f"{correction.corrected_movement}/{line.get('line') or line['lot']}"


def _release(uow: UnitOfWork, correction: Correction) -> None:
    for line in correction.lines:
        uow.release(CORRECTION, _key(correction, line), correction.id)


def _hands(uow: UnitOfWork, lot: UUID) -> set[UUID]:
    """Who asked for goods of ``lot``, released or took them, in any case and between warehouses."""
    query = sa.select(movements.c.document, movements.c.kind).where(movements.c.lot == lot).distinct()
    corrected = (
        sa.select(corrections.c.proposed_by)
        .join(movements, movements.c.movement == corrections.c.movement)
        .where(movements.c.lot == lot, corrections.c.state == APPROVED, corrections.c.kind.in_((TRANSFER, WITHDRAWAL)))
    )
    # Who corrected an FO-128 stands for it as who released it does.
    people: set[UUID] = set(uow.query(lambda connection: list(connection.execute(corrected).scalars())))
    for document, kind in uow.query(lambda connection: list(connection.execute(query))):
        if kind == TRANSFER:
            transfer = uow.get(StockTransfer, document)
            people |= {transfer.released_by, transfer.requested_by, transfer.carried_by}
        elif kind == "assignment":
            people |= uow.get(CaseIncentive, document).handlers(lot)
    return people

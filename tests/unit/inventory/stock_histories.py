"""Random histories of the store itself beside those of the cases: transfers, counts, write-offs, corrections."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from services.inventory.domain import case_correcting
from services.inventory.domain.adjustment import Adjustment
from services.inventory.domain.case_movement import movement_of
from services.inventory.domain.correction import Correction, Said
from services.inventory.domain.movement import TRANSFER
from services.inventory.domain.quantities import NONE
from services.inventory.domain.stock_count import StockCount
from services.inventory.domain.stock_transfer import StockTransfer
from services.inventory.domain.write_off import WriteOff
from shared.catalogue.types import Act
from tests.unit.inventory.case_histories import (
    CASEWORKER,
    KEEPER,
    REGISTRAR,
    SIGNED,
    WAREHOUSES,
    WHY,
    CaseHistories,
    days,
    pick,
    picks,
    places,
    quantities,
)

CONTROLLER, SECOND_KEEPER = uuid4(), uuid4()
found = st.sampled_from([Decimal(qty) for qty in ("0", "0.5", "3", "11", "16")])

less = st.sampled_from([Decimal(qty) for qty in ("0", "0.5", "1", "2.5")])


class StockHistories(CaseHistories):
    """Two people always: who proposes never decides."""

    @initialize()
    def begin(self) -> None:
        self.corrected: set[tuple[UUID, UUID]] = set()
        super().begin()
        self.transfer(0, Decimal(3), 0, 0)
        self.correct(len(self.documents) - 1, 0, Decimal("1.5"), 0, 0)

    @rule(lot=picks, qty=quantities, day=days, place=places)
    def transfer(self, lot: int, qty: Decimal, day: int, place: int) -> None:
        with self.attempt():
            self.tell(
                StockTransfer.transfer(
                    self.act("TransferStock", KEEPER, day),
                    uuid4(),
                    warehouse=WAREHOUSES[place],
                    to_warehouse=WAREHOUSES[1 - place],
                    lots=[(pick(self.lots, lot), qty)],
                    stock=self.lots.__getitem__,
                    reason_code=None,
                    requested_by=CASEWORKER,
                    carried_by=CASEWORKER,
                    carrier=SIGNED,
                    released_by=None,
                    issue=self.issue,
                )
            )

    @rule(lot=picks, qty=quantities, day=days, place=places)
    def write_off(self, lot: int, qty: Decimal, day: int, place: int) -> None:
        with self.attempt():
            proposed = WriteOff.propose(
                self.act("ProposeWriteOff", KEEPER, day),
                uuid4(),
                warehouse=WAREHOUSES[place],
                lots=[(pick(self.lots, lot), qty)],
                stock=self.lots.__getitem__,
                reason_code="damaged",
                reason=WHY,
                evidence=["file"],
            )
            proposed.approve(self.decide("ApproveWriteOff"), movement_id=uuid4(), stock=self.lots.__getitem__)
            self.tell(proposed)

    @rule(lot=picks, qty=found, place=places)
    def count(self, lot: int, qty: Decimal, place: int) -> None:
        chosen = pick(self.lots, lot)
        with self.attempt():
            opened = self.decide("StartCount")
            count = StockCount.start(opened, uuid4(), warehouse=WAREHOUSES[place], lots=[chosen], counter=CASEWORKER)
            act = replace(opened, command="RecordCount", person=CASEWORKER)
            count.record(act, found=[(chosen, qty)], stock=self.lots.__getitem__, remarks=None)
            act = replace(opened, command="ProposeAdjustment", person=REGISTRAR)
            proposed = Adjustment.propose(act, uuid4(), count=count, lots=(), reason_code="lost", reason=WHY)
            proposed.approve(self.decide("ApproveAdjustment"), movement_id=uuid4(), stock=self.lots.__getitem__)
            self.tell(proposed)

    @rule(document=picks, lot=picks, qty=found, day=days, place=places)
    def correct(self, document: int, lot: int, qty: Decimal, day: int, place: int) -> None:
        wrong = self.documents[pick(self.documents, document)].movement
        chosen = pick(wrong.quantities, lot)
        if (wrong.id, chosen) in self.corrected:
            return
        is_transfer = wrong.kind == TRANSFER
        with self.attempt():
            proposed = Correction.propose(
                replace(
                    self.act("ProposeCorrection", KEEPER if is_transfer else REGISTRAR, 0),
                    role="warehouse_keeper" if is_transfer else "warehouse_registrar",
                ),
                uuid4(),
                wrong=wrong,
                right_on=self.day(day) if day else None,
                warehouse=WAREHOUSES[place] if place else None,
                to_warehouse=WAREHOUSES[1 - place] if place and is_transfer else None,
                said=[Said(chosen, qty)],
                stock=self.lots.__getitem__,
                hands=lambda _lot: (),
                reason_code="wrong_entry",
                reason=WHY,
            )
            proposed.approve(self.decide("CorrectMovement"), movement_id=uuid4(), stock=self.lots.__getitem__)
            self.corrected.add((wrong.id, chosen))
            self.tell(proposed)

    @rule(case=picks, document=picks, line=picks, qty=less)
    def correct_case(self, case: int, document: int, line: int, qty: Decimal) -> None:
        chosen = self.cases[case % 2]
        told = dict.fromkeys(
            (
                *chosen.withdrawals,
                *(each.delivery for each in chosen.delivery_lines.values()),
                *(each.movement for each in chosen.return_lines.values()),
            )
        )
        if not told:
            return
        wrong = movement_of(chosen, pick(told, document))
        assert wrong is not None
        with self.attempt():
            act = replace(self.act("ProposeCorrection", SECOND_KEEPER, 0), role="warehouse_keeper")
            proposed = case_correcting.propose(
                chosen,
                act,
                uuid4(),
                movement_id=wrong.id,
                said=[(pick(wrong.lines, line), qty)],
                stock=self.lots.__getitem__,
                reason_code="wrong_entry",
                reason=WHY,
            )
            how = {"movement_id": uuid4(), "case": chosen, "stock": self.lots.__getitem__}
            case_correcting.approve(proposed, self.decide("CorrectMovement"), **how)

    def decide(self, command: str) -> Act:
        """An act of the controller, today."""
        return self.act(command, CONTROLLER, 0)

    def adjusted(self, lot: UUID) -> Decimal:
        """By how much what two people decided changed the lot in all: adjustments, write-offs, corrections of both and
        of the receipt. A transfer changes nothing, and no more does its correction."""
        return sum(
            (
                line["qty"]
                for document in self.documents.values()
                if isinstance(document, (Adjustment, WriteOff, Correction)) and document.movement.kind != TRANSFER
                for line in document.lines
                if line["lot"] == lot
            ),
            NONE,
        )

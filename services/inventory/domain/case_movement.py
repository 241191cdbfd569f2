"""What a document of a case says right now, as it may be corrected: an FO-128, a delivery receipt, a return (X-10)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.inventory.domain.case_incentive import CaseIncentive
from services.inventory.domain.duties import RELEASED, REQUESTED
from services.inventory.domain.incentive_lines import Withdrawal
from services.inventory.domain.quantities import NONE

WITHDRAWAL, DELIVERY, RETURN = "withdrawal", "delivery", "return"
OF_A_CASE = (WITHDRAWAL, DELIVERY, RETURN)


@dataclass(frozen=True)
class CaseLine:
    """A line of a document of a case. ``used``: what later documents have drawn on it, below which it never was.

    ``source``: the line that the goods came from; ``origin`` (of a return): custody or beneficiary; ``bookers``: who
    stands for the goods' FO-110.
    """

    id: UUID
    lot: UUID
    item: str
    unit: str
    qty: Decimal
    used: Decimal
    source: UUID
    origin: str | None
    bookers: frozenset[UUID]


@dataclass(frozen=True)
class CaseMovement:
    """An FO-128, a delivery or a return. ``others``: whose acts exclude who enters it, besides each line's bookers."""

    id: UUID
    kind: str
    number: str | None
    on: date
    case: UUID
    withdrawal: Withdrawal
    lines: dict[UUID, CaseLine]
    authors: frozenset[UUID]
    others: list[tuple[str, set[UUID]]] = field(default_factory=list)

    def place(self) -> dict[str, Any]:
        """Where and when it was, as an event holds it."""
        withdrawal = self.withdrawal
        place = {"on": self.on, "warehouse": withdrawal.warehouse, "to_warehouse": None}
        return {**place, "case": self.case, "decision": withdrawal.decision, "withdrawal": withdrawal.id}


def movement_of(case: CaseIncentive, movement_id: UUID) -> CaseMovement | None:
    """The document of that id, if the case has it."""
    if movement_id in case.withdrawals:
        return _withdrawal(case, case.withdrawals[movement_id])
    if any(line.delivery == movement_id for line in case.delivery_lines.values()):
        return _delivery(case, movement_id)
    if any(line.movement == movement_id for line in case.return_lines.values()):
        return _return(case, movement_id)
    return None


def _bookers(case: CaseIncentive, withdrawal_line: UUID) -> frozenset[UUID]:
    return case.assignment_lines[case.withdrawal_lines[withdrawal_line].assignment_line].bookers


def _withdrawal(case: CaseIncentive, withdrawal: Withdrawal) -> CaseMovement:
    lines = {
        line.id: CaseLine(
            line.id,
            line.lot,
            line.item,
            line.unit,
            line.qty,
            line.delivered + line.returned,
            line.assignment_line,
            None,
            _bookers(case, line.id),
        )
        for line in case.withdrawal_lines.values()
        if line.withdrawal == withdrawal.id
    }
    reserved = {line.source for line in lines.values()}
    asked = {each.requested_by for each in case.requests.values() if reserved & set(each.lines)}
    return CaseMovement(
        withdrawal.id,
        WITHDRAWAL,
        withdrawal.number,
        withdrawal.withdrawn_on,
        case.id,
        withdrawal,
        lines,
        frozenset({withdrawal.released_by}),
        [(REQUESTED, asked | {withdrawal.withdrawn_by})],
    )


def _delivery(case: CaseIncentive, delivery_id: UUID) -> CaseMovement:
    found = [line for line in case.delivery_lines.values() if line.delivery == delivery_id]
    lines = {
        line.id: CaseLine(
            line.id,
            line.lot,
            line.item,
            line.unit,
            line.qty,
            line.returned,
            line.withdrawal_line,
            None,
            _bookers(case, line.withdrawal_line),
        )
        for line in found
    }
    withdrawal = case.withdrawals[case.withdrawal_lines[found[0].withdrawal_line].withdrawal]
    authors = frozenset({found[0].recorded_by})
    others = [(RELEASED, {withdrawal.released_by})]
    on, number = found[0].delivered_on, found[0].number
    return CaseMovement(delivery_id, DELIVERY, number, on, case.id, withdrawal, lines, authors, others)


def _return(case: CaseIncentive, movement_id: UUID) -> CaseMovement:
    found = [line for line in case.return_lines.values() if line.movement == movement_id]
    lines = {
        line.id: CaseLine(
            line.id, line.lot, line.item, line.unit, line.qty, NONE, line.source, line.origin, frozenset()
        )
        for line in found
    }
    first = found[0]
    withdrawal = case.withdrawals[first.withdrawal]
    authors = frozenset({first.taken_by})
    return CaseMovement(movement_id, RETURN, None, first.returned_on, case.id, withdrawal, lines, authors)

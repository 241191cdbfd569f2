"""What a correction changes in the incentive of a case (X-10)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from services.inventory.domain.forms import DocumentEvent
from services.inventory.domain.papers import Rows

if TYPE_CHECKING:
    from services.inventory.domain.case_incentive import CaseIncentive


class CaseMovementCorrected(DocumentEvent):
    """A document of the case said too much: ``kind`` is withdrawal, delivery or return. Each line has ``line``,
    ``source``, ``origin``, ``lot``, ``item``, ``unit``, ``was``, ``right`` and ``qty`` (right less was)."""

    TOPIC = "inventory.CaseMovementCorrected"
    correction_id: UUID
    corrected_movement: UUID
    kind: str
    number: str | None
    decision_id: UUID
    withdrawal_id: UUID
    warehouse: UUID
    lines: Rows
    moved_on: date
    corrected_on: date
    approved_by: UUID

    def apply(self, aggregate: CaseIncentive) -> None:
        for line in self.lines:
            need, qty = aggregate.need(self.decision_id, line["item"]), line["qty"]
            if self.kind == "withdrawal":
                aggregate.withdrawal_lines[line["line"]].qty += qty
                aggregate.assignment_lines[line["source"]].withdrawn += qty
                need.withdrawn += qty
            elif self.kind == "delivery":
                aggregate.delivery_lines[line["line"]].qty += qty
                aggregate.withdrawal_lines[line["source"]].delivered += qty
                need.delivered += qty
            else:
                aggregate.return_lines[line["line"]].qty += qty
                if line["origin"] == "custody":
                    aggregate.withdrawal_lines[line["source"]].returned += qty
                    need.back_from_custody += qty
                else:
                    aggregate.delivery_lines[line["source"]].returned += qty
                    need.back_from_beneficiary += qty

"""What happens to the incentive of one case, fact by fact (PR-156 acts 18 and 19)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.inventory.domain.forms import DocumentEvent
from services.inventory.domain.incentive_lines import (
    AssignmentLine,
    Decision,
    DeliveryLine,
    Need,
    Request,
    ReturnLine,
    Withdrawal,
    WithdrawalLine,
)
from services.inventory.domain.papers import Rows
from services.inventory.domain.signatures import Signature
from shared.privacy.personal import Personal

if TYPE_CHECKING:
    from services.inventory.domain.case_incentive import CaseIncentive


class Opened(DocumentEvent, Aggregate.Created):
    """The warehouse knows of the case. ``candidate_id`` is None while another service was faster than intake."""

    TOPIC = "inventory.CaseNoted"
    candidate_id: UUID | None


class NeedOpened(DocumentEvent):
    """A decision of act. 18 to deliver ``lines`` (``item``, ``qty``, ``unit``)."""

    TOPIC = "inventory.NeedOpened"
    decision_id: UUID
    lines: Rows
    decided_on: date

    def apply(self, aggregate: CaseIncentive) -> None:
        decision = aggregate.decisions.setdefault(self.decision_id, Decision(self.decision_id, self.decided_on))
        for line in self.lines:
            need = decision.needs.setdefault(line["item"], Need(line["item"], line["unit"]))
            need.decided += line["qty"]


class NeedLowered(DocumentEvent):
    """Part of a decision was cancelled."""

    TOPIC = "inventory.NeedLowered"
    decision_id: UUID
    lines: Rows
    lowered_on: date

    def apply(self, aggregate: CaseIncentive) -> None:
        for line in self.lines:
            aggregate.need(self.decision_id, line["item"]).cancelled += line["qty"]


class StockAssigned(DocumentEvent):
    """FO-110 part B. Each line has ``line`` (its id), ``lot``, ``item``, ``qty``, ``unit`` and ``booked_by``."""

    TOPIC = "inventory.StockAssigned"
    assignment_id: UUID
    fo110_no: str
    decision_id: UUID
    warehouse: UUID
    lines: Rows
    assigned_on: date
    assigned_by: UUID
    responsible: Signature
    document: dict[str, Any]

    def apply(self, aggregate: CaseIncentive) -> None:
        aggregate.documents[self.fo110_no] = None
        aggregate.issued_on[self.fo110_no] = self.assigned_on
        for line in self.lines:
            aggregate.need(self.decision_id, line["item"]).assigned += line["qty"]
            aggregate.assignment_lines[line["line"]] = AssignmentLine(
                id=line["line"],
                assignment=self.assignment_id,
                decision=self.decision_id,
                warehouse=self.warehouse,
                lot=line["lot"],
                item=line["item"],
                unit=line["unit"],
                qty=line["qty"],
                assigned_on=self.assigned_on,
                bookers=frozenset((line["booked_by"], self.assigned_by)),
            )


class StockAssignmentReleased(DocumentEvent):
    """Reserved goods are free stock again. Each line has ``line`` (of the assignment), ``lot``, ``item``, ``qty``."""

    TOPIC = "inventory.StockAssignmentReleased"
    assignment_id: UUID
    decision_id: UUID
    warehouse: UUID
    lines: Rows
    released_on: date
    released_by: UUID
    reason: Personal

    def apply(self, aggregate: CaseIncentive) -> None:
        for line in self.lines:
            aggregate.assignment_lines[line["line"]].released += line["qty"]
            aggregate.need(self.decision_id, line["item"]).released += line["qty"]


class WithdrawalRequested(DocumentEvent):
    """A caseworker asks for assigned goods. Each line has ``assignment_line``, ``lot``, ``item``, ``qty``, ``unit``."""

    TOPIC = "inventory.WithdrawalRequested"
    request_id: UUID
    decision_id: UUID
    warehouse: UUID
    lines: Rows
    requested_on: date
    requested_by: UUID

    def apply(self, aggregate: CaseIncentive) -> None:
        lines: dict[UUID, Decimal] = {line["assignment_line"]: line["qty"] for line in self.lines}
        aggregate.requests[self.request_id] = Request(
            self.request_id, self.decision_id, self.warehouse, self.requested_by, self.requested_on, lines
        )
        for line, qty in lines.items():
            aggregate.assignment_lines[line].requested += qty


class WithdrawalRefused(DocumentEvent):
    """The warehouse does not release what was asked for; the assignment stands."""

    TOPIC = "inventory.WithdrawalRefused"
    request_id: UUID
    refused_on: date
    refused_by: UUID
    reason: Personal

    def apply(self, aggregate: CaseIncentive) -> None:
        aggregate.close_request(self.request_id, "refused")


class StockWithdrawn(DocumentEvent):
    """FO-128: ``withdrawn_by`` took the goods and signed. Each line has ``line`` (its id), ``assignment_line``,
    ``lot``, ``item``, ``qty``, ``unit``. What was asked for and not released may be asked for again."""

    TOPIC = "inventory.StockWithdrawn"
    withdrawal_id: UUID
    request_id: UUID
    decision_id: UUID
    fo128_no: str
    warehouse: UUID
    lines: Rows
    withdrawn_on: date
    requested_by: UUID
    released_by: UUID
    withdrawn_by: UUID
    release_signature: Signature | None
    withdrawal_signature: Signature
    document: dict[str, Any]

    def apply(self, aggregate: CaseIncentive) -> None:
        aggregate.close_request(self.request_id, "released")
        aggregate.documents[self.fo128_no] = None
        aggregate.issued_on[self.fo128_no] = self.withdrawn_on
        aggregate.withdrawals[self.withdrawal_id] = Withdrawal(
            id=self.withdrawal_id,
            number=self.fo128_no,
            decision=self.decision_id,
            warehouse=self.warehouse,
            withdrawn_by=self.withdrawn_by,
            released_by=self.released_by,
            withdrawn_on=self.withdrawn_on,
        )
        for line in self.lines:
            aggregate.assignment_lines[line["assignment_line"]].withdrawn += line["qty"]
            aggregate.need(self.decision_id, line["item"]).withdrawn += line["qty"]
            aggregate.withdrawal_lines[line["line"]] = WithdrawalLine(
                id=line["line"],
                withdrawal=self.withdrawal_id,
                assignment_line=line["assignment_line"],
                lot=line["lot"],
                item=line["item"],
                unit=line["unit"],
                qty=line["qty"],
            )


class IncentiveDelivered(DocumentEvent):
    """The beneficiary received goods and signed (AMB-11). Each line has ``line`` (its id), ``withdrawal_line``,
    ``lot``, ``item``, ``qty``, ``unit``, ``condition``. ``complete``: nothing decided is missing (INV-12)."""

    TOPIC = "inventory.IncentiveDelivered"
    delivery_id: UUID
    withdrawal_id: UUID
    decision_id: UUID
    fo128_no: str
    receipt_no: str
    lines: Rows
    delivered_on: date
    complete: bool
    recorded_by: UUID
    place: Personal | None
    beneficiary: Signature
    witness: Personal | None
    photo: Personal | None
    document: dict[str, Any]

    def apply(self, aggregate: CaseIncentive) -> None:
        aggregate.documents[self.receipt_no] = None
        aggregate.issued_on[self.receipt_no] = self.delivered_on
        for line in self.lines:
            aggregate.withdrawal_lines[line["withdrawal_line"]].delivered += line["qty"]
            aggregate.need(self.decision_id, line["item"]).delivered += line["qty"]
            aggregate.delivery_lines[line["line"]] = DeliveryLine(
                id=line["line"],
                delivery=self.delivery_id,
                withdrawal_line=line["withdrawal_line"],
                lot=line["lot"],
                item=line["item"],
                unit=line["unit"],
                qty=line["qty"],
                delivered_on=self.delivered_on,
                number=self.receipt_no,
                recorded_by=self.recorded_by,
            )


class StockReturned(DocumentEvent):
    """Goods came back to the warehouse. Each line has ``line`` (its id), ``source`` (the line they come back from),
    ``origin`` (custody or beneficiary), ``lot``, ``item``, ``qty``, ``unit``."""

    TOPIC = "inventory.StockReturned"
    movement_id: UUID
    withdrawal_id: UUID
    decision_id: UUID
    warehouse: UUID
    lines: Rows
    reason_code: str
    reason: Personal | None
    returned_on: date
    taken_by: UUID

    def apply(self, aggregate: CaseIncentive) -> None:
        for line in self.lines:
            need = aggregate.need(self.decision_id, line["item"])
            if line["origin"] == "custody":
                aggregate.withdrawal_lines[line["source"]].returned += line["qty"]
                need.back_from_custody += line["qty"]
            else:
                aggregate.delivery_lines[line["source"]].returned += line["qty"]
                need.back_from_beneficiary += line["qty"]
            aggregate.return_lines[line["line"]] = ReturnLine(
                id=line["line"],
                movement=self.movement_id,
                withdrawal=self.withdrawal_id,
                source=line["source"],
                origin=line["origin"],
                lot=line["lot"],
                item=line["item"],
                unit=line["unit"],
                qty=line["qty"],
                returned_on=self.returned_on,
                taken_by=self.taken_by,
            )

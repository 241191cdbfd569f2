"""The incentive of one case: from what act. 18 decided to what the beneficiary signed for (act. 19)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.inventory.domain import case_events, corrected_events, incentive_events
from services.inventory.domain.forms import DocumentEvent, WarehouseFormsReceived, hand_in
from services.inventory.domain.incentive_lines import (
    AssignmentLine,
    Decision,
    DeliveryLine,
    Exclusion,
    Need,
    Request,
    ReturnLine,
    Withdrawal,
    WithdrawalLine,
)
from services.inventory.domain.papers import Rows
from services.inventory.domain.quantities import NONE, plain
from services.inventory.domain.refusals import NotAssigned
from shared.catalogue.refusals import NotFound, StepOutOfOrder
from shared.catalogue.types import Act


class CaseIncentive(Aggregate):
    """What the warehouse keeps of a case; its id is the case's. FO-110 B, FO-128 and delivery receipts are its acts.

    It holds everything that INV-12 counts, so that two people who assign, withdraw or deliver for one case at once
    cannot both use the same open quantity. The steps themselves are in `assigning`, `withdrawing` and `delivering`.
    """

    TOPIC = "inventory.CaseIncentive"
    Event = DocumentEvent
    Opened = incentive_events.Opened
    Created = Opened
    CandidateLinked = case_events.CandidateLinked
    CaseStateNoted = case_events.CaseStateNoted
    ExecutorNoted = case_events.ExecutorNoted
    ExclusionNoted = case_events.ExclusionNoted
    ExclusionLiftNoted = case_events.ExclusionLiftNoted
    NeedOpened = incentive_events.NeedOpened
    NeedLowered = incentive_events.NeedLowered
    StockAssigned = incentive_events.StockAssigned
    StockAssignmentReleased = incentive_events.StockAssignmentReleased
    WithdrawalRequested = incentive_events.WithdrawalRequested
    WithdrawalRefused = incentive_events.WithdrawalRefused
    StockWithdrawn = incentive_events.StockWithdrawn
    IncentiveDelivered = incentive_events.IncentiveDelivered
    StockReturned = incentive_events.StockReturned
    CaseMovementCorrected = corrected_events.CaseMovementCorrected
    WarehouseFormsReceived = WarehouseFormsReceived

    def __init__(self, candidate_id: UUID | None) -> None:
        self.candidate_id = candidate_id
        self.state = ""
        self.previous_state = ""
        self.opened_on: date | None = None
        self.contract_id: UUID | None = None
        self.exclusions: dict[UUID, Exclusion] = {}
        self.decisions: dict[UUID, Decision] = {}
        self.assignment_lines: dict[UUID, AssignmentLine] = {}
        self.requests: dict[UUID, Request] = {}
        self.withdrawals: dict[UUID, Withdrawal] = {}
        self.withdrawal_lines: dict[UUID, WithdrawalLine] = {}
        self.delivery_lines: dict[UUID, DeliveryLine] = {}
        self.return_lines: dict[UUID, ReturnLine] = {}
        self.documents: dict[str, date | None] = {}
        """Numbers issued, and since when the signed original is in the warehouse."""
        self.issued_on: dict[str, date] = {}

    @classmethod
    def open(cls, case_id: UUID, candidate_id: UUID | None) -> CaseIncentive:
        """The warehouse hears of a case."""
        return cls._create(event_class=cls.Opened, id=case_id, candidate_id=candidate_id)

    def need(self, decision_id: UUID, item: str) -> Need:
        """The need of that item in that decision; an empty one if nothing of it was decided."""
        decision = self.decisions.setdefault(decision_id, Decision(decision_id, date.min))
        return decision.needs.setdefault(item, Need(item, ""))

    def close_request(self, request_id: UUID, state: str) -> None:
        """What the request still held back may be asked for again."""
        request = self.requests[request_id]
        request.state = state
        for line, qty in request.lines.items():
            self.assignment_lines[line].requested -= qty

    def check_open(self, act: Act) -> None:
        """Refuse unless act. 19 is open for the case: `StepOutOfOrder` before the hand-over, else by its state."""
        if not self.state:
            raise StepOutOfOrder(missing="la aceptación de la entrega formal al ejecutor (act. 16)")
        act.check_state(self.state)
        act.check_not_before(self.opened_on)

    def assigned(self, line_id: UUID, qty: Decimal) -> AssignmentLine:
        """The assignment line, with at least ``qty`` neither withdrawn nor asked for. Raises `NotAssigned`."""
        line = self.assignment_lines.get(line_id)
        unrequested = NONE if line is None else line.unrequested
        if line is None or qty > unrequested:
            raise NotAssigned(field="lines", open=plain(unrequested), asked=plain(qty))
        return line

    def handlers(self, lot: UUID) -> set[UUID]:
        """Who asked for goods of ``lot``, released or took them (SOD-3)."""
        lines = {line.id for line in self.assignment_lines.values() if line.lot == lot}
        asked = {each.requested_by for each in self.requests.values() if lines & set(each.lines)}
        taken = {line.withdrawal for line in self.withdrawal_lines.values() if line.lot == lot}
        withdrawals = [self.withdrawals[each] for each in taken]
        return asked | {who for each in withdrawals for who in (each.released_by, each.withdrawn_by)}

    def waiting_request(self, request_id: UUID) -> Request:
        """The request that waits for the warehouse. Raises `StepOutOfOrder` or `NotFound`."""
        if not self.requests:
            raise StepOutOfOrder(missing="la solicitud de retiro del profesional")
        request = self.requests.get(request_id)
        if request is None or request.state != "requested":
            raise NotFound(what="una solicitud de retiro pendiente con ese identificador", field="request")
        return request

    def withdrawal_of(self, withdrawal_id: UUID) -> Withdrawal:
        """The FO-128 of that id. Raises `StepOutOfOrder` before any FO-128, or `NotFound`."""
        if not self.withdrawals:
            raise StepOutOfOrder(missing="el retiro de los bienes del almacén (FO-128)")
        withdrawal = self.withdrawals.get(withdrawal_id)
        if withdrawal is None:
            raise NotFound(what="ese retiro (FO-128)", field="withdrawal")
        return withdrawal

    def confirm_forms(self, act: Act, numbers: list[str], evidence: list[str]) -> None:
        """Signed documents of the case are handed in (A19-2); a second time changes nothing."""
        hand_in(self, act, numbers, evidence, self.issued_on)

    # What other services tell (requirements 9.2). Being told twice changes nothing.

    def learn_candidate(self, candidate_id: UUID) -> None:
        """Whose case it is."""
        if self.candidate_id is None:
            self.trigger_event(self.CandidateLinked, candidate_id=candidate_id)

    def learn_state(self, state: str, since: date, contract_id: UUID | None = None) -> None:
        """The case changed its state: act. 19 opens with ``in_assistance``, ends with any other."""
        if state != self.state:
            self.trigger_event(self.CaseStateNoted, state=state, since=since, contract_id=contract_id)

    def learn_executor(self, contract_id: UUID | None, since: date) -> None:
        """Another executor has the case, which stays in its state."""
        if contract_id is not None and contract_id != self.contract_id:
            self.trigger_event(self.ExecutorNoted, contract_id=contract_id, since=since)

    def learn_reopening(self, since: date) -> None:
        """The case is again as it was before it ended."""
        if self.previous_state:
            self.learn_state(self.previous_state, since)

    def learn_split(self, since: date) -> None:
        """The case is no longer part of another one: act. 19 is as it was, also where it was never open."""
        if self.state == "merged":
            self.learn_state(self.previous_state, since)

    def learn_exclusion(self, exclusion_id: UUID, since: date, until: date | None) -> None:
        """The person is excluded from ``since`` until ``until`` (None: open)."""
        known = self.exclusions.get(exclusion_id)
        if known is None or known.lifted_on is not None:
            self.trigger_event(self.ExclusionNoted, exclusion_id=exclusion_id, since=since, until=until)

    def learn_exclusion_lifted(self, exclusion_id: UUID, lifted_on: date) -> None:
        """The exclusion is over."""
        known = self.exclusions.get(exclusion_id)
        if known is not None and known.lifted_on is None:
            self.trigger_event(self.ExclusionLiftNoted, exclusion_id=exclusion_id, lifted_on=lifted_on)

    def learn_decision(self, decision_id: UUID, lines: Rows, decided_on: date) -> None:
        """Act. 18 decided to deliver ``lines`` (``item``, ``qty``, ``unit``)."""
        if decision_id not in self.decisions:
            self.trigger_event(self.NeedOpened, decision_id=decision_id, lines=lines, decided_on=decided_on)

    def learn_cancellation(self, decision_id: UUID, lines: Rows, lowered_on: date) -> None:
        """Part of a decision was cancelled; what is assigned or in custody stays where it is until it is returned."""
        if decision_id in self.decisions:
            self.trigger_event(self.NeedLowered, decision_id=decision_id, lines=lines, lowered_on=lowered_on)

"""What intake does when another service's event arrives (requirements 9.2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from services.intake import FOLLOWS
from services.intake.application import IntakeApplication
from services.intake.application.base import HANDED_ON
from services.intake.domain.cases import Case
from services.intake.domain.register import RegisterEntry
from shared.contracts import contract
from shared.contracts.envelope import Envelope
from shared.eventstore.unit_of_work import UnitOfWork

Reaction = Callable[[IntakeApplication, UnitOfWork, Envelope], None]


def profiling_started(_app: IntakeApplication, uow: UnitOfWork, event: Envelope) -> None:
    """From now on profiling owns the state of the case."""
    if uow.find(Case, event.subject) is not None:
        uow.claim(HANDED_ON, str(event.subject), event.subject)


def profile_approved(app: IntakeApplication, uow: UnitOfWork, event: Envelope) -> None:
    """E04 is met (CRI-4)."""
    _complete(app, uow, event, "met")


def profile_not_approved(app: IntakeApplication, uow: UnitOfWork, event: Envelope) -> None:
    """E04 is not met (CRI-4)."""
    _complete(app, uow, event, "not_met")


def handed_over(app: IntakeApplication, uow: UnitOfWork, event: Envelope) -> None:
    """The staff of the operator that receives the case see it from the hand-over on, to accept it or not (ROL-02)."""
    data: dict[str, Any] = contract(event.topic).read(event.data)
    app.give_to_contract(uow, event.subject, data.get("contract_id"))


def handover_rejected(app: IntakeApplication, uow: UnitOfWork, event: Envelope) -> None:
    """Who did not take the case sees it no more (ROL-02)."""
    app.give_to_contract(uow, event.subject, None)


def executor_transferred(app: IntakeApplication, uow: UnitOfWork, event: Envelope) -> None:
    """The case is another contract's, or an IPES team's (ROL-02)."""
    data: dict[str, Any] = contract(event.topic).read(event.data)
    app.give_to_contract(uow, event.subject, data.get("new_contract_id"))


def incentive_delivered(app: IntakeApplication, uow: UnitOfWork, event: Envelope) -> None:
    """It counts for the household for P-53, and flags the members who take part too (CRI-5, INV-14)."""
    case = uow.find(Case, event.subject)
    if case is not None:
        data: dict[str, Any] = contract(event.topic).read(event.data)
        delivered_on: date = data["delivered_on"]
        case.note_incentive(delivered_on)
        case.note_custody("delivered", _rows(data))
        app.flag_household(uow, case, delivered_on, delivered=True)


def _goods(movement: str) -> Reaction:
    def moved(_app: IntakeApplication, uow: UnitOfWork, event: Envelope) -> None:
        """A case with goods on the way is not merged (CASE-3). Movements between warehouses have no case."""
        case = uow.find(Case, event.subject)
        if case is not None:
            case.note_custody(movement, _rows(contract(event.topic).read(event.data)))

    return moved


def _rows(data: dict[str, Any]) -> list[dict[str, Any]]:
    """What left or entered the custody; what a beneficiary brings back was in none any more."""
    rows = [row for row in data["lines"] if row.get("origin") != "beneficiary"]
    return [{"lot": str(row["lot"]), "qty": row["qty"]} for row in rows]


def _complete(_app: IntakeApplication, uow: UnitOfWork, event: Envelope, e04: str) -> None:
    case = uow.find(Case, event.subject)
    if case is None:
        return
    data: dict[str, Any] = contract(event.topic).read(event.data)
    profiling_id: UUID = data["profiling_id"]
    case.complete_entry(e04, profiling_id, data.get("validated_on"))


def case_migrated(_app: IntakeApplication, uow: UnitOfWork, event: Envelope) -> None:
    """The service that owns the state moved the case to another version of the procedure (CAT-07)."""
    case = uow.find(Case, event.subject)
    if case is not None:
        case.note_migration(event.procedure_version, event.happened_on)


def case_reopened(_app: IntakeApplication, uow: UnitOfWork, event: Envelope) -> None:
    """The service that had ended the case opened it again."""
    case = uow.find(Case, event.subject)
    if case is not None:
        case.note_reopening(event.happened_on)


def key_destruction_executed(app: IntakeApplication, uow: UnitOfWork, event: Envelope) -> None:
    """A service has carried out its part of an erasure (X-12)."""
    data: dict[str, Any] = contract(event.topic).read(event.data)
    app.note_execution(uow, event.source, event.subject, data["subject_key_id"], data["data_class"], event.recorded_at)


def _closed(state: str) -> Reaction:
    def closed(_app: IntakeApplication, uow: UnitOfWork, event: Envelope) -> None:
        case = uow.find(Case, event.subject)
        if case is not None:
            case.note_closure(state)

    return closed


_EXITS = {"CaseWithdrawn": "withdrawn", "BeneficiaryExcluded": "excluded", "DeathRecorded": "deceased"}

_ON_THE_CASE: dict[str, Reaction] = {
    "profiling.ProfilingStarted": profiling_started,
    "profiling.ProfileApproved": profile_approved,
    "profiling.ProfileNotApproved": profile_not_approved,
    "assistance.HandedOver": handed_over,
    "assistance.HandoverRejected": handover_rejected,
    "assistance.ExecutorTransferred": executor_transferred,
    "profiling.CaseDeclinedClosed": _closed("closed_declined"),
    "profiling.CaseReferredClosed": _closed("closed_referred"),
    "assistance.CaseClosed": _closed("closed_completed"),
    **{
        f"{service}.{event}": _closed(state)
        for service in ("profiling", "assistance")
        for event, state in _EXITS.items()
    },
    "profiling.CaseMigrated": case_migrated,
    "assistance.CaseMigrated": case_migrated,
    "profiling.CaseReopened": case_reopened,
    "assistance.CaseReopened": case_reopened,
    "inventory.StockWithdrawn": _goods("withdrawn"),
    "inventory.IncentiveDelivered": incentive_delivered,
    "inventory.StockReturned": _goods("returned"),
    **{f"{service}.KeyDestructionExecuted": key_destruction_executed for service in FOLLOWS},
}

STAGES: dict[str, str] = {
    "profiling.ProfilingStarted": "profiling",
    "profiling.ProfileReturned": "profiling",
    "profiling.ProfileClassified": "profiled",
    "profiling.ProfileApproved": "profile_approved",
    "profiling.ProfileNotApproved": "profile_not_approved",
    "profiling.AlternativesInformed": "alternatives_pending",
    "profiling.OfferDeclined": "alternatives_pending",
    "profiling.ReferralRejected": "alternatives_pending",
    "profiling.ReferralIssued": "referred",
    "profiling.ServiceOffered": "offered",
    "profiling.OfferAccepted": "accepted",
    "assistance.CommitmentSigned": "committed",
    "assistance.UnitVisitScheduled": "in_valuation",
    "assistance.UnitVisited": "in_valuation",
    "assistance.ValidationReportReturned": "in_valuation",
    "assistance.ValidationReportIssued": "report_issued",
    "assistance.UnitValidated": "preselected",
    "assistance.HandoverRejected": "preselected",
    "assistance.UnitNotValidated": "strengthening",
    "assistance.StrengtheningClosed": "waiting_next_call",
    "assistance.HandedOver": "handover_pending",
    "assistance.HandoverAccepted": "in_assistance",
    "assistance.ProcessCompleted": "completed",
    "assistance.ExPostStarted": "ex_post",
}
"""The states of other services by the event that enters them, for the candidate register (3.3, FRM-15)."""


def _register(uow: UnitOfWork, event: Envelope) -> RegisterEntry | None:
    """The line of the case in the register; None for a case that intake does not have."""
    if uow.find(Case, event.subject) is None:
        return None
    entry = uow.find(RegisterEntry, RegisterEntry.id_of(event.subject))
    if entry is None:
        entry = RegisterEntry.open(event.subject)
        uow.add(entry)
    return entry


def interest_recorded(_app: IntakeApplication, uow: UnitOfWork, event: Envelope) -> None:
    """Act. 9: the register shows whether the person is interested."""
    entry = _register(uow, event)
    if entry is not None:
        entry.note_interest(bool(contract(event.topic).read(event.data)["process_ids"]))


def _stage(topic: str) -> Reaction:
    def noted(app: IntakeApplication, uow: UnitOfWork, event: Envelope) -> None:
        if topic in _ON_THE_CASE:
            _ON_THE_CASE[topic](app, uow, event)
        entry = _register(uow, event)
        if entry is not None:
            entry.note_stage(STAGES[topic], event.recorded_at)

    return noted


REACTIONS: dict[str, Reaction] = {
    **_ON_THE_CASE,
    **{topic: _stage(topic) for topic in STAGES},
    "profiling.InterestRecorded": interest_recorded,
}

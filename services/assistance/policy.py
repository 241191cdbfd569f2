"""What assistance does when another service's event arrives (requirements 9.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from services.assistance.application import AssistanceApplication
from services.assistance.domain import AssistanceCase, CallCohort
from shared.casework.destroying import key_destroyed
from shared.casework.destruction import ORDER
from shared.casework.restriction import REACTIONS as RESTRICTIONS
from shared.contracts import contract
from shared.contracts.envelope import Envelope
from shared.eventstore.unit_of_work import UnitOfWork

Reaction = Callable[[AssistanceApplication, UnitOfWork, Envelope], None]


def _payload(event: Envelope) -> dict[str, Any]:
    return contract(event.topic).read(event.data)


def _case(uow: UnitOfWork, case_id: UUID) -> AssistanceCase:
    """The case, announced now if this is the first news of it: upstreams are not ordered among themselves."""
    case = uow.find(AssistanceCase, case_id)
    if case is None:
        case = AssistanceCase.announce(case_id)
        uow.add(case)
    return case


def candidate_identified(_app: AssistanceApplication, uow: UnitOfWork, event: Envelope) -> None:
    """The case has its person; who identified it answers for it until another is assigned (CASE-9)."""
    candidate_id = _payload(event)["candidate_id"]
    case = uow.find(AssistanceCase, event.subject)
    if case is None:
        case = AssistanceCase.announce(event.subject, candidate_id)
        uow.add(case)
    else:
        case.note_candidate(candidate_id)
    if event.actor is not None and case.caseworker is None:
        case.note_caseworker(event.actor)


def caseworker_assigned(_app: AssistanceApplication, uow: UnitOfWork, event: Envelope) -> None:
    _case(uow, event.subject).note_caseworker(_payload(event)["actor_id"])


def call_told(_app: AssistanceApplication, uow: UnitOfWork, event: Envelope) -> None:
    """Intake opened or closed a call; both tell all of its dates."""
    data = _payload(event)
    facts = {"opens_on": data["opens_on"], "closes_on": data["closes_on"], "quota": data["cohort_quota"]}
    cohort = uow.find(CallCohort, data["call_id"])
    if cohort is None:
        uow.add(CallCohort.note(data["call_id"], **facts))
    else:
        cohort.note_dates(**facts)


def entry_completed(_app: AssistanceApplication, uow: UnitOfWork, event: Envelope) -> None:
    data = _payload(event)
    _case(uow, event.subject).note_entry(evaluation_id=data["evaluation_id"], result=data["result"])


def duplicate_suspected(_app: AssistanceApplication, uow: UnitOfWork, event: Envelope) -> None:
    _case(uow, event.subject).note_duplicate(_payload(event)["suspicion_id"], resolved=False)


def duplicate_resolved(_app: AssistanceApplication, uow: UnitOfWork, event: Envelope) -> None:
    _case(uow, event.subject).note_duplicate(_payload(event)["suspicion_id"], resolved=True)


def exclusion_told(_app: AssistanceApplication, uow: UnitOfWork, event: Envelope) -> None:
    """An exclusion may concern a person without a case here (EXC-3): then there is nothing to note."""
    case = uow.find(AssistanceCase, event.subject)
    if case is not None:
        data = _payload(event)
        case.note_exclusion(
            data["exclusion_id"],
            from_date=data["from_date"],
            to_date=data["to_date"],
            lifted=event.type == "ExclusionLifted",
        )


def cases_merged(_app: AssistanceApplication, uow: UnitOfWork, event: Envelope) -> None:
    """The other case's work ends here. A hand-over of it that waits keeps its place of the call's quota: parted, the
    case stands where it stood, and nobody could refuse it the place then."""
    _case(uow, _payload(event)["other_case"]).note_closure("merged")


def offer_accepted(_app: AssistanceApplication, uow: UnitOfWork, event: Envelope) -> None:
    data = _payload(event)
    _case(uow, event.subject).note_acceptance(
        call_id=data["process_id"], service=data["service"], route=data["route"], accepted_on=event.happened_on
    )


def cases_split(_app: AssistanceApplication, uow: UnitOfWork, event: Envelope) -> None:
    _case(uow, _payload(event)["other_case"]).note_reopening(event.happened_on)


def case_migrated(_app: AssistanceApplication, uow: UnitOfWork, event: Envelope) -> None:
    """The service that owns the state moved the case to another version of the procedure (CAT-07)."""
    case = uow.find(AssistanceCase, event.subject)
    if case is not None:
        case.note_migration(event.procedure_version, event.happened_on)


def case_reopened(_app: AssistanceApplication, uow: UnitOfWork, event: Envelope) -> None:
    """The service that had ended the case opened it again."""
    case = uow.find(AssistanceCase, event.subject)
    if case is not None:
        case.note_reopening(event.happened_on)


def _closed(state: str) -> Reaction:
    def closed(_app: AssistanceApplication, uow: UnitOfWork, event: Envelope) -> None:
        _case(uow, event.subject).note_closure(state)

    return closed


def _goods(movement: str) -> Reaction:
    def moved(_app: AssistanceApplication, uow: UnitOfWork, event: Envelope) -> None:
        case = uow.find(AssistanceCase, event.subject)
        # A return between warehouses has no case: nothing here is its business.
        if case is None:
            return
        data = _payload(event)
        case.note_goods(
            movement=movement,
            source_event=event.id,
            decision_id=data.get("decision_id"),
            lines=data.get("lines", []),
        )

    return moved


_CORRECTED = {"withdrawal": "withdrawn", "delivery": "delivered", "return": "returned"}


def movement_corrected(_app: AssistanceApplication, uow: UnitOfWork, event: Envelope) -> None:
    """A correction of the store alone concerns no case."""
    data = _payload(event)
    case = None if data.get("case_id") is None else uow.find(AssistanceCase, data["case_id"])
    if case is not None and data["kind"] in _CORRECTED:
        case.note_correction(
            movement=_CORRECTED[data["kind"]],
            source_event=event.id,
            decision_id=data["decision_id"],
            lines=data["lines"],
        )


REACTIONS: dict[str, Reaction] = {
    ORDER: key_destroyed,
    **RESTRICTIONS,
    "intake.CandidateIdentified": candidate_identified,
    "intake.CaseworkerAssigned": caseworker_assigned,
    "intake.CallOpened": call_told,
    "intake.CallClosed": call_told,
    "intake.EntryCriteriaCompleted": entry_completed,
    "intake.DuplicateSuspected": duplicate_suspected,
    "intake.DuplicateResolved": duplicate_resolved,
    "intake.ExclusionRegistered": exclusion_told,
    "intake.ExclusionLifted": exclusion_told,
    "intake.CasesMerged": cases_merged,
    "intake.CasesSplit": cases_split,
    "intake.CaseNotEligibleClosed": _closed("closed_not_eligible"),
    "intake.CaseWithdrawn": _closed("withdrawn"),
    "intake.BeneficiaryExcluded": _closed("excluded"),
    "intake.DeathRecorded": _closed("deceased"),
    "intake.CaseMigrated": case_migrated,
    "profiling.CaseMigrated": case_migrated,
    "intake.CaseReopened": case_reopened,
    "profiling.CaseReopened": case_reopened,
    "profiling.OfferAccepted": offer_accepted,
    "profiling.CaseDeclinedClosed": _closed("closed_declined"),
    "profiling.CaseReferredClosed": _closed("closed_referred"),
    "profiling.CaseWithdrawn": _closed("withdrawn"),
    "profiling.BeneficiaryExcluded": _closed("excluded"),
    "profiling.DeathRecorded": _closed("deceased"),
    "inventory.StockAssigned": _goods("assigned"),
    "inventory.WithdrawalRequested": _goods("requested"),
    "inventory.StockWithdrawn": _goods("withdrawn"),
    "inventory.IncentiveDelivered": _goods("delivered"),
    "inventory.StockReturned": _goods("returned"),
    "inventory.MovementCorrected": movement_corrected,
}

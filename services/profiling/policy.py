"""What profiling does when another service's event arrives (requirements 9.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from services.profiling.application import ProfilingApplication
from services.profiling.domain import Process, ProfilingCase
from shared.casework.destroying import key_destroyed
from shared.casework.destruction import ORDER
from shared.casework.restriction import REACTIONS as RESTRICTIONS
from shared.contracts import contract
from shared.contracts.envelope import Envelope
from shared.eventstore.unit_of_work import UnitOfWork

PURPOSE = "profiling"
SHARING = "referral"
"""The purpose of the notice that act. 3 needs."""

Reaction = Callable[[ProfilingApplication, UnitOfWork, Envelope], None]


def _payload(event: Envelope) -> dict[str, Any]:
    return contract(event.topic).read(event.data)


def _case(uow: UnitOfWork, case_id: UUID) -> ProfilingCase:
    """The case, announced now if this is the first news of it."""
    case = uow.find(ProfilingCase, case_id)
    if case is None:
        case = ProfilingCase.announce(case_id)
        uow.add(case)
    return case


def candidate_identified(_app: ProfilingApplication, uow: UnitOfWork, event: Envelope) -> None:
    data = _payload(event)
    case = uow.find(ProfilingCase, event.subject)
    if case is None:
        uow.add(ProfilingCase.announce(event.subject, data["candidate_id"], data["call_id"]))
    else:
        case.note_candidate(data["candidate_id"], data["call_id"])


def call_told(_app: ProfilingApplication, uow: UnitOfWork, event: Envelope) -> None:
    """Intake opened or closed a call; both tell all of its dates."""
    data = _payload(event)
    process = uow.find(Process, data["call_id"])
    if process is None:
        process = Process.note(
            data["call_id"], service=data["service"], opens_on=data["opens_on"], closes_on=data["closes_on"]
        )
        uow.add(process)
    else:
        process.note_dates(opens_on=data["opens_on"], closes_on=data["closes_on"])


def eligibility_communicated(_app: ProfilingApplication, uow: UnitOfWork, event: Envelope) -> None:
    data = _payload(event)
    _case(uow, event.subject).note_eligibility(met=data["result"] == "met", sent_on=data["sent_on"])


def recheck_requested(_app: ProfilingApplication, uow: UnitOfWork, event: Envelope) -> None:
    """Before profiling starts, a re-check takes the letter's effect away (CRI-3); later states keep it."""
    case = _case(uow, event.subject)
    if not case.state:
        case.note_eligibility(met=False, sent_on=None)


def identification_updated(_app: ProfilingApplication, uow: UnitOfWork, event: Envelope) -> None:
    _case(uow, event.subject).note_identification(event.happened_on)


def consent_recorded(_app: ProfilingApplication, uow: UnitOfWork, event: Envelope) -> None:
    """Only a signed authorisation that names this purpose counts for act. 3 (X-12)."""
    data = _payload(event)
    if data["notice_version"] is not None and PURPOSE in data["purpose_codes"]:
        _case(uow, event.subject).note_consent(event.happened_on)
    if data["notice_version"] is not None and SHARING in data["purpose_codes"]:
        _case(uow, event.subject).note_sharing(authorised=True)


def consent_withdrawn(_app: ProfilingApplication, uow: UnitOfWork, event: Envelope) -> None:
    if PURPOSE in _payload(event)["purpose_codes"]:
        _case(uow, event.subject).note_consent(None)
    if SHARING in _payload(event)["purpose_codes"]:
        _case(uow, event.subject).note_sharing(authorised=False)


def duplicate_suspected(_app: ProfilingApplication, uow: UnitOfWork, event: Envelope) -> None:
    _case(uow, event.subject).note_duplicate(_payload(event)["suspicion_id"], resolved=False)


def duplicate_resolved(_app: ProfilingApplication, uow: UnitOfWork, event: Envelope) -> None:
    _case(uow, event.subject).note_duplicate(_payload(event)["suspicion_id"], resolved=True)


def entry_completed(_app: ProfilingApplication, uow: UnitOfWork, event: Envelope) -> None:
    data = _payload(event)
    _case(uow, event.subject).note_entry(evaluation_id=data["evaluation_id"], result=data["result"])


def cases_merged(_app: ProfilingApplication, uow: UnitOfWork, event: Envelope) -> None:
    _case(uow, _payload(event)["other_case"]).note_closure("merged")


def exclusion_told(_app: ProfilingApplication, uow: UnitOfWork, event: Envelope) -> None:
    data = _payload(event)
    case = uow.find(ProfilingCase, event.subject)
    if case is not None:
        case.note_exclusion(data["exclusion_id"], from_date=data["from_date"], to_date=data["to_date"])


def cases_split(_app: ProfilingApplication, uow: UnitOfWork, event: Envelope) -> None:
    _case(uow, _payload(event)["other_case"]).note_reopening(event.happened_on)


def case_migrated(_app: ProfilingApplication, uow: UnitOfWork, event: Envelope) -> None:
    """The service that owns the state moved the case to another version of the procedure (CAT-07)."""
    case = uow.find(ProfilingCase, event.subject)
    if case is not None:
        case.note_migration(event.procedure_version, event.happened_on)


def case_reopened(_app: ProfilingApplication, uow: UnitOfWork, event: Envelope) -> None:
    """The service that had ended the case opened it again."""
    case = uow.find(ProfilingCase, event.subject)
    if case is not None:
        case.note_reopening(event.happened_on)


def _closed(state: str) -> Reaction:
    def closed(_app: ProfilingApplication, uow: UnitOfWork, event: Envelope) -> None:
        _case(uow, event.subject).note_closure(state)

    return closed


REACTIONS: dict[str, Reaction] = {
    ORDER: key_destroyed,
    **RESTRICTIONS,
    "intake.CandidateIdentified": candidate_identified,
    "intake.CallOpened": call_told,
    "intake.CallClosed": call_told,
    "intake.EligibilityCommunicated": eligibility_communicated,
    "intake.RecheckRequested": recheck_requested,
    "intake.BasicIdentificationUpdated": identification_updated,
    "intake.ConsentRecorded": consent_recorded,
    "intake.ConsentWithdrawn": consent_withdrawn,
    "intake.DuplicateSuspected": duplicate_suspected,
    "intake.DuplicateResolved": duplicate_resolved,
    "intake.EntryCriteriaCompleted": entry_completed,
    "intake.ExclusionRegistered": exclusion_told,
    "intake.ExclusionLifted": exclusion_told,
    "intake.CasesMerged": cases_merged,
    "intake.CasesSplit": cases_split,
    "intake.CaseNotEligibleClosed": _closed("closed_not_eligible"),
    "intake.CaseWithdrawn": _closed("withdrawn"),
    "intake.BeneficiaryExcluded": _closed("excluded"),
    "intake.DeathRecorded": _closed("deceased"),
    "intake.CaseMigrated": case_migrated,
    "assistance.CaseMigrated": case_migrated,
    "intake.CaseReopened": case_reopened,
    "assistance.CaseReopened": case_reopened,
    "assistance.CaseWithdrawn": _closed("withdrawn"),
    "assistance.BeneficiaryExcluded": _closed("excluded"),
    "assistance.DeathRecorded": _closed("deceased"),
    "assistance.CaseClosed": _closed("closed_completed"),
}

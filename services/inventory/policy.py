"""What the warehouse learns when another service's event arrives (requirements 9.2). It refuses nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.inventory.application import InventoryApplication
from services.inventory.domain.case_events import ACT_19
from services.inventory.domain.case_incentive import CaseIncentive
from shared.casework.destroying import key_destroyed
from shared.casework.destruction import ORDER
from shared.casework.restriction import REACTIONS as RESTRICTIONS
from shared.contracts import contract
from shared.contracts.envelope import Envelope
from shared.eventstore.unit_of_work import UnitOfWork

Reaction = Callable[[InventoryApplication, UnitOfWork, Envelope], None]


def _payload(event: Envelope) -> dict[str, Any]:
    return contract(event.topic).read(event.data)


def _case(uow: UnitOfWork, case_id: UUID) -> CaseIncentive:
    """The case, opened now if this is the first news of it: upstreams are not ordered among themselves."""
    case = uow.find(CaseIncentive, case_id)
    if case is None:
        case = CaseIncentive.open(case_id, None)
        uow.add(case)
    return case


def candidate_identified(_app: InventoryApplication, uow: UnitOfWork, event: Envelope) -> None:
    candidate_id = _payload(event)["candidate_id"]
    case = uow.find(CaseIncentive, event.subject)
    if case is None:
        uow.add(CaseIncentive.open(event.subject, candidate_id))
    else:
        case.learn_candidate(candidate_id)


def incentive_decided(_app: InventoryApplication, uow: UnitOfWork, event: Envelope) -> None:
    """A «no» opens nothing: it has no lines."""
    data = _payload(event)
    if data["decision"] == "yes":
        _case(uow, event.subject).learn_decision(data["decision_id"], data["lines"], event.happened_on)


def incentive_cancelled(_app: InventoryApplication, uow: UnitOfWork, event: Envelope) -> None:
    data = _payload(event)
    _case(uow, event.subject).learn_cancellation(data["decision_id"], data["lines"], event.happened_on)


def handover_accepted(_app: InventoryApplication, uow: UnitOfWork, event: Envelope) -> None:
    _case(uow, event.subject).learn_state(ACT_19, event.happened_on, _payload(event).get("contract_id"))


def executor_transferred(_app: InventoryApplication, uow: UnitOfWork, event: Envelope) -> None:
    _case(uow, event.subject).learn_executor(_payload(event).get("new_contract_id"), event.happened_on)


def exclusion_registered(_app: InventoryApplication, uow: UnitOfWork, event: Envelope) -> None:
    """An exclusion may concern a person without a case (EXC-3): then there is nothing to note."""
    case = uow.find(CaseIncentive, event.subject)
    if case is not None:
        data = _payload(event)
        case.learn_exclusion(data["exclusion_id"], data["from_date"], data["to_date"])


def exclusion_lifted(_app: InventoryApplication, uow: UnitOfWork, event: Envelope) -> None:
    case = uow.find(CaseIncentive, event.subject)
    if case is not None:
        data = _payload(event)
        last: date | None = data["to_date"]
        # Intake says until when it counted: of one that was another person's after all, never.
        case.learn_exclusion_lifted(data["exclusion_id"], last + timedelta(days=1) if last else event.happened_on)


def cases_merged(_app: InventoryApplication, uow: UnitOfWork, event: Envelope) -> None:
    _case(uow, _payload(event)["other_case"]).learn_state("merged", event.happened_on)


def cases_split(_app: InventoryApplication, uow: UnitOfWork, event: Envelope) -> None:
    _case(uow, _payload(event)["other_case"]).learn_split(event.happened_on)


def case_reopened(_app: InventoryApplication, uow: UnitOfWork, event: Envelope) -> None:
    _case(uow, event.subject).learn_reopening(event.happened_on)


def _state(state: str) -> Reaction:
    """The case is in ``state`` now: only ``in_assistance`` keeps act. 19 open."""

    def learned(_app: InventoryApplication, uow: UnitOfWork, event: Envelope) -> None:
        case = uow.find(CaseIncentive, event.subject)
        if case is not None:
            case.learn_state(state, event.happened_on)

    return learned


_EXITS = {"CaseWithdrawn": "withdrawn", "BeneficiaryExcluded": "excluded", "DeathRecorded": "deceased"}

REACTIONS: dict[str, Reaction] = {
    ORDER: key_destroyed,
    **RESTRICTIONS,
    "intake.CandidateIdentified": candidate_identified,
    "intake.ExclusionRegistered": exclusion_registered,
    "intake.ExclusionLifted": exclusion_lifted,
    "intake.CasesMerged": cases_merged,
    "intake.CasesSplit": cases_split,
    "assistance.HandoverAccepted": handover_accepted,
    "assistance.ExecutorTransferred": executor_transferred,
    "assistance.IncentiveDecided": incentive_decided,
    "assistance.IncentiveCancelled": incentive_cancelled,
    "assistance.ProcessCompleted": _state("completed"),
    "assistance.ExPostStarted": _state("ex_post"),
    "assistance.CaseClosed": _state("closed_completed"),
    "assistance.CaseReopened": case_reopened,
    **{f"assistance.{event}": _state(state) for event, state in _EXITS.items()},
}
"""Exits before the hand-over come from intake or profiling and concern no goods: act. 19 was never open."""

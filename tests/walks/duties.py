"""Who may not be one person (requirements 1.3), fact by fact; written by hand, not read from the services."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from tests.walks.facts import Fact

SCORED = {"CapacityEvaluated", "ProductEvaluated", "RecordCorrected FO-781", "RecordCorrected FO-779"}
PROFILED = {
    "InterviewRecorded",
    "InstrumentApplied",
    "InstrumentRescored",
    "ProfileClassified",
    "RecordCorrected FO-423",
}
SEPARATED: dict[str, tuple[set[str], str]] = {
    "ProfileApproved": (PROFILED, "ProfilingStarted"),
    "ProfileNotApproved": (PROFILED, "ProfilingStarted"),
    "UnitValidated": (SCORED, "StrengtheningClosed"),
    "UnitNotValidated": (SCORED, "StrengtheningClosed"),
    "PlanApproved": ({"PlanDrafted", "PlanRevised"}, ""),
    "ReconsiderationResolved": ({"CriteriaEvaluated"}, ""),
    "CaseReopened": ({"CaseReopenRequested"}, ""),
    "StockAdjusted": ({"AdjustmentProposed"}, ""),
    "StockWrittenOff": ({"WriteOffProposed"}, ""),
    "MovementCorrected": ({"CorrectionProposed"}, ""),
    "ExclusionApproved": ({"ExclusionProposed"}, ""),
    "ReportApproved": ({"ReportDrafted", "ReportSubmitted"}, ""),
    "CatalogueVersionPublished": ({"CatalogueVersionDrafted"}, ""),
}
"""SOD-1, 2, 4, 6, 8, A02-3, A17-1, EXC-1, CAT-04: an act, the acts whose authors may not do it on the same subject,
and the event that begins anew what is compared."""

BARRED: dict[str, set[str]] = {
    "warehouse_keeper": {"StockAdjusted", "StockWrittenOff", "MovementCorrected", "CountRecorded"},
    "operator_staff": {"OperatorComplianceAssessed", "ReportApproved", "FollowUpVisited", "ExPostVisited"},
}
"""SOD-4, SOD-5, A17-6: acts closed to who holds a role, whatever other roles they hold."""
READS_ONLY = "auditor"
"""SOD-9: whoever holds it writes nothing."""


def not_separated(fact: Fact, before: Sequence[Fact]) -> Iterator[str]:
    """Whether somebody who may not be the same person did one of the acts before, on the same subject."""
    others, anew = SEPARATED.get(fact.type, (set(), ""))
    for other in reversed(before):
        if other.type == anew:
            return
        if other.key in others and other.actor is not None and other.actor == fact.actor:
            yield f"{fact.type} by the person of {other.key}"


class Store:
    """SOD-3: for every line of goods, who booked them in, who asked for, released, took and handed them over."""

    def __init__(self) -> None:
        self._booked: dict[UUID, set[UUID]] = defaultdict(set)
        """Of a lot, or of a line of an assignment."""
        self._asked: dict[UUID, UUID] = {}
        self._proposed: dict[UUID, UUID] = {}
        self._released: dict[UUID, set[UUID]] = {}
        """Of a line of an FO-128: who may not record its receipt."""

    def add(self, subject: UUID, fact: Fact) -> list[str]:
        """Take in what happened in the warehouse; answers every breach."""
        said, actor = fact.said, fact.actor
        if actor is None:
            return []
        match fact.type:
            case "StockReceived":
                self._book(actor, "lot", said.lines)
            case "StockAssigned":
                self._book(actor, "line", said.lines)
            case "CorrectionProposed":
                self._proposed[subject] = actor
            case "MovementCorrected" if said.kind == "receipt":
                self._book(self._proposed[subject], "lot", said.lines)
            case "WithdrawalRequested":
                self._asked[said.request_id] = actor
            case "StockWithdrawn":
                return self._withdrawn(actor, said)
            case "StockTransferred":
                people = {"asked": said.requested_by, "released": actor, "took": said.carried_by}
                lots = [self._booked[line["lot"]] for line in said.lines]
                return [each for booked in lots for each in _apart(fact.type, people, booked)]
            case "IncentiveDelivered":
                barred = [self._released.get(line["withdrawal_line"], set()) for line in said.lines]
                return [f"{fact.type} by who released or booked the goods" for each in barred if actor in each]
        return []

    def _book(self, actor: UUID, name: str, lines: Sequence[Mapping[str, Any]]) -> None:
        for line in lines:
            self._booked[line[name]].add(actor)

    def _withdrawn(self, actor: UUID, said: Any) -> list[str]:
        found = []
        people = {"asked": self._asked[said.request_id], "released": actor, "took": said.withdrawn_by}
        for line in said.lines:
            booked = self._booked[line["lot"]] | self._booked[line["assignment_line"]]
            found += _apart("StockWithdrawn", people, booked)
            self._released[line["line"]] = {actor, *booked}
        return found


def _apart(kind: str, people: Mapping[str, UUID], booked: set[UUID]) -> Iterator[str]:
    """The professional who takes the goods may be who asked for them; nobody else may be two of these."""
    for did, person in people.items():
        if person in booked:
            yield f"{kind}: who {did} booked the goods"
        if did != "released" and person == people["released"]:
            yield f"{kind}: who {did} released them"


class Roles:
    """What the roles that a person holds forbid, on any subject."""

    def __init__(self, roles: Mapping[UUID, frozenset[str]]) -> None:
        self._roles = roles

    def breaches(self, fact: Fact) -> Iterator[str]:
        """Of an act by a person; what the system does by itself has no actor."""
        held = self._roles.get(fact.actor, frozenset()) if fact.actor else frozenset()
        if READS_ONLY in held:
            yield f"{fact.type} by an {READS_ONLY}"
        for role in held & BARRED.keys():
            if fact.type in BARRED[role]:
                yield f"{fact.type} by {role}"

"""The plain model: the table of states of the procedure and what each step presupposes.

Written from the requirements by hand, not read from the catalogue, so that a fault of the catalogue shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from tests.walks.duties import not_separated
from tests.walks.facts import Fact, in_custody

ARROWS: dict[str, set[str]] = {
    "": {"identified"},
    "identified": {"eligible", "not_eligible"},
    "eligible": {"profiling", "identified"},
    "not_eligible": {"identified", "closed_not_eligible"},
    "profiling": {"profiled"},
    "profiled": {"profile_approved", "profile_not_approved", "profiling"},
    "profile_approved": {"offered", "alternatives_pending"},
    "profile_not_approved": {"alternatives_pending"},
    "alternatives_pending": {"closed_declined", "referred"},
    "referred": {"closed_referred", "alternatives_pending"},
    "offered": {"accepted", "alternatives_pending"},
    "accepted": {"committed"},
    "committed": {"in_valuation"},
    "in_valuation": {"report_issued"},
    "report_issued": {"preselected", "strengthening", "in_valuation"},
    "preselected": {"handover_pending", "in_valuation"},
    "strengthening": {"waiting_next_call"},
    "waiting_next_call": {"in_valuation"},
    "handover_pending": {"in_assistance", "preselected"},
    "in_assistance": {"completed"},
    "completed": {"ex_post"},
    "ex_post": {"closed_completed"},
}
"""From each open state, where the procedure goes (3.3). Side exits come on top."""
EXITS = {"withdrawn", "excluded", "deceased", "merged"}
CLOSED = {"closed_declined", "closed_referred", "closed_not_eligible", "closed_completed"}
FINAL = EXITS | CLOSED

ENTERS: dict[str, str] = {
    "CandidateIdentified": "identified",
    "RecheckRequested": "identified",
    "CaseNotEligibleClosed": "closed_not_eligible",
    "ProfilingStarted": "profiling",
    "ProfileReturned": "profiling",
    "ProfileClassified": "profiled",
    "ProfileApproved": "profile_approved",
    "ProfileNotApproved": "profile_not_approved",
    "AlternativesInformed": "alternatives_pending",
    "OfferDeclined": "alternatives_pending",
    "ReferralRejected": "alternatives_pending",
    "ReferralIssued": "referred",
    "CaseReferredClosed": "closed_referred",
    "CaseDeclinedClosed": "closed_declined",
    "ServiceOffered": "offered",
    "OfferAccepted": "accepted",
    "CommitmentSigned": "committed",
    "UnitVisitScheduled": "in_valuation",
    "UnitVisited": "in_valuation",
    "ValidationReportReturned": "in_valuation",
    "ValidationReportIssued": "report_issued",
    "UnitValidated": "preselected",
    "HandoverRejected": "preselected",
    "UnitNotValidated": "strengthening",
    "StrengtheningClosed": "waiting_next_call",
    "HandedOver": "handover_pending",
    "HandoverAccepted": "in_assistance",
    "ProcessCompleted": "completed",
    "ExPostStarted": "ex_post",
    "CaseClosed": "closed_completed",
    "CaseWithdrawn": "withdrawn",
    "BeneficiaryExcluded": "excluded",
    "DeathRecorded": "deceased",
    "CasesMerged": "merged",
}
"""The state that an event's case is in after it; the others of 3.3 depend on what the event says (`entered`)."""

NEEDS: dict[str, set[str]] = {
    "CriteriaEvaluated": {"BasicIdentificationRecorded"},
    "EligibilityCommunicated": {"CriteriaEvaluated"},
    "ReconsiderationResolved": {"ReconsiderationRequested"},
    "ProfilingStarted": {"EligibilityCommunicated", "ConsentRecorded"},
    "ProfileClassified": {"InterviewRecorded", "InstrumentApplied", "BasicIdentificationUpdated"},
    "ProfileApproved": {"ProfileClassified"},
    "ProfileNotApproved": {"ProfileClassified"},
    "ServiceOffered": {"ProfileApproved", "EntryCriteriaCompleted"},
    "OfferAccepted": {"ServiceOffered", "InterestRecorded"},
    "ReferralIssued": {"AlternativeChosen"},
    "CaseDeclinedClosed": {"AlternativeDeclined"},
    "CaseReferredClosed": {"ReferralIssued"},
    "CommitmentSigned": {"OfferAccepted", "TalkAttended"},
    "TrainingEnrolled": {"CommitmentSigned", "TrainingMemoIssued"},
    "TrainingHoursRecorded": {"TrainingEnrolled"},
    "UnitVisited": {"CommitmentSigned", "TrainingEnrolled"},
    "StrengtheningMeetingHeld": {"UnitNotValidated", "StrengtheningOpened"},
    "StrengtheningClosed": {"StrengtheningOpened"},
    "ValidationReportIssued": {"UnitVisited", "CapacityEvaluated", "ProductEvaluated", "ProductSheetFiled"},
    "UnitValidated": {"ValidationReportIssued"},
    "UnitNotValidated": {"ValidationReportIssued"},
    "HandedOver": {"UnitValidated", "ProfileApproved", "CommitmentSigned", "TrainingEnrolled"},
    "HandoverAccepted": {"HandedOver"},
    "ExecutorTransferProposed": {"HandoverAccepted"},
    "ExecutorTransferred": {"ExecutorTransferProposed"},
    "PlanDrafted": {"DiagnosisRecorded"},
    "PlanApproved": {"PlanDrafted", "HandoverAccepted"},
    "IncentiveDecided": {"PlanApproved"},
    "StockAssigned": {"IncentiveDecided"},
    "WithdrawalRequested": {"StockAssigned"},
    "StockWithdrawn": {"WithdrawalRequested"},
    "IncentiveDelivered": {"StockWithdrawn"},
    "PhaseStarted": {"PlanApproved"},
    "PhaseClosed": {"PhaseStarted", "FollowUpVisited"},
    "FollowUpVisited": {"PhaseStarted"},
    "ProductionOrderCreated": {"PlanApproved", "BaselineMeasured"},
    "CommercialLinkMade": {"PlanApproved", "BaselineMeasured"},
    "ResultMeasured": {"BaselineMeasured"},
    "ProcessCompleted": {"HandoverAccepted", "IncentiveDecided"},
    "ExPostStarted": {"ProcessCompleted"},
    "CaseClosed": {"ExPostStarted"},
    "CaseReopened": {"CaseReopenRequested"},
    "CasesSplit": {"CasesMerged"},
    "StageEvaluated": {"PhaseStarted"},
    "NextCallEnrolled": {"ValidationReportIssued"},
    "StockReturned": {"StockWithdrawn"},
    "BeneficiaryExcluded": {"ExclusionRegistered"},
    "ReferralAcknowledged": {"ReferralIssued"},
    "ReferralRejected": {"ReferralIssued"},
    "ReconsiderationRequested": {"EligibilityCommunicated"},
    "ExPostVisited": {"ExPostStarted"},
}
"""What must stand in the case's history before an event does: no gate is skipped (acts 4, 6, 10, 14, 18)."""

EMPTY_HANDED = {"CaseWithdrawn", "BeneficiaryExcluded", "CasesMerged", "ProcessCompleted"}
"""What needs that no goods are in custody (CASE-2, CASE-3); a death is recorded at once."""
OPENS_AGAIN = {"CaseReopened", "CasesSplit"}


@dataclass
class Story:
    """What has happened to one case, and the state that follows from it."""

    facts: list[Fact] = field(default_factory=list)
    states: list[str] = field(default_factory=lambda: [""])

    @property
    def state(self) -> str:
        return self.states[-1]

    def has(self, *types: str) -> bool:
        """Whether every one of these has happened."""
        return set(types) <= {fact.type for fact in self.facts}

    def count(self, kind: str) -> int:
        return sum(fact.type == kind for fact in self.facts)

    def since(self, *types: str) -> list[Fact]:
        """The facts after the last one of these types; all, if there is none."""
        for index in range(len(self.facts) - 1, -1, -1):
            if self.facts[index].type in types:
                return self.facts[index + 1 :]
        return self.facts

    def add(self, fact: Fact) -> list[str]:
        """Take in what happened next; answers every breach of the model."""
        found = [*self._unfounded(fact), *self._too_late(fact), *not_separated(fact, self.facts)]
        self.facts.append(fact)
        reached = self.entered(fact)
        if reached and reached != self.state:
            if not self._lawful(reached, fact):
                found.append(f"{self.state} → {reached} by {fact.type} is no arrow of the procedure")
            self.states.append(reached)
        return found

    def entered(self, fact: Fact) -> str | None:
        """The state that ``fact`` leads to, None when it changes none."""
        if fact.type == "EligibilityCommunicated" and self.state != "identified":
            # The letter of a re-check in a later state: acts 9 and 16 look at it, the state stays (CRI-3).
            return None
        if fact.type == "EligibilityCommunicated":
            return "eligible" if fact.said.result == "met" else "not_eligible"
        if fact.type == "ReconsiderationResolved":
            return "identified" if fact.said.resolution == "new_evaluation" else None
        if fact.type in OPENS_AGAIN:
            return next((one for one in reversed(self.states) if one not in FINAL), None)
        if fact.type == "UnitVisitScheduled" and self.state == "in_valuation":
            return None
        if fact.type == "RecheckRequested" and self.state not in ("eligible", "not_eligible"):
            return None
        return ENTERS.get(fact.type)

    def _lawful(self, reached: str, fact: Fact) -> bool:
        if reached in EXITS:
            return self.state not in FINAL
        if fact.type in OPENS_AGAIN:
            return self.state in FINAL and self.state != "deceased"
        return reached in ARROWS.get(self.state, set())

    def _too_late(self, fact: Fact) -> Iterable[str]:
        """Nobody acts on a case that ended (X-11), but to open it again."""
        acts = (NEEDS.keys() | ENTERS.keys()) - OPENS_AGAIN
        if self.state in FINAL and fact.actor is not None and fact.type in acts:
            yield f"{fact.type} on a case that is {self.state}"

    def _unfounded(self, fact: Fact) -> Iterable[str]:
        for needed in sorted(NEEDS.get(fact.type, set())):
            if not self.has(needed):
                yield f"{fact.type} without {needed}"
        if fact.type == "HandedOver" and not self.has("TrainingExceptionAuthorised"):
            hours = sum(float(one.said.hours) for one in self.facts if one.type == "TrainingHoursRecorded")
            if hours < 40:
                yield f"HandedOver after {hours} hours of training"
        if fact.type in ("ProfilingStarted", "HandedOver") and self.suspected():
            yield f"{fact.type} while a duplicate is suspected"
        if fact.type in EMPTY_HANDED and in_custody(self.facts):
            yield f"{fact.type} with goods in custody"
        if fact.type == "BeneficiaryExcluded" and not self.excluded(fact.said.exclusion_id, fact.said.excluded_on):
            yield "BeneficiaryExcluded without an exclusion in force"
        if fact.type == "ProcessCompleted":
            yield from self._unfinished()

    def suspected(self) -> bool:
        """Whether a suspicion stands that nobody settled and no merge has taken up."""
        settled = {fact.said.suspicion_id for fact in self.facts if fact.type == "DuplicateResolved"}
        joined = {fact.said.other_case for fact in self.facts if fact.type == "OtherCaseJoined"}
        return any(
            fact.said.suspicion_id not in settled and fact.said.other_case not in joined
            for fact in self.facts
            if fact.type == "DuplicateSuspected"
        )

    def excluded(self, exclusion: object, day: date) -> bool:
        """Whether that exclusion was registered for the case and counts on that day."""
        told = [
            fact.said
            for fact in self.facts
            if fact.type in ("ExclusionRegistered", "ExclusionLifted") and fact.said.exclusion_id == exclusion
        ]
        return bool(told) and told[-1].from_date <= day and (told[-1].to_date is None or day <= told[-1].to_date)

    def _unfinished(self) -> Iterable[str]:
        for needed in ("PhaseClosed", "StageEvaluated"):
            done = {fact.said.phase for fact in self.facts if fact.type == needed}
            for phase in sorted({fact.said.phase for fact in self.facts if fact.type == "PhaseStarted"} - done):
                yield f"ProcessCompleted without {needed} of {phase}"

"""The part of a case that assistance owns: from the accepted offer to the end of the assistance (acts 11 to 20)."""

from __future__ import annotations

from uuid import UUID

from eventsourcing.domain import Aggregate

from services.assistance.domain import (
    attaching,
    commitment,
    completion,
    execution,
    filing,
    handover,
    incentive,
    knowledge,
    migrating,
    phases,
    plan,
    production,
    reopening,
    result,
    training,
    transfer,
    valuation,
)
from services.assistance.domain.state import Event
from shared.casework.migrating import Migrations


class AssistanceCase(
    Migrations,
    commitment.CommitmentActs,
    training.TrainingActs,
    valuation.ValuationActs,
    result.ResultActs,
    completion.CompletionActs,
    knowledge.KnowledgeActs,
    Aggregate,
):
    """One case in assistance; its id is the case id of every service.

    The acts live in one module an activity; here stands the list of facts that a case is made of.
    """

    TOPIC = "assistance.AssistanceCase"

    Event = Event
    Created = CaseAnnounced = knowledge.CaseAnnounced
    CandidateNoted = knowledge.CandidateNoted
    CaseworkerNoted = knowledge.CaseworkerNoted
    AssistanceOpened = knowledge.AssistanceOpened
    EntryNoted = knowledge.EntryNoted
    DuplicateNoted = knowledge.DuplicateNoted
    ExclusionNoted = knowledge.ExclusionNoted
    ClosureNoted = knowledge.ClosureNoted
    CaseWithdrawn = knowledge.CaseWithdrawn
    BeneficiaryExcluded = knowledge.BeneficiaryExcluded
    DeathRecorded = knowledge.DeathRecorded
    CaseReopenRequested = reopening.CaseReopenRequested
    CaseReopened = reopening.CaseReopened
    CaseMigrated = migrating.CaseMigrated
    MigrationNoted = migrating.MigrationNoted
    ReopeningNoted = reopening.ReopeningNoted
    DocumentAttached = attaching.DocumentAttached
    FormFiled = filing.FormFiled
    FormVoided = filing.FormVoided
    RecordCorrected = filing.RecordCorrected

    TalkAttended = commitment.TalkAttended
    CommitmentSigned = commitment.CommitmentSigned
    CommitmentBreached = commitment.CommitmentBreached

    TrainingMemoIssued = training.TrainingMemoIssued
    TrainingMemoAcknowledged = training.TrainingMemoAcknowledged
    TrainingEnrolled = training.TrainingEnrolled
    TrainingHoursRecorded = training.TrainingHoursRecorded
    TrainingCompleted = training.TrainingCompleted
    TrainingExceptionAuthorised = training.TrainingExceptionAuthorised

    UnitVisitScheduled = valuation.UnitVisitScheduled
    UnitVisited = valuation.UnitVisited
    CapacityEvaluated = valuation.CapacityEvaluated
    ProductEvaluated = valuation.ProductEvaluated
    ProductSheetFiled = valuation.ProductSheetFiled
    ValidationReportIssued = valuation.ValidationReportIssued

    UnitValidated = result.UnitValidated
    UnitNotValidated = result.UnitNotValidated
    ValidationReportReturned = result.ValidationReportReturned
    StrengtheningOpened = result.StrengtheningOpened
    StrengtheningMeetingHeld = result.StrengtheningMeetingHeld
    StrengtheningClosed = result.StrengtheningClosed
    NextCallEnrolled = result.NextCallEnrolled

    HandedOver = handover.HandedOver
    HandoverAccepted = handover.HandoverAccepted
    HandoverRejected = handover.HandoverRejected
    ExecutorTransferProposed = transfer.ExecutorTransferProposed
    ExecutorTransferred = transfer.ExecutorTransferred
    ExecutorTransferDeclined = transfer.ExecutorTransferDeclined

    DiagnosisRecorded = plan.DiagnosisRecorded
    PlanDrafted = plan.PlanDrafted
    PlanApproved = plan.PlanApproved

    PlanRevised = plan.PlanRevised
    PlanDefended = plan.PlanDefended

    PhaseStarted = phases.PhaseStarted
    FollowUpScheduled = phases.FollowUpScheduled
    FollowUpVisited = phases.FollowUpVisited
    FollowUpOverdue = phases.FollowUpOverdue
    StageEvaluated = phases.StageEvaluated
    PhaseClosed = phases.PhaseClosed

    ComponentActivityRecorded = execution.ComponentActivityRecorded
    BaselineMeasured = execution.BaselineMeasured
    ResultMeasured = execution.ResultMeasured
    ProductionOrderCreated = production.ProductionOrderCreated
    ProductionOrderCompleted = production.ProductionOrderCompleted
    CommercialLinkMade = execution.CommercialLinkMade
    CommercialScenarioHeld = execution.CommercialScenarioHeld

    ProcessCompleted = completion.ProcessCompleted
    ExPostStarted = completion.ExPostStarted
    ExPostVisited = completion.ExPostVisited
    CaseClosed = completion.CaseClosed

    IncentiveDecided = incentive.IncentiveDecided
    IncentiveCancelled = incentive.IncentiveCancelled
    GoodsMoved = incentive.GoodsMoved
    GoodsCorrected = incentive.GoodsCorrected

    @classmethod
    def announce(cls, case_id: UUID, candidate_id: UUID | None = None) -> AssistanceCase:
        """The service hears of a case for the first time."""
        return cls._create(event_class=knowledge.CaseAnnounced, id=case_id, candidate_id=candidate_id)

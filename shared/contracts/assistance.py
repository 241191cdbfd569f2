"""Events of assistance: talk, training, valuation, hand-over, plan, incentive, follow-up (PR-156 acts 11 to 20)."""

from __future__ import annotations

from shared.contracts.events import Service
from shared.contracts.every_service import case_owner, every_service
from shared.contracts.published import (
    Choice,
    Code,
    Count,
    Day,
    Id,
    Key,
    Lines,
    Month,
    Quantity,
    Several,
)

assistance = Service("assistance")

TRAINING = {"training_id": Id(), "hours_total": Quantity(about="hours attended so far")}
HOURS = {
    "training_id": Id(),
    "hours": Quantity(optional=True, about="hours of this entry"),
    "hours_total": Quantity(),
}
VALUATION = {"valuation_id": Id(), "form_instance_ids": Several(Id())}
COMPONENTS = {"component_codes": Several(Code(example="b"))}
EXECUTOR = {
    "contract_id": Id(optional=True),
    "team_id": Id(optional=True, about="an IPES team, when no operator"),
    "call_id": Id(),
}
PLAN = {"plan_id": Id(), "version": Count(), **COMPONENTS}
PRODUCTION = {"product_type": Code(example="textil"), "qty": Quantity(optional=True)}
PHASE = {"phase": Choice("technical_assistance", "materialisation", "commercial_management")}
VISIT = {"visit_id": Id(), **PHASE}
CONTRACT = {"contract_id": Id()}
COMPLIANCE = {
    **CONTRACT,
    "month": Month(),
    "aspect": Choice("technical", "financial", "legal"),
    "rating": Choice("compliant", "partial", "non_compliant", "not_due", optional=True),
}
ACTION = {
    "action_id": Id(),
    "kind": Choice("preventive", "corrective", "improvement"),
    "origin": Choice("evaluation", "audit", "operator_compliance", "aspect"),
}
DECISION = {
    "decision_id": Id(),
    "decision": Choice("yes", "no"),
    "lines": Lines(item=Key(example="TELA-01"), qty=Quantity(), unit=Code(example="m")),
}

CONTRACTS = (
    assistance.event("TalkHeld", (11,), "S", talk_id=Id()),
    assistance.event("TalkAttended", (11,), "S", talk_id=Id()),
    assistance.event("CommitmentSigned", (11,), "I", commitment_id=Id(), text_version=Code()),
    assistance.event("CommitmentBreached", (), "S", commitment_id=Id()),
    assistance.event("TrainingMemoIssued", (12,), "I", **TRAINING),
    assistance.event("TrainingMemoAcknowledged", (12,), "I", **TRAINING),
    assistance.event("TrainingEnrolled", (12,), "I", **TRAINING),
    assistance.event("TrainingCompleted", (12,), "I", **TRAINING),
    assistance.event("TrainingHoursRecorded", (12,), "S", **HOURS),
    assistance.event("TrainingExceptionAuthorised", (12,), "S", **HOURS),
    assistance.event("UnitVisited", (13,), "S", **VALUATION),
    assistance.event("CapacityEvaluated", (13,), "S", **VALUATION),
    assistance.event("ProductEvaluated", (13,), "S", **VALUATION),
    assistance.event("ProductSheetFiled", (13,), "S", **VALUATION),
    assistance.event("ValidationReportIssued", (13,), "S", **VALUATION),
    assistance.event("ValidationReportReturned", (14,), "S", **VALUATION),
    assistance.event(
        "UnitValidated",
        (14,),
        "I",
        unit_id=Id(),
        valuation_id=Id(),
        call_id=Id(),
        declared_on=Day(),
    ),
    assistance.event(
        "UnitNotValidated",
        (14,),
        "S",
        unit_id=Id(),
        valuation_id=Id(),
        call_id=Id(),
        **COMPONENTS,
    ),
    assistance.event("StrengtheningOpened", (15,), "S", **COMPONENTS),
    assistance.event("StrengtheningClosed", (15,), "S", **COMPONENTS),
    assistance.event("NextCallEnrolled", (15,), "S", call_id=Id()),
    assistance.event("HandedOver", (16,), "I", **EXECUTOR),
    assistance.event("HandoverAccepted", (16,), "I", **EXECUTOR),
    assistance.event("HandoverRejected", (16,), "S", **EXECUTOR),
    assistance.event(
        "ExecutorTransferred",
        (16,),
        "S",
        old_contract_id=Id(optional=True),
        old_team_id=Id(optional=True),
        new_contract_id=Id(optional=True),
        new_team_id=Id(optional=True),
        call_id=Id(),
    ),
    assistance.event("PlanApproved", (17,), "I", **PLAN),
    assistance.event("PlanRevised", (17,), "I", **PLAN),
    assistance.event(
        "ComponentActivityRecorded",
        (17,),
        "S",
        component=Code(example="b"),
        item=Code(example="b.2"),
        topic=Code(example="costos"),
        hours=Quantity(),
    ),
    assistance.event("ProductionOrderCreated", (17,), "S", order_id=Id(), **PRODUCTION),
    assistance.event("ProductionOrderCompleted", (17,), "S", order_id=Id(), **PRODUCTION),
    assistance.event("CommercialLinkMade", (17,), "S", link_id=Id(), **PRODUCTION),
    assistance.event("CommercialScenarioHeld", (17,), "S", scenario_id=Id(), **PRODUCTION),
    assistance.event("BaselineMeasured", (17,), "S", measurement_id=Id()),
    assistance.event("ResultMeasured", (17,), "S", measurement_id=Id()),
    assistance.event("PhaseStarted", (17,), "I", **PHASE),
    assistance.event("PhaseClosed", (17,), "I", **PHASE),
    assistance.event("StageEvaluated", (17,), "I", **PHASE),
    assistance.event("IncentiveDecided", (18,), "S", **DECISION),
    assistance.event("IncentiveCancelled", (18,), "S", **DECISION),
    assistance.event("FollowUpScheduled", (20,), "S", **VISIT, planned_on=Day()),
    assistance.event("FollowUpVisited", (20,), "I", **VISIT),
    assistance.event("FollowUpOverdue", (20,), "I", **VISIT),
    assistance.event(
        "WorkProgrammeApproved",
        (),
        "S",
        work_programme_id=Id(),
        period=Code(example="2026"),
        call_ids=Several(Id()),
        activity_codes=Several(Code(example="13")),
        goal_counts=Several(Count()),
    ),
    assistance.event("OperatorContractRegistered", (20,), "I", **CONTRACT),
    assistance.event("OperatorContractAmended", (20,), "I", **CONTRACT),
    assistance.event("OperatorComplianceAssessed", (20,), "I", **COMPLIANCE),
    assistance.event("ContractAlertRaised", (20,), "I", **COMPLIANCE),
    assistance.event("ImprovementActionOpened", (), "I", **ACTION),
    assistance.event("ImprovementActionReplanned", (), "I", **ACTION),
    assistance.event("ImprovementActionClosed", (), "I", **ACTION),
    assistance.event("ProcessCompleted", (17,), "I"),
    assistance.event("ExPostStarted", (17,), "I"),
    assistance.event("ExPostVisited", (17,), "I"),
    assistance.event("CaseClosed", (17,), "I"),
    *assistance.kept_inside(
        "TalkScheduled",
        "UnitVisitScheduled",
        "StrengtheningMeetingHeld",
        "DiagnosisRecorded",
        "PlanDrafted",
        "PlanDefended",
        "ObligationMet",
        "WorkProgrammeWritten",
        "ImprovementActionFollowedUp",
    ),
    *assistance.kept_inside(  # what other services told, and the service's own bookkeeping
        "CaseAnnounced",
        "CandidateNoted",
        "CaseworkerNoted",
        "AssistanceOpened",
        "EntryNoted",
        "DuplicateNoted",
        "ExclusionNoted",
        "ClosureNoted",
        "ReopeningNoted",
        "GoodsMoved",
        "GoodsCorrected",
        "TalkPrepared",
        "CallNoted",
        "CallDatesNoted",
        "CohortPlaceTaken",
        "CohortPlaceReleased",
        "ExecutorTransferProposed",
        "ExecutorTransferDeclined",
        "SeriesOpened",
        "NumberIssued",
    ),
    *case_owner(assistance),
    *every_service(assistance),
)

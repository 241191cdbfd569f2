"""The blocks of the activities of PR-156, as the requirements write them (3.2 and 5), for the test beside it.

Written by hand from the document, not read from the catalogue, so that what the catalogue lost shows. Facts are names
of fields, ``group.field`` inside a group or list; those that the system gives stand with the event that holds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FIELD = "caseworker psychosocial"
EXECUTOR = "operator_staff caseworker business_adviser"
ADVISERS = "caseworker business_adviser"
RECEIVER = "receiving_office caseworker"
REGISTRAR, KEEPER, CONTROL = "warehouse_registrar", "warehouse_keeper", "stock_controller"


@dataclass(frozen=True)
class Block:
    """One activity: its service, commands with who may call them, what they ask, events, records, HEMI kinds."""

    service: str
    commands: Mapping[str, str]
    asks: Mapping[str, str]
    events: str
    records: str = ""
    hemi: Mapping[str, str | None] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)


IDENTIFICATION = (
    "doc_type nationality birth_date service_active_on_p01 legal_capacity public_space rvi_no characterisation_id "
    "characterised_on lives_in_dc works_in_dc properties property_use pension retirement_pay reads_writes "
    "has_supporter supporter.name supporter.kinship willing_training willing_assistance household_type"
)

BLOCKS: dict[str, Block] = {
    "A01": Block(
        "intake",
        {
            "OpenCall": "coordinator",
            "CloseCall": "coordinator",
            "RecordFieldDay": "caseworker",
            "IdentifyCandidate": "caseworker",
            "ImportCandidates": "caseworker coordinator",
            "RecordBasicIdentification": "caseworker",
            "RecordSocioeconomicSheet": "caseworker",
            "LinkHousehold": "caseworker",
            "RecordConsent": "caseworker",
            "WithdrawConsent": "caseworker",
            "ResolveDuplicate": "coordinator",
            "MergeCases": "coordinator",
            "SplitCases": "coordinator",
            "ConsolidateList": "coordinator",
        },
        {
            "OpenCall": "code name service specifications specifications_file product_types routes localities opens_on "
            "closes_on cohort_quota executor_kind",
            "IdentifyCandidate": "source source_ref hemi_ref hemi_classification identified_on ground notice_version "
            "purposes given_on file",
            "RecordFieldDay": "held_on place locality team characterisations",
            "LinkHousehold": "household_type members.kinship",
            "RecordConsent": "notice_version purposes given_on file",
            "RecordBasicIdentification": IDENTIFICATION,
        },
        "CallOpened CallClosed FieldDayHeld CandidateIdentified CandidateSourceAdded BasicIdentificationRecorded "
        "SocioeconomicSheetRecorded ConsentRecorded ConsentWithdrawn HouseholdLinked DuplicateSuspected "
        "DuplicateResolved CasesMerged CasesSplit CandidateListConsolidated",
        "FRM-15 FO-051 FO-203",
    ),
    "A02": Block(
        "intake",
        {
            "RecordExternalCheck": "caseworker",
            "CommunicateEligibility": "caseworker",
            "RequestReconsideration": "caseworker",
            "EvaluateCriteria": "caseworker coordinator",
            "RequestRecheck": "coordinator",
            "ResolveReconsideration": "subdirector",
            "WaiveCriterion": "subdirector",
        },
        {
            "EvaluateCriteria": "as_of requires_credit credit_reports.adverse credit_reports.cure credit_reports.file "
            "excluded disqualified",
            "RecordExternalCheck": "source queried_on result file",
            "RequestReconsideration": "grounds",
            "ResolveReconsideration": "resolution reason",
            "CommunicateEligibility": "channel signed_by sent_on",
        },
        "ExternalCheckRecorded CriteriaEvaluated CriterionWaived EligibilityCommunicated ReconsiderationRequested "
        "ReconsiderationResolved RecheckRequested HouseholdSecondBenefitFlagged EntryCriteriaCompleted "
        "CaseNotEligibleClosed",
        "FO-068",
        told={"CriteriaEvaluated": "as_of service criteria_set_version outcomes result"},
    ),
    "A03": Block(
        "profiling",
        {
            "StartProfiling": FIELD,
            "RecordInterview": FIELD,
            "ApplyInstrument": FIELD,
            "ClassifyProfile": FIELD,
            "UpdateBasicIdentification": FIELD,
        },
        {
            "RecordInterview": "guide guide_version",
            "ApplyInstrument": "instrument responses.block responses.most responses.least external.results",
            "ClassifyProfile": "entrepreneurial_profile is_producer is_trader reason",
            "UpdateBasicIdentification": IDENTIFICATION,
        },
        "ProfilingStarted InterviewRecorded InstrumentApplied BasicIdentificationUpdated ProfileClassified",
        "FRM-11 FO-203 FO-423",
        told={
            "InstrumentApplied": "instrument instrument_version",
            "ProfileClassified": "classified_on matrix_version",
        },
    ),
    "A04": Block(
        "profiling",
        {"ValidateProfile": FIELD},
        {"ValidateProfile": "decision manual_decision reason"},
        "ProfileApproved ProfileNotApproved ProfileReturned",
        "FRM-11",
    ),
    "A05": Block(
        "profiling",
        {"InformAlternatives": FIELD},
        {"InformAlternatives": "presented.alternative presented.kind presented.information channel"},
        "AlternativesInformed",
        "FO-423",
    ),
    "A06": Block(
        "profiling",
        {"RecordAlternativeInterest": FIELD},
        {"RecordAlternativeInterest": "interested reason alternative"},
        "AlternativeChosen AlternativeDeclined",
    ),
    "A07": Block(
        "profiling",
        {},
        {"RecordAlternativeInterest": "declined reason note"},
        "CaseDeclinedClosed HemiEntryQueued",
        "FRM-19",
        {"declined": "hemi_orientation"},
        {"CaseDeclinedClosed": "declined_on", "AlternativeDeclined": "alternative_codes reason note"},
    ),
    "A08": Block(
        "profiling",
        {
            "IssueReferral": FIELD,
            "AcknowledgeReferral": RECEIVER,
            "RejectReferral": RECEIVER,
            "CloseUnansweredReferral": "coordinator",
        },
        {
            "IssueReferral": "document office",
            "AcknowledgeReferral": "reason file",
            "RejectReferral": "reason file",
            "CloseUnansweredReferral": "reason",
        },
        "ReferralIssued ReferralAcknowledged ReferralRejected ReferralOverdue CaseReferredClosed",
        "FO-069 FRM-14 FRM-19",
        {"referred": "hemi_referral"},
        {
            "ReferralIssued": "kind target_code alternative_code document_no issued_on",
            "ReferralAcknowledged": "replied_on reason",
        },
    ),
    "A09": Block(
        "profiling",
        {"PresentOffer": FIELD, "RecordInterest": FIELD},
        {"PresentOffer": "processes attendees", "RecordInterest": "interest.process interest.interested"},
        "ServiceOffered InterestRecorded",
        "FO-051 FRM-15",
        {"offered": "hemi_orientation"},
        {"ServiceOffered": "process_ids route attendees offered_on"},
    ),
    "A10": Block(
        "profiling",
        {"AcceptOffer": FIELD, "DeclineOffer": FIELD},
        {"AcceptOffer": "process service channel", "DeclineOffer": "process reason_code reason channel"},
        "OfferAccepted OfferDeclined",
        told={"OfferAccepted": "process_id service route accepted_on channel"},
    ),
    "A11": Block(
        "assistance",
        {"ScheduleTalk": FIELD, "RecordTalkAttendance": FIELD, "SignCommitment": FIELD},
        {
            "ScheduleTalk": "call facilitators starts ends place",
            "RecordTalkAttendance": "call starts ends hours place facilitator attendees.signature",
            "SignCommitment": "text_version phases commitments.id commitments.text beneficiary entity",
        },
        "TalkScheduled TalkHeld TalkAttended CommitmentSigned",
        "FO-078 FO-051 FRM-12",
        told={"TalkHeld": "held_on", "CommitmentSigned": "signed_on"},
    ),
    "A12": Block(
        "assistance",
        {
            "IssueTrainingMemo": "caseworker",
            "AcknowledgeTrainingMemo": "training_officer",
            "EnrolInTraining": "training_officer",
            "RecordTrainingHours": "training_officer",
            "CompleteTraining": "training_officer",
            "AuthoriseTrainingException": "subdirector",
        },
        {
            "IssueTrainingMemo": "course",
            "RecordTrainingHours": "starts ends topic attendees.case attendees.hours",
            "AuthoriseTrainingException": "reason file",
        },
        "TrainingMemoIssued TrainingMemoAcknowledged TrainingEnrolled TrainingHoursRecorded TrainingCompleted "
        "TrainingExceptionAuthorised",
        "FO-069 FO-078",
        {"training_started": "hemi_process"},
        {
            "TrainingMemoIssued": "memo planned_hours",
            "TrainingHoursRecorded": "held_on",
            "TrainingExceptionAuthorised": "hours_total",
        },
    ),
    "A13": Block(
        "assistance",
        dict.fromkeys(
            (
                "ScheduleUnitVisit",
                "RecordUnitVisit",
                "FileCapacityEvaluation",
                "FileProductEvaluation",
                "FileProductSheet",
                "IssueValidationReport",
            ),
            "caseworker",
        ),
        {
            "ScheduleUnitVisit": "planned_on address locality",
            "RecordUnitVisit": "address locality at_unit people_present photos location location_consent",
            "FileCapacityEvaluation": "commercial technical organisational is_producer_confirmed "
            "technical.installed_capacity",
            "FileProductEvaluation": "presentation finishes quality recommendations_to_producer "
            "recommendations_to_product",
            "FileProductSheet": "product_name",
            "IssueValidationReport": "proposed reasons recommendations",
        },
        "UnitVisitScheduled UnitVisited CapacityEvaluated ProductEvaluated ProductSheetFiled ValidationReportIssued",
        "FO-781 FO-779 FO-780 FRM-13",
        {"valuation": "hemi_orientation"},
        {"UnitVisited": "visited_on"},
    ),
    "A14": Block(
        "assistance",
        {"DeclareUnitResult": "caseworker coordinator", "ReturnValidationReport": "caseworker coordinator"},
        {"DeclareUnitResult": "result reason components", "ReturnValidationReport": "reason"},
        "UnitValidated UnitNotValidated ValidationReportReturned",
        told={"UnitValidated": "declared_on reason", "UnitNotValidated": "declared_on reason component_codes"},
    ),
    "A15": Block(
        "assistance",
        {
            "OpenStrengthening": ADVISERS,
            "RecordStrengtheningMeeting": ADVISERS,
            "CloseStrengthening": ADVISERS,
            "EnrolInNextCall": "caseworker",
        },
        {
            "OpenStrengthening": "components professional",
            "RecordStrengtheningMeeting": "topic hours result",
            "CloseStrengthening": "outcomes.component outcomes.outcome",
            "EnrolInNextCall": "call",
        },
        "StrengtheningOpened StrengtheningMeetingHeld StrengtheningClosed NextCallEnrolled",
        "",
        {"strengthening": "hemi_process"},
        {"StrengtheningMeetingHeld": "held_on topic hours result", "StrengtheningClosed": "outcomes closed_on"},
    ),
    "A16": Block(
        "assistance",
        {
            "HandOver": "caseworker",
            "AcceptHandover": EXECUTOR,
            "RejectHandover": f"{EXECUTOR} coordinator",
            "TransferExecutor": "coordinator",
        },
        {
            "HandOver": "contract team_lead entity executor beneficiary minutes documents_handed",
            "RejectHandover": "reason",
            "TransferExecutor": "contract team_lead reason",
        },
        "HandedOver HandoverAccepted HandoverRejected ExecutorTransferred",
        "FO-051",
        told={"HandedOver": "handed_on", "HandoverAccepted": "accepted_on"},
    ),
    "A17": Block(
        "assistance",
        {
            "StartPhase": "caseworker",
            "ClosePhase": "caseworker",
            **dict.fromkeys(
                (
                    "RecordDiagnosis",
                    "DraftPlan",
                    "RevisePlan",
                    "RecordComponentActivity",
                    "CreateProductionOrder",
                    "CompleteProductionOrder",
                    "RecordCommercialLink",
                    "RecordCommercialScenario",
                    "RecordMeasurement",
                ),
                EXECUTOR,
            ),
            "ApprovePlan": "business_adviser",
            "RecordPlanDefence": "business_adviser",
            "EvaluateStage": "caseworker",
            "RecordExPostVisit": "caseworker",
            "CompleteProcess": "coordinator",
            "StartExPost": "coordinator",
            "CloseCase": "coordinator",
        },
        {
            "RecordDiagnosis": "diagnosis file",
            "DraftPlan": "kind objectives components.component",
            "RecordComponentActivity": "item topic method hours place people description files accountable",
            "CreateProductionOrder": "product quantity starts due",
            "RecordCommercialLink": "buyer channel terms value",
            "RecordCommercialScenario": "name place sales",
            "RecordMeasurement": "kind from to units resources hours material installed_capacity",
            "EvaluateStage": "phase result rating",
            "StartExPost": "line_of_intervention",
            "RecordExPostVisit": "findings advice",
        },
        "DiagnosisRecorded PlanDrafted PlanApproved PlanRevised PlanDefended ComponentActivityRecorded "
        "ProductionOrderCreated ProductionOrderCompleted CommercialLinkMade CommercialScenarioHeld BaselineMeasured "
        "ResultMeasured PhaseStarted PhaseClosed StageEvaluated ProcessCompleted ExPostStarted ExPostVisited "
        "CaseClosed",
        "FRM-16 FRM-21",
        told={
            "ComponentActivityRecorded": "component happened_on executed_by accountable",
            "CommercialScenarioHeld": "happened_on",
            "ExPostVisited": "visited_on",
        },
    ),
    "A18": Block(
        "assistance",
        {"DecideIncentive": "caseworker", "CancelIncentive": "caseworker"},
        {
            "DecideIncentive": "decision reason lines.kind lines.item lines.qty lines.purpose lines.production_order",
            "CancelIncentive": "decision line qty reason",
        },
        "IncentiveDecided IncentiveCancelled",
        told={"IncentiveDecided": "decision_id decided_on"},
    ),
    "A19": Block(
        "inventory",
        {
            "RegisterItem": REGISTRAR,
            "ReceiveStock": REGISTRAR,
            "AssignStock": REGISTRAR,
            "ReleaseAssignment": REGISTRAR,
            "RequestWithdrawal": "caseworker",
            "ReleaseWithdrawal": KEEPER,
            "RefuseWithdrawal": KEEPER,
            "DeliverIncentive": "caseworker",
            "ConfirmFormsReceived": KEEPER,
            "ReturnStock": KEEPER,
            "TransferStock": KEEPER,
            "StartCount": CONTROL,
            "ProposeAdjustment": f"{REGISTRAR} {KEEPER}",
            "ApproveAdjustment": CONTROL,
            "RejectAdjustment": CONTROL,
            "ProposeWriteOff": f"{REGISTRAR} {KEEPER}",
            "ApproveWriteOff": CONTROL,
            "RejectWriteOff": CONTROL,
            "ProposeCorrection": f"{REGISTRAR} {KEEPER}",
            "CorrectMovement": CONTROL,
            "ClosePeriod": CONTROL,
        },
        {
            "RegisterItem": "code name kind unit decimals lot_tracked expiry_tracked",
            "ReceiveStock": "warehouse origin contract supplier lines received_by",
            "AssignStock": "warehouse decision lines responsible",
            "ReleaseWithdrawal": "request lines withdrawn_by",
            "DeliverIncentive": "withdrawal lines beneficiary",
            "ConfirmFormsReceived": "documents scans",
        },
        "IncentiveDelivered ItemRegistered StockReceived StockAssigned StockAssignmentReleased WithdrawalRequested "
        "StockWithdrawn WithdrawalRefused WarehouseFormsReceived StockReturned StockTransferred CountStarted "
        "CountRecorded AdjustmentProposed StockAdjusted AdjustmentRejected WriteOffProposed StockWrittenOff "
        "WriteOffRejected CorrectionProposed MovementCorrected PeriodClosed",
        "FO-110 FO-128 FRM-10",
    ),
    "A20": Block(
        "assistance",
        {
            "ScheduleFollowUp": ADVISERS,
            "RecordFollowUp": ADVISERS,
            "AssessOperatorCompliance": "contract_supervisor caseworker",
        },
        {
            "RecordFollowUp": "phase planned.activity planned.fulfilment findings advice_given commitments.what "
            "commitments.due next_visit",
            "AssessOperatorCompliance": "month aspects.aspect aspects.rating aspects.findings aspects.evidence "
            "aspects.action aspects.action_due",
        },
        "FollowUpScheduled FollowUpVisited FollowUpOverdue OperatorComplianceAssessed",
        "FO-051 FO-419 FRM-20",
        {"follow_up": "hemi_process", "operator_follow_up": "hemi_process"},
        {"FollowUpVisited": "visited_on"},
    ),
    "A21": Block(
        "reporting",
        {
            "DraftReport": "report_author",
            "SetNextAction": "report_author",
            "SubmitReport": "report_author",
            "ConsolidateReport": "coordinator",
            "ApproveReport": "subdirector",
            "ReturnReport": "subdirector",
        },
        {
            "DraftReport": "period",
            "SetNextAction": "actions.case actions.progress actions.next_action actions.responsible actions.due",
            "SubmitReport": "technical financial legal",
        },
        "ReportDrafted NextActionSet ReportSubmitted ReportConsolidated ReportReturned ReportApproved",
        "FRM-18 FRM-19",
        {"monthly_result": "hemi_process"},
        {"ReportDrafted": "cut_off served figures_hash"},
    ),
}

"""The 21 blocks of the procedure, written off by hand: commands with their actors, facts, events, records, HEMI.

The day of an act is the command's own, so it is not among the facts that a command asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import pytest

from shared.catalogue.catalogue import Catalogue
from shared.catalogue.fields import Field
from shared.contracts import all_contracts

ON = date(2026, 11, 1)
CATALOGUE = Catalogue.load()

ACTORS = {
    "cw": {"caseworker"},
    "ps": {"psychosocial"},
    "co": {"coordinator"},
    "sub": {"subdirector"},
    "to": {"training_officer"},
    "ba": {"business_adviser"},
    "op": {"operator_staff"},
    "ro": {"receiving_office"},
    "ra": {"report_author"},
    "cs": {"contract_supervisor"},
    "wr": {"warehouse_registrar"},
    "wk": {"warehouse_keeper"},
    "sc": {"stock_controller"},
}

BLOCKS = """
A01 intake
  OpenCall co; CloseCall co; RecordFieldDay cw; IdentifyCandidate cw; ImportCandidates cw co; RecordConsent cw
  RecordBasicIdentification cw; RecordSocioeconomicSheet cw; LinkHousehold cw; WithdrawConsent cw; ResolveDuplicate co
  MergeCases co; SplitCases co; ConsolidateList co
  facts: code name service specifications product_types routes localities opens_on closes_on cohort_quota executor_kind
  facts: source source_ref hemi_ref hemi_classification identified_on held_on place locality team characterisations
  facts: household_type members ground notice_version purposes given_on file
  events: CallOpened CallClosed FieldDayHeld CandidateIdentified CandidateSourceAdded BasicIdentificationRecorded
  events: SocioeconomicSheetRecorded ConsentRecorded ConsentWithdrawn HouseholdLinked DuplicateSuspected CasesSplit
  events: DuplicateResolved CasesMerged CandidateListConsolidated
  records: FRM-15 FO-051 FO-203
A02 intake
  RecordExternalCheck cw; CommunicateEligibility cw; RequestReconsideration cw; EvaluateCriteria cw co
  RequestRecheck co; ResolveReconsideration sub; WaiveCriterion sub
  facts: as_of requires_credit credit_reports disqualified source queried_on result file grounds resolution reason
  events: ExternalCheckRecorded CriteriaEvaluated CriterionWaived EligibilityCommunicated ReconsiderationRequested
  events: ReconsiderationResolved RecheckRequested HouseholdSecondBenefitFlagged EntryCriteriaCompleted
  events: CaseNotEligibleClosed
  records: FO-068
A03 profiling
  StartProfiling cw ps; RecordInterview cw ps; ApplyInstrument cw ps; ClassifyProfile cw ps
  facts: guide guide_version instrument responses block most least external results scale value
  facts: entrepreneurial_profile is_producer is_trader reason
  events: ProfilingStarted InterviewRecorded InstrumentApplied ProfileClassified
  records: FRM-11 FO-203 FO-423
A04 profiling
  ValidateProfile cw ps
  facts: decision reason manual_decision
  events: ProfileApproved ProfileNotApproved ProfileReturned
  records: FRM-11
A05 profiling
  InformAlternatives cw ps
  facts: presented alternative kind information channel
  events: AlternativesInformed
  records: FO-423
A06 profiling
  RecordAlternativeInterest cw ps
  facts: interested reason alternative
  events: AlternativeChosen AlternativeDeclined
A07 profiling
  events: CaseDeclinedClosed
  records: FRM-19
  hemi: declined
A08 profiling
  IssueReferral cw ps; AcknowledgeReferral ro cw; RejectReferral ro cw; CloseUnansweredReferral co
  facts: document office subject body signed_by reason
  events: ReferralIssued ReferralAcknowledged ReferralRejected ReferralOverdue CaseReferredClosed
  records: FO-069 FRM-14 FRM-19
  hemi: referred
A09 profiling
  PresentOffer cw ps; RecordInterest cw ps
  facts: processes interest interested attendees
  events: ServiceOffered InterestRecorded
  records: FO-051 FRM-15
  hemi: offered
A10 profiling
  AcceptOffer cw ps; DeclineOffer cw ps
  facts: process service reason_code reason channel
  events: OfferAccepted OfferDeclined
A11 assistance
  ScheduleTalk cw ps; RecordTalkAttendance cw ps; SignCommitment cw ps
  facts: place attendees text_version phases commitments beneficiary entity
  events: TalkScheduled TalkHeld TalkAttended CommitmentSigned
  records: FO-078 FO-051 FRM-12
A12 assistance
  IssueTrainingMemo cw; AcknowledgeTrainingMemo to; EnrolInTraining to; RecordTrainingHours to; CompleteTraining to
  AuthoriseTrainingException sub
  events: TrainingMemoIssued TrainingMemoAcknowledged TrainingEnrolled TrainingHoursRecorded TrainingCompleted
  events: TrainingExceptionAuthorised
  facts: hours reason
  records: FO-069 FO-078
  hemi: training_started
A13 assistance
  ScheduleUnitVisit cw; RecordUnitVisit cw; FileCapacityEvaluation cw; FileProductEvaluation cw; FileProductSheet cw
  IssueValidationReport cw
  facts: presentation finishes quality installed_capacity product_type proposed reasons recommendations
  events: UnitVisitScheduled UnitVisited CapacityEvaluated ProductEvaluated ProductSheetFiled ValidationReportIssued
  records: FO-781 FO-779 FO-780 FRM-13
  hemi: valuation
A14 assistance
  DeclareUnitResult cw co; ReturnValidationReport cw co
  facts: result reason components
  events: UnitValidated UnitNotValidated ValidationReportReturned
A15 assistance
  OpenStrengthening cw ba; RecordStrengtheningMeeting cw ba; CloseStrengthening cw ba; EnrolInNextCall cw
  events: StrengtheningOpened StrengtheningMeetingHeld StrengtheningClosed NextCallEnrolled
  hemi: strengthening
A16 assistance
  HandOver cw; AcceptHandover op cw ba; RejectHandover op cw ba co; TransferExecutor co
  events: HandedOver HandoverAccepted HandoverRejected ExecutorTransferred
  records: FO-051
A17 assistance
  StartPhase cw; ClosePhase cw; RecordDiagnosis op cw ba; DraftPlan op cw ba; RevisePlan op cw ba; ApprovePlan ba
  RecordComponentActivity op cw ba; CreateProductionOrder op cw ba; CompleteProductionOrder op cw ba; EvaluateStage cw
  RecordCommercialLink op cw ba; RecordCommercialScenario op cw ba; RecordMeasurement op cw ba; RecordPlanDefence ba
  RecordExPostVisit cw; CompleteProcess co; StartExPost co; CloseCase co
  facts: item topic method hours description buyer channel units resources sales
  events: DiagnosisRecorded PlanDrafted PlanApproved PlanRevised PlanDefended ComponentActivityRecorded PhaseStarted
  events: ProductionOrderCreated ProductionOrderCompleted CommercialLinkMade CommercialScenarioHeld BaselineMeasured
  events: ResultMeasured PhaseClosed StageEvaluated ProcessCompleted ExPostStarted ExPostVisited CaseClosed
  records: FRM-16 FRM-21
A18 assistance
  DecideIncentive cw; CancelIncentive cw
  facts: decision reason
  events: IncentiveDecided IncentiveCancelled
A19 inventory
  ReceiveStock wr; AssignStock wr; ReleaseAssignment wr; RequestWithdrawal cw; ReleaseWithdrawal wk; RefuseWithdrawal wk
  DeliverIncentive cw; ConfirmFormsReceived wk; ReturnStock wk
  facts: lines item qty unit_cost lot beneficiary withdrawn_by received_by
  events: StockReceived StockAssigned StockAssignmentReleased WithdrawalRequested WithdrawalRefused StockWithdrawn
  events: IncentiveDelivered WarehouseFormsReceived StockReturned
  records: FO-110 FO-128 FRM-10
A20 assistance
  ScheduleFollowUp cw ba; RecordFollowUp cw ba; AssessOperatorCompliance cs cw
  facts: phase planned fulfilment findings advice_given commitments next_visit month aspect rating evidence
  events: FollowUpScheduled FollowUpVisited FollowUpOverdue OperatorComplianceAssessed
  records: FO-051 FO-419 FRM-20
  hemi: follow_up operator_follow_up
A21 reporting
  DraftReport ra; SetNextAction ra; SubmitReport ra; ConsolidateReport co; ApproveReport sub; ReturnReport sub
  facts: period progress next_action responsible due technical financial legal
  events: ReportDrafted NextActionSet ReportSubmitted ReportConsolidated ReportReturned ReportApproved
  records: FRM-18 FRM-19
  hemi: monthly_result
"""


class Block:
    """One block of the requirements."""

    def __init__(self, head: str, lines: Iterable[str]) -> None:
        self.id, self.service = head.split()
        self.number = int(self.id[1:])
        self.commands: dict[str, set[str]] = {}
        self.named: dict[str, set[str]] = {"facts": set(), "events": set(), "records": set(), "hemi": set()}
        for line in lines:
            kind, colon, rest = line.strip().partition(":")
            if colon:
                self.named[kind].update(rest.split())
                continue
            for command in line.split(";"):
                name, *actors = command.split()
                self.commands[name] = {role for actor in actors for role in ACTORS[actor]}


def blocks() -> Iterator[Block]:
    head, lines = "", list[str]()
    for line in [*BLOCKS.strip().splitlines(), "A99 end"]:
        if line.startswith("A"):
            if head:
                yield Block(head, lines)
            head, lines = line, []
        else:
            lines.append(line)


EACH = pytest.mark.parametrize("block", list(blocks()), ids=lambda block: block.id)


def names(fields: Iterable[Field]) -> Iterator[str]:
    for field in fields:
        yield field.name
        yield from names(field.fields)


def test_all_blocks_are_here() -> None:
    """A01 … A21"""
    assert [block.number for block in blocks()] == list(range(1, 22))


@EACH
def test_the_commands_of_a_block_have_its_actors_and_ask_for_its_facts(block: Block) -> None:
    """A01, A02, A03, A04, A05, A06, A07, A08, A09, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20, A21"""
    asked: set[str] = set()
    for name, roles in block.commands.items():
        command = CATALOGUE.command(name, block.service)
        assert (command.activity, set(command.roles)) == (block.number, roles), name
        asked.update(names(command.fields))
        if command.form:
            asked.add("form")
            asked.update(names(CATALOGUE.form(command.form, ON).fields))
    assert block.named["facts"] <= asked


def test_a_decision_names_no_paper_and_is_taken_by_the_caseworker_with_reasons() -> None:
    """AMB-13: acts 6, 10, 14 and 18; the event with its actor, reason and time is the record."""
    decisions = {6: "RecordAlternativeInterest", 10: "DeclineOffer", 14: "DeclareUnitResult", 18: "DecideIncentive"}
    for number, name in decisions.items():
        [command] = [each for each in CATALOGUE.commands() if each.command == name]
        assert command.roles[0] == "caseworker" and command.form is None
        assert {field.name: field.required for field in command.fields}["reason"], name
        assert next(b for b in blocks() if b.number == number).named["records"] == set()


@EACH
def test_the_events_of_a_block_are_published_or_kept_as_its_activity(block: Block) -> None:
    """A01, A02, A03, A04, A05, A06, A07, A08, A09, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20, A21"""
    contracts = {each.type: each for each in all_contracts() if each.service == block.service}
    for name in block.named["events"]:
        told = contracts[name]
        assert told.audience == "-" or not told.activities or block.number in told.activities, name


@EACH
def test_the_records_and_hemi_entries_of_a_block_are_those_of_the_procedure(block: Block) -> None:
    """A01, A02, A03, A04, A05, A06, A07, A08, A09, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20, A21, HEM-1"""
    activity = next(each for each in CATALOGUE.procedure("PR-156", ON).activities if each.number == block.number)
    assert activity.service == block.service
    assert set(activity.records) == block.named["records"]
    mapped = {rule.kind for rule in CATALOGUE.hemi_mapping("HEMI-PR-156", ON).rules if rule.activity == block.number}
    assert mapped == {entry.kind for entry in activity.hemi} == block.named["hemi"]

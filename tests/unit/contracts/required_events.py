"""The events of PR-156 in requirements section 9, copied row by row: audience and payload names in our spelling.

Two rows are longer than their originals (EVT-5 lets a payload grow): a return and a correction name the decision, the
correction its case too, for without them INV-12 and CASE-2 cannot be told outside the warehouse.
"""

from __future__ import annotations

_TABLE = """
intake      I CandidateIdentified            candidate_id call_id source
intake      S CandidateSourceAdded           candidate_id call_id source
intake      I CallOpened                     call_id service opens_on closes_on cohort_quota
intake      I CallClosed                     call_id service opens_on closes_on cohort_quota
intake      S FieldDayHeld                   field_day_id locality candidates_count
intake      I CandidateListConsolidated      call_id list_no candidates_count
intake      S BasicIdentificationRecorded    form_instance_id form_version
intake      S BasicIdentificationUpdated     form_instance_id form_version
intake      S ConsentRecorded                notice_version purpose_codes
intake      S ConsentWithdrawn               notice_version purpose_codes
intake      S HouseholdLinked                household_id
intake      S HouseholdSecondBenefitFlagged  household_id
intake      S DuplicateSuspected             suspicion_id
intake      S DuplicateResolved              suspicion_id resolution
intake      I CasesMerged                    surviving_case other_case
intake      I CasesSplit                     surviving_case other_case
intake      S CriteriaEvaluated              evaluation_id criteria_set_version as_of result
intake      S EligibilityCommunicated        evaluation_id criteria_set_version result sent_on
intake      S ReconsiderationRequested       evaluation_id
intake      S ReconsiderationResolved        evaluation_id resolution
intake      S EntryCriteriaCompleted         evaluation_id result
intake      S CaseNotEligibleClosed
intake      S CaseworkerAssigned             actor_id
intake      S ExclusionRegistered            exclusion_id from_date to_date
intake      S ExclusionLifted                exclusion_id from_date to_date
profiling   S ProfilingStarted               profiling_id
profiling   S ProfileClassified              profiling_id matrix_version
profiling   I ProfileApproved                profiling_id matrix_version validated_on
profiling   S ProfileNotApproved             profiling_id matrix_version validated_on
profiling   S ProfileReturned                profiling_id
profiling   S AlternativesInformed           alternative_codes
profiling   S AlternativeChosen              alternative_codes
profiling   S AlternativeDeclined            alternative_codes
profiling   S ReferralIssued                 referral_id kind target_code
profiling   S ReferralAcknowledged           referral_id kind target_code
profiling   S ReferralRejected               referral_id kind target_code
profiling   S ReferralOverdue                referral_id kind target_code
profiling   S CaseDeclinedClosed
profiling   S CaseReferredClosed
profiling   S ServiceOffered                 process_ids route
profiling   S InterestRecorded               process_ids route
profiling   I OfferAccepted                  process_id service route
profiling   S OfferDeclined                  process_id
assistance  S TalkHeld                       talk_id
assistance  S TalkAttended                   talk_id
assistance  I CommitmentSigned               commitment_id text_version
assistance  S CommitmentBreached             commitment_id
assistance  I TrainingMemoIssued             training_id hours_total
assistance  I TrainingMemoAcknowledged       training_id hours_total
assistance  I TrainingEnrolled               training_id hours_total
assistance  I TrainingCompleted              training_id hours_total
assistance  S TrainingHoursRecorded          training_id hours hours_total
assistance  S TrainingExceptionAuthorised    training_id hours hours_total
assistance  S UnitVisited                    valuation_id form_instance_ids
assistance  S CapacityEvaluated              valuation_id form_instance_ids
assistance  S ProductEvaluated               valuation_id form_instance_ids
assistance  S ProductSheetFiled              valuation_id form_instance_ids
assistance  S ValidationReportIssued         valuation_id form_instance_ids
assistance  S ValidationReportReturned       valuation_id form_instance_ids
assistance  I UnitValidated                  unit_id valuation_id call_id declared_on
assistance  S UnitNotValidated               unit_id valuation_id call_id component_codes
assistance  S StrengtheningOpened            component_codes
assistance  S StrengtheningClosed            component_codes
assistance  S NextCallEnrolled               call_id
assistance  I HandedOver                     contract_id team_id call_id
assistance  I HandoverAccepted               contract_id team_id call_id
assistance  S HandoverRejected               contract_id team_id call_id
assistance  S ExecutorTransferred            old_contract_id old_team_id new_contract_id new_team_id call_id
assistance  I PlanApproved                   plan_id version component_codes
assistance  I PlanRevised                    plan_id version component_codes
assistance  S ComponentActivityRecorded      component item topic hours
assistance  S ProductionOrderCreated         order_id product_type qty
assistance  S ProductionOrderCompleted       order_id product_type qty
assistance  S CommercialLinkMade             link_id product_type qty
assistance  S CommercialScenarioHeld         scenario_id product_type qty
assistance  S BaselineMeasured               measurement_id
assistance  S ResultMeasured                 measurement_id
assistance  I PhaseStarted                   phase
assistance  I PhaseClosed                    phase
assistance  I StageEvaluated                 phase
assistance  S IncentiveDecided               decision_id decision lines
assistance  S IncentiveCancelled             decision_id decision lines
assistance  S FollowUpScheduled              visit_id phase planned_on
assistance  I FollowUpVisited                visit_id phase
assistance  I FollowUpOverdue                visit_id phase
assistance  S WorkProgrammeApproved          work_programme_id period call_ids activity_codes goal_counts
assistance  I OperatorContractRegistered     contract_id
assistance  I OperatorContractAmended        contract_id
assistance  I OperatorComplianceAssessed     contract_id month aspect rating
assistance  I ContractAlertRaised            contract_id month aspect rating
assistance  I ImprovementActionOpened        action_id kind origin
assistance  I ImprovementActionReplanned     action_id kind origin
assistance  I ImprovementActionClosed        action_id kind origin
assistance  I ProcessCompleted
assistance  I ExPostStarted
assistance  I ExPostVisited
assistance  I CaseClosed
inventory   I StockReceived                  fo110_no warehouse contract_id lines
inventory   S StockAssigned                  assignment_id decision_id lines
inventory   S StockAssignmentReleased        assignment_id decision_id lines
inventory   S WithdrawalRequested            request_id
inventory   S WithdrawalRefused              request_id
inventory   I StockWithdrawn                 fo128_no lines
inventory   I IncentiveDelivered             delivery_id decision_id fo128_no lines delivered_on complete
inventory   S WarehouseFormsReceived         document_numbers
inventory   I StockReturned                  decision_id movement_id lines reason_code
inventory   I StockTransferred               movement_id lines reason_code
inventory   I StockAdjusted                  movement_id lines reason_code
inventory   I StockWrittenOff                movement_id lines reason_code
inventory   I MovementCorrected              movement_id lines reason_code kind case_id decision_id
inventory   I PeriodClosed                   period warehouse
reporting   S HemiEntryQueued                entry_id activity kind receipt_id
reporting   S HemiEntrySent                  entry_id activity kind receipt_id
reporting   S HemiEntryReceipted             entry_id activity kind receipt_id
reporting   S HemiEntryRejected              entry_id activity kind receipt_id
reporting   I ReportApproved                 report_id type period cut_off content_hash
intake      S KeyDestroyed                   subject_key_id data_class
intake      S ProcessingRestricted           subject_id data_class
intake      S RestrictionLifted              subject_id data_class
"""

_CASE_OWNERS = ("intake", "profiling", "assistance")
_SERVICES = (*_CASE_OWNERS, "inventory", "reporting", "gateway")
_SHARED = {
    ("S", "CaseWithdrawn", "reason_code"): _CASE_OWNERS,
    ("S", "BeneficiaryExcluded", "exclusion_id"): _CASE_OWNERS,
    ("S", "DeathRecorded", ""): _CASE_OWNERS,
    ("S", "CaseReopened", ""): _CASE_OWNERS,
    ("S", "FormFiled", "form_instance_id code version number hash"): _SERVICES,
    ("S", "FormVoided", "form_instance_id code version number hash"): _SERVICES,
    ("S", "DocumentAttached", "document_id code version number hash"): _SERVICES,
    ("S", "RecordCorrected", "corrected_event_id field_names"): _SERVICES,
    ("S", "KeyDestructionExecuted", "subject_key_id data_class"): _SERVICES,
    ("I", "CatalogueVersionPublished", "kind code version effective_from hash"): _SERVICES,
}

PUBLISHED: dict[str, tuple[str, frozenset[str]]] = {
    f"{service}.{name}": (audience, frozenset(fields))
    for service, audience, name, *fields in (line.split() for line in _TABLE.strip().splitlines())
} | {
    f"{service}.{name}": (audience, frozenset(fields.split()))
    for (audience, name, fields), services in _SHARED.items()
    for service in services
}

_INSIDE = """
intake: ExternalCheckRecorded CriterionWaived RecheckRequested SocioeconomicSheetRecorded ExclusionProposed
profiling: InterviewRecorded InstrumentApplied
assistance: TalkScheduled UnitVisitScheduled StrengtheningMeetingHeld DiagnosisRecorded PlanDrafted PlanDefended
assistance: ObligationMet WorkProgrammeWritten ImprovementActionFollowedUp
inventory: ItemRegistered CountStarted CountRecorded AdjustmentProposed AdjustmentRejected WriteOffProposed
inventory: WriteOffRejected CorrectionProposed
reporting: ReportDrafted NextActionSet ReportSubmitted ReportConsolidated ReportReturned
gateway: RoleGranted RoleEnded
intake: DataRequestOpened DataRequestAnswered KeyDestructionRequested LegalHoldRequested
intake: LegalHoldPlaced LegalHoldLiftRequested LegalHoldLifted
"""

KEPT_INSIDE = (
    {f"{line.split(':')[0]}.{name}" for line in _INSIDE.strip().splitlines() for name in line.split(":")[1].split()}
    | {f"{service}.{name}" for service in _CASE_OWNERS for name in ("CaseReopenRequested", "CaseMigrated")}
    | {
        f"{service}.{name}"
        for service in _SERVICES
        for name in ("CatalogueDraftLoaded", "CatalogueVersionApproved", "CatalogueVersionWithdrawn")
    }
)

"""The case of a candidate in intake (PR-156 activities 1 and 2): its id is the case's id in every service."""

from __future__ import annotations

from eventsourcing.domain import Aggregate

from services.intake.domain import (
    attaching,
    consent,
    evaluation,
    exclusion,
    filing,
    household,
    identification,
    letter,
    merging,
    migrating,
    reconsideration,
    reopening,
    socioeconomic,
    suspicions,
)
from services.intake.domain.case_state import Event as CaseEvent
from shared.casework.migrating import Migrations


class Case(
    Migrations,
    identification.IdentificationActs,
    consent.ConsentActs,
    evaluation.EvaluationActs,
    letter.LetterActs,
    reconsideration.ReconsiderationActs,
    exclusion.ExclusionActs,
    suspicions.SuspicionActs,
    household.HouseholdActs,
    merging.MergingActs,
    socioeconomic.SocioeconomicActs,
    Aggregate,
):
    """From identification to the letter on the entry criteria; later states belong to other services."""

    TOPIC = "intake.Case"

    Event = CaseEvent
    Created = CandidateIdentified = identification.CandidateIdentified
    CandidateSourceAdded = identification.CandidateSourceAdded
    BasicIdentificationRecorded = identification.BasicIdentificationRecorded
    BasicIdentificationUpdated = identification.BasicIdentificationUpdated
    SocioeconomicSheetRecorded = socioeconomic.SocioeconomicSheetRecorded
    ConsentRecorded = consent.ConsentRecorded
    ConsentWithdrawn = consent.ConsentWithdrawn
    HouseholdLinked = household.HouseholdLinked
    CaseworkerAssigned = identification.CaseworkerAssigned
    ExternalCheckRecorded = letter.ExternalCheckRecorded
    CriteriaEvaluated = evaluation.CriteriaEvaluated
    EligibilityCommunicated = letter.EligibilityCommunicated
    RecheckRequested = evaluation.RecheckRequested
    CriterionWaived = reconsideration.CriterionWaived
    ReconsiderationRequested = reconsideration.ReconsiderationRequested
    ReconsiderationResolved = reconsideration.ReconsiderationResolved
    CaseNotEligibleClosed = reconsideration.CaseNotEligibleClosed
    EntryCriteriaCompleted = evaluation.EntryCriteriaCompleted
    HouseholdSecondBenefitFlagged = household.HouseholdSecondBenefitFlagged
    IncentiveNoted = household.IncentiveNoted
    DuplicateSuspected = suspicions.DuplicateSuspected
    DuplicateResolved = suspicions.DuplicateResolved
    CasesMerged = merging.CasesMerged
    CasesSplit = merging.CasesSplit
    OtherCaseJoined = merging.OtherCaseJoined
    OtherCaseParted = merging.OtherCaseParted
    CustodyNoted = merging.CustodyNoted
    ExclusionRegistered = exclusion.ExclusionRegistered
    ExclusionLifted = exclusion.ExclusionLifted
    BeneficiaryExcluded = exclusion.BeneficiaryExcluded
    DeathRecorded = exclusion.DeathRecorded
    CaseWithdrawn = suspicions.CaseWithdrawn
    ClosureNoted = suspicions.ClosureNoted
    CaseReopenRequested = reopening.CaseReopenRequested
    CaseReopened = reopening.CaseReopened
    CaseMigrated = migrating.CaseMigrated
    MigrationNoted = migrating.MigrationNoted
    ReopeningNoted = reopening.ReopeningNoted
    DocumentAttached = attaching.DocumentAttached
    FormVoided = filing.FormVoided
    RecordCorrected = filing.RecordCorrected

    def __init__(self) -> None:
        """Its state comes from its identification."""

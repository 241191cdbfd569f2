"""The part of a case that profiling owns: from the eligible candidate to the accepted offer (acts 3 to 10)."""

from __future__ import annotations

from uuid import UUID

from eventsourcing.domain import Aggregate

from services.profiling.domain import (
    alternatives,
    attaching,
    filing,
    instruments,
    interview,
    knowledge,
    migrating,
    offer,
    referral,
    reopening,
    validation,
)
from services.profiling.domain.state import Event
from shared.casework.migrating import Migrations


class ProfilingCase(
    Migrations,
    interview.InterviewActs,
    instruments.InstrumentActs,
    validation.ValidationActs,
    alternatives.AlternativesActs,
    referral.ReferralActs,
    offer.OfferActs,
    knowledge.KnowledgeActs,
    Aggregate,
):
    """One case in profiling; its id is the case id of every service.

    The acts live in one module an activity; here stands the list of facts that a case is made of.
    """

    TOPIC = "profiling.ProfilingCase"

    Event = Event
    Created = CaseAnnounced = knowledge.CaseAnnounced
    CandidateNoted = knowledge.CandidateNoted
    EligibilityNoted = knowledge.EligibilityNoted
    ConsentNoted = knowledge.ConsentNoted
    IdentificationNoted = knowledge.IdentificationNoted
    DuplicateNoted = knowledge.DuplicateNoted
    EntryNoted = knowledge.EntryNoted
    ClosureNoted = knowledge.ClosureNoted
    CaseWithdrawn = knowledge.CaseWithdrawn
    ExclusionNoted = knowledge.ExclusionNoted
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

    ProfilingStarted = interview.ProfilingStarted
    InterviewRecorded = interview.InterviewRecorded
    InstrumentApplied = instruments.InstrumentApplied
    InstrumentRescored = instruments.InstrumentRescored
    ProfileClassified = interview.ProfileClassified

    ProfileApproved = validation.ProfileApproved
    ProfileNotApproved = validation.ProfileNotApproved
    ProfileReturned = validation.ProfileReturned

    AlternativesInformed = alternatives.AlternativesInformed
    AlternativeChosen = alternatives.AlternativeChosen
    AlternativeDeclined = alternatives.AlternativeDeclined
    CaseDeclinedClosed = alternatives.CaseDeclinedClosed

    SharingNoted = referral.SharingNoted
    ReferralIssued = referral.ReferralIssued
    ReferralAcknowledged = referral.ReferralAcknowledged
    ReferralRejected = referral.ReferralRejected
    ReferralOverdue = referral.ReferralOverdue
    CaseReferredClosed = referral.CaseReferredClosed

    ServiceOffered = offer.ServiceOffered
    InterestRecorded = offer.InterestRecorded
    OfferAccepted = offer.OfferAccepted
    OfferDeclined = offer.OfferDeclined

    @classmethod
    def announce(cls, case_id: UUID, candidate_id: UUID | None = None, call_id: UUID | None = None) -> ProfilingCase:
        """The service hears of a case for the first time."""
        return cls._create(event_class=knowledge.CaseAnnounced, id=case_id, candidate_id=candidate_id, call_id=call_id)

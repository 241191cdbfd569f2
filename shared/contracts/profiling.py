"""Events of profiling: interview, validation, alternatives, offer (requirements 9; PR-156 acts 3 to 10)."""

from __future__ import annotations

from shared.contracts.events import Service
from shared.contracts.every_service import case_owner, every_service
from shared.contracts.published import Choice, Code, Day, Id, Several

profiling = Service("profiling")

ROUTE = Choice("entrepreneurship", "strengthening")
PROFILE = {"profiling_id": Id(), "matrix_version": Code(example="1")}
ALTERNATIVES = {"alternative_codes": Several(Code(example="orientacion_empleo"))}
REFERRAL = {
    "referral_id": Id(),
    "kind": Choice("internal", "external"),
    "target_code": Code(example="formacion_empleabilidad"),
}

CONTRACTS = (
    profiling.event("ProfilingStarted", (3,), "S", profiling_id=Id()),
    profiling.event("ProfileClassified", (3,), "S", **PROFILE),
    profiling.event("ProfileApproved", (4,), "I", **PROFILE, validated_on=Day()),
    profiling.event("ProfileNotApproved", (4,), "S", **PROFILE, validated_on=Day()),
    profiling.event("ProfileReturned", (4,), "S", profiling_id=Id()),
    profiling.event("AlternativesInformed", (5,), "S", **ALTERNATIVES),
    profiling.event("AlternativeChosen", (6,), "S", **ALTERNATIVES),
    profiling.event("AlternativeDeclined", (6,), "S", **ALTERNATIVES),
    profiling.event("ReferralIssued", (8,), "S", **REFERRAL),
    profiling.event("ReferralAcknowledged", (8,), "S", **REFERRAL),
    profiling.event("ReferralRejected", (8,), "S", **REFERRAL),
    profiling.event("ReferralOverdue", (8,), "S", **REFERRAL),
    profiling.event("CaseDeclinedClosed", (7,), "S"),
    profiling.event("CaseReferredClosed", (8,), "S"),
    profiling.event("ServiceOffered", (9,), "S", process_ids=Several(Id()), route=ROUTE),
    profiling.event("InterestRecorded", (9,), "S", process_ids=Several(Id()), route=ROUTE),
    profiling.event(
        "OfferAccepted",
        (10,),
        "I",
        process_id=Id(),
        service=Choice("entrepreneurship", "strengthening", "technical_assistance"),
        route=ROUTE,
    ),
    profiling.event("OfferDeclined", (10,), "S", process_id=Id(optional=True)),
    *profiling.kept_inside("InterviewRecorded", "InstrumentApplied", "InstrumentRescored"),
    *profiling.kept_inside(  # what other services told
        "CaseAnnounced",
        "CandidateNoted",
        "EligibilityNoted",
        "ConsentNoted",
        "IdentificationNoted",
        "DuplicateNoted",
        "EntryNoted",
        "ClosureNoted",
        "ReopeningNoted",
        "CallNoted",
        "CallDatesNoted",
        "SharingNoted",
        "ExclusionNoted",
        "SeriesOpened",
        "NumberIssued",
    ),
    *case_owner(profiling),
    *every_service(profiling),
)

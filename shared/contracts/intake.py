"""Events of intake: calls, candidates, criteria (requirements 9; PR-156 acts 1 and 2)."""

from __future__ import annotations

from shared.contracts.events import Service
from shared.contracts.every_service import case_owner, every_service
from shared.contracts.published import Choice, Code, Count, Day, Id, Several

intake = Service("intake")

SOURCE = Choice("field_day", "hemi", "requests_pr029")
CALL = {
    "call_id": Id(),
    "service": Code(example="technical_assistance"),
    "opens_on": Day(),
    "closes_on": Day(),
    "cohort_quota": Count(optional=True, about="people; none: no quota"),
}
EVALUATION = {"evaluation_id": Id(), "criteria_set_version": Code(example="1")}
EXCLUSION = {
    "exclusion_id": Id(),
    "from_date": Day(),
    "to_date": Day(optional=True, about="none: open"),
}

CONTRACTS = (
    intake.event("CandidateIdentified", (1,), "I", candidate_id=Id(), call_id=Id(), source=SOURCE),
    intake.event(
        "CandidateSourceAdded",
        (1,),
        "S",
        candidate_id=Id(),
        call_id=Id(),
        source=SOURCE,
    ),
    intake.event("CallOpened", (1,), "I", **CALL),
    intake.event("CallClosed", (1,), "I", **CALL),
    intake.event(
        "FieldDayHeld",
        (1,),
        "S",
        field_day_id=Id(),
        locality=Code(example="kennedy"),
        candidates_count=Count(),
    ),
    intake.event(
        "CandidateListConsolidated",
        (1,),
        "I",
        call_id=Id(),
        list_no=Count(),
        candidates_count=Count(),
    ),
    intake.event(
        "BasicIdentificationRecorded",
        (1, 3),
        "S",
        form_instance_id=Id(),
        form_version=Code(),
    ),
    intake.event(
        "BasicIdentificationUpdated",
        (1, 3),
        "S",
        form_instance_id=Id(),
        form_version=Code(),
    ),
    intake.event(
        "ConsentRecorded",
        (1,),
        "S",
        notice_version=Code(optional=True),
        purpose_codes=Several(Code(example="assistance")),
    ),
    intake.event(
        "ConsentWithdrawn",
        (1,),
        "S",
        notice_version=Code(optional=True),
        purpose_codes=Several(Code(example="assistance")),
    ),
    intake.event("HouseholdLinked", (1, 2, 19), "S", household_id=Id()),
    intake.event("HouseholdSecondBenefitFlagged", (1, 2, 19), "S", household_id=Id()),
    intake.event("DuplicateSuspected", (1,), "S", suspicion_id=Id()),
    intake.event(
        "DuplicateResolved",
        (1,),
        "S",
        suspicion_id=Id(),
        resolution=Code(example="distinct"),
    ),
    intake.event("CasesMerged", (1,), "I", surviving_case=Id(), other_case=Id()),
    intake.event("CasesSplit", (1,), "I", surviving_case=Id(), other_case=Id()),
    intake.event(
        "CriteriaEvaluated",
        (2,),
        "S",
        **EVALUATION,
        as_of=Day(),
        result=Choice("met", "not_met", "incomplete"),
    ),
    intake.event(
        "EligibilityCommunicated",
        (2,),
        "S",
        **EVALUATION,
        result=Choice("met", "not_met"),
        sent_on=Day(),
    ),
    intake.event("ReconsiderationRequested", (2,), "S", evaluation_id=Id()),
    intake.event(
        "ReconsiderationResolved",
        (2,),
        "S",
        evaluation_id=Id(),
        resolution=Choice("confirmed", "new_evaluation"),
    ),
    intake.event(
        "EntryCriteriaCompleted",
        (2, 4),
        "S",
        evaluation_id=Id(),
        result=Choice("met", "not_met"),
    ),
    intake.event("CaseNotEligibleClosed", (2,), "S"),
    intake.event("CaseworkerAssigned", (), "S", actor_id=Id(about="the caseworker's random id")),
    intake.event("ExclusionRegistered", (), "S", **EXCLUSION),
    intake.event("ExclusionLifted", (), "S", **EXCLUSION),
    *intake.kept_inside(
        "ExternalCheckRecorded",
        "CriterionWaived",
        "RecheckRequested",
        "SocioeconomicSheetRecorded",
        "ExclusionProposed",
        "ExclusionApproved",
        "ExclusionEnded",
        "ClosureNoted",
        "IncentiveNoted",
        "RegisterEntryOpened",
        "StageNoted",
        "InterestNoted",
        "OtherCaseJoined",
        "OtherCaseParted",
        "CustodyNoted",
        "ReopeningNoted",
        "WhatIfRun",
    ),
    *case_owner(intake),
    *every_service(intake),
)

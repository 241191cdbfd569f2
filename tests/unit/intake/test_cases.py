"""Given these events, when this command, then these events or this refusal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.intake.domain.cases import Case
from services.intake.domain.facts import by_class, flat, merged
from services.intake.domain.refusals import (
    CheckTooOld,
    CriterionPending,
    DuplicateNotSuspected,
    ListNotConsolidated,
    SourceNotInCatalogue,
    SourceRequired,
)
from services.intake.domain.verdicts import pre_result
from shared.catalogue.refusals import (
    CaseClosed,
    ConsentMissing,
    DateBeforePrecondition,
    DateInFuture,
    EvidenceMissing,
    FieldInvalid,
    FormIncomplete,
    Refusal,
    StateNotAllowed,
    StepOutOfOrder,
)
from shared.privacy.personal import Personal
from tests.unit.intake.dossier import DAY, Dossier, act, coordinator


def refused(refusal: type[Refusal]) -> Any:
    return pytest.raises(refusal)


@pytest.mark.parametrize(
    ("source", "reference"), [(None, "REF"), ("rumour", "REF"), ("field_day", None), ("field_day", "")]
)
def test_no_candidate_without_a_source_and_its_reference(source: str | None, reference: str | None) -> None:
    with refused(SourceRequired):
        Case.identify(
            act("IdentifyCandidate"),
            candidate_id=uuid4(),
            call_id=uuid4(),
            source=source,
            source_kind=None,
            source_ref=None if reference is None else Personal(uuid4(), "i", reference),
            identified_on=DAY,
            ground="public_function",
            identity=Personal(uuid4(), "i", {}),
        )


def test_the_first_fo_203_is_recorded_once_and_then_updated() -> None:
    nidia = Dossier().filed(reads_writes=True, properties=1)
    with refused(StateNotAllowed) as second:
        nidia.filed()
    assert second.value.lawful == ("UpdateBasicIdentification",)
    nidia.case.update_basic_identification(
        act("UpdateBasicIdentification"),
        form_version="V1",
        version_reason="update",
        facts=by_class({"properties": 2}, nidia.person),
        form_instance_id=uuid4(),
    )
    assert flat(nidia.case.facts)["reads_writes"] is True
    assert flat(nidia.case.facts)["properties"] == 2
    assert nidia.happened() == ["BasicIdentificationRecorded", "BasicIdentificationUpdated"]


def test_a_form_of_another_document_is_refused() -> None:
    with refused(FieldInvalid):
        Dossier().filed(doc_no=Personal(None, "i", "99999999"))


def test_no_personal_field_after_the_only_ground_was_withdrawn() -> None:
    nidia = Dossier(ground="authorisation")
    nidia.case.record_consent(
        act("RecordConsent"), notice_version="1", purpose_codes=["eligibility"], given_on=DAY, evidence="a" * 64
    )
    nidia.filed()
    nidia.case.withdraw_consent(act("WithdrawConsent"), purpose_codes=[], withdrawn_on=DAY)
    with refused(ConsentMissing):
        nidia.evaluated()
    assert nidia.happened() == ["ConsentRecorded", "BasicIdentificationRecorded", "ConsentWithdrawn"]


def test_an_authorisation_needs_its_signed_document_and_a_date_not_after_its_record() -> None:
    given: dict[str, Any] = {"notice_version": "1", "purpose_codes": ["eligibility"]}
    with refused(ConsentMissing):
        Dossier().case.record_consent(act("RecordConsent"), given_on=DAY, evidence=None, **given)
    with refused(FieldInvalid):
        Dossier().case.record_consent(
            act("RecordConsent"), given_on=DAY + timedelta(days=1), evidence="a" * 64, **given
        )
    with refused(ConsentMissing):
        Dossier().case.withdraw_consent(act("WithdrawConsent"), purpose_codes=["profiling"], withdrawn_on=DAY)


def test_criteria_are_not_evaluated_on_a_candidate_in_no_list_or_without_fo_203() -> None:
    with refused(ListNotConsolidated):
        Dossier().filed().evaluated(listed=False)
    with refused(FormIncomplete):
        Dossier().evaluated()


def test_an_evaluation_keeps_outcomes_and_reasons_sealed_with_the_person() -> None:
    nidia = Dossier().filed().evaluated(G07="not_met")
    evaluation = nidia.case.evaluation
    assert evaluation is not None and evaluation.result == "not_met"
    assert evaluation.outcomes.subject == nidia.person
    assert evaluation.outcomes.value["G07"] == {"outcome": "not_met", "reason": "Motivo de G07."}


def test_a_check_names_a_source_of_the_catalogue_its_document_and_a_recent_date() -> None:
    with refused(SourceNotInCatalogue):
        Dossier().checked("vecinos")
    Dossier().checked("ruaf", on=DAY - timedelta(days=30))
    with refused(CheckTooOld):
        Dossier().checked("ruaf", on=DAY - timedelta(days=31))
    with refused(DateInFuture):
        Dossier().checked("ruaf", on=DAY + timedelta(days=1))
    with refused(EvidenceMissing):
        Dossier().case.record_check(
            act("RecordExternalCheck"),
            check_id=uuid4(),
            source="ruaf",
            sources={"ruaf": ("G08",)},
            queried_on=DAY,
            result="no_record",
            file=None,
            validity_days=30,
        )


def test_a_pending_criterion_blocks_the_letter() -> None:
    with refused(CriterionPending) as pending:
        Dossier().filed().checked().evaluated(G01="pending").communicable()
    assert pending.value.parameters["criteria"] == "G01"


@pytest.mark.parametrize("sources", [("snr_vur", "ruaf"), ("procuraduria",)])
def test_the_letter_needs_every_check_that_the_criteria_ask_for(sources: tuple[str, ...]) -> None:
    with refused(EvidenceMissing):
        Dossier().filed().checked(*sources).evaluated().communicable()


def test_the_letter_is_refused_while_a_check_contradicts_it() -> None:
    with refused(EvidenceMissing):
        Dossier().filed().checked(result="unfavourable").evaluated().communicable()
    Dossier().filed().checked(result="unfavourable").evaluated(
        G07="not_met", G08="not_met", G11="not_met"
    ).communicable()


def test_a_check_that_was_too_old_on_the_as_of_date_does_not_serve_the_letter() -> None:
    nidia = Dossier().filed()
    for source in ("snr_vur", "ruaf", "procuraduria"):
        nidia.case.record_check(
            act("RecordExternalCheck", on=DAY - timedelta(days=31)),
            check_id=uuid4(),
            source=source,
            sources={"snr_vur": ("G07",), "ruaf": ("G08",), "procuraduria": ("G11",)},
            queried_on=DAY - timedelta(days=31),
            result="no_record",
            file="a" * 64,
            validity_days=30,
        )
    with refused(CheckTooOld):
        nidia.evaluated().communicable()


def test_the_letter_waits_for_the_minutes_of_an_imported_list() -> None:
    with refused(EvidenceMissing):
        Dossier().filed().checked().evaluated().communicable(minutes_missing=True)


def test_there_is_no_letter_before_an_evaluation_nor_a_second_one_for_it() -> None:
    with refused(StepOutOfOrder):
        Dossier().filed().communicable()
    with refused(DateBeforePrecondition):
        Dossier().filed().checked().evaluated().communicable(on=DAY - timedelta(days=1))
    with refused(StateNotAllowed):
        Dossier().filed().checked().evaluated().communicated().communicable()


@pytest.mark.parametrize(("outcome", "state"), [("met", "eligible"), ("not_met", "not_eligible")])
def test_the_letter_decides_the_state_in_both_cases(outcome: str, state: str) -> None:
    assert Dossier().filed().checked().evaluated(G01=outcome).communicated().case.state == state


def test_criteria_are_not_evaluated_again_without_a_recheck() -> None:
    nidia = Dossier().filed().checked().evaluated().communicated()
    with refused(StateNotAllowed):
        nidia.evaluated()
    nidia.case.request_recheck(coordinator("RequestRecheck"), reason=nidia.text("Dato nuevo"), changes_state=True)
    assert nidia.evaluated(G01="not_met").case.evaluations == 2
    assert nidia.communicated().case.state == "not_eligible"


def test_a_recheck_needs_an_evaluation() -> None:
    nidia = Dossier()
    with refused(StepOutOfOrder):
        nidia.case.request_recheck(coordinator("RequestRecheck"), reason=nidia.text("x"), changes_state=True)


def test_entry_is_complete_only_with_both_parts() -> None:
    nidia = Dossier()
    nidia.case.complete_entry("met", uuid4(), DAY)
    assert nidia.happened() == []
    nidia.filed().checked().evaluated().communicated().case.complete_entry("met", uuid4(), DAY)
    completed = nidia.case.pending_events[-1]
    assert (type(completed).__name__, completed.result) == ("EntryCriteriaCompleted", "met")  # type: ignore[attr-defined]


def test_a_suspicion_is_resolved_once() -> None:
    nidia, suspicion = Dossier(), uuid4()
    nidia.case.suspect(suspicion, uuid4())
    resolve: dict[str, Any] = {"suspicion_id": None, "resolution": "distinct", "reason": nidia.text("Son dos")}
    nidia.case.resolve_duplicate(coordinator("ResolveDuplicate"), **resolve)
    with refused(DuplicateNotSuspected):
        nidia.case.resolve_duplicate(coordinator("ResolveDuplicate"), **resolve)
    assert nidia.happened() == ["DuplicateSuspected", "DuplicateResolved"]


def test_after_a_withdrawal_nothing_more_is_recorded() -> None:
    nidia = Dossier()
    nidia.case.withdraw(act("WithdrawCase"), reason_code="own_will", reason=nidia.text("Se va"))
    with refused(CaseClosed):
        nidia.filed()
    with refused(CaseClosed):
        nidia.checked()


def test_the_same_household_pair_is_flagged_once() -> None:
    nidia, household, other = Dossier(), uuid4(), uuid4()
    nidia.case.link_household(household, nidia.text("nuclear"))
    nidia.case.link_household(household, nidia.text("nuclear"))
    nidia.case.flag_household(household, other)
    nidia.case.flag_household(household, other)
    assert nidia.happened() == ["HouseholdLinked", "HouseholdSecondBenefitFlagged"]


@pytest.mark.parametrize(
    ("outcomes", "result"),
    [
        ({"A": "met", "B": "not_applicable"}, "met"),
        ({"A": "met", "B": "waived"}, "met"),
        ({"A": "pending", "B": "met"}, "incomplete"),
        ({"A": "pending", "B": "not_met"}, "not_met"),
    ],
)
def test_one_criterion_not_met_decides_and_a_pending_one_leaves_it_open(outcomes: dict[str, str], result: str) -> None:
    assert pre_result(outcomes, ("A", "B")) == result


def test_facts_are_kept_by_class_and_what_is_empty_is_unknown() -> None:
    person = uuid4()
    facts = by_class(
        {
            "phone": Personal(None, "c", "399"),
            "e_mail": None,
            "birth_date": Personal(None, "i", date(1990, 1, 2)),
            "supporter": {"name": Personal(None, "i", "Ana"), "kinship": None},
            "credit_reports": [{"adverse": Personal(None, "r", False), "cure": None}],
            "reads_writes": True,
            "products": [],
        },
        person,
    )
    assert set(facts) == {"c", "i", "s", "r"}
    assert flat(facts) == {
        "phone": "399",
        "birth_date": date(1990, 1, 2),
        "supporter_name": "Ana",
        "credit_reports": [{"adverse": False, "cure": None}],
        "reads_writes": True,
    }
    erased = {"c": Personal(person, "c", None)}
    assert flat(merged(facts, erased)).get("phone") == "399"

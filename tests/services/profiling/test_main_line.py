"""Profiling end to end through its desk: from the letter to the accepted offer, and what is refused on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from services.profiling.definition import SERVICE
from shared.privacy.personal import personal_values
from tests.services import bodies
from tests.services.casework import CATALOGUE, Office, Refused, office
from tests.services.profiling.profile import BLOCKS, approved, eligible, profiled


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(SERVICE, tmp_path) as opened:
        yield opened


def test_an_eligible_person_is_profiled_validated_offered_and_accepts(desk: Office) -> None:
    call = desk.call()
    case = approved(desk, call)
    offered = desk.act("caseworker", "PresentOffer", case, **bodies.offer(call))
    assert offered["route"] == "strengthening"
    desk.act("caseworker", "RecordInterest", case, **bodies.interest(call))
    desk.act("caseworker", "AcceptOffer", case, **bodies.acceptance(call))
    page = desk.ask("case", id=str(case))
    assert page["state"] == "accepted"
    assert [act["type"] for act in page["acts"]] == [
        "ProfilingStarted",
        "InterviewRecorded",
        "InstrumentApplied",
        "ProfileClassified",
        "ProfileApproved",
        "ServiceOffered",
        "InterestRecorded",
        "OfferAccepted",
    ]
    told = {event.type: event for event in desk.published()}
    assert told["OfferAccepted"].data == {
        "process_id": call,
        "service": "technical_assistance",
        "route": "strengthening",
    }
    assert told["ProfileApproved"].data["validated_on"] == "2026-11-10"
    assert told["InterviewRecorded"].data == {}


def test_an_external_result_of_tecae_serves_as_instrument(desk: Office) -> None:
    """PRO-5: TECAE is external only; its responses are refused."""
    case = eligible(desk, desk.call())
    desk.act("psychosocial", "StartProfiling", case)
    assert desk.act("psychosocial", "ApplyInstrument", case, **bodies.tecae())["usable"] is True
    with pytest.raises(Refused) as refused:
        desk.act("psychosocial", "ApplyInstrument", case, **(bodies.disc(BLOCKS) | {"instrument": "TECAE"}))
    assert refused.value.code == "FIELD_INVALID"


def test_an_unusable_application_is_kept_and_cannot_be_classified(desk: Office) -> None:
    case = eligible(desk, desk.call())
    desk.act("psychosocial", "StartProfiling", case)
    desk.act("psychosocial", "RecordInterview", case, **bodies.interview())
    assert desk.act("psychosocial", "ApplyInstrument", case, **bodies.disc(BLOCKS - 1))["usable"] is False
    with pytest.raises(Refused) as refused:
        desk.act("psychosocial", "ClassifyProfile", case, **bodies.classification())
    assert refused.value.code == "INSTRUMENT_INVALID"


def test_a_wrong_response_leaves_nothing_behind(desk: Office) -> None:
    case = eligible(desk, desk.call())
    desk.act("psychosocial", "StartProfiling", case)
    before = desk.application.log.head()
    body = bodies.disc(BLOCKS)
    body["responses"][0]["least"] = body["responses"][0]["most"]
    with pytest.raises(Refused) as refused:
        desk.act("psychosocial", "ApplyInstrument", case, **body)
    assert (refused.value.code, desk.application.log.head()) == ("RESPONSE_INVALID", before)


def test_the_demonstration_bank_is_refused_in_production(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    case = eligible(desk, desk.call())
    desk.act("psychosocial", "StartProfiling", case)
    monkeypatch.setenv("IMPULSO_PRODUCTION", "1")
    with pytest.raises(Refused) as refused:
        desk.act("psychosocial", "ApplyInstrument", case, **bodies.disc(BLOCKS))
    assert refused.value.code == "DEMO_INSTRUMENT"


def test_a_consent_for_another_purpose_does_not_open_profiling(desk: Office) -> None:
    call = desk.call()
    case = eligible(desk, call)
    desk.hear("intake.ConsentWithdrawn", case, notice_version="1", purpose_codes=["profiling"])
    desk.hear("intake.ConsentRecorded", case, notice_version="1", purpose_codes=["statistics"])
    with pytest.raises(Refused) as refused:
        desk.act("psychosocial", "StartProfiling", case)
    assert refused.value.code == "CONSENT_MISSING"


def test_a_recheck_before_the_start_takes_the_letter_away(desk: Office) -> None:
    case = eligible(desk, desk.call())
    desk.hear("intake.RecheckRequested", case)
    with pytest.raises(Refused) as refused:
        desk.act("psychosocial", "StartProfiling", case)
    assert refused.value.code == "ELIGIBILITY_NOT_COMMUNICATED"


def test_who_classified_is_told_on_the_page_that_another_validates(desk: Office) -> None:
    case = profiled(desk, desk.call())
    assert "SOD-1" in desk.ask("case", "psychosocial", id=str(case))["blocked"]["ValidateProfile"]
    assert desk.ask("case", "second_psychosocial", id=str(case))["blocked"] == {}
    with pytest.raises(Refused) as refused:
        desk.act("psychosocial", "ValidateProfile", case, **bodies.validation())
    assert refused.value.code == "SOD_VIOLATION"


def test_a_second_account_of_the_same_person_does_not_validate_either(desk: Office) -> None:
    case = profiled(desk, desk.call())
    desk.hire("other_account", "caseworker", person=UUID(desk.person("psychosocial")))
    with pytest.raises(Refused) as refused:
        desk.act("other_account", "ValidateProfile", case, **bodies.validation())
    assert refused.value.code == "SOD_VIOLATION"


def test_the_wrong_role_is_refused_in_words(desk: Office) -> None:
    case = eligible(desk, desk.call())
    for who in ("training", "coordinator", "auditor"):
        with pytest.raises(Refused) as refused:
            desk.act(who, "StartProfiling", case)
        assert refused.value.code == "NOT_AUTHORISED"


def test_a_case_that_does_not_pass_is_informed_and_closes_when_it_declines(desk: Office) -> None:
    case = profiled(desk, desk.call(), is_producer=False, is_trader=True)
    with pytest.raises(Refused) as refused:
        desk.act("second_psychosocial", "ValidateProfile", case, **bodies.validation())
    assert refused.value.code == "MATRIX_NOT_PASSED"
    desk.act("second_psychosocial", "ValidateProfile", case, **bodies.validation("not_approve"))
    with pytest.raises(Refused) as refused:
        desk.act("caseworker", "InformAlternatives", case, **(bodies.alternatives() | {"presented": []}))
    assert refused.value.code == "ALTERNATIVES_REQUIRED"
    desk.act("caseworker", "InformAlternatives", case, **bodies.alternatives())
    desk.act("caseworker", "RecordAlternativeInterest", case, **bodies.no_alternative())
    assert desk.ask("case", id=str(case))["state"] == "closed_declined"
    with pytest.raises(Refused) as refused:
        desk.act("caseworker", "InformAlternatives", case, **bodies.alternatives())
    assert refused.value.code == "CASE_CLOSED"


def test_a_process_that_is_not_open_is_not_offered(desk: Office) -> None:
    case = approved(desk, desk.call())
    with pytest.raises(Refused) as refused:
        desk.act("caseworker", "PresentOffer", case, **bodies.offer(str(uuid4())))
    assert refused.value.code == "OFFER_NOT_CURRENT"


def test_what_was_not_presented_is_not_accepted_and_declining_gives_its_reason(desk: Office) -> None:
    """A10-1: PROCESS_NOT_OFFERED; declining without code or words is refused; the route has its date."""
    call = desk.call()
    case = approved(desk, call)
    desk.act("caseworker", "PresentOffer", case, **bodies.offer(call))
    desk.act("caseworker", "RecordInterest", case, **bodies.interest(call))
    with pytest.raises(Refused) as refused:
        desk.act("caseworker", "AcceptOffer", case, **bodies.acceptance(str(uuid4())))
    assert (refused.value.code, refused.value.field) == ("PROCESS_NOT_OFFERED", "process")
    for name in ("reason_code", "reason"):
        with pytest.raises(Refused) as refused:
            desk.act("caseworker", "DeclineOffer", case, **(bodies.refusal_of_offer() | {name: None}))
        assert (refused.value.code, refused.value.field) == ("FIELD_INVALID", name)
    desk.act("caseworker", "AcceptOffer", case, **bodies.acceptance(call))
    [accepted] = [each for each in desk.published() if each.type == "OfferAccepted"]
    assert (accepted.data["route"], accepted.happened_on.isoformat()) == ("strengthening", "2026-11-10")


def test_a_declined_offer_leads_to_act_six(desk: Office) -> None:
    call = desk.call()
    case = approved(desk, call)
    desk.act("caseworker", "PresentOffer", case, **bodies.offer(call))
    desk.act("caseworker", "RecordInterest", case, **bodies.interest(call, interested=False))
    desk.act("caseworker", "DeclineOffer", case, **bodies.refusal_of_offer())
    assert desk.ask("case", id=str(case))["state"] == "alternatives_pending"


def test_news_that_arrives_twice_or_out_of_order_changes_nothing(desk: Office) -> None:
    call, case, suspicion = desk.call(), uuid4(), str(uuid4())
    desk.hear("intake.ConsentRecorded", case, notice_version="1", purpose_codes=["profiling"])
    desk.hear("intake.CandidateIdentified", case, candidate_id=str(uuid4()), call_id=call, source="hemi")
    head = desk.application.log.head()
    desk.hear("intake.CandidateIdentified", case, candidate_id=str(uuid4()), call_id=call, source="hemi")
    desk.hear("intake.ConsentRecorded", case, notice_version="1", purpose_codes=["profiling"])
    desk.hear("intake.DuplicateResolved", case, suspicion_id=suspicion, resolution="distinct")
    assert desk.application.log.head() == head


def test_psychosocial_reasons_are_read_by_whom_may_and_only_when_asked(desk: Office) -> None:
    case = profiled(desk, desk.call())
    desk.act("second_psychosocial", "ValidateProfile", case, **bodies.validation())

    def reasons(who: str, *reveal: str) -> dict[str, object]:
        facts = desk.ask("case", who, id=str(case), reveal=list(reveal))["facts"]
        return next(fact["value"] for fact in facts if fact["label"] == "Razones de la clasificación")

    assert reasons("psychosocial")["masked"] is True
    assert "iniciativa" in str(reasons("psychosocial", "p")["value"])
    assert reasons("second_caseworker", "p") == {
        "personal": "p",
        "value": "••••••",
        "masked": True,
        "may_reveal": False,
    }
    labels = [fact["label"] for fact in desk.ask("case", "coordinator", id=str(case))["facts"]]
    assert "Razones de la clasificación" not in labels


OUTSIDERS = sorted({role.code for role in CATALOGUE.roles} - {"psychosocial", "administrator", "operations"})


@pytest.mark.parametrize("role", OUTSIDERS)
def test_no_other_role_reads_a_psychosocial_value(desk: Office, role: str) -> None:
    """PRO-10, SOD-9: once the profile is validated, whoever asks and however; the author keeps the own entries."""
    case = profiled(desk, desk.call())
    desk.act("second_psychosocial", "ValidateProfile", case, **bodies.validation())
    desk.hire("outsider", role)
    try:
        page = desk.ask("case", "outsider", id=str(case), reveal=list("icsprm"))
    except Refused as refused:
        assert refused.code in ("NOT_AUTHORISED", "NOT_FOUND")
        return
    values = [fact["value"] for fact in page["facts"] if isinstance(fact["value"], dict)]
    assert not [each for each in values if each["personal"] == "p" and not each["masked"]]
    assert "iniciativa" not in str(page)


def test_a_look_at_a_psychosocial_value_is_noted_without_the_value(desk: Office) -> None:
    """X-13: who, which case and which class; what was read is not in the note."""
    case = profiled(desk, desk.call())
    desk.ask("case", "psychosocial", id=str(case), reveal=["p"])
    desk.ask("case", "psychosocial", id=str(case))
    (look,) = desk.application.access.entries()
    assert (look["what"], look["act"], look["classes"]) == ("personal_data_read", "case", "p")
    assert (look["case_id"], look["person"], look["role"]) == (str(case), desk.person("psychosocial"), "psychosocial")
    assert "iniciativa" not in str(look)


def test_nothing_personal_is_stored_in_the_clear(desk: Office, tmp_path: Path) -> None:
    profiled(desk, desk.call())
    desk.assembled.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    for secret in ("maletas de cuero", "Conoce su oficio", "Produce y vende lo suyo", "Marta Luc"):
        assert secret.encode() not in stored


def test_what_is_published_holds_nothing_personal(desk: Office) -> None:
    profiled(desk, desk.call())
    assert not [value for event in desk.published() for value in personal_values(event.data)]


def test_an_operator_sees_nothing_of_profiling(desk: Office) -> None:
    case = eligible(desk, desk.call())
    desk.hire("operator", "operator_staff", contract=str(uuid4()))
    with pytest.raises(Refused) as refused:
        desk.ask("case", "operator", id=str(case))
    assert refused.value.code == "NOT_FOUND"
    assert desk.ask("cases", "operator", state="ready")["items"] == []


def test_cases_that_may_start_are_listed_until_they_do(desk: Office) -> None:
    case = eligible(desk, desk.call())
    assert [row["case_id"] for row in desk.ask("cases", state="ready")["items"]] == [str(case)]
    desk.act("psychosocial", "StartProfiling", case)
    assert desk.ask("cases", state="ready")["items"] == []
    assert [row["case_id"] for row in desk.ask("cases", state="profiling")["items"]] == [str(case)]


def test_the_exclusion_that_takes_a_case_out_is_chosen_among_those_of_its_person(desk: Office) -> None:
    """CASE-3: the list names it by its first day, in force or not."""
    case, exclusion = profiled(desk, desk.call()), str(uuid4())
    assert desk.ask("choices", to="exclusion", case_id=str(case))["items"] == []
    dates = {"from_date": "2026-11-01", "to_date": None}
    desk.hear("intake.ExclusionRegistered", case, exclusion_id=exclusion, **dates)
    offered = desk.ask("choices", to="exclusion", case_id=str(case))["items"]
    assert offered == [{"id": exclusion, "label": "Desde 2026-11-01"}]
    desk.act("subdirector", "ExcludeBeneficiary", case, exclusion=offered[0]["id"], reason="Exclusión vigente")
    assert desk.ask("case", id=str(case))["state"] == "excluded"

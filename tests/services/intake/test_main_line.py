from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from tests.services.casework import Refused
from tests.services.intake.counter import Counter


def test_a_candidate_goes_from_identification_to_the_letter_that_says_met(any_counter: Counter) -> None:
    """A02-1, A02-2."""
    counter = any_counter
    case = counter.candidate()
    assert counter.evaluate(case)["result"] == "met"
    letter = counter.communicate(case)
    assert (letter["number"], letter["result"]) == ("FO-068-2026-000001", "met")
    assert counter.state(case) == "eligible"
    assert counter.events(case) == [
        "CandidateIdentified",
        "BasicIdentificationRecorded",
        "ExternalCheckRecorded",
        "ExternalCheckRecorded",
        "ExternalCheckRecorded",
        "CriteriaEvaluated",
        "EligibilityCommunicated",
    ]


def test_the_letter_is_a_pdf_of_the_case_and_its_hash_is_in_the_event(counter: Counter) -> None:
    """A02-2, FO-068: each criterion with outcome and reason."""
    case = counter.candidate()
    counter.evaluate(case)
    counter.communicate(case)
    paper = counter.ask("case", id=case)["documents"][0]
    assert (paper["code"], paper["number"]) == ("FO-068", "FO-068-2026-000001")
    file = counter.ask("document", id=paper["id"])
    assert counter.app.files.read(file["file_id"]).startswith(b"%PDF-")
    event = counter.last("intake.EligibilityCommunicated")
    assert event.file_hash == counter.app.files.info(file["file_id"]).sha256
    told = event.form["criteria"].value
    assert {each["code"] for each in told} >= {"G01", "G12", "E05"}
    assert all(each["reason"] for each in told)


def test_not_met_is_communicated_too_and_the_citizen_may_be_checked_again(counter: Counter) -> None:
    """A02-2, CRI-3."""
    case = counter.candidate(properties=2)
    assert counter.evaluate(case)["result"] == "not_met"
    assert counter.communicate(case)["result"] == "not_met"
    assert counter.state(case) == "not_eligible"
    counter.act("coordinator", "RequestRecheck", case, reason="Vendió un inmueble.")
    assert counter.state(case) == "identified"
    counter.basic(case, "UpdateBasicIdentification", properties=1, property_use="family_home", version_reason="update")
    counter.evaluate(case)
    assert counter.communicate(case)["number"] == "FO-068-2026-000002"
    assert counter.state(case) == "eligible"


def test_profiling_s_answer_completes_the_entry(counter: Counter) -> None:
    """CRI-4, AMB-03."""
    case = counter.candidate()
    counter.evaluate(case)
    counter.communicate(case)
    profiling = str(uuid4())
    for _ in range(2):  # the same answer twice is one completion
        counter.office.hear(
            "profiling.ProfileApproved",
            UUID(case),
            profiling_id=profiling,
            matrix_version="1",
            validated_on="2026-11-12",
        )
    assert counter.events(case).count("EntryCriteriaCompleted") == 1
    told = [event for event in counter.office.published() if event.type == "EntryCriteriaCompleted"]
    assert told[0].data["result"] == "met"


def test_a_recheck_after_profiling_began_changes_no_state_but_completes_the_entry_anew(counter: Counter) -> None:
    """CRI-3, AMB-04."""
    case = counter.candidate()
    counter.evaluate(case)
    counter.communicate(case)
    profiling = str(uuid4())
    counter.office.hear("profiling.ProfilingStarted", UUID(case), profiling_id=profiling)
    counter.office.hear(
        "profiling.ProfileApproved", UUID(case), profiling_id=profiling, matrix_version="1", validated_on="2026-11-12"
    )
    counter.act("coordinator", "RequestRecheck", case, reason="Apareció una sanción.")
    assert counter.evaluate(case, disqualified=True)["result"] == "not_met"
    assert counter.state(case) == "eligible"
    completed = [event.data["result"] for event in counter.office.published() if event.type == "EntryCriteriaCompleted"]
    assert completed == ["met", "not_met"]


def test_a_second_identification_adds_a_source_and_no_case(counter: Counter) -> None:
    """OBJ-1, A01-3."""
    call = counter.open_call()
    case = counter.identify(call)
    assert counter.identify(call, source="field_day", source_ref="JOR-7", doc_no="52123456", names="Otra") == case
    assert counter.events(case) == ["CandidateIdentified", "CandidateSourceAdded"]
    person = {each["name"]: each for each in counter.ask("case", id=case, reveal=["i"])["person"]}
    assert person["names"]["value"]["value"] == "Rosalba Inés"


def test_who_withdrew_and_comes_again_gets_a_new_case_of_the_same_person(counter: Counter) -> None:
    call = counter.open_call()
    case = counter.identify(call)
    counter.act("caseworker", "WithdrawCase", case, reason_code="own_will", reason="Se va de la ciudad.")
    again = counter.identify(call, source_ref="SOL-2")
    assert again != case
    page, other = counter.ask("case", id=case), counter.ask("case", id=again)
    assert (page["state"], other["state"]) == ("withdrawn", "identified")
    assert page["candidate_id"] == other["candidate_id"]
    assert counter.identify(call, source_ref="SOL-3") == again


def test_a_number_mistyped_by_one_digit_is_suspected_and_a_coordinator_resolves_it(counter: Counter) -> None:
    """A01-3."""
    call = counter.open_call()
    first = counter.identify(call)
    second = counter.identify(call, doc_no="52123457", names="Rosalba", surnames="Inés Quitián-Torres")
    assert counter.ask("case", id=second)["tracks"] == {"duplicate": "suspected"}
    option = counter.ask("choices", to="suspicion", id=second)["items"]
    assert first in option[0]["label"]
    counter.act(
        "coordinator",
        "ResolveDuplicate",
        second,
        suspicion_id=option[0]["id"],
        resolution="distinct",
        reason="Son madre e hija.",
    )
    assert counter.ask("case", id=second)["tracks"] == {"duplicate": "clear"}


def test_twins_are_two_people_who_nobody_suspects(counter: Counter) -> None:
    """A01-3."""
    call = counter.open_call()
    counter.identify(call)
    twin = counter.identify(call, doc_no="52123457", names="Ramona Inés")
    assert counter.ask("case", id=twin)["tracks"] == {"duplicate": "clear"}


def test_letters_are_numbered_without_holes_although_some_are_refused(counter: Counter) -> None:
    """X-18."""
    call = counter.open_call()
    people = [counter.identify(call, doc_no=str(52123456 + 11 * n), names="Ana" + "ita" * n) for n in range(3)]
    for number, case in enumerate(people):
        counter.basic(case, doc_no=str(52123456 + 11 * number), names="Ana" + "ita" * number)
    counter.consolidate(call)
    numbers = []
    for case in people:
        counter.evaluate(case)
        try:
            counter.communicate(case)
        except Exception as refused:
            assert getattr(refused, "code", "") == "EVIDENCE_MISSING"
        counter.checks(case)
        numbers.append(counter.communicate(case)["number"])
    assert numbers == [f"FO-068-2026-{n:06d}" for n in (1, 2, 3)]


def test_a_case_that_ended_in_another_service_is_closed_here_too(counter: Counter) -> None:
    """X-11, CASE-3, OBJ-1: nothing more is done on it, and the same person may be a candidate again."""
    case = counter.candidate()
    counter.evaluate(case)
    counter.communicate(case)
    counter.act("coordinator", "RequestRecheck", case, reason="Cambió un dato.")
    counter.office.hear("profiling.CaseWithdrawn", UUID(case), reason_code="own_will")
    assert counter.state(case) == "withdrawn"
    for who, command, body in (
        ("caseworker", "EvaluateCriteria", {"as_of": "2026-11-10"}),
        ("caseworker", "WithdrawCase", {"reason_code": "own_will", "reason": "Se va"}),
    ):
        with pytest.raises(Refused) as refused:
            counter.act(who, command, case, **body)
        assert refused.value.code == "CASE_CLOSED"
    assert counter.identify(counter.open_call("AT-2026-2")) != case

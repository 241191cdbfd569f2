from __future__ import annotations

from typing import Any

import pytest

from tests.services.casework import Refused
from tests.services.intake.counter import Counter
from tests.services.intake.test_import import good_rows, list_of


def test_people_are_found_by_document_however_it_is_written(counter: Counter) -> None:
    case = counter.identify(counter.open_call())
    for number in ("52123456", "52.123.456", "052123456"):
        assert [each["case_id"] for each in counter.ask("people_search", document_number=number)["items"]] == [case]
    assert counter.ask("people_search", document_number="52123456", document_type="CE")["items"] == []
    assert counter.ask("people_search", document_number="52123457")["items"] == []


def test_people_are_found_by_the_beginnings_of_their_names(counter: Counter) -> None:
    call = counter.open_call()
    case = counter.identify(call)
    counter.app.run_import(counter.start_import(call, "lista.csv", list_of(*good_rows(5))))

    def found(name: str) -> list[str]:
        return [each["case_id"] for each in counter.ask("people_search", name=name)["items"]]

    assert found("rosal QUITIAN") == [case]
    assert found("Avendaño yam") != [] and case not in found("Avendaño yam")
    assert found("rosalba zzz") == []
    assert found("...") == []


def test_an_updated_name_is_found_under_the_new_one(counter: Counter) -> None:
    case = counter.identify(counter.open_call())
    counter.basic(case)
    assert counter.ask("people_search", name="rosalba")["items"]
    counter.basic(case, "UpdateBasicIdentification", names="Ester", version_reason="update")
    assert [each["case_id"] for each in counter.ask("people_search", name="ester")["items"]] == [case]
    assert counter.ask("people_search", name="rosalba")["items"] == []


def test_personal_values_are_masked_until_asked_for_by_who_may(counter: Counter) -> None:
    case = counter.identify(counter.open_call())

    def name(who: str, reveal: list[str]) -> dict[str, Any]:
        answer: dict[str, Any] = counter.ask("people", who, case_ids=[case], reveal=reveal)["items"][0]["name"]
        return answer

    assert name("caseworker", []) == {
        "personal": "i",
        "value": "R•••• I•••• Q•••• T••••",
        "masked": True,
        "may_reveal": True,
    }
    assert name("caseworker", ["i"])["value"] == "Rosalba Inés Quitián Torres"
    assert name("supervisor", ["i"]) == name("supervisor", []) | {"may_reveal": False, "masked": True}
    document = counter.ask("people", case_ids=[case])["items"][0]["document"]
    assert document["value"] == "•••••••456"


def test_the_auditor_reads_no_credit_data(counter: Counter) -> None:
    case = counter.candidate(requires_credit=True)
    person = {
        each["name"]: each["value"] for each in counter.ask("case", "auditor", id=case, reveal=["r", "s"])["person"]
    }
    assert person["requires_credit"]["masked"] and not person["requires_credit"]["may_reveal"]
    assert person["reads_writes"]["value"] == "sí"


def test_the_case_page_says_what_is_blocked_and_why(counter: Counter) -> None:
    call = counter.open_call()
    case = counter.identify(call)
    assert "lista consolidada" in counter.ask("case", id=case)["blocked"]["EvaluateCriteria"]
    counter.consolidate(call)
    assert "FO-203" in counter.ask("case", id=case)["blocked"]["EvaluateCriteria"]
    counter.basic(case)
    counter.evaluate(case)
    page = counter.ask("case", id=case, reveal=["s"])
    assert set(page["blocked"]) == {"RecordBasicIdentification", "ResolveDuplicate", "ExcludeBeneficiary"}
    facts = {each["label"]: each["value"] for each in page["facts"]}
    assert facts["Ruta"] == "Fortalecimiento"
    assert facts["Resultado"]["value"] == "Cumple"
    assert facts["G01 Ciudadanía"]["value"].startswith("Se cumple. ")


def test_calls_come_in_pages_with_versions_and_candidates(counter: Counter) -> None:
    calls = [counter.open_call(f"AT-{n}") for n in range(3)]
    counter.identify(calls[0])
    counter.act("coordinator", "CloseCall", calls[2], reason="Cupo completo")
    first = counter.ask("calls", "coordinator", limit=2)
    rest = counter.ask("calls", "coordinator", limit=2, cursor=first["next"])
    items = first["items"] + rest["items"]
    assert [(each["code"], each["version"], each["candidates"]) for each in items] == [
        ("AT-0", 1, 1),
        ("AT-1", 1, 0),
        ("AT-2", 2, 0),
    ]
    assert rest["next"] is None
    assert [each["code"] for each in counter.ask("calls", "coordinator", state="closed")["items"]] == ["AT-2"]
    assert [each["code"] for each in counter.ask("calls", "coordinator", text="at-1")["items"]] == ["AT-1"]


def test_an_import_answers_its_report_without_document_numbers(counter: Counter) -> None:
    import_id = counter.start_import(counter.open_call(), "lista.csv", list_of(*good_rows(2)))
    assert counter.ask("import", "coordinator", id=str(import_id))["report"] is None
    counter.app.run_import(import_id)
    found = counter.ask("import", "coordinator", id=str(import_id))
    assert found["report"]["accepted"] == 2
    assert set(found["report"]["verdicts"]) == {"2", "3"}
    assert good_rows(1)[0][4] not in str(found)
    assert counter.ask("imports", "coordinator")["items"][0]["id"] == str(import_id)


@pytest.mark.parametrize(
    ("query", "params", "code"),
    [
        ("case", {"id": "00000000-0000-4000-8000-000000000000"}, "NOT_FOUND"),
        ("case", {"id": "x"}, "FIELD_INVALID"),
        ("call", {"id": "00000000-0000-4000-8000-000000000000"}, "NOT_FOUND"),
        ("import", {"id": "00000000-0000-4000-8000-000000000000"}, "NOT_FOUND"),
        ("document", {"id": "00000000-0000-4000-8000-000000000000"}, "NOT_FOUND"),
        ("people_search", {}, "FIELD_INVALID"),
        ("people", {"case_ids": "all"}, "FIELD_INVALID"),
        ("calls", {"cursor": "%%%"}, "FIELD_INVALID"),
        ("calls", {"limit": "many"}, "FIELD_INVALID"),
        ("choices", {"to": "planet"}, "NOT_FOUND"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    counter: Counter, query: str, params: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        counter.ask(query, "coordinator", **params)
    assert refused.value.code == code


def test_operators_and_administrators_find_nobody_here(counter: Counter) -> None:
    case = counter.identify(counter.open_call())
    counter.office.hire("operator", "operator_staff", contract="C-1")
    counter.office.hire("admin", "administrator")
    with pytest.raises(Refused) as refused:
        counter.ask("case", "operator", id=case)
    assert refused.value.code == "NOT_FOUND"
    with pytest.raises(Refused) as refused:
        counter.ask("people_search", "admin", name="rosalba")
    assert refused.value.code == "NOT_AUTHORISED"

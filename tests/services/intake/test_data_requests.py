"""Requests of data subjects in intake (X-12, P-42, P-43, P-56 … P-58): terms, notices, answers and what follows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.intake.terms import ended
from shared.runtime.deadlines import settle
from shared.runtime.rebuild import rebuild
from tests.services.casework import Refused
from tests.services.intake import rights
from tests.services.intake.counter import Counter
from tests.services.intake.rights import answer, ask_data, ask_erasure, extend


@pytest.fixture(autouse=True)
def privacy(counter: Counter) -> None:
    rights.hire(counter)


def refused(code: str, act: Any, *args: Any, **changes: Any) -> Refused:
    with pytest.raises(Refused) as found:
        act(*args, **changes)
    assert found.value.code == code, found.value
    return found.value


def listed(counter: Counter, who: str = "privacy", **params: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = counter.ask("data_requests", who, **params)["items"]
    return items


def rights_lines(counter: Counter, case: str, who: str = "caseworker", **params: Any) -> list[tuple[str, Any]]:
    facts = counter.ask("case", who, id=case, **params)["facts"]
    return [(row["label"], row["value"]) for row in facts if row["group"] == "Protección de datos"]


@pytest.mark.parametrize(
    ("kind", "received", "due", "extendable"),
    [
        # 2 and 16 November 2026 are holidays.
        ("query", "2026-10-30", "2026-11-17", "2026-11-24"),
        ("claim", "2026-10-30", "2026-11-24", "2026-12-04"),
        ("erasure", "2026-10-29", "2026-11-23", "2026-12-03"),
        ("query", "2026-11-01", "2026-11-17", "2026-11-24"),
    ],
)
def test_the_term_counts_working_days_from_the_day_after_the_receipt(
    counter: Counter, kind: str, received: str, due: str, extendable: str
) -> None:
    """P-42, P-43: 10 working days for a query, 15 for the others; 5 and 8 more with notice."""
    given = ask_data(counter, counter.candidate(), kind, received)
    [row] = listed(counter)
    assert (given["due_on"], row["due_on"], row["extendable_until"]) == (due, due, extendable)
    assert row["legend_late"] is (kind != "query")


def test_only_the_privacy_officer_keeps_them_and_others_do_not_see_the_list(counter: Counter) -> None:
    """ROL-01, X-12"""
    case = counter.candidate()
    body = {"case": case, "kind": "query", "asked_by": "holder", "channel": "mail", "text": "x"}
    refused("NOT_AUTHORISED", counter.act, "caseworker", "OpenDataRequest", **body)
    request = ask_data(counter, case)["id"]
    for query, params in (("data_requests", {}), ("data_request", {"id": request}), ("legal_holds", {})):
        refused("NOT_AUTHORISED", counter.ask, query, "caseworker", **params)
        assert counter.ask(query, "auditor", **params)


def test_who_asks_for_another_shows_by_what_right(counter: Counter) -> None:
    """Ley 1581 de 2012 art. 20, Decreto 1377 de 2013 art. 20: successors and attorneys prove it."""
    case = counter.candidate()
    assert refused("FIELD_INVALID", ask_data, counter, case, asked_by="attorney").field == "evidence"
    ask_data(counter, case, asked_by="successor", evidence=counter.file())
    assert "un causahabiente" in listed(counter)[0]["label"]


def test_the_notice_goes_out_before_the_first_term_ends_and_once(counter: Counter) -> None:
    """P-43: the last day of the first term still counts, the next one does not."""
    case = counter.candidate()
    request = ask_data(counter, case, "query", "2026-10-30")["id"]
    refused("EXTENSION_TOO_LATE", extend, counter, request, "2026-11-20", "2026-11-18")
    for wrong in ("2026-11-17", "2026-11-25"):
        assert refused("FIELD_INVALID", extend, counter, request, wrong, "2026-11-17").field == "answer_by"
    assert extend(counter, request, "2026-11-24", "2026-11-17")["due_on"] == "2026-11-24"
    refused("EXTENSION_USED", extend, counter, request, "2026-11-24", "2026-11-18")


def test_a_claim_that_lacks_something_waits_two_months_and_is_then_withdrawn(counter: Counter) -> None:
    """Ley 1581 de 2012 art. 15 num. 1 (P-56, P-57)."""
    case = counter.candidate()
    ask = ("privacy", "AskDataRequestCompletion")
    query = ask_data(counter, case)["id"]
    refused("FIELD_INVALID", counter.act, *ask, query, on="2026-11-04", missing="¿Cuál dato?")
    claim = ask_data(counter, case, "claim", "2026-11-03")["id"]
    refused("COMPLETION_TOO_LATE", counter.act, *ask, claim, on="2026-11-11", missing="¿Cuál dato?")
    assert counter.act(*ask, claim, on="2026-11-10", missing="¿Cuál dato?")["lapses_on"] == "2027-01-10"
    assert refused("DATA_REQUEST_INCOMPLETE", answer, counter, claim).refusal["parameters"]["until"] == "2027-01-10"
    settled = lambda day: settle(counter.app, ended, day, lambda: False)  # noqa: E731
    assert settled(date(2027, 1, 10)) == 0
    assert settled(date(2027, 1, 11)) == 1 and settled(date(2027, 1, 12)) == 0
    assert {row["id"]: row["state"] for row in listed(counter)}[claim] == "lapsed"
    refused("DATA_REQUEST_ALREADY_ANSWERED", answer, counter, claim)


def test_a_completed_claim_has_its_whole_term_from_that_day(counter: Counter) -> None:
    """Ley 1581 de 2012 art. 15 num. 2: the claim counts as received when it is complete."""
    case = counter.candidate()
    claim = ask_data(counter, case, "claim", "2026-11-03")["id"]
    refused("STEP_OUT_OF_ORDER", counter.act, "privacy", "CompleteDataRequest", claim, on="2026-11-06")
    counter.act("privacy", "AskDataRequestCompletion", claim, on="2026-11-05", missing="La copia")
    found = counter.act("privacy", "CompleteDataRequest", claim, on="2026-11-17", evidence=counter.file())
    assert found["due_on"] == "2026-12-09"
    refused(
        "COMPLETION_TOO_LATE", counter.act, "privacy", "AskDataRequestCompletion", claim, on="2026-11-17", missing="Más"
    )


def test_what_comes_after_the_two_months_is_a_new_claim(counter: Counter) -> None:
    """P-57: also where the system has not recorded the end yet."""
    case = counter.candidate()
    claim = ask_data(counter, case, "claim", "2026-08-31")["id"]
    asked = counter.act("privacy", "AskDataRequestCompletion", claim, on="2026-09-07", missing="La copia")
    assert asked["lapses_on"] == "2026-11-07"
    refused("DATA_REQUEST_TERM_OVER", counter.act, "privacy", "CompleteDataRequest", claim, on="2026-11-09")


def test_a_refusal_names_its_ground_and_a_late_answer_is_marked(counter: Counter) -> None:
    """X-12: the duty to answer does not end with the term."""
    case = counter.candidate()
    request = ask_data(counter, case, "claim", "2026-10-15")["id"]
    assert [row["state"] for row in listed(counter, state="overdue")] == ["overdue"]
    assert refused("FIELD_INVALID", answer, counter, request, "refused", ground=None).field == "ground"
    answer(counter, request, "partly", ground="accurate")
    [row] = listed(counter, state="answered")
    assert (row["outcome"], row["ground"], row["late"]) == ("partly", "accurate", True)
    refused("DATA_REQUEST_ALREADY_ANSWERED", answer, counter, request)
    assert listed(counter, state="due") == []


def test_while_a_claim_is_open_the_case_says_so(counter: Counter) -> None:
    """Ley 1581 de 2012 art. 15 num. 2: the legend and its motive, for everybody who works with the data."""
    case = counter.candidate()
    request = ask_data(counter, case, "claim", "2026-11-19", text="Mi teléfono está mal")["id"]
    page = counter.ask("case", id=case)
    assert page["tracks"]["data_claim"] == "in_process" and page["targets"] == []
    (label, stands), (motive, text) = rights_lines(counter, case)
    assert (label, motive) == ("Reclamo recibido el 2026-11-19", "Motivo") and stands.startswith("Reclamo en trámite")
    assert (text["masked"], "teléfono" in str(text["value"])) == (True, False)
    assert rights_lines(counter, case, reveal=["i"])[1][1]["value"] == "Mi teléfono está mal"
    acts = {one for each in counter.ask("case", "privacy", id=case)["targets"] for one in each["commands"]}
    assert acts == {"AnswerDataRequest", "ExtendDataRequest", "AskDataRequestCompletion"}
    answer(counter, request, on="2026-11-20")
    assert "data_claim" not in counter.ask("case", id=case)["tracks"]
    assert rights_lines(counter, case)[0][1] == "Concedida el 2026-11-20"


def test_a_query_leaves_no_legend(counter: Counter) -> None:
    case = counter.candidate()
    ask_data(counter, case)
    assert "data_claim" not in counter.ask("case", id=case)["tracks"]


def test_what_was_granted_leads_to_the_erasure_and_only_for_that_person(counter: Counter) -> None:
    """X-12: request and erasure know each other."""
    call = counter.open_call()
    case, other = counter.candidate(call), counter.identify(call, doc_no="79.111.222", names="Ana", surnames="Rey")
    rights.withdraw(counter, case)
    rights.withdraw(counter, other)
    request = ask_data(counter, case, "erasure")["id"]
    refused("STEP_OUT_OF_ORDER", ask_erasure, counter, case, request=request)
    answer(counter, request)
    assert [row["state"] for row in listed(counter)] == ["to_erase"]
    refused("NOT_FOUND", ask_erasure, counter, other, request=request)
    choices = counter.ask("choices", "privacy", to="data_request", case_id=case)["items"]
    assert [one["id"] for one in choices] == [request]
    erasure = ask_erasure(counter, case, request=request)
    [row] = listed(counter)
    assert (row["state"], row["erasure"]) == ("answered", erasure)


def test_what_was_said_goes_with_the_person(counter: Counter) -> None:
    """X-12: texts and files of a request are the person's data; that there was one stays."""
    case = counter.candidate()
    evidence = counter.app.files.keep_alone([b"%PDF-1.7 poder"], "m", "application/pdf", "poder.pdf").id
    request = ask_data(counter, case, "erasure", asked_by="attorney", evidence=evidence)["id"]
    answer(counter, request)
    found = counter.ask("data_request", "privacy", id=request, reveal=["i"])
    assert [one["text"]["value"] for one in found["texts"]] == ["¿Qué tienen de mí?", "Esto es lo que hay."]
    may = counter.office.definition.may_read
    assert may is not None
    people = counter.office.people
    assert may(counter.app, people["privacy"], evidence) and not may(counter.app, people["caseworker"], evidence)
    rights.withdraw(counter, case)
    erasure = ask_erasure(counter, case, request=request)
    rights.wait(counter)
    counter.act("second_privacy", "ConfirmKeyDestruction", erasure, on="2026-11-20")
    counter.app.execute_destructions()
    found = counter.ask("data_request", "privacy", id=request, reveal=["i"])
    assert [one["text"]["value"] for one in found["texts"]] == [None, None]
    with pytest.raises(Exception, match="FILE_ERASED"):
        counter.app.files.read(evidence)


def test_nothing_of_it_leaves_the_service_and_a_rebuild_gives_the_same(counter: Counter) -> None:
    """EVT-2: the others hear that there was a request, and not what it says."""
    case = counter.candidate()
    request = ask_data(counter, case, "claim", text="Bórrenme el teléfono 3991234567")["id"]
    answer(counter, request)
    told = [each for each in counter.office.published() if each.type.startswith("DataRequest")]
    assert [(each.type, str(each.subject), each.data) for each in told] == [
        ("DataRequestOpened", case, {}),
        ("DataRequestAnswered", case, {}),
    ]
    before = counter.ask("data_request", "privacy", id=request)
    rebuild(counter.app, counter.office.definition)
    assert counter.ask("data_request", "privacy", id=request) == before

"""ROL-02: staff of an operator find the cases of their contract, from the hand-over until it is no longer theirs."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from tests.services.casework import Refused
from tests.services.intake.counter import Counter

OURS, THEIRS = uuid4(), uuid4()


@pytest.fixture
def case(any_counter: Counter) -> str:
    """A case with its letter, and the staff of two contracts."""
    case = any_counter.candidate()
    any_counter.evaluate(case)
    any_counter.communicate(case)
    any_counter.office.hire("ours", "operator_staff", contract=str(OURS))
    any_counter.office.hire("theirs", "operator_staff", contract=str(THEIRS))
    return case


def finds(counter: Counter, who: str, case: str) -> bool:
    """Whether the page, the paper, the names and the search show the case; they agree."""
    paper = counter.ask("case", id=case)["documents"][0]["id"]
    answers = {
        bool(counter.ask("people", who=who, case_ids=[case])["items"]),
        bool(counter.ask("people_search", who=who, document_number="52123456")["items"]),
    }
    for query, params in (("case", {"id": case}), ("document", {"id": paper}), ("choices", {"id": case})):
        try:
            counter.ask(query, who=who, **params, **({"to": "suspicion"} if query == "choices" else {}))
            answers.add(True)
        except Refused as refused:
            assert refused.code == "NOT_FOUND"
            answers.add(False)
    assert len(answers) == 1
    return answers.pop()


def hand_over(counter: Counter, case: str) -> None:
    for event in ("HandedOver", "HandedOver"):  # heard twice, it is one hand-over
        counter.office.hear(
            f"assistance.{event}", UUID(case), contract_id=str(OURS), team_id=None, call_id=str(uuid4())
        )


def test_an_operator_finds_a_case_from_the_hand_over_on_and_another_operator_does_not(
    any_counter: Counter, case: str
) -> None:
    """ROL-02: the case of another contract is not found, as if it did not exist."""
    assert not finds(any_counter, "ours", case)
    hand_over(any_counter, case)
    assert finds(any_counter, "ours", case)
    assert not finds(any_counter, "theirs", case)
    assert finds(any_counter, "caseworker", case)
    tried = [row for row in any_counter.app.access.entries(limit=5_000) if row["act"] == "case"]
    assert {(row["what"], row["code"], row["case_id"]) for row in tried} == {("denied", "OUTSIDE_CONTRACT", case)}
    assert [row["person"] for row in tried] == [any_counter.office.person(who) for who in ("ours", "theirs")]


def test_an_operator_who_refuses_the_case_finds_it_no_more(any_counter: Counter, case: str) -> None:
    """ROL-02 after `HandoverRejected`."""
    hand_over(any_counter, case)
    any_counter.office.hear(
        "assistance.HandoverRejected", UUID(case), contract_id=str(OURS), team_id=None, call_id=str(uuid4())
    )
    assert not finds(any_counter, "ours", case)


def test_a_transferred_case_is_found_by_the_new_contract_alone(any_counter: Counter, case: str) -> None:
    """ROL-02 after `ExecutorTransferred`, to another contract and then to a team of the IPES."""
    hand_over(any_counter, case)
    call, team = str(uuid4()), str(uuid4())
    moved = {"old_contract_id": str(OURS), "old_team_id": None, "new_contract_id": str(THEIRS), "new_team_id": None}
    any_counter.office.hear("assistance.ExecutorTransferred", UUID(case), **moved, call_id=call)
    assert not finds(any_counter, "ours", case)
    assert finds(any_counter, "theirs", case)
    back = {"old_contract_id": str(THEIRS), "old_team_id": None, "new_contract_id": None, "new_team_id": team}
    any_counter.office.hear("assistance.ExecutorTransferred", UUID(case), **back, call_id=call)
    assert not finds(any_counter, "theirs", case)


def test_what_an_operator_finds_is_masked(any_counter: Counter, case: str) -> None:
    """ROL-02: to find the case is not to read the person's data."""
    hand_over(any_counter, case)
    shown = any_counter.ask("people", who="ours", case_ids=[case], reveal=["i"])["items"][0]["name"]
    assert "Rosalba" not in str(shown)

"""The exclusion register (3.4), what it does to G10, and the exits that name it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.casework import Refused
from tests.services.intake.counter import ROSALBA, Counter
from tests.services.intake.test_merging import MISTYPED, merge, pair, split

EXCLUSION: dict[str, Any] = {
    "doc_type": "CC",
    "doc_no": ROSALBA["doc_no"],
    "kind": "administrative",
    "service": "market_square",
    "act_no": "R-118-2026",
    "act_date": "2026-09-30",
    "body": "Subdirección de plazas de mercado",
    "reason": "Incumplimiento del reglamento",
    "from_date": "2026-10-01",
}


def register(counter: Counter, **changes: Any) -> str:
    return str(counter.act("coordinator", "RegisterExclusion", **(EXCLUSION | changes))["id"])


def approved(counter: Counter, **changes: Any) -> str:
    exclusion = register(counter, **changes)
    counter.act("subdirector", "ApproveExclusion", exclusion)
    return exclusion


def refused(counter: Counter, code: str, who: str, command: str, target: str | None = None, **body: Any) -> None:
    with pytest.raises(Refused) as found:
        counter.act(who, command, target, **body)
    assert found.value.code == code, str(found.value)


def test_two_people_register_an_exclusion(counter: Counter) -> None:
    """EXC-1: the coordinator enters, the subdirector approves; never one natural person."""
    exclusion = register(counter)
    refused(counter, "NOT_AUTHORISED", "coordinator", "ApproveExclusion", exclusion)
    counter.office.hire("both", "subdirector", person=counter.office.people["coordinator"].person)
    refused(counter, "SOD_VIOLATION", "both", "ApproveExclusion", exclusion)
    counter.act("subdirector", "ApproveExclusion", exclusion)
    refused(counter, "EXCLUSION_SETTLED", "subdirector", "ApproveExclusion", exclusion)
    assert [row["state"] for row in counter.ask("exclusions", "auditor")["items"]] == ["in_force"]
    with pytest.raises(Refused):
        counter.ask("exclusions", "caseworker")


@pytest.mark.parametrize(
    ("dates", "result"),
    [
        ({"from_date": "2026-10-01"}, "not_met"),
        ({"from_date": "2026-11-11"}, "met"),
        ({"from_date": "2026-10-01", "to_date": "2026-11-09"}, "met"),
        ({"from_date": "2026-10-01", "to_date": "2026-11-10"}, "not_met"),
    ],
)
def test_an_exclusion_counts_by_its_dates(counter: Counter, dates: dict[str, str], result: str) -> None:
    """EXC-2, G10: before, during and after, whatever is declared."""
    case = counter.candidate()
    approved(counter, **dates)
    assert counter.evaluate(case, excluded=False)["result"] == result


def test_a_lifted_exclusion_counts_no_more(counter: Counter) -> None:
    """EXC-2, G10: lifting is a new event; the case hears of it."""
    case = counter.candidate()
    exclusion = approved(counter)
    refused(counter, "NOT_AUTHORISED", "coordinator", "LiftExclusion", exclusion, reason="Pagó")
    counter.act("subdirector", "LiftExclusion", exclusion, reason="Pagó")
    assert counter.evaluate(case)["result"] == "met"
    assert {"ExclusionRegistered", "ExclusionLifted"} <= set(counter.events(case))
    refused(counter, "EXCLUSION_NOT_IN_FORCE", "subdirector", "LiftExclusion", exclusion, reason="Otra vez")


def test_a_person_without_a_case_can_be_excluded_and_is_recognised_later(counter: Counter) -> None:
    """EXC-3: registered without a case; the case that comes later knows it."""
    approved(counter)
    case = counter.candidate()
    assert "ExclusionRegistered" in counter.events(case)
    assert counter.evaluate(case)["result"] == "not_met"


def test_an_open_case_leaves_by_an_exclusion_in_force(counter: Counter) -> None:
    """CASE-3: it names an exclusion that counts on the day."""
    case = counter.candidate()
    exclusion = register(counter)
    body = {"exclusion": exclusion, "reason": "Exclusión vigente"}
    refused(counter, "EXCLUSION_NOT_IN_FORCE", "subdirector", "ExcludeBeneficiary", case, **body)
    counter.act("subdirector", "ApproveExclusion", exclusion)
    refused(counter, "NOT_AUTHORISED", "caseworker", "ExcludeBeneficiary", case, **body)
    refused(counter, "EXCLUSION_NOT_IN_FORCE", "subdirector", "ExcludeBeneficiary", case, on="2026-09-30", **body)
    counter.act("subdirector", "ExcludeBeneficiary", case, **body)
    assert counter.state(case) == "excluded"
    refused(counter, "CASE_CLOSED", "subdirector", "ExcludeBeneficiary", case, **body)


def test_a_death_is_recorded_at_once(counter: Counter) -> None:
    """CASE-3, AMB-14."""
    case = counter.candidate()
    refused(counter, "FIELD_INVALID", "caseworker", "RecordDeath", case, died_on="2026-11-11", source="Un familiar")
    counter.act("caseworker", "RecordDeath", case, died_on="2026-11-08", source="Un familiar")
    assert counter.state(case) == "deceased"
    refused(counter, "CASE_CLOSED", "caseworker", "WithdrawCase", case, reason_code="own_will", reason="x")


def test_an_exclusion_cannot_end_before_it_begins(counter: Counter) -> None:
    """EXC-1."""
    refused(
        counter, "FIELD_INVALID", "coordinator", "RegisterExclusion", None, **(EXCLUSION | {"to_date": "2026-09-30"})
    )


def _exclusions_told(counter: Counter, case: str) -> list[tuple[str, Any]]:
    told = [each for each in counter.office.published() if str(each.subject) == case]
    return [(each.type, each.data.get("to_date")) for each in told if each.type.startswith("Exclusion")]


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_exclusion_under_the_document_of_a_merged_case_counts_for_the_survivor(counter: Counter, when: str) -> None:
    """G10, EXC-2, A01-3: whether it was approved before the merge or after; parted, it was never the survivor's."""
    survivor, other = pair(counter)
    excluded = {"doc_no": MISTYPED["doc_no"]}
    if when == "before":
        approved(counter, **excluded)
    merge(counter, survivor, other)
    if when == "after":
        approved(counter, **excluded)
    assert _exclusions_told(counter, survivor) == [("ExclusionRegistered", None)]
    assert counter.evaluate(survivor)["result"] == "not_met"
    split(counter, other, on="2026-11-11")
    assert _exclusions_told(counter, survivor)[1:] == [("ExclusionLifted", "2026-09-30")]
    again = {"on": "2026-11-12", "as_of": "2026-11-12"}
    assert counter.evaluate(survivor, **again)["result"] == "met"
    assert _exclusions_told(counter, other) == [("ExclusionRegistered", None)]
    merge(counter, survivor, other, on="2026-11-12")
    assert _exclusions_told(counter, survivor)[2:] == [("ExclusionRegistered", None)]


def test_what_is_lifted_while_two_cases_are_merged_is_lifted_for_both(counter: Counter) -> None:
    """EXC-2, A01-3: the survivor hears of it, and so does the other case for when they are parted."""
    survivor, other = pair(counter)
    exclusion = approved(counter, doc_no=MISTYPED["doc_no"])
    merge(counter, survivor, other)
    counter.act("subdirector", "LiftExclusion", exclusion, on="2026-11-11", reason="Pagó")
    for case in (survivor, other):
        assert _exclusions_told(counter, case)[-1] == ("ExclusionLifted", "2026-11-10")

"""Households, and the second benefit in one of them (act. 1, CRI-5)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.services.casework import Refused
from tests.services.intake.counter import ROSALBA, Counter

NIDIA = {"doc_no": "41.900.111", "names": "Nidia", "surnames": "Torres Rojas", "birth_date": "1990-02-01"}
AMPARO = {"doc_no": "39.800.222", "names": "Amparo", "surnames": "Rojas Peña", "birth_date": "1970-07-09"}


def link(
    counter: Counter, case: str, *members: str, who: str = "caseworker", on: str = "2026-11-10", **body: Any
) -> Any:
    rows = [{"case": each, "kinship": "sibling"} for each in members]
    return counter.act(who, "LinkHousehold", case, on=on, **({"household_type": "extended", "members": rows} | body))


def refused(counter: Counter, case: str, *members: str, **changes: Any) -> Refused:
    with pytest.raises(Refused) as found:
        link(counter, case, *members, **changes)
    return found.value


def second(counter: Counter, call: str, **changes: Any) -> str:
    """Another person of the call, ready for act. 2."""
    person = ROSALBA | NIDIA | changes
    case = counter.identify(call, **person)
    counter.basic(case, **person)
    counter.consolidate(call)
    counter.checks(case)
    return case


def flags(counter: Counter, case: str) -> int:
    return counter.events(case).count("HouseholdSecondBenefitFlagged")


def delivered(counter: Counter, case: str, on: str) -> None:
    facts = {"decision_id": str(uuid4()), "fo128_no": "2026-000009", "lines": [], "complete": True}
    told = facts | {"delivery_id": str(uuid4()), "delivered_on": on}
    counter.office.hear("inventory.IncentiveDelivered", UUID(case), on=on, **told)


def test_a_household_has_a_type_and_members_with_their_kinship(counter: Counter) -> None:
    """AMB-28: every member who is a candidate is linked to the same household; only its id is published."""
    call = counter.open_call()
    case, other = counter.identify(call), counter.identify(call, **(ROSALBA | NIDIA))
    answer = link(counter, case, other)
    told = [each for each in counter.office.published() if each.type == "HouseholdLinked"]
    assert {(each.subject, each.data["household_id"]) for each in told} == {
        (UUID(case), answer["household_id"]),
        (UUID(other), answer["household_id"]),
    }
    assert all(set(each.data) == {"household_id"} for each in told)
    facts = counter.ask("case", id=case, reveal=["s"])["facts"]
    shown = [(each["label"], each["value"]["value"]) for each in facts if each["group"] == "Núcleo familiar"]
    assert shown == [("Tipo de hogar", "Extensa"), ("Integrante", f"Caso {other[:8]} (Hermano(a))")]
    hidden = counter.ask("case", "training", id=case)["facts"]
    assert "Extensa" not in str([each for each in hidden if each["group"] == "Núcleo familiar"])


def test_two_households_that_turn_out_to_be_one_stay_together(counter: Counter) -> None:
    """CRI-5: who lives with a member is in the household too, and nobody is linked twice."""
    call = counter.open_call()
    case, other = counter.identify(call), counter.identify(call, **(ROSALBA | NIDIA))
    third = counter.identify(call, **(ROSALBA | AMPARO))
    first = link(counter, other, third)["household_id"]
    assert link(counter, case, other)["household_id"] == first
    link(counter, case, other)
    assert [counter.events(each).count("HouseholdLinked") for each in (case, other, third)] == [2, 1, 1]


def test_members_are_other_people_named_once(counter: Counter) -> None:
    """AMB-28: whom the facts of the household name."""
    call = counter.open_call()
    case, other = counter.identify(call), counter.identify(call, **(ROSALBA | NIDIA))
    for members in ((case,), (other, other)):
        found = refused(counter, case, *members)
        assert (found.code, found.field) == ("FIELD_INVALID", f"members[{len(members) - 1}].case")
    assert refused(counter, case, str(uuid4())).code == "NOT_FOUND"
    both = [{"case": other, "name": "Nidia", "kinship": "sibling"}]
    assert refused(counter, case, members=both).code == "FIELD_INVALID"
    assert refused(counter, case, members=[{"kinship": "sibling"}]).field == "members[0].case"
    assert refused(counter, case, members=[]).field == "members"
    assert refused(counter, case, other, household_type="single_person").field == "members"
    link(counter, case, household_type="single_person", members=[])


def test_a_member_without_a_case_is_kept_by_name(counter: Counter) -> None:
    """AMB-28, EVT-2: the name is personal and stays out of what is published."""
    case = counter.identify(counter.open_call())
    link(counter, case, members=[{"name": "Efraín Torres", "kinship": "parent"}])
    facts = counter.ask("case", id=case, reveal=["s"])["facts"]
    assert "Efraín Torres (Padre o madre)" in [
        each["value"]["value"] for each in facts if each["label"] == "Integrante"
    ]


def test_a_caseworker_links_households_of_open_cases(counter: Counter) -> None:
    """ROL-01, X-08"""
    call = counter.open_call()
    case, other = counter.identify(call), counter.identify(call, **(ROSALBA | NIDIA))
    assert refused(counter, case, other, who="coordinator").code == "NOT_AUTHORISED"
    assert refused(counter, case, other, on="2026-11-02").code == "DATE_BEFORE_PRECONDITION"
    counter.act("caseworker", "WithdrawCase", case, reason_code="own_will", reason="x")
    assert refused(counter, case, other).code == "CASE_CLOSED"


def test_the_type_of_the_linked_household_is_a_fact_for_the_criteria(counter: Counter) -> None:
    """AMB-17: the household has a type; what was linked last counts."""
    case = counter.identify(counter.open_call())
    link(counter, case, household_type="blended", members=[{"name": "Efraín Torres", "kinship": "partner"}])
    person = counter.ask("case", id=case, reveal=["s"])["person"]
    assert [each["value"]["value"] for each in person if each["name"] == "household_type"] == ["blended"]


def test_a_further_member_in_the_same_call_is_flagged_and_not_refused(counter: Counter) -> None:
    """CRI-5, AMB-28: at act. 2, once, whatever the result; shown on the page."""
    case = counter.candidate()
    other = second(counter, counter.ask("case", id=case)["call"]["id"])
    link(counter, case, other)
    assert counter.evaluate(case)["result"] == "met"
    counter.evaluate(case)
    assert (flags(counter, case), flags(counter, other)) == (1, 0)
    flagged = [each for each in counter.ask("case", id=case)["facts"] if each["label"] == "Segundo beneficio"]
    assert [each["value"] for each in flagged] == [f"Caso {other}"]
    told = [each for each in counter.office.published() if each.type == "HouseholdSecondBenefitFlagged"]
    assert [set(each.data) for each in told] == [{"household_id"}]


@pytest.mark.parametrize(("closed", "flagged"), [(False, 1), (True, 0)])
def test_a_further_member_in_another_call_counts_while_it_is_open(counter: Counter, closed: bool, flagged: int) -> None:
    """CRI-5: the same call, or another one that is open."""
    case, elsewhere = counter.candidate(), counter.open_call("AT-2026-2")
    link(counter, case, counter.identify(elsewhere, **(ROSALBA | NIDIA)))
    if closed:
        counter.act("coordinator", "CloseCall", elsewhere, reason="Terminó")
    counter.evaluate(case)
    assert flags(counter, case) == flagged


@pytest.mark.parametrize(("on", "flagged"), [("2025-11-09", 0), ("2025-11-10", 1), ("2026-11-10", 1)])
def test_an_incentive_of_a_member_counts_for_twelve_months(counter: Counter, on: str, flagged: int) -> None:
    """CRI-5, P-53: also when that member's case is over."""
    case = counter.candidate()
    other = counter.identify(counter.open_call("AT-2026-2"), **(ROSALBA | NIDIA))
    link(counter, case, other)
    delivered(counter, other, on)
    counter.act("caseworker", "WithdrawCase", other, reason_code="own_will", reason="x")
    counter.evaluate(case)
    assert flags(counter, case) == flagged


def test_a_delivery_raises_the_flag_again(counter: Counter) -> None:
    """CRI-5, INV-14: at act. 2 and once more when the incentive is delivered."""
    case = counter.candidate()
    link(counter, case, second(counter, counter.ask("case", id=case)["call"]["id"]))
    counter.evaluate(case)
    delivered(counter, case, "2026-11-15")
    assert flags(counter, case) == 2


def test_a_delivery_to_a_person_alone_flags_nothing(counter: Counter) -> None:
    """CRI-5, INV-14"""
    case = counter.candidate()
    delivered(counter, case, "2026-11-15")
    assert flags(counter, case) == 0

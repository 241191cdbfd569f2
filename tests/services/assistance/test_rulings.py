"""Rulings on the ambiguities of acts 13 to 16 (3.5): selection, the next call, who may be strengthened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.assistance.definition import SERVICE
from tests.services import bodies
from tests.services.assistance.field import Field
from tests.services.casework import CATALOGUE, TODAY, Refused, office


@pytest.fixture
def scarce(tmp_path: Path) -> Iterator[Field]:
    """A call with one place."""
    with office(SERVICE, tmp_path) as desk:
        yield Field(desk, quota=1)


def strengthened(field: Field) -> UUID:
    """A case whose unit was not validated and whose components were strengthened."""
    case = field.valued(field.enrolled(), "no_apto")
    field.desk.act("second_caseworker", "DeclareUnitResult", case, **bodies.result("no_apto", "technical"))
    body: dict[str, Any] = {"components": ["technical"], "professional": field.desk.person("adviser")}
    field.desk.act("adviser", "OpenStrengthening", case, **body)
    field.desk.act(
        "adviser", "CloseStrengthening", case, outcomes=[{"component": "technical", "outcome": "strengthened"}]
    )
    return case


def test_apto_preselects_and_the_handover_selects(scarce: Field) -> None:
    """AMB-07: "apto" takes no place of the cohort; the hand-over does, as long as the quota of the call has one."""
    first, second = scarce.preselected(), scarce.preselected()
    assert (scarce.state(first), scarce.state(second)) == ("preselected", "preselected")
    scarce.hand_over(first)
    with pytest.raises(Refused) as refused:
        scarce.hand_over(second)
    assert refused.value.code == "QUOTA_FULL"
    scarce.desk.act("operator", "AcceptHandover", first, on="2026-11-14")
    assert (scarce.state(first), scarce.state(second)) == ("in_assistance", "preselected")


def test_a_strengthened_unit_waits_for_the_next_call_and_is_valued_anew(field: Field) -> None:
    """AMB-09, A15-2: not the same call; the new valuation stands beside the old one."""
    case = strengthened(field)
    assert field.state(case) == "waiting_next_call"
    with pytest.raises(Refused) as refused:
        field.desk.act("caseworker", "EnrolInNextCall", case, call=field.call)
    assert refused.value.code == "CALL_NOT_NEXT"
    field.desk.act("caseworker", "EnrolInNextCall", case, call=field.desk.call())
    field.valued(case)
    field.desk.act("second_caseworker", "DeclareUnitResult", case, **bodies.result())
    assert field.state(case) == "preselected"
    papers = [each["code"] for each in field.desk.ask("case", id=str(case))["documents"]]
    assert [papers.count(code) for code in ("FO-781", "FO-779", "FO-780", "FRM-13")] == [2, 2, 2, 2]


def test_nobody_reaches_the_strengthening_who_did_not_pass_the_validation_of_the_profile() -> None:
    """AMB-31: every way of the procedure from the identification to act. 15 leads through an approved profile."""
    states = CATALOGUE.procedure("PR-156", TODAY).states
    reached, newest = {"identified"}, {"identified"}
    while newest:
        newest = {after for state in newest for after in states[state].next} - reached - {"profile_approved"}
        reached |= newest
    assert "alternatives_pending" in reached
    assert not reached & {"accepted", "committed", "strengthening", "waiting_next_call"}


def test_a_trader_who_was_not_offered_the_service_is_not_strengthened(field: Field) -> None:
    """AMB-31: act. 15 adds no new entrant, whatever its title says of traders."""
    case = field.desk.candidate(field.call)
    body: dict[str, Any] = {"components": ["technical"], "professional": field.desk.person("adviser")}
    for command, facts in (("OpenStrengthening", body), ("EnrolInNextCall", {"call": field.call})):
        with pytest.raises(Refused) as refused:
            field.desk.act("caseworker", command, case, **facts)
        assert refused.value.code == "STEP_OUT_OF_ORDER"

"""Strengthening of components before the next call (act. 15), and the plan that rests on a diagnosis."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.services import bodies
from tests.services.assistance.field import Field
from tests.services.casework import Refused

MEETING = {"topic": "costos", "hours": "2.50", "result": "Ya separa costos fijos y variables"}
CLOSE = {"outcomes": [{"component": "technical", "outcome": "strengthened"}]}
ACTS: tuple[tuple[str, dict[str, Any]], ...] = (("RecordStrengtheningMeeting", MEETING), ("CloseStrengthening", CLOSE))


def not_apt(field: Field) -> UUID:
    """A case whose unit is not apt: its technical component is to be strengthened."""
    case = field.valued(field.enrolled(), "no_apto")
    field.desk.act("second_caseworker", "DeclareUnitResult", case, **bodies.result("no_apto", "technical"))
    return case


def opened(field: Field) -> UUID:
    case = not_apt(field)
    body = {"components": ["technical"], "professional": field.desk.person("adviser")}
    field.desk.act("adviser", "OpenStrengthening", case, on="2026-11-11", **body)
    return case


def refused(field: Field, case: UUID, who: str, command: str, on: str = "2026-11-12", **body: Any) -> Refused:
    with pytest.raises(Refused) as found:
        field.desk.act(who, command, case, on=on, **body)
    return found.value


def test_a_meeting_keeps_its_topic_hours_and_result(field: Field) -> None:
    """A15: on the page of the case, masked until asked; nothing of it is published."""
    case = opened(field)
    field.desk.act("adviser", "RecordStrengtheningMeeting", case, on="2026-11-12", **MEETING, next_on="2026-11-19")
    field.desk.act("caseworker", "RecordStrengtheningMeeting", case, on="2026-11-12", **MEETING)
    facts = field.desk.ask("case", "caseworker", id=str(case), reveal=["s"])["facts"]
    held = [row for row in facts if row["group"] == "Fortalecimiento"]
    assert [row["label"] for row in held] == ["Reunión del 2026-11-12", "Resultado"] * 2
    assert held[0]["value"] == "Costos, 2.50 h"
    assert held[1]["value"]["value"] == MEETING["result"]
    assert field.state(case) == "strengthening"
    told = [event for event in field.desk.published() if event.type == "StrengtheningMeetingHeld"]
    assert [(event.audience, event.data) for event in told] == [("-", {})] * 2
    field.desk.act("caseworker", "CloseStrengthening", case, on="2026-11-12", **CLOSE)
    assert field.state(case) == "waiting_next_call"


def test_the_operator_does_not_strengthen(field: Field) -> None:
    """A15-1: the professionals of the entity do it."""
    case = opened(field)
    body = {"components": ["technical"], "professional": field.desk.person("operator")}
    for command, given in (*ACTS, ("OpenStrengthening", body)):
        assert refused(field, case, "operator", command, **given).code == "NOT_AUTHORISED"


def test_meetings_stand_between_opening_and_closing_in_their_order(field: Field) -> None:
    """A15, X-08: none before the opening, none dated before the last act, none after the closing."""
    case = not_apt(field)
    for command, body in ACTS:
        assert refused(field, case, "adviser", command, **body).code == "STEP_OUT_OF_ORDER"
    blocked = field.desk.ask("case", id=str(case))["blocked"]
    assert "Abra primero" in blocked["RecordStrengtheningMeeting"]
    case = opened(field)
    assert "ya está abierto" in field.desk.ask("case", id=str(case))["blocked"]["OpenStrengthening"]
    early = refused(field, case, "adviser", "RecordStrengtheningMeeting", "2026-11-10", **MEETING)
    assert early.code == "DATE_BEFORE_PRECONDITION"
    wrong = refused(field, case, "adviser", "RecordStrengtheningMeeting", **MEETING, next_on="2026-11-11")
    assert (wrong.code, wrong.field) == ("FIELD_INVALID", "next_on")
    field.desk.act("adviser", "RecordStrengtheningMeeting", case, on="2026-11-13", **MEETING)
    for command, body in ACTS:
        assert refused(field, case, "adviser", command, **body).code == "DATE_BEFORE_PRECONDITION"
    field.desk.act("adviser", "CloseStrengthening", case, on="2026-11-13", **CLOSE)
    late = refused(field, case, "adviser", "RecordStrengtheningMeeting", "2026-11-14", **MEETING)
    assert late.code == "STATE_NOT_ALLOWED"


@pytest.mark.parametrize(
    "wrong", [{"topic": "astrología"}, {"hours": "0"}, {"hours": "25"}, {"result": None}, {"topic": None}]
)
def test_a_meeting_without_its_facts_is_refused(field: Field, wrong: dict[str, Any]) -> None:
    """A15, OBJ-6: the topic comes from the list, the hours fit a day, the result is written down."""
    found = refused(field, opened(field), "adviser", "RecordStrengtheningMeeting", **(MEETING | wrong))
    assert (found.code, found.field) == ("FIELD_INVALID", next(iter(wrong)))


def test_a_plan_of_strengthening_rests_on_a_diagnosis(field: Field) -> None:
    """OBJ-4: without one the improvement plan is refused; with it, not, and a business plan is of the other route."""
    case = field.in_assistance()
    assert refused(field, case, "operator", "DraftPlan", "2026-11-14", **bodies.plan("b")).code == "STEP_OUT_OF_ORDER"
    field.desk.act("operator", "RecordDiagnosis", case, on="2026-11-14", **bodies.diagnosis())
    other = refused(field, case, "operator", "DraftPlan", "2026-11-14", **bodies.plan("b", kind="business_plan"))
    assert (other.code, other.field) == ("FIELD_INVALID", "kind")
    field.desk.act("operator", "DraftPlan", case, on="2026-11-14", **bodies.plan("b"))
    for result in ("with_changes", "favourable"):
        body = {"result": result, "panel": [{"name": "Marta Rentería"}]}
        field.desk.act("adviser", "RecordPlanDefence", case, on="2026-11-15", **body)

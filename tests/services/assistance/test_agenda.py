"""What is due, for the person who answers for it (CASE-9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.assistance import agenda
from services.assistance.domain import AssistanceCase
from tests.services import bodies
from tests.services.assistance.field import Field
from tests.services.casework import Office


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agenda, "today", lambda: date(2026, 11, 20))


def due(field: Field, who: str = "caseworker", **params: Any) -> list[tuple[str, str, bool]]:
    rows = field.desk.ask("agenda", who, **params)["items"]
    return [(row["kind"], row["due"], row["overdue"]) for row in rows]


def assigned(desk: Office, case: UUID, person: str) -> None:
    desk.hear("intake.CaseworkerAssigned", case, actor_id=person)


def followed(field: Field) -> UUID:
    """A case with a visit made, one planned, and two commitments of the first."""
    case = field.planned("a", "b")
    visits = ("2026-11-16", "2026-11-19")
    phase = bodies.phase("technical_assistance", *visits)
    made = field.desk.act("caseworker", "StartPhase", case, on="2026-11-16", **phase)["visits"]
    pledges = [{"what": what, "who": "Gloria", "due": on} for what, on in (("Costear", "2026-11-30"),)]
    pledges.append({"what": "Ordenar el taller", "who": "Gloria", "due": "2026-11-18"})
    body = bodies.follow_up("technical_assistance", made[0], commitments=pledges)
    field.desk.act("caseworker", "RecordFollowUp", case, on="2026-11-16", **body)
    return case


def test_planned_visits_and_commitments_are_due_until_they_are_done(field: Field) -> None:
    """CASE-9, FUP-1, FUP-2: the first due first; what is settled at the next visit is due no more."""
    case = followed(field)
    assert due(field) == [
        ("commitment", "2026-11-18", True),
        ("follow_up", "2026-11-19", True),
        ("commitment", "2026-11-30", False),
    ]
    assert due(field, state="overdue") == due(field)[:2]
    assert due(field, state="due") == due(field)[2:]
    assert due(field, kind="follow_up") == [("follow_up", "2026-11-19", True)]
    rows = field.desk.ask("agenda", kind="commitment")["items"]
    assert rows[0]["label"] == "Compromiso de una visita de seguimiento"
    settled = [{"commitment": rows[0]["item"], "outcome": "done"}]
    planned = field.desk.ask("agenda", kind="follow_up")["items"][0]["item"]
    body = bodies.follow_up("technical_assistance", planned, earlier_commitments=settled)
    field.desk.act("caseworker", "RecordFollowUp", case, on="2026-11-19", **body)
    assert due(field) == [("commitment", "2026-11-30", False)]


def test_the_agenda_of_a_person_follows_the_responsible_caseworker(field: Field) -> None:
    """CASE-9: at first who identified the candidate, then who is assigned; reassignment moves the due list."""
    rosa, marta = field.desk.person("caseworker"), field.desk.person("second_caseworker")
    case = followed(field)
    assigned(field.desk, case, rosa)
    assert len(due(field, caseworker=rosa)) == 3
    assert due(field, caseworker=marta) == []
    assigned(field.desk, case, marta)
    assert due(field, caseworker=rosa) == []
    assert len(due(field, caseworker=marta)) == 3
    assert {row["responsible"] for row in field.desk.ask("agenda")["items"]} == {marta}


def test_who_identified_a_candidate_answers_for_the_case_at_first(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CASE-9: the news of the identification says who did it; hearing it again later changes nothing."""
    rosa, marta = field.desk.person("caseworker"), field.desk.person("second_caseworker")
    receive = field.desk.receive
    with monkeypatch.context() as patched:
        patched.setattr(field.desk, "receive", lambda event: receive(replace(event, actor=UUID(rosa))))
        case = field.desk.candidate(field.call)
    loaded = field.desk.application.loader
    assert str(loaded.get(AssistanceCase, case).caseworker) == rosa
    assigned(field.desk, case, marta)
    assert str(loaded.get(AssistanceCase, case).caseworker) == marta


def test_the_next_meeting_of_strengthening_is_of_who_held_the_last(field: Field) -> None:
    """CASE-9, A15: for the adviser; the next meeting takes its place, and the closing ends it."""
    case = field.valued(field.enrolled(), "no_apto")
    act, adviser = field.desk.act, field.desk.person("adviser")
    act("second_caseworker", "DeclareUnitResult", case, **bodies.result("no_apto", "technical"))
    act("adviser", "OpenStrengthening", case, components=["technical"], professional=adviser)
    meeting = {"topic": "costos", "hours": "2", "result": "Avanza"}
    act("adviser", "RecordStrengtheningMeeting", case, on="2026-11-11", **meeting, next_on="2026-11-18")
    assert due(field, caseworker=adviser) == [("strengthening", "2026-11-18", True)]
    act("adviser", "RecordStrengtheningMeeting", case, on="2026-11-18", **meeting, next_on="2026-11-25")
    assert due(field, caseworker=adviser) == [("strengthening", "2026-11-25", False)]
    outcome = [{"component": "technical", "outcome": "partial"}]
    act("adviser", "CloseStrengthening", case, on="2026-11-19", outcomes=outcome)
    assert due(field) == []


def test_visits_to_the_unit_answers_and_orders_are_due_too(field: Field) -> None:
    """CASE-9: a planned visit until it was made, a hand-over until it is answered, an order until it is done."""
    case = field.enrolled()
    for on in ("2026-11-15", "2026-11-16"):
        field.desk.act("caseworker", "ScheduleUnitVisit", case, **(bodies.visit_plan() | {"planned_on": on}))
    assert due(field) == [("unit_visit", "2026-11-16", True)]
    field.train(case)
    field.valued(case)
    assert due(field) == []
    field.desk.act("second_caseworker", "DeclareUnitResult", case, **bodies.result())
    field.hand_over(case)
    assert [kind for kind, _, _ in due(field)] == ["handover_reply"]
    field.desk.act("operator", "AcceptHandover", case, on="2026-11-14")
    assert due(field) == []
    rosa = field.desk.person("caseworker")
    field.desk.act("operator", "RecordDiagnosis", case, on="2026-11-14", **bodies.diagnosis())
    field.desk.act("operator", "DraftPlan", case, on="2026-11-14", **bodies.plan("d"))
    field.desk.act("adviser", "ApprovePlan", case, on="2026-11-15")
    field.desk.act("operator", "RecordMeasurement", case, on="2026-11-15", **bodies.measurement(rosa))
    order = field.desk.act("operator", "CreateProductionOrder", case, on="2026-11-16", **bodies.order(rosa))
    assert due(field) == [("production_order", "2026-11-30", False)]
    done = {"order": order["order_id"], "quantity_done": "20", "accountable": rosa}
    field.desk.act("operator", "CompleteProductionOrder", case, on="2026-11-17", **done)
    assert due(field) == []


def test_a_case_that_ended_has_nothing_due_and_an_operator_sees_its_own(field: Field) -> None:
    """CASE-9, ROL-02: another operator's agenda is empty; after the end nobody owes anything."""
    case = followed(field)
    field.desk.hire("stranger", "operator_staff", contract=str(uuid4()))
    assert len(due(field, "operator")) == 3
    assert due(field, "stranger") == []
    field.desk.act("caseworker", "WithdrawCase", case, on="2026-11-19", **bodies.withdrawal())
    assert due(field) == []

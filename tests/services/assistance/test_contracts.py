"""Supervision of operator contracts: changes, obligations, monthly assessment and alerts (act. 20; OPC-1 to OPC-5)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.assistance.terms import contracts_ended
from shared.runtime.deadlines import settle
from tests.services import bodies
from tests.services.assistance.field import Field
from tests.services.casework import Refused

PROOF = "a" * 64
GUARANTEE = {
    "kind": "Cumplimiento",
    "policy_no": "GU-100",
    "from": "2026-01-15",
    "to": "2026-11-10",
    "amount": "18000000.00",
}
DUTY = {"id": "T-1", "aspect": "technical", "text": "Entregar el plan de trabajo", "due": "2026-02-15"}


def aspects(*names: str, **changes: Any) -> dict[str, Any]:
    """The month of October, each aspect compliant with its proof."""
    row = {"rating": "compliant", "findings": "Al día", "evidence": [PROOF], **changes}
    return {"month": "2026-10", "aspects": [{"aspect": name, **row} for name in names]}


THREE = ("technical", "financial", "legal")


def act(field: Field, command: str, body: dict[str, Any], who: str = "supervisor", on: str = "2026-11-12") -> Any:
    return field.desk.act(who, command, field.contract, on=on, **body)


def refused(
    field: Field, command: str, body: dict[str, Any], who: str = "supervisor", on: str = "2026-11-12"
) -> Refused:
    with pytest.raises(Refused) as found:
        act(field, command, body, who, on)
    return found.value


def page(field: Field, who: str = "caseworker") -> Any:
    return field.desk.ask("contract", who, id=field.contract)


def published(field: Field, event_type: str) -> list[dict[str, Any]]:
    return [dict(event.data) for event in field.desk.published() if event.type == event_type]


def pass_to(field: Field, day: date) -> int:
    return settle(field.desk.application, contracts_ended, day, lambda: False)


def test_a_month_of_an_operator_is_assessed_in_its_three_aspects(field: Field) -> None:
    """A20-2, OPC-2, A20-3: one event an aspect, for the board and HEMI; the contract shows the ratings."""
    act(field, "AssessOperatorCompliance", aspects(*THREE))
    told = published(field, "OperatorComplianceAssessed")
    assert [(row["month"], row["aspect"], row["rating"]) for row in told] == [
        ("2026-10", aspect, "compliant") for aspect in THREE
    ]
    assert {row["contract_id"] for row in told} == {field.contract}
    assert {row["aspect"] for row in page(field)["assessments"]} == set(THREE)


def test_a_later_assessment_of_a_month_replaces_the_earlier(field: Field) -> None:
    """OPC-2: what the contract shows is the last judgement; both stay in the log."""
    act(field, "AssessOperatorCompliance", aspects(*THREE))
    worse = aspects(*THREE, rating="non_compliant", action="Pagar aportes", action_due="2026-11-30")
    act(field, "AssessOperatorCompliance", worse, who="caseworker")
    shown = page(field)["assessments"]
    assert [(row["rating"], row["action"], row["action_due"]) for row in shown] == [
        ("non_compliant", "Pagar aportes", "2026-11-30")
    ] * 3
    assert len(published(field, "OperatorComplianceAssessed")) == 6


@pytest.mark.parametrize("missing", THREE)
def test_a_month_without_one_aspect_is_refused(field: Field, missing: str) -> None:
    """A20-2: the refusal names the aspect."""
    found = refused(field, "AssessOperatorCompliance", aspects(*(name for name in THREE if name != missing)))
    assert (found.code, found.refusal["parameters"]["aspects"]) == ("ASPECT_MISSING", [missing])
    assert published(field, "OperatorComplianceAssessed") == []


@pytest.mark.parametrize("rating", ["compliant", "non_compliant"])
def test_a_judgement_needs_evidence(field: Field, rating: str) -> None:
    """OPC-3: compliant and non_compliant are proved."""
    body = aspects(*THREE, rating=rating, evidence=[], action="Corregir", action_due="2026-11-30")
    found = refused(field, "AssessOperatorCompliance", body)
    assert (found.code, found.field) == ("EVIDENCE_MISSING", "aspects[0].evidence")


@pytest.mark.parametrize("rating", ["partial", "not_due"])
def test_what_is_not_judged_needs_no_evidence(field: Field, rating: str) -> None:
    """OPC-3: only compliant and non_compliant are proved."""
    act(field, "AssessOperatorCompliance", aspects(*THREE, rating=rating, evidence=[]))
    assert {row["rating"] for row in page(field)["assessments"]} == {rating}


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (aspects(*THREE) | {"month": "2026-12"}, "month"),
        (aspects(*THREE) | {"month": "2025-12"}, "month"),
        (aspects(*THREE, rating="non_compliant"), "aspects[0].action"),
    ],
)
def test_an_assessment_that_cannot_be_is_refused(field: Field, body: dict[str, Any], where: str) -> None:
    """OPC-2: a month of the contract that has begun; non-compliance names the required action and its date."""
    found = refused(field, "AssessOperatorCompliance", body)
    assert (found.code, found.field) == ("FIELD_INVALID", where)


def test_operator_staff_never_supervises_an_operator(field: Field) -> None:
    """SOD-5, OPC-5: not by that role, nor by another role of the same person."""
    bodies_of = {
        "AssessOperatorCompliance": aspects(*THREE),
        "AmendContract": {"reason": "Prórroga", "ends_on": "2027-01-31"},
        "MeetObligation": {"obligation": "T-1", "evidence": [PROOF]},
    }
    field.desk.hire("confined", "contract_supervisor", contract=field.contract)
    for command, body in bodies_of.items():
        assert refused(field, command, body, who="operator").code == "NOT_AUTHORISED"
        found = refused(field, command, body, who="confined")
        assert (found.code, found.refusal["parameters"]["rule"]) == ("SOD_VIOLATION", "SOD-5")
    with pytest.raises(Refused) as found_too:
        field.desk.act("confined", "RegisterContract", **bodies.contract(field.call, "CPS-9"))
    assert found_too.value.code == "SOD_VIOLATION"


def test_only_a_contract_is_supervised(field: Field) -> None:
    """A20-2: a case that a team of the entity carries out has no contract to assess."""
    with pytest.raises(Refused) as found:
        field.desk.act("supervisor", "AssessOperatorCompliance", uuid4(), on="2026-11-12", **aspects(*THREE))
    assert found.value.code == "NOT_FOUND"
    assert refused(field, "AmendContract", {"reason": "x", "ends_on": "2027-01-31"}, who="adviser").code == (
        "NOT_AUTHORISED"
    )


def test_an_amendment_extends_and_adds(field: Field) -> None:
    """OPC-1: extension, guarantees, obligations and calls; cases of the new call can be handed over (A16-2)."""
    other = field.desk.call()
    body = {"reason": "Otrosí 1", "ends_on": "2027-01-31", "calls_covered": [other]}
    act(field, "AmendContract", body | {"guarantees": [GUARANTEE], "obligations": [DUTY]})
    shown = page(field)
    assert (shown["ends_on"], shown["version"]) == ("2027-01-31", 2)
    assert [(row["policy_no"], row["ends_on"]) for row in shown["terms"]] == [
        ("GU-100", "2026-11-10"),
        ("", "2027-01-31"),
    ]
    assert shown["obligations"][0]["due"] == "2026-02-15"
    assert published(field, "OperatorContractAmended") == [{"contract_id": field.contract}]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"reason": "Nada"}, "reason"),
        ({"reason": "Corta", "ends_on": "2026-01-14"}, "ends_on"),
        ({"reason": "Póliza", "guarantees": [GUARANTEE | {"to": "2026-01-14"}]}, "guarantees[0].to"),
        ({"reason": "Doble", "obligations": [DUTY, DUTY]}, "obligations[1].id"),
    ],
)
def test_an_amendment_that_cannot_be_is_refused(field: Field, body: dict[str, Any], where: str) -> None:
    """OPC-1: an amendment changes something, and its periods and identifiers hold."""
    found = refused(field, "AmendContract", body)
    assert (found.code, found.field) == ("FIELD_INVALID", where)


def test_an_amendment_is_not_dated_before_the_last(field: Field) -> None:
    """OPC-1, X-08: amendments follow one another."""
    act(field, "AmendContract", {"reason": "Otrosí 1", "ends_on": "2027-01-31"})
    again = {"reason": "Otrosí 2", "ends_on": "2027-02-28"}
    assert refused(field, "AmendContract", again, on="2026-11-11").code == "DATE_BEFORE_PRECONDITION"


def test_an_obligation_is_met_once_and_proved(field: Field) -> None:
    """OPC-1: an obligation of this contract, with evidence, once."""
    act(field, "AmendContract", {"reason": "Otrosí 1", "obligations": [DUTY]})
    assert refused(field, "MeetObligation", {"obligation": "T-2", "evidence": [PROOF]}).code == "NOT_FOUND"
    assert refused(field, "MeetObligation", {"obligation": "T-1"}).code == "EVIDENCE_MISSING"
    act(field, "MeetObligation", {"obligation": "T-1", "evidence": [PROOF]})
    assert page(field)["obligations"][0]["met_on"] == "2026-11-12"
    assert refused(field, "MeetObligation", {"obligation": "T-1", "evidence": [PROOF]}).code == "STEP_OUT_OF_ORDER"


def test_a_guarantee_and_a_contract_that_ran_out_raise_one_alert_each(field: Field) -> None:
    """OPC-3: the day after the last day, once, whatever looks again."""
    act(field, "AmendContract", {"reason": "Pólizas", "guarantees": [GUARANTEE]})
    assert pass_to(field, date(2026, 11, 10)) == 0
    assert pass_to(field, date(2026, 11, 11)) == 1
    assert pass_to(field, date(2026, 11, 12)) == 0
    assert pass_to(field, date(2026, 12, 16)) == 1
    told = [(row["month"], row["aspect"], row.get("rating")) for row in published(field, "ContractAlertRaised")]
    assert told == [("2026-11", "legal", None), ("2026-12", "legal", None)]
    assert all(row["alerted"] for row in page(field)["terms"])


def test_a_renewed_guarantee_is_watched_again(field: Field) -> None:
    """OPC-3: a renewal ends the alert and starts a new term."""
    act(field, "AmendContract", {"reason": "Pólizas", "guarantees": [GUARANTEE]})
    assert pass_to(field, date(2026, 11, 11)) == 1
    act(field, "AmendContract", {"reason": "Renovación", "guarantees": [GUARANTEE | {"to": "2026-11-30"}]})
    assert page(field)["terms"][0]["alerted"] is False
    assert pass_to(field, date(2026, 11, 30)) == 0
    assert pass_to(field, date(2026, 12, 1)) == 1


def test_staff_of_another_operator_do_not_see_the_contract(field: Field) -> None:
    """SOD-5, OPC-5: who works for an operator sees its own contract and no other."""
    field.desk.hire("foreign", "operator_staff", contract=str(UUID(int=7)))
    with pytest.raises(Refused) as unseen:
        page(field, "foreign")
    assert unseen.value.code == "NOT_FOUND"
    assert page(field, "operator")["number"] == "CPS-118-2026"


def test_obligations_stand_in_the_contract_from_its_registration(field: Field) -> None:
    """OPC-1: each with its aspect, deliverable, term and weight; none twice."""
    duty = DUTY | {"deliverable": "Plan de trabajo", "weight": "0.25"}
    body = bodies.contract(field.call, "CPS-10") | {"obligations": [duty]}
    made = field.desk.act("supervisor", "RegisterContract", **body)["id"]
    field.desk.act("supervisor", "MeetObligation", made, on="2026-11-12", obligation="T-1", evidence=[PROOF])
    assert field.desk.ask("contract", id=made)["obligations"][0]["met_on"] == "2026-11-12"
    with pytest.raises(Refused) as found:
        twice = bodies.contract(field.call, "CPS-11") | {"obligations": [duty, duty]}
        field.desk.act("supervisor", "RegisterContract", **twice)
    assert (found.value.code, found.value.field) == ("FIELD_INVALID", "obligations[1].id")

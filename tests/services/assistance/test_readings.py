"""Readings of the procedure where its text leaves room: who executes, and what scores decide."""

from __future__ import annotations

import base64

import pytest

from tests.services import bodies
from tests.services.assistance.field import Field
from tests.services.assistance.test_contracts import THREE, aspects
from tests.services.casework import Refused
from tests.unit.documents.pdf_text import pdf_text


@pytest.mark.parametrize("proposed", ["apto", "no_apto"])
def test_scores_have_no_pass_mark_and_the_proposal_is_kept_with_its_reasons(field: Field, proposed: str) -> None:
    """A13-3: with the lowest scores either result may be proposed; the report says it and why."""
    case = field.enrolled()
    visit = field.desk.act("caseworker", "RecordUnitVisit", case, **bodies.visit())["visit_id"]
    capacity, product = bodies.capacity(visit), bodies.product(visit)
    for perspective in ("commercial", "technical", "organisational"):
        capacity["form"][perspective]["score"] = 1
    product["form"] |= dict.fromkeys(("presentation", "finishes", "quality"), 1)
    field.desk.act("caseworker", "FileCapacityEvaluation", case, **capacity)
    field.desk.act("caseworker", "FileProductEvaluation", case, **product)
    field.desk.act("caseworker", "FileProductSheet", case, **bodies.sheet())
    field.desk.act("caseworker", "IssueValidationReport", case, **bodies.report(proposed))
    assert field.state(case) == "report_issued"
    report = next(each for each in field.desk.ask("case", id=str(case))["documents"] if each["code"] == "FRM-13")
    text = pdf_text(base64.b64decode(field.desk.ask("document", id=report["id"])["pdf"]))
    assert f"Resultadopropuesto{'Apto' if proposed == 'apto' else 'Noapto'}Razones" in text
    assert "Produceconcalidadycapacidad" in text


def test_a_team_of_the_entity_executes_without_a_contract_to_follow_up(field: Field) -> None:
    """AMB-30: a case goes to a contract or to a team; to the team it goes without a contract, whose lead receives it
    and whose advisers execute; there is nothing of a team to assess under MS-012."""
    case = field.preselected()
    field.desk.hire("lead", "caseworker")
    team = bodies.handover(team_lead=field.desk.person("lead"))
    field.desk.act("caseworker", "HandOver", case, on="2026-11-13", **team)
    told = next(event.data for event in field.desk.published() if event.type == "HandedOver")
    assert told["contract_id"] is None and told["team_id"] is not None
    with pytest.raises(Refused) as stranger:
        field.desk.act("operator", "AcceptHandover", case, on="2026-11-14")
    assert stranger.value.code in ("NOT_AUTHORISED", "NOT_FOUND")
    field.desk.act("lead", "AcceptHandover", case, on="2026-11-14")
    field.desk.act("adviser", "RecordDiagnosis", case, on="2026-11-14", **bodies.diagnosis())
    assert field.state(case) == "in_assistance"
    with pytest.raises(Refused) as assessed:
        month = aspects(*THREE)
        field.desk.act("supervisor", "AssessOperatorCompliance", told["team_id"], on="2026-11-16", **month)
    assert assessed.value.code == "NOT_FOUND"
    minutes = next(each for each in field.desk.ask("case", id=str(case))["documents"] if each["code"] == "FO-051")
    text = pdf_text(base64.b64decode(field.desk.ask("document", id=minutes["id"])["pdf"]))
    assert "EjecutorquerecibeelcasoEquipodelaentidad" in text

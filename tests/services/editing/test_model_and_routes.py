"""A new version of the intervention model, of a route or of a cited document changes what is done from its date on."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shared.catalogue.catalogue import PACKAGED
from tests.services import bodies
from tests.services.assistance.field import Field
from tests.services.casework import Refused
from tests.services.editing.press import Press, most_age
from tests.services.intake.counter import Counter

REASON = "El acto administrativo rige desde entonces"


def later(path: str, start: str, *changes: tuple[str, str]) -> str:
    """The shipped file as version 2, in force from ``start``."""
    text = (PACKAGED / path).read_text("utf-8")
    text = re.sub(r"^version: .*$", 'version: "2"', text, count=1, flags=re.M)
    text = re.sub(r"^effective_from: .*$", f"effective_from: {start}", text, count=1, flags=re.M)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text + "\napproved: [{name: Ana Prueba, post: Subdirectora}]\n"


def versions(press: Press, event: str) -> list[dict[str, str]]:
    app: Any = press.desk.application
    found = [each for each in app.log.entries(0, 10_000) if each.topic.endswith(f".{event}")]
    return [app.mapper.metadata(each.state).versions for each in found]


def test_a_plan_has_the_components_of_the_model_in_force_on_its_day(assistance: Press) -> None:
    """CAT-01, CAT-05: the version without component e holds from its date, and stays with each plan."""
    field = Field(assistance.desk)
    case = field.in_assistance()
    dropped = ("  - {component: e, phase: commercial_management, items: [e1, e2, e3]}\n", "")
    model = later("component_sets/modelo-pr-156-v1.yaml", "2026-11-15", dropped)
    assistance.publish("component_set", model, reason=REASON)
    field.desk.act("operator", "RecordDiagnosis", case, on="2026-11-14", **bodies.diagnosis())
    field.desk.act("operator", "DraftPlan", case, on="2026-11-14", **bodies.plan("b", "e"))
    with pytest.raises(Refused) as refused:
        field.desk.act("operator", "DraftPlan", case, on="2026-11-15", **bodies.plan("b", "e"))
    assert refused.value.code == "FIELD_INVALID"
    field.desk.act("operator", "DraftPlan", case, on="2026-11-15", **bodies.plan("b"))
    used = [each["component_set:MODELO-PR-156"] for each in versions(assistance, "PlanDrafted")]
    assert used == ["1", "2"]


def test_an_assessment_says_under_which_manual_it_was_made(assistance: Press) -> None:
    """MS-012, CAT-05: version of the manual, with the file that the entity gave."""
    field = Field(assistance.desk)
    manual = later("documents/ms-012-v1.yaml", "2026-11-11", ('file: ""', f'file: "{"a" * 64}"'))
    assistance.publish("document", manual, reason=REASON)
    row = {"rating": "compliant", "findings": "Al día", "evidence": ["b" * 64]}
    aspects = [{"aspect": name, **row} for name in ("technical", "financial", "legal")]
    for day in ("2026-11-10", "2026-11-12"):
        body = {"month": "2026-10", "aspects": aspects}
        field.desk.act("supervisor", "AssessOperatorCompliance", field.contract, on=day, **body)
    used = {each["document:MS-012"] for each in versions(assistance, "OperatorComplianceAssessed")}
    assert used == {"1", "2"}
    assert assistance.catalogue.document("MS-012", date(2026, 11, 12)).file == "a" * 64


def test_a_route_begins_where_the_route_says(intake: Press, tmp_path: Path) -> None:
    """CAT-01, OBJ-3: with another parameter as its threshold, the same unit is of the other route."""
    counter = Counter(intake.desk, tmp_path)
    case = counter.candidate()
    assert counter.evaluate(case)["result"] == "met"
    route = later("routes/strengthening-v1.yaml", "2026-11-01", ("threshold: P-05", "threshold: P-03"))
    text = re.sub("value: 64", "value: 600", most_age("2026-11-01"))
    for kind, version in (("parameter", text), ("route", route)):
        intake.publish(kind, version, reason=REASON)
    case_routes = [intake.desk.ask("candidates")["items"][0]["route"]]
    counter.evaluate(case)
    case_routes.append(intake.desk.ask("candidates")["items"][0]["route"])
    assert case_routes == ["strengthening", "entrepreneurship"]

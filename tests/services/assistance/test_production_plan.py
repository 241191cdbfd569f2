"""The production plan of act. 17: goals by product and period, and the orders that stand against them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.services import bodies
from tests.services.assistance.field import Field
from tests.services.casework import Refused

GOAL = {"product": "Morral", "unit": "unit", "from": "2026-11-15", "to": "2026-12-15", "goal": "50"}


def drafted(field: Field, *components: str, **changes: Any) -> UUID:
    case = field.in_assistance()
    field.desk.act("operator", "RecordDiagnosis", case, on="2026-11-14", **bodies.diagnosis())
    plan = {**bodies.plan(*components), "production": [GOAL | changes]}
    field.desk.act("operator", "DraftPlan", case, on="2026-11-14", **plan)
    return case


def production(field: Field, case: UUID) -> dict[str, str]:
    facts = field.desk.ask("case", id=str(case))["facts"]
    return {each["label"]: each["value"] for each in facts if each["group"] == "Producción"}


def test_the_goal_of_a_product_stands_beside_its_orders(field: Field) -> None:
    """A17-2: an order counts for the goal of its product in whose period it starts, and for no other."""
    case = drafted(field, "b", "d")
    label = "Meta de Morral, 2026-11-15 a 2026-12-15"
    assert production(field, case) == {label: "50 unit; en 0 órdenes: 0"}
    field.desk.act("adviser", "ApprovePlan", case, on="2026-11-15")
    person = str(field.desk.person("caseworker"))
    field.desk.act("operator", "RecordMeasurement", case, on="2026-11-15", **bodies.measurement(person))
    field.desk.act("caseworker", "StartPhase", case, on="2026-11-15", **bodies.phase("materialisation"))
    field.desk.act("operator", "CreateProductionOrder", case, on="2026-11-16", **bodies.order(person, "20"))
    assert production(field, case)[label] == "50 unit; en 1 órdenes: 20"
    changed = {**bodies.revision("b", "d"), "production": [GOAL | {"from": "2026-11-17", "goal": "30"}]}
    field.desk.act("operator", "RevisePlan", case, on="2026-11-17", **changed)
    assert production(field, case)["Meta de Morral, 2026-11-17 a 2026-12-15"] == "30 unit; en 0 órdenes: 0"


@pytest.mark.parametrize(
    ("components", "changes", "where"),
    [(("b",), {}, "production"), (("b", "d"), {"to": "2026-11-14"}, "production[0].to")],
)
def test_goals_go_with_component_d_and_end_after_they_begin(
    field: Field, components: tuple[str, ...], changes: dict[str, str], where: str
) -> None:
    with pytest.raises(Refused) as refused:
        drafted(field, *components, **changes)
    assert (refused.value.code, refused.value.refusal["field"]) == ("FIELD_INVALID", where)

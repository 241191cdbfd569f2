"""Acts 17, 18 and 20 to the closed case: the executor's work, phases, follow-up, completion, ex-post follow-up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from services.assistance.domain.conduct import Measurement, compare
from tests.services import bodies
from tests.services.assistance.conducted import COMMERCIAL, TECHNICAL, Conducted
from tests.services.assistance.field import Field


def test_a_case_is_conducted_to_its_end(field: Field) -> None:
    """Acts 17 (A17-6, CASE-2, CASE-5), P-08, P-35: completed, followed ex post by the entity, closed."""
    case = Conducted(field).completed()
    assert case.state() == "completed"
    case.act("coordinator", "StartExPost", {"line_of_intervention": "Sostener la marca"}, on="2026-11-19")
    assert case.state() == "ex_post"
    case.refused("NOT_AUTHORISED", "operator", "RecordExPostVisit", bodies.ex_post_visit(), on="2026-11-20")
    case.refused("EX_POST_MISSING", "coordinator", "CloseCase", on="2026-11-20")
    case.act("caseworker", "RecordExPostVisit", bodies.ex_post_visit(), on="2026-11-20")
    case.act("coordinator", "CloseCase", on="2026-11-20")
    assert case.state() == "closed_completed"
    case.refused("CASE_CLOSED", "caseworker", "RecordExPostVisit", bodies.ex_post_visit(), on="2026-11-20")


def test_a_case_closes_without_ex_post_visits_only_with_a_reason(field: Field) -> None:
    """CASE-5."""
    case = Conducted(field).completed()
    case.refused("STATE_NOT_ALLOWED", "caseworker", "RecordExPostVisit", bodies.ex_post_visit(), on="2026-11-20")
    case.act("coordinator", "StartExPost", {"line_of_intervention": "Sostener la marca"}, on="2026-11-19")
    case.act("coordinator", "CloseCase", {"reason": "La persona se mudó de ciudad"}, on="2026-11-20")
    assert case.state() == "closed_completed"


def test_the_end_names_everything_that_is_missing(field: Field) -> None:
    """CASE-2: each blocker by name; nothing is recorded."""
    case = Conducted(field, "b", "d")
    blockers = case.refused("COMPLETION_BLOCKED", "coordinator", "CompleteProcess").refusal["parameters"]["blockers"]
    told = " ".join(blockers)
    for word in ("impulso", "componentes b, d", "Asistencia técnica", "Materialización", "resultado"):
        assert word in told, (word, blockers)
    case.act("caseworker", "StartPhase", bodies.phase(COMMERCIAL))
    told = str(case.refused("COMPLETION_BLOCKED", "coordinator", "CompleteProcess"))
    assert "cerrar la fase «Gestión comercial»" in told
    assert case.state() == "in_assistance"


def test_a_decided_boost_that_is_neither_delivered_nor_cancelled_blocks_the_end(field: Field) -> None:
    """CASE-2, A18-1: every decided line is delivered or cancelled."""
    case = Conducted(field, "b", "d").measured()
    decided = case.act("caseworker", "DecideIncentive", bodies.decision("5"))["decision_id"]
    again = case.act("caseworker", "DecideIncentive", {"decision": "no", "reason": "Nada más"})["decision_id"]
    assert decided != again
    told = str(case.refused("COMPLETION_BLOCKED", "coordinator", "CompleteProcess"))
    assert "entregar o cancelar TELA-01" in told
    case.act("caseworker", "CancelIncentive", bodies.cancellation(decided))
    assert "TELA-01" not in str(case.refused("COMPLETION_BLOCKED", "coordinator", "CompleteProcess"))


def test_goods_that_the_beneficiary_gave_back_block_the_end_until_they_are_delivered_again(field: Field) -> None:
    """CASE-2, INV-12: as the warehouse tells it, by decision and by where the goods came from."""
    case = Conducted(field, "b", "d").measured()
    decision = case.act("caseworker", "DecideIncentive", bodies.decision("5"))["decision_id"]
    line = {"lot": str(uuid4()), "qty": "5", "item": "TELA-01", "unit": "m"}
    taken = {"fo128_no": "FO-128-1", "lines": [line]}
    delivery = {**taken, "decision_id": decision, "delivered_on": "2026-11-18", "complete": True}
    back = {"movement_id": str(uuid4()), "decision_id": decision, "reason_code": "defective"}

    def told() -> str:
        return str(case.refused("COMPLETION_BLOCKED", "coordinator", "CompleteProcess"))

    field.desk.hear("inventory.StockWithdrawn", case.case, **taken)
    field.desk.hear("inventory.IncentiveDelivered", case.case, delivery_id=str(uuid4()), **delivery)
    assert "TELA-01" not in told()
    field.desk.hear("inventory.StockReturned", case.case, **back, lines=[{**line, "origin": "beneficiary"}])
    assert "entregar o cancelar TELA-01" in told()
    field.desk.hear("inventory.StockWithdrawn", case.case, **taken)
    assert "entregar o devolver" in told()
    field.desk.hear("inventory.IncentiveDelivered", case.case, delivery_id=str(uuid4()), **delivery)
    assert "TELA-01" not in told()


def test_what_the_warehouse_corrects_is_corrected_here(field: Field) -> None:
    """CASE-2, X-10: what was not delivered after all is in custody; of the store alone, nothing changes."""
    case = Conducted(field, "b", "d").measured()
    decision = case.act("caseworker", "DecideIncentive", bodies.decision("5"))["decision_id"]
    line = {"lot": str(uuid4()), "qty": "5", "item": "TELA-01", "unit": "m"}
    delivery = {"delivery_id": str(uuid4()), "decision_id": decision, "delivered_on": "2026-11-18", "complete": True}
    taken = {"fo128_no": "FO-128-1", "lines": [line]}
    less = {"movement_id": str(uuid4()), "reason_code": "wrong_entry", "lines": [{**line, "qty": "-2", "origin": None}]}

    def told() -> str:
        return str(case.refused("COMPLETION_BLOCKED", "coordinator", "CompleteProcess"))

    field.desk.hear("inventory.StockWithdrawn", case.case, **taken)
    field.desk.hear("inventory.IncentiveDelivered", case.case, **taken, **delivery)
    field.desk.hear("inventory.MovementCorrected", uuid4(), **less, kind="receipt", case_id=None, decision_id=None)
    assert "TELA-01" not in told()
    of_case = {"case_id": str(case.case), "decision_id": decision}
    field.desk.hear("inventory.MovementCorrected", uuid4(), **less, kind="delivery", **of_case)
    assert "entregar o cancelar TELA-01" in told()
    assert "entregar o devolver" in told()
    field.desk.hear("inventory.MovementCorrected", uuid4(), **less, kind="withdrawal", **of_case)
    assert "entregar o devolver" not in told()


def test_a_component_is_given_up_only_with_a_reason(field: Field) -> None:
    """CASE-2: a planned component is done, or dropped with its reason."""
    case = Conducted(field, "b", "c").ready()
    case.refused("COMPLETION_BLOCKED", "coordinator", "CompleteProcess", on="2026-11-19")
    case.refused("FIELD_INVALID", "coordinator", "CompleteProcess", {"dropped": [{"component": "c"}]}, on="2026-11-19")
    other = {"dropped": [{"component": "e", "reason": "No aplica"}]}
    case.refused("FIELD_INVALID", "coordinator", "CompleteProcess", other, on="2026-11-19")
    given_up = {"dropped": [{"component": "c", "reason": "Ya controla su calidad"}]}
    case.act("coordinator", "CompleteProcess", given_up, on="2026-11-19")
    assert case.state() == "completed"


def test_no_work_before_the_plan_is_approved_but_component_a(field: Field) -> None:
    """A17-1: nothing before the approval, except the evaluation of component a."""
    case = Conducted.__new__(Conducted)
    case.field, case.case, case.rosa = field, field.in_assistance(), field.desk.person("caseworker")
    case.refused("PLAN_NOT_APPROVED", "operator", "RecordComponentActivity", bodies.activity(case.rosa))
    case.refused("PLAN_NOT_APPROVED", "caseworker", "StartPhase", bodies.phase(TECHNICAL))
    case.refused("PLAN_NOT_APPROVED", "operator", "CreateProductionOrder", bodies.order(case.rosa))
    case.act("operator", "RecordComponentActivity", bodies.activity(case.rosa, "a1"))


def test_who_did_it_and_who_answers_are_both_kept(field: Field) -> None:
    """A17-1, AMB-08: the executor does, a professional of the entity answers."""
    case = Conducted(field).measured()
    case.refused("NOT_AUTHORISED", "caseworker", "RecordComponentActivity", bodies.activity(case.rosa))
    case.act("operator", "RecordComponentActivity", bodies.activity(case.rosa))
    event = case.last("ComponentActivityRecorded")
    assert (str(event.executed_by), str(event.accountable)) == (field.desk.person("operator"), case.rosa)
    case.refused("COMPONENT_NOT_PLANNED", "operator", "RecordComponentActivity", bodies.activity(case.rosa, "e1"))
    case.refused("FIELD_INVALID", "operator", "RecordComponentActivity", bodies.activity(case.rosa, "g1"))


def test_the_baseline_comes_before_the_work_and_the_result_after(field: Field) -> None:
    """A17-4: b to e need a baseline; a result needs one too, of a later period."""
    case = Conducted(field)
    case.refused("BASELINE_MISSING", "operator", "RecordComponentActivity", bodies.activity(case.rosa))
    case.refused("BASELINE_MISSING", "operator", "RecordMeasurement", bodies.measurement(case.rosa, "result"))
    case.measured()
    early = bodies.measurement(case.rosa, "result", **{"from": "2026-10-20"})
    case.refused("FIELD_INVALID", "operator", "RecordMeasurement", early)
    future = bodies.measurement(case.rosa, "result", to="2026-12-20")
    case.refused("FIELD_INVALID", "operator", "RecordMeasurement", future)
    case.act("operator", "RecordComponentActivity", bodies.activity(case.rosa))
    case.refused("STEP_OUT_OF_ORDER", "operator", "RecordMeasurement", bodies.measurement(case.rosa))


@pytest.mark.parametrize(
    ("days", "units", "resources", "improved", "change"),
    [
        (30, "40", "600000", True, "33.33"),
        (15, "20", "300000", True, "33.33"),
        (30, "40", "600001", False, "33.33"),
        (30, "30", "300000", False, "100.00"),
        (10, "20", "100000", True, "300.00"),
    ],
)
def test_productivity_is_compared_over_equal_periods(
    days: int, units: str, resources: str, improved: bool, change: str
) -> None:
    """OBJ-5: more units with no more resources, per 30 days; the change is that of units per peso."""
    before = Measurement(date(2026, 9, 1), date(2026, 9, 30), Decimal(30), Decimal(600000))
    after = Measurement(date(2026, 10, 1), date(2026, 10, days), Decimal(units), Decimal(resources))
    assert compare(before, after).improved is improved
    assert compare(before, after).change == Decimal(change)

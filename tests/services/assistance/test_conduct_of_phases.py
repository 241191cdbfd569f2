"""Orders, the operator's follow-up, phases and their visits, the plan's revision, and leaving on the way."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.assistance.terms import ended
from shared.runtime.deadlines import settle
from tests.services import bodies
from tests.services.assistance.conducted import MATERIAL, TECHNICAL, Conducted
from tests.services.assistance.field import Field
from tests.services.casework import TODAY


def test_a_production_order_fits_the_installed_capacity(field: Field) -> None:
    """A17-2: 60 a month are 30 in the fifteen days of the order; one more is refused, and a newer capacity counts."""
    case = Conducted(field, "b", "d").measured()
    refused = case.refused("CAPACITY_EXCEEDED", "operator", "CreateProductionOrder", bodies.order(case.rosa, "30.001"))
    assert "30" in str(refused)
    case.refused("FIELD_INVALID", "operator", "CreateProductionOrder", bodies.order(case.rosa, product="Zapato"))
    made = case.act("operator", "CreateProductionOrder", bodies.order(case.rosa, "30"))
    assert made["number"].endswith("1")
    done = {"order": made["order_id"], "quantity_done": "28", "accountable": case.rosa}
    case.act("operator", "CompleteProductionOrder", done)
    case.refused("STEP_OUT_OF_ORDER", "operator", "CompleteProductionOrder", done)
    case.refused("NOT_FOUND", "operator", "CompleteProductionOrder", done | {"order": str(UUID(int=7))})
    grown = [{"product": "Morral", "qty": "120", "unit": "unit", "per": "month"}]
    measured = bodies.measurement(case.rosa, "result", installed_capacity=grown)
    case.act("operator", "RecordMeasurement", measured)
    again = case.act("operator", "CreateProductionOrder", bodies.order(case.rosa, "60"))
    assert again["number"] != made["number"]


def test_orders_under_way_share_the_capacity_of_their_days(field: Field) -> None:
    """A17-2: 60 a month are 2 a day; what one order takes another cannot, in the days they share and no others."""
    case = Conducted(field, "b", "d").measured()

    def order(quantity: str, first: str, last: str) -> Any:
        body = bodies.order(case.rosa, quantity, starts=first, due=last)
        return case.act("operator", "CreateProductionOrder", body)

    def most(quantity: str, first: str, last: str) -> str:
        body = bodies.order(case.rosa, quantity, starts=first, due=last)
        text = case.refused("CAPACITY_EXCEEDED", "operator", "CreateProductionOrder", body).refusal["text"]
        return str(text).partition("hasta ")[2].partition(". ")[0]

    first = order("15", "2026-11-16", "2026-11-25")
    assert most("6", "2026-11-16", "2026-11-25") == "5"
    assert most("5.001", "2026-11-18", "2026-11-20") == "5"
    order("5", "2026-11-18", "2026-11-20")
    assert most("20.001", "2026-11-11", "2026-11-30") == "20"
    order("20", "2026-11-11", "2026-11-30")
    assert most("0.001", "2026-11-24", "2026-11-28") == "0"
    order("10", "2026-12-01", "2026-12-05")
    done = {"order": first["order_id"], "quantity_done": "15", "accountable": case.rosa}
    case.act("operator", "CompleteProductionOrder", done)
    order("10", "2026-11-24", "2026-11-28")


def test_what_the_operator_follows_up_is_its_own_and_no_visit_of_the_entity(field: Field) -> None:
    """FUP-4, A20-1: a component activity shown apart from the FO-419; a phase does not close with it."""
    case = Conducted(field, "b")
    case.act("caseworker", "StartPhase", bodies.phase(TECHNICAL, "2026-11-16"))
    case.act("operator", "RecordComponentActivity", bodies.activity(case.rosa, "f1", hours="1.5"), on="2026-11-17")
    case.refused("FOLLOW_UP_MISSING", "caseworker", "ClosePhase", {"phase": TECHNICAL}, on="2026-11-18")
    case.act("caseworker", "RecordFollowUp", bodies.follow_up(TECHNICAL), on="2026-11-18")
    facts = {row["label"]: row["value"] for row in field.desk.ask("case", id=str(case.case))["facts"]}
    assert facts["Visitas de la entidad (FO-419)"] == "2026-11-18"
    assert facts["Seguimiento del ejecutor (componente f)"] == "2026-11-17"
    (own,) = field.desk.ask("executor_follow_ups", case=str(case.case))["items"]
    assert (own["case_id"], own["held_on"], own["hours"]) == (str(case.case), "2026-11-17", "1.50")
    assert own["executed_by"] == field.desk.person("operator")
    made = [row["visited_on"] for row in field.desk.ask("follow_ups", state="done")["items"]]
    assert made == ["2026-11-18"]
    field.desk.hire("stranger", "operator_staff", contract=str(UUID(int=9)))
    assert field.desk.ask("executor_follow_ups", "operator")["items"] == [own]
    assert field.desk.ask("executor_follow_ups", "stranger")["items"] == []
    told = [event.data for event in field.desk.published() if event.type == "ComponentActivityRecorded"]
    assert [data["component"] for data in told] == ["f"]


def test_the_operator_follows_up_only_an_approved_plan(field: Field) -> None:
    """FUP-4, A17-1: nothing to follow up before; and what comes after the project is of the entity (A17-6)."""
    case = Conducted.__new__(Conducted)
    case.field, case.case, case.rosa = field, field.in_assistance(), field.desk.person("caseworker")
    case.refused("PLAN_NOT_APPROVED", "operator", "RecordComponentActivity", bodies.activity(case.rosa, "f1"))
    case.refused("FIELD_INVALID", "operator", "RecordComponentActivity", bodies.activity(case.rosa, "g1"))


def test_buyers_and_fairs_belong_to_the_commercial_component(field: Field) -> None:
    """Act. 17 e: links and scenarios, in a plan that has component e."""
    case = Conducted(field, "b").measured()
    case.refused("COMPONENT_NOT_PLANNED", "operator", "RecordCommercialLink", bodies.link(case.rosa))
    other = Conducted(field, "e").measured()
    other.act("operator", "RecordCommercialLink", bodies.link(other.rosa))
    other.act("operator", "RecordCommercialScenario", bodies.fair(other.rosa))
    assert other.last("CommercialLinkMade").details["buyer"].value == "Almacenes La Cosecha"


def test_a_phase_without_a_visit_does_not_close(field: Field) -> None:
    """A20-1, P-08, FUP-1: a schedule when the phase starts, and a field visit before it closes."""
    case = Conducted(field).measured()
    refused = case.refused("PHASE_NOT_OPEN", "caseworker", "ClosePhase", {"phase": TECHNICAL})
    assert "Asistencia técnica" in str(refused)
    refused = case.refused("PHASE_NOT_OPEN", "caseworker", "RecordFollowUp", bodies.follow_up(MATERIAL))
    assert "Materialización" in str(refused)
    case.refused("FIELD_INVALID", "caseworker", "StartPhase", {"phase": TECHNICAL, "visits": []})
    visit = case.act("caseworker", "StartPhase", bodies.phase(TECHNICAL))["visits"][0]
    case.refused("STEP_OUT_OF_ORDER", "caseworker", "StartPhase", bodies.phase(TECHNICAL))
    case.refused("FOLLOW_UP_MISSING", "caseworker", "ClosePhase", {"phase": TECHNICAL})
    case.refused("FIELD_INVALID", "caseworker", "RecordFollowUp", bodies.follow_up(MATERIAL, visit), on="2026-11-18")
    case.act("caseworker", "RecordFollowUp", bodies.follow_up(TECHNICAL, visit), on="2026-11-18")
    case.refused(
        "STEP_OUT_OF_ORDER", "caseworker", "RecordFollowUp", bodies.follow_up(TECHNICAL, visit), on="2026-11-18"
    )
    case.act("caseworker", "ClosePhase", {"phase": TECHNICAL}, on="2026-11-19")
    case.refused("PHASE_NOT_OPEN", "caseworker", "EvaluateStage", bodies.stage(TECHNICAL), on="2026-11-19")


def test_a_late_recorded_visit_keeps_its_true_date(field: Field) -> None:
    """FUP-3: recorded after the phase was closed, dated when it took place."""
    case = Conducted(field).ready()
    case.act("adviser", "RecordFollowUp", bodies.follow_up(TECHNICAL), on="2026-11-17")
    assert case.last("FollowUpVisited").visited_on == date(2026, 11, 17)
    case.refused("PHASE_NOT_OPEN", "adviser", "RecordFollowUp", bodies.follow_up(TECHNICAL), on="2026-11-19")


def test_commitments_of_a_visit_are_carried_on_until_settled(field: Field) -> None:
    """FUP-2: done, or dropped with a reason; an unknown one is refused."""
    case = Conducted(field).measured()
    case.act("caseworker", "StartPhase", bodies.phase(TECHNICAL, "2026-11-16", "2026-11-18"))
    new = [{"what": "Llevar cuaderno de costos", "who": "Gloria Amparo Mosquera", "due": "2026-11-30"}]
    made = case.act("caseworker", "RecordFollowUp", bodies.follow_up(TECHNICAL, commitments=new))["commitments"]
    facts = field.desk.ask("case", id=str(case.case))["facts"]
    assert [fact["value"] for fact in facts if fact["label"] == "Compromisos pendientes"] == [made[0]]
    dropped = [{"commitment": made[0], "outcome": "dropped"}]
    wrong = bodies.follow_up(TECHNICAL, earlier_commitments=dropped)
    case.refused("FIELD_INVALID", "caseworker", "RecordFollowUp", wrong)
    unknown = [{"commitment": "otro", "outcome": "done"}]
    case.refused(
        "FIELD_INVALID", "caseworker", "RecordFollowUp", bodies.follow_up(TECHNICAL, earlier_commitments=unknown)
    )
    done = [{"commitment": made[0], "outcome": "done"}]
    case.act("caseworker", "RecordFollowUp", bodies.follow_up(TECHNICAL, earlier_commitments=done))
    case.refused("FIELD_INVALID", "caseworker", "RecordFollowUp", bodies.follow_up(TECHNICAL, earlier_commitments=done))


def test_a_planned_visit_that_did_not_take_place_is_noted_once(field: Field) -> None:
    """FUP-1: due, then overdue, noted by the system; a visit ends it."""
    case = Conducted(field).measured()
    visit = case.act("caseworker", "StartPhase", bodies.phase(TECHNICAL, "2026-11-17"))["visits"][0]
    application = field.desk.application
    assert settle(application, ended, date(2026, 11, 17), lambda: False) == 0
    assert settle(application, ended, date(2026, 11, 18), lambda: False) == 1
    assert settle(application, ended, TODAY, lambda: False) == 0
    assert case.last("FollowUpOverdue").overdue_since == date(2026, 11, 17)
    listed = field.desk.ask("follow_ups", state="overdue")["items"]
    assert [row["id"] for row in listed] == [visit]
    case.act("caseworker", "RecordFollowUp", bodies.follow_up(TECHNICAL, visit), on="2026-11-18")
    assert field.desk.ask("follow_ups", state="overdue")["items"] == []
    assert [row["id"] for row in field.desk.ask("follow_ups", state="done")["items"]] == [visit]


def test_a_stage_of_each_planned_phase_is_evaluated(field: Field) -> None:
    """A17-5: component f covers each planned stage."""
    case = Conducted(field).measured()
    visit = case.act("caseworker", "StartPhase", bodies.phase(TECHNICAL))["visits"][0]
    case.act("caseworker", "RecordFollowUp", bodies.follow_up(TECHNICAL, visit), on="2026-11-18")
    case.act("caseworker", "ClosePhase", {"phase": TECHNICAL}, on="2026-11-18")
    told = str(case.refused("COMPLETION_BLOCKED", "coordinator", "CompleteProcess", on="2026-11-18"))
    assert "evaluar la etapa «Asistencia técnica»" in told


def test_a_revised_plan_waits_for_a_new_approval(field: Field) -> None:
    """A17-1: what a revision adds starts after its approval; author ≠ approver holds for every version."""
    case = Conducted(field, "b", "c").measured()
    case.refused("STEP_OUT_OF_ORDER", "operator", "DraftPlan", bodies.plan("b"))
    case.refused("FIELD_INVALID", "operator", "RevisePlan", bodies.revision("b", "e"))
    case.act("operator", "RevisePlan", bodies.revision("b", "e", dropped=("c",)))
    case.refused("COMPONENT_NOT_PLANNED", "operator", "RecordCommercialLink", bodies.link(case.rosa))
    case.act("adviser", "ApprovePlan")
    case.act("operator", "RecordCommercialLink", bodies.link(case.rosa))
    panel = {"result": "favourable", "panel": [{"name": "Luz Dary Palacios"}]}
    case.act("adviser", "RecordPlanDefence", panel)
    assert case.last("PlanDefended").version == 2


def test_the_page_says_what_is_missing_before_each_act(field: Field) -> None:
    """X-11: an act that would be refused is shown with its reason."""
    case = Conducted(field)
    blocked = field.desk.ask("case", "coordinator", id=str(case.case))["blocked"]
    assert "impulso" in blocked["CompleteProcess"]
    assert "fase" in blocked["RecordFollowUp"]
    assert "línea base" in blocked["CreateProductionOrder"]


def test_a_case_leaves_by_death_or_by_an_exclusion_in_force(field: Field) -> None:
    """CASE-3, EXC-2, AMB-14: the exclusion is named and counts on the day; a death is recorded at once."""
    case = Conducted(field)
    exclusion = str(UUID(int=9))
    body = {"exclusion": exclusion, "reason": "Exclusión vigente"}
    case.refused("EXCLUSION_NOT_IN_FORCE", "subdirector", "ExcludeBeneficiary", body)
    dates = {"from_date": "2026-11-01", "to_date": None}
    field.desk.hear("intake.ExclusionRegistered", case.case, exclusion_id=exclusion, **dates)
    case.refused("NOT_AUTHORISED", "caseworker", "ExcludeBeneficiary", body)
    case.act("subdirector", "ExcludeBeneficiary", body)
    assert case.state() == "excluded"
    other = Conducted(field)
    other.act("caseworker", "RecordDeath", {"source": "Un familiar"})
    assert other.state() == "deceased"
    other.refused("CASE_CLOSED", "caseworker", "RecordDeath", {"source": "Un familiar"})

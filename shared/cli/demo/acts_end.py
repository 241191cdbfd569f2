"""Activities 17 and 20 to the end: the operator's work, phases with their visits, completion, ex-post, closing."""

from __future__ import annotations

from typing import Any

from shared.cli.demo.journey import Journey
from shared.cli.demo.world import JSON

MEASURED, WORKED, PHASE, VISITED, RESULT, ENDED, EX_POST, CLOSED = 38, 40, 41, 45, 60, 70, 75, 80
PHASES = ("technical_assistance", "materialisation")
"""The phases of the components that the plan has (c and d)."""


def conduct(case: Journey) -> None:
    """Activity 17 and 20: baseline, work of the plan, phases with a visit each, result."""
    work = activity(case, "c1")
    case.refused("BASELINE_MISSING", "operador", "RecordComponentActivity", work, day=WORKED)
    case.refused("NOT_AUTHORISED", "profesional", "RecordMeasurement", measurement(case, "baseline"), day=MEASURED)
    case.act("operador", "RecordMeasurement", measurement(case, "baseline"), day=MEASURED)
    case.act("operador", "RecordComponentActivity", work, day=WORKED)
    case.act("operador", "RecordComponentActivity", activity(case, "d1"), day=WORKED)
    order = _order(case, "20")
    too_much = {**order, "form": {**order["form"], "quantity": "400"}}
    case.refused("CAPACITY_EXCEEDED", "operador", "CreateProductionOrder", too_much, day=WORKED)
    made = case.act("operador", "CreateProductionOrder", order, day=WORKED)
    done = {"order": made["order_id"], "quantity_done": "19", "accountable": _accountable(case)}
    case.act("operador", "CompleteProductionOrder", done, day=RESULT)
    for phase in PHASES:
        _phase(case, phase)
    case.act("operador", "RecordMeasurement", measurement(case, "result"), day=RESULT)


def _phase(case: Journey, phase: str) -> None:
    visits = {"phase": phase, "visits": [case.world.day(VISITED).isoformat()]}
    visit = case.act("profesional", "StartPhase", visits, day=PHASE)["visits"][0]
    case.refused("FOLLOW_UP_MISSING", "profesional", "ClosePhase", {"phase": phase}, day=VISITED)
    form: dict[str, Any] = {
        "phase": phase,
        "planned": [{"activity": "Revisar costos y calidad", "fulfilment": "done"}],
        "findings": case.person.remark("Lleva el cuaderno al día"),
        "advice_given": case.person.remark("Cotizar con dos proveedores"),
        "adviser": case.staff_signature("profesional", "Profesional", VISITED),
        "beneficiary": case.signature(VISITED),
    }
    case.act("profesional", "RecordFollowUp", {"visit": visit, "form": form}, day=VISITED)
    stage = {"phase": phase, "result": case.person.remark("Aplica lo aprendido"), "rating": 4}
    case.act("profesional", "EvaluateStage", stage, day=RESULT)
    case.act("profesional", "ClosePhase", {"phase": phase}, day=RESULT)


def end(case: Journey) -> None:
    """Completion, the ex-post follow-up of the entity, and the closed case."""
    case.refused("NOT_AUTHORISED", "profesional", "CompleteProcess", day=ENDED)
    # The warehouse has to have told that everything decided was delivered.
    case.offered("coordinadora", "CompleteProcess")
    case.act("coordinadora", "CompleteProcess", day=ENDED)
    _report_to_hemi(case)
    line = {"line_of_intervention": case.person.remark("Sostener la marca")}
    case.act("coordinadora", "StartExPost", line, day=ENDED)
    case.refused("EX_POST_MISSING", "coordinadora", "CloseCase", day=CLOSED)
    visit = {"findings": case.person.remark("Vende en dos ferias"), "advice": case.person.remark("Abrir otro canal")}
    case.act("profesional", "RecordExPostVisit", visit, day=EX_POST)
    case.act("coordinadora", "CloseCase", day=CLOSED)
    case.refused("CASE_CLOSED", "profesional", "RecordExPostVisit", visit, day=CLOSED)


def _report_to_hemi(case: Journey) -> None:
    """Activity 12: the enrolment was typed into HEMI by hand; what HEMI rejected is sent again and then filed there."""
    entry = str(case.waiting_in_hemi("profesional", 12)["id"])
    proof = case.attached("profesional", "reporting", "Respuesta de HEMI")
    day = case.world.day(ENDED).isoformat()
    number = {"receipt_id": f"HEMI-{case.world.seed}-{case.plan.index}", "receipted_on": day}
    receipt = {"form": number}
    case.refused("NOT_AUTHORISED", "formacion", "RecordHemiReceipt", receipt, day=ENDED, target=entry)
    no = {"reason": case.person.remark("El documento no coincide"), "rejected_on": day, "evidence": proof}
    case.act("profesional", "RecordHemiRejection", no, day=ENDED, target=entry)
    put_right = {"correction": case.person.remark("Se corrigió el documento en HEMI")}
    case.act("profesional", "ResendHemiEntry", put_right, day=ENDED, target=entry)
    case.act("profesional", "RecordHemiReceipt", receipt, day=ENDED, target=entry)


def _accountable(case: Journey) -> str:
    return case.world.staff.person("profesional")


def activity(case: Journey, item: str) -> JSON:
    """Work on an item of a component of the plan."""
    return {
        "item": item,
        "topic": "costos",
        "method": "workshop",
        "hours": "4",
        "accountable": _accountable(case),
        "description": case.person.remark("Se trabajó el costeo del producto"),
    }


def measurement(case: Journey, kind: str) -> JSON:
    """What the unit produces with what, before or after the work."""
    first, last = (8, 37) if kind == "baseline" else (39, 58)
    units, resources = ("40", "900000") if kind == "baseline" else ("36", "540000")
    return {
        "kind": kind,
        "from": case.world.day(first).isoformat(),
        "to": case.world.day(last).isoformat(),
        "units": units,
        "resources": resources,
        "accountable": _accountable(case),
    }


def _order(case: Journey, quantity: str) -> JSON:
    form = {
        "product": "Bolso",
        "product_type": "textile",
        "quantity": quantity,
        "unit": "unit",
        "starts": case.world.day(WORKED).isoformat(),
        "due": case.world.day(WORKED + 19).isoformat(),
        "responsible": case.person.full_name,
    }
    return {"form": form, "accountable": _accountable(case)}

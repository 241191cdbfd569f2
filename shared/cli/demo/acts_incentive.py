"""Activities 16 to 19: hand-over to the operator, plan, incentive in kind, and its way through the warehouse."""

from __future__ import annotations

from collections.abc import Callable

from shared.cli.demo.journey import Journey
from shared.cli.demo.papers import PNG, png, signed
from shared.cli.demo.plan import CYCLE, Kind
from shared.cli.demo.staff import display_name
from shared.cli.demo.stock import CLOTH, SCARCE, THREAD
from shared.cli.demo.world import JSON

HANDED, DIAGNOSED, PLANNED, DECIDED, ASSIGNED, REQUESTED, RELEASED, DELIVERED = 28, 29, 30, 32, 34, 35, 36, 37
UNKNOWN = "00000000-0000-4000-8000-000000000000"
"""An id that nothing has."""


def hand_over(case: Journey, wait_for_quota: Callable[[], None], end_training: Callable[[], None]) -> None:
    """Activity 16: the case passes to the operator, once every filter is passed and the call has a place; the operator
    may reject it, and it is handed over again."""
    body = {
        "contract": case.world.contracts["main"],
        "place": "Sede central",
        "minutes": case.person.remark("Se entregó el expediente"),
        "entity": case.staff_signature("profesional", "Profesional", HANDED),
        "executor": case.staff_signature("operador", "Operador", HANDED),
        "beneficiary": case.signature(HANDED),
    }
    case.refused("FILTER_NOT_PASSED", "profesional", "HandOver", body, day=HANDED)
    end_training()
    case.refused("FIELD_INVALID", "profesional", "HandOver", {**body, "contract": None}, day=HANDED)
    if case.plan.kind is Kind.OVER_QUOTA:
        wait_for_quota()
        case.refused("QUOTA_FULL", "profesional", "HandOver", body, day=HANDED, always=True)
        call = {"call": case.world.calls[case.plan.last_call]}
        case.act("profesional", "EnrolInNextCall", call, day=HANDED)
    case.act("profesional", "HandOver", body, day=HANDED)
    if case.plan.kind is Kind.EXCEPTION:
        no = {"reason": case.person.remark("Este mes no hay visitas libres")}
        case.refused("NOT_AUTHORISED", "otro-operador", "RejectHandover", no, day=HANDED, always=True)
        case.act("operador", "RejectHandover", no, day=HANDED)
        case.refused("STATE_NOT_ALLOWED", "operador", "AcceptHandover", day=HANDED, always=True)
        case.act("profesional", "HandOver", body, day=HANDED)
    case.refused("NOT_AUTHORISED", "otro-operador", "AcceptHandover", day=HANDED)
    case.refused("STATE_NOT_ALLOWED", "operador", "RecordDiagnosis", {"diagnosis": "Falta costeo"}, day=HANDED)
    case.act("operador", "AcceptHandover", day=HANDED)


def plan(case: Journey) -> None:
    """Activity 17: diagnosis, plan, approval by somebody who did not write it."""
    content = {"form": plan_form(case)}
    if case.plan.strengthening:
        case.refused("STEP_OUT_OF_ORDER", "operador", "DraftPlan", content, day=DIAGNOSED)
        diagnosis = {"diagnosis": case.person.remark("Falta costear y planear")}
        case.act("operador", "RecordDiagnosis", diagnosis, day=DIAGNOSED)
    case.refused("NOT_AUTHORISED", "otro-operador", "DraftPlan", content, day=PLANNED)
    case.act("operador", "DraftPlan", content, day=PLANNED)
    case.refused("PLAN_NOT_APPROVED", "profesional", "DecideIncentive", _decision(case), day=PLANNED)
    case.refused("NOT_AUTHORISED", "operador", "ApprovePlan", day=PLANNED)
    case.act("asesora", "ApprovePlan", day=PLANNED)


def plan_form(case: Journey) -> JSON:
    """FRM-16 of the case."""
    return {
        "kind": "improvement_plan" if case.plan.strengthening else "business_plan",
        "objectives": [case.person.remark("Vender más")],
        "components": [
            {"component": "c", "item": "Asesoría en costos", "topic": "costos", "method": "advice", "hours": "6"},
            {"component": "d", "item": "Producción con materia prima", "hours": "20"},
        ],
        "resources": ["Materia prima"],
        "indicators": [{"name": "Unidades al mes", "baseline": "40", "goal": "55", "unit": "unidades"}],
    }


def decide(case: Journey) -> str:
    """Activity 18: what will be delivered, in kind. Returns the id of the decision."""
    body = _decision(case)
    money = {**body, "lines": [{**body["lines"][0], "kind": "money"}]}
    case.refused("CASH_NOT_ALLOWED", "profesional", "DecideIncentive", money, day=DECIDED)
    case.refused("LINES_REQUIRED", "profesional", "DecideIncentive", {**body, "lines": []}, day=DECIDED)
    case.refused("STEP_OUT_OF_ORDER", "registro", "AssignStock", _assignment(case, UNKNOWN, []), day=DECIDED)
    answer = case.act("profesional", "DecideIncentive", body, day=DECIDED)
    return str(answer["decision_id"])


def _decision(case: Journey) -> JSON:
    lines = [
        {
            "kind": "raw_material",
            "item": case.world.item(CLOTH),
            "qty": "12",
            "unit": "m",
            "purpose": "production_plan",
        },
        {"kind": "supply", "item": case.world.item(THREAD), "qty": "2", "unit": "roll", "purpose": "production_plan"},
    ]
    if case.plan.kind is Kind.SCARCE:
        scarce = {
            "kind": "tangible",
            "item": case.world.item(SCARCE),
            "qty": "5",
            "unit": "unit",
            "purpose": "training",
        }
        lines.append(scarce)
    return {"decision": "yes", "reason": case.person.remark("Necesita materia prima"), "lines": lines}


def _assignment(case: Journey, decision: str, lines: list[tuple[str, str]]) -> JSON:
    return {
        "warehouse": case.world.warehouse,
        "decision": decision,
        "lines": [{"lot": lot, "qty": qty} for lot, qty in lines or [(_lot(case, CLOTH), "12")]],
        "responsible": signed(display_name("registro"), "Almacén", case.world.day(ASSIGNED)),
    }


def _lot(case: Journey, item: str) -> str:
    return case.world.lots[f"{item}/{0 if item == SCARCE else case.plan.index // len(CYCLE)}"]


def deliver(case: Journey, decision: str) -> None:
    """Activity 19: FO-110 B, FO-128, delivery with signature, and the signed forms back in the warehouse."""
    case.offered("registro", "AssignStock")
    if case.plan.kind is Kind.SCARCE:
        _without_the_scarce_item(case, decision)
    nothing = {"lines": [{"assignment_line": UNKNOWN, "qty": "1"}]}
    case.refused("STEP_OUT_OF_ORDER", "profesional", "RequestWithdrawal", nothing, day=REQUESTED)
    cloth, thread = _lot(case, CLOTH), _lot(case, THREAD)
    case.refused(
        "NOT_IN_DECISION", "registro", "AssignStock", _assignment(case, decision, [(cloth, "13")]), day=ASSIGNED
    )
    if case.plan.kind is Kind.IDEA_ONLY:
        documents = _round(case, decision, [(cloth, "7")])
        documents += _round(case, decision, [(cloth, "5"), (thread, "2")])
    else:
        documents = _round(case, decision, [(cloth, "12"), (thread, "2")])
    case.act(
        "almacen", "ConfirmFormsReceived", {"documents": documents}, day=DELIVERED + 1, target=case.world.warehouse
    )


def _without_the_scarce_item(case: Journey, decision: str) -> None:
    """One unit is in stock and five were decided: never a negative stock, so the line is cancelled."""
    five = _assignment(case, decision, [(_lot(case, SCARCE), "5")])
    case.refused("STOCK_INSUFFICIENT", "registro", "AssignStock", five, day=ASSIGNED, always=True)
    body = {"decision": decision, "line": 3, "qty": "5", "reason": case.person.remark("No hay en el almacén")}
    case.refused("FIELD_INVALID", "profesional", "CancelIncentive", {**body, "qty": "6"}, day=ASSIGNED)
    case.act("profesional", "CancelIncentive", body, day=ASSIGNED)


def _round(case: Journey, decision: str, lots: list[tuple[str, str]]) -> list[str]:
    """Assign, request, release and deliver these lots; returns the numbers of FO-110 B and FO-128."""
    requester = "doble" if case.plan.index % 2 else "profesional"
    assignment = _assignment(case, decision, lots)
    assigned = case.act("registro", "AssignStock", assignment, day=ASSIGNED)
    if case.plan.kind is Kind.SCARCE:
        _release_the_assignment(case, assigned, dict(lots))
        assigned = case.act("registro", "AssignStock", assignment, day=ASSIGNED)
    quantities = dict(lots)
    asked = [{"assignment_line": row["line"], "qty": quantities[row["lot"]]} for row in assigned["lines"]]
    too_much = [{**asked[0], "qty": "999"}]
    case.refused("NOT_ASSIGNED", requester, "RequestWithdrawal", {"lines": too_much}, day=REQUESTED)
    request = case.act(requester, "RequestWithdrawal", {"lines": asked}, day=REQUESTED)["request"]
    if case.plan.kind is Kind.RETURNED:
        no = {"request": request, "reason": case.person.remark("Llegó sin la cédula")}
        case.refused("NOT_AUTHORISED", "profesional", "RefuseWithdrawal", no, day=REQUESTED, always=True)
        case.act("almacen", "RefuseWithdrawal", no, day=REQUESTED)
        request = case.act(requester, "RequestWithdrawal", {"lines": asked}, day=REQUESTED)["request"]
    released = _release(case, request, requester)
    kept = {row["line"]: quantities[row["lot"]] for row in released["lines"]}
    if case.plan.kind is Kind.RETURNED:
        kept = _with_a_return(case, decision, released, kept)
    _hand_to_the_person(case, released, kept, requester)
    return [assigned["number"], released["number"]]


def _release_the_assignment(case: Journey, assigned: JSON, quantities: dict[str, str]) -> None:
    """What was assigned before the person could come for it is free again for a day."""
    lines = [{"assignment_line": row["line"], "qty": quantities[row["lot"]]} for row in assigned["lines"]]
    body = {"assignment": assigned["assignment"], "lines": lines, "reason": case.person.remark("Viaja esta semana")}
    too_much = {**body, "lines": [{**lines[0], "qty": "999"}]}
    case.refused("NOT_ASSIGNED", "registro", "ReleaseAssignment", too_much, day=ASSIGNED, always=True)
    case.act("registro", "ReleaseAssignment", body, day=ASSIGNED)


def _release(case: Journey, request: str, requester: str) -> JSON:
    body = {
        "request": request,
        "withdrawn_by": signed(display_name(requester), "Profesional", case.world.day(RELEASED)),
        "released_by": signed(display_name("almacen"), "Almacén", case.world.day(RELEASED)),
    }
    unsigned = {**body, "withdrawn_by": None}
    case.refused("SIGNATURE_REQUIRED", "almacen", "ReleaseWithdrawal", unsigned, day=RELEASED)
    # The one holds only the wrong role; the other holds the right one and asked for the goods.
    refusal = "SOD_VIOLATION" if requester == "doble" else "NOT_AUTHORISED"
    case.refused(refusal, requester, "ReleaseWithdrawal", body, day=RELEASED)
    return case.act("almacen", "ReleaseWithdrawal", body, day=RELEASED)


def _with_a_return(case: Journey, decision: str, released: JSON, kept: dict[str, str]) -> dict[str, str]:
    """Two metres go back, and the case cannot leave while the rest is in the professional's custody."""
    line = next(line for line, qty in kept.items() if qty == "12")
    back = {
        "withdrawal": released["withdrawal"],
        "lines": [{"line": line, "qty": "2"}],
        "reason_code": "not_needed",
        "reason": case.person.remark("Sobraron dos metros"),
    }
    too_much = {**back, "lines": [{"line": line, "qty": "13"}]}
    case.refused("RETURN_EXCEEDS", "almacen", "ReturnStock", too_much, day=RELEASED, always=True)
    case.act("almacen", "ReturnStock", back, day=RELEASED)
    if not case.done_before("DecideIncentive"):
        case.shown("profesional", "Impulso", "devuelto")
    leaving = {"reason_code": "own_will", "reason": case.person.remark("Quiere irse")}
    case.refused(
        "CUSTODY_OPEN", "profesional", "WithdrawCase", leaving, day=RELEASED, service="assistance", always=True
    )
    cancelled = {"decision": decision, "line": 1, "qty": "2", "reason": case.person.remark("Con diez metros alcanza")}
    case.act("profesional", "CancelIncentive", cancelled, day=RELEASED)
    return {**kept, line: "10"}


def _hand_to_the_person(case: Journey, released: JSON, kept: dict[str, str], requester: str) -> None:
    fingerprint = case.plan.kind is Kind.LOOKALIKE
    signature = case.signature(DELIVERED, "fingerprint_witnessed" if fingerprint else "handwritten_scan")
    body: JSON = {
        "withdrawal": released["withdrawal"],
        "lines": [{"withdrawal_line": line, "qty": qty, "condition": "Bueno"} for line, qty in kept.items()],
        "beneficiary": signature,
        "place": case.person.activity_address,
        "photo": case.stored("profesional", "inventory", "entrega.png", png(case.plan.index), PNG),
    }
    if fingerprint:
        case.refused("SIGNATURE_REQUIRED", requester, "DeliverIncentive", body, day=DELIVERED)
        body["witness"] = f"Testigo de {case.person.full_name}"
    unsigned = {**body, "beneficiary": None}
    case.refused("SIGNATURE_REQUIRED", requester, "DeliverIncentive", unsigned, day=DELIVERED)
    too_much = {**body, "lines": [{**body["lines"][0], "qty": "999"}]}
    case.refused("CUSTODY_EXCEEDED", requester, "DeliverIncentive", too_much, day=DELIVERED)
    case.refused("NOT_AUTHORISED", "colega", "DeliverIncentive", body, day=DELIVERED)
    answer = case.act(requester, "DeliverIncentive", body, day=DELIVERED)
    case.repeated(answer, place="Otro lugar")

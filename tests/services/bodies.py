"""Bodies of the commands of profiling and assistance, as a caller writes them in JSON."""

from __future__ import annotations

from typing import Any

Body = dict[str, Any]

ON = "2026-11-10"


def sign(signer: str = "Rosa Elvira Cuesta", capacity: str = "Profesional") -> Body:
    return {"signer": signer, "capacity": capacity, "method": "handwritten_scan", "signed_on": ON}


# -- profiling ---------------------------------------------------------------------------------------------------------


def interview() -> Body:
    dimensions = ("skills", "entrepreneurial_behaviour", "required_characteristics")
    return {
        "form": {
            "guide": "GUIA-PR-156",
            "guide_version": "1",
            "answers": [{"question_id": "P01", "answer": "Cose maletas de cuero desde los quince años"}],
            "ratings": [
                {"dimension": each, "score": 4, "reason": "Conoce su oficio y sus costos"} for each in dimensions
            ],
            "motivation": "Dejar la calle y vender desde su taller",
            "interviewer": sign("Marta Lucía Rentería", "Psicóloga"),
        }
    }


def disc(blocks: int) -> Body:
    rows = [{"block": number, "most": 1 + number % 4, "least": 1 + (number + 1) % 4} for number in range(1, blocks + 1)]
    return {"instrument": "DISC", "minutes": 12, "responses": rows}


def tecae() -> Body:
    external = {"results": [{"scale": "Logro", "value": "72.5"}], "applied_by": "Universidad aliada"}
    return {"instrument": "TECAE", "external": external}


def classification(**changes: Any) -> Body:
    found = {"entrepreneurial_profile": True, "is_producer": True, "is_trader": False}
    return found | {"reason": "Produce y vende lo suyo, con iniciativa para crecer"} | changes


def validation(decision: str = "approve", **more: Any) -> Body:
    return {"decision": decision, "reason": "La entrevista y el instrumento coinciden", **more}


def alternatives() -> Body:
    row = {"alternative": "sena", "kind": "external", "information": "Cursos cortos de confección"}
    return {"presented": [row], "channel": "in_person"}


def no_alternative() -> Body:
    return {"interested": False, "declined": ["sena"], "reason": "No le interesa ninguna"}


def offer(call: str) -> Body:
    return {
        "processes": [call],
        "operation_start_date": "2023-02-01",
        "main_income": True,
        "attendees": ["Gloria Amparo Mosquera"],
    }


def interest(call: str, *, interested: bool = True) -> Body:
    return {"interest": [{"process": call, "interested": interested}]}


def acceptance(call: str) -> Body:
    return {"process": call, "service": "technical_assistance", "channel": "in_person"}


def refusal_of_offer() -> Body:
    return {"reason_code": "no_time", "reason": "Cuida a su mamá", "channel": "phone"}


def withdrawal() -> Body:
    return {"reason_code": "own_will", "reason": "Se va a vivir con su hijo"}


# -- assistance --------------------------------------------------------------------------------------------------------


def scheduled_talk(call: str, facilitator: str) -> Body:
    return {
        "call": call,
        "planned_on": "2026-11-12",
        "starts": "09:00",
        "ends": "11:00",
        "place": "Sede Manitas",
        "facilitators": [facilitator],
    }


def talk(call: str, *cases: object) -> Body:
    rows = [{"case": str(case), "person": "Gloria Amparo Mosquera", "signature": sign()} for case in cases]
    return {
        "call": call,
        "form": {
            "meeting_kind": "talk",
            "subject": "Fases y compromisos del proceso",
            "starts": "09:00",
            "ends": "11:00",
            "hours": "2.00",
            "place": "Sede Manitas",
            "facilitator": "Rosa Elvira Cuesta",
            "attendees": rows,
        },
    }


def commitment(call: str) -> Body:
    return {
        "form": {
            "text_version": "1",
            "process": call,
            "phases": ["F1", "F2", "F3", "F4", "F5", "F6"],
            "commitments": [{"id": f"C{number}", "text": f"Compromiso {number}"} for number in range(1, 8)],
            "will_statement": "Participaré en cada fase y cumpliré cada compromiso",
            "beneficiary": sign("Gloria Amparo Mosquera", "Beneficiaria"),
            "entity": sign(),
        }
    }


def memo() -> Body:
    return {
        "course": "Conceptos básicos de fortalecimiento empresarial",
        "to_office": "training_office",
        "person": "Gloria Amparo Mosquera",
        "subject": "Formación complementaria",
        "body": "Solicito inscribir a Gloria Amparo Mosquera",
        "signed_by": sign(),
    }


def meeting(*cases: object, hours: str = "10.00", starts: str = "08:00", ends: str = "18:00") -> Body:
    rows = [{"case": str(case), "hours": hours} for case in cases]
    return {"starts": starts, "ends": ends, "topic": "Costos", "place": "Aula 2", "attendees": rows}


def exception() -> Body:
    return {"reason": "Licencia de maternidad"}


def visit_plan() -> Body:
    return {"planned_on": "2026-11-15", "address": "Calle 58 sur 12-30", "locality": "05"}


def visit(**changes: Any) -> Body:
    return {
        "address": "Calle 58 sur 12-30",
        "locality": "05",
        "at_unit": True,
        "people_present": ["Gloria Amparo Mosquera"],
        **changes,
    }


def capacity(visit_id: str, *, producer: bool = True) -> Body:
    per_month = {"product": "Morral", "qty": "60", "unit": "unit", "per": "month"}
    return {
        "form": {
            "visit": visit_id,
            "commercial": {"score": 3, "findings": "Vende por encargo"},
            "technical": {"installed_capacity": [per_month], "score": 4, "findings": "Dos máquinas planas"},
            "organisational": {"people": 2, "score": 3, "findings": "Lleva un cuaderno"},
            "is_producer_confirmed": producer,
            "evaluator": sign(),
        }
    }


def product(visit_id: str) -> Body:
    return {
        "form": {
            "visit": visit_id,
            "product": "Morral escolar",
            "presentation": 4,
            "finishes": 3,
            "quality": 4,
            "presentation_findings": "Buena etiqueta",
            "finishes_findings": "Hilos sueltos",
            "quality_findings": "Tela resistente",
            "recommendations_to_producer": "Revisar remates",
            "recommendations_to_product": "Mejorar cierres",
            "evaluator": sign(),
        }
    }


def sheet() -> Body:
    return {
        "form": {
            "product_name": "Morral escolar",
            "product_type": "textile",
            "description": "Morral de lona con dos bolsillos",
            "materials": [{"name": "Lona", "qty": "1.5", "unit": "m", "cost": "18000.00"}],
        }
    }


def report(proposed: str = "apto") -> Body:
    return {
        "form": {
            "proposed": proposed,
            "reasons": "Produce con calidad y capacidad",
            "recommendations": "Acompañar el costeo",
            "components_to_strengthen": [],
        }
    }


def result(value: str = "apto", *components: str) -> Body:
    return {"result": value, "reason": "Revisé los tres formatos", "components": list(components)}


def contract(call: str, number: str = "CPS-118-2026") -> Body:
    return {
        "number": number,
        "kind": "contract",
        "operator": "Corporación Manos del Sur",
        "object": "Asistencia técnica a unidades productivas",
        "purposes": ["advice", "accompaniment"],
        "value": "180000000.00",
        "starts_on": "2026-01-15",
        "ends_on": "2026-12-15",
        "supervisor": "Luz Dary Palacios",
        "calls_covered": [call],
    }


def handover(**executor: str) -> Body:
    return {
        **executor,
        "place": "Sede Manitas",
        "minutes": "Se entrega el expediente",
        "entity": sign(),
        "executor": sign("Jairo Quintero", "Operador"),
        "beneficiary": sign("Gloria Amparo Mosquera", "Beneficiaria"),
    }


def diagnosis() -> Body:
    return {"diagnosis": "Le falta costear y ordenar el taller"}


def plan(*components: str, kind: str = "improvement_plan") -> Body:
    rows = [{"component": code, "item": "Taller de costeo", "topic": "costos", "hours": "8.00"} for code in components]
    return {"form": {"kind": kind, "objectives": ["Subir las ventas"], "components": rows}}


def revision(*components: str, dropped: tuple[str, ...] = ()) -> Body:
    rows = [{"component": code, "reason": "La persona ya lo domina"} for code in dropped]
    return {**plan(*components), "reason": "Cambió el producto", "dropped": rows}


def measurement(person: str, kind: str = "baseline", **changes: Any) -> Body:
    period = {"from": "2026-10-01", "to": "2026-10-30"} if kind == "baseline" else {"from": "2026-11-01", "to": ON}
    measured = {"units": "30", "resources": "600000"} if kind == "baseline" else {"units": "15", "resources": "150000"}
    return {"kind": kind, **period, **measured, "accountable": person, **changes}


def activity(person: str, item: str = "b1", **changes: Any) -> Body:
    did = {"topic": "marketing", "method": "workshop", "hours": "4", "description": "Se diseñó la marca"}
    return {"item": item, "accountable": person, **did, **changes}


def order(person: str, quantity: str = "20", **changes: Any) -> Body:
    form = {"product": "Morral", "product_type": "textile", "quantity": quantity, "unit": "unit"}
    form |= {"starts": "2026-11-16", "due": "2026-11-30", "responsible": "Gloria Amparo Mosquera"}
    return {"accountable": person, "form": form | changes}


def link(person: str) -> Body:
    sold = {"product_type": "textile", "qty": "12", "value": "480000"}
    return {"buyer": "Almacenes La Cosecha", "channel": "wholesale", "accountable": person, **sold}


def fair(person: str) -> Body:
    return {"name": "Feria de diciembre", "place": "Plaza España", "product_type": "textile", "accountable": person}


def phase(code: str, *days: str) -> Body:
    return {"phase": code, "visits": list(days or ("2026-11-18",))}


def stage(code: str) -> Body:
    return {"phase": code, "result": "La unidad aplica lo aprendido", "rating": 4}


def follow_up(code: str, visit: str | None = None, **changes: Any) -> Body:
    form = {
        "phase": code,
        "planned": [{"activity": "Revisar el costeo", "fulfilment": "done"}],
        "findings": "Lleva el cuaderno al día",
        "adviser": sign(),
        "beneficiary": sign("Gloria Amparo Mosquera", "Beneficiaria"),
    }
    return {"form": form | changes} | ({"visit": visit} if visit else {})


def ex_post_visit() -> Body:
    return {"findings": "Mantiene la marca", "advice": "Abrir un segundo canal"}


def decision(qty: str = "20") -> Body:
    line = {"kind": "raw_material", "item": "TELA-01", "qty": qty, "unit": "m", "purpose": "production_plan"}
    return {"decision": "yes", "reason": "Cumple su plan de producción", "lines": [line]}


def cancellation(decision_id: str, qty: str = "5") -> Body:
    return {"decision": decision_id, "line": 1, "qty": qty, "reason": "Ya consiguió tela"}


# -- referral ----------------------------------------------------------------------------------------------------------


def chosen(alternative: str = "training") -> Body:
    return {"interested": True, "alternative": alternative, "reason": "Quiere aprender otro oficio"}


def referral(document: str = "FO-069", office: str | None = "training_office") -> Body:
    letter = {"subject": "Remisión de una persona", "body": "Solicito atender a Gloria Amparo Mosquera"}
    letter["person"] = "Gloria Amparo Mosquera"
    return {"document": document, "office": office, "signed_by": sign(), **letter}

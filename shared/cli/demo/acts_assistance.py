"""Activities 11 to 15: talk, commitment, training, valuation of the unit, its result, strengthening."""

from __future__ import annotations

from typing import Any

from shared.cli.demo.journey import Journey
from shared.cli.demo.plan import CYCLE, Kind
from shared.cli.demo.staff import display_name
from shared.cli.demo.world import JSON

TALK, MEMO, TRAINING, VISIT, REPORT, RESULT, STRENGTHENED, ENROLLED = 14, 15, 16, 22, 23, 24, 26, 28
EXCEPTED = 27
AGAIN = 8
"""Days from the acts of the first valuation to those of the second one."""
MEETINGS = 5
"""Five meetings of eight hours: the forty hours of P-04. The last one is held after the valuation."""
TEXT = "ACTA-COMPROMISO"


def talk(case: Journey) -> None:
    """Activity 11: the awareness talk; some were scheduled before, others not."""
    case.offered("profesional", "RecordTalkAttendance")
    case.refused("NOT_ATTENDED", "profesional", "SignCommitment", _commitment(case), day=TALK)
    person, call = case.person, case.world.calls[case.plan.call]
    scheduled = None
    if case.plan.index % len(CYCLE) == 0:
        plan = {
            "call": call,
            "planned_on": case.world.day(TALK).isoformat(),
            "starts": "08:00",
            "ends": "10:00",
            "place": "Auditorio",
            "facilitators": [case.world.staff.person("psicosocial")],
        }
        scheduled = case.act("profesional", "ScheduleTalk", plan, day=ANSWERED_BEFORE, creates=True)["id"]
    attendee = {
        "case": case.case_id,
        "person": person.full_name,
        "document_no": person.document,
        "phone": person.phone,
        "hours": "2",
        "signature": case.signature(TALK),
    }
    sheet = {
        "meeting_kind": "talk",
        "subject": "Sensibilización",
        "starts": "08:00",
        "ends": "10:00",
        "hours": "2",
        "place": "Auditorio",
        "facilitator": display_name("psicosocial"),
        "attendees": [attendee],
    }
    body = {"call": call, "talk": scheduled, "form": sheet}
    twice = {**body, "form": {**sheet, "attendees": [attendee, attendee]}}
    case.refused("FIELD_INVALID", "profesional", "RecordTalkAttendance", twice, day=TALK, creates=True)
    case.act("profesional", "RecordTalkAttendance", body, day=TALK, creates=True)


ANSWERED_BEFORE = TALK - 1


def commit(case: Journey) -> None:
    """Activity 11: the commitment, one by one, signed by both."""
    commitment = _commitment(case)
    old = {"form": {**commitment["form"], "text_version": "0"}}
    case.refused("CATALOGUE_NOT_EFFECTIVE", "profesional", "SignCommitment", old, day=TALK)
    unsigned = {"form": {**commitment["form"], "beneficiary": None}}
    case.refused("FORM_INCOMPLETE", "profesional", "SignCommitment", unsigned, day=TALK)
    case.act("profesional", "SignCommitment", commitment, day=TALK)


def _commitment(case: Journey) -> JSON:
    text: Any = case.world.catalogue.text(TEXT, case.world.day(TALK))
    form = {
        "text_version": text.version,
        "process": case.world.calls[case.plan.call],
        "phases": [clause.id for clause in text.phases],
        "commitments": [{"id": clause.id, "text": clause.text} for clause in text.commitments],
        "will_statement": case.person.remark("Manifiesta su voluntad de participar"),
        "beneficiary": case.signature(TALK),
        "entity": case.staff_signature("profesional", "Profesional", TALK),
    }
    return {"form": form}


def start_training(case: Journey) -> None:
    """Activity 12: memo, acknowledgement, enrolment, and all meetings but the last."""
    case.refused("MEMO_MISSING", "formacion", "EnrolInTraining", day=MEMO)
    visit = {"planned_on": case.world.day(VISIT).isoformat(), **_place(case)}
    case.refused("STEP_OUT_OF_ORDER", "profesional", "ScheduleUnitVisit", visit, day=MEMO)
    memo = {
        "course": "Conceptos básicos para el fortalecimiento empresarial",
        "to_office": "training_office",
        "person": case.person.full_name,
        "subject": "Inscripción en formación complementaria",
        "body": case.person.remark(f"Inscribir a {case.person.full_name}"),
        "signed_by": case.staff_signature("profesional", "Profesional", MEMO),
    }
    case.refused("NOT_AUTHORISED", "formacion", "IssueTrainingMemo", memo, day=MEMO)
    case.act("profesional", "IssueTrainingMemo", memo, day=MEMO)
    case.act("formacion", "AcknowledgeTrainingMemo", day=MEMO)
    case.act("formacion", "EnrolInTraining", day=MEMO)
    long = _meeting(case, TRAINING) | {"ends": "20:00"}
    long["attendees"] = [{**long["attendees"][0], "hours": "11"}]
    case.refused("HOURS_OUT_OF_RANGE", "formacion", "RecordTrainingHours", long, day=TRAINING, creates=True)
    for number in range(MEETINGS - 1):
        _attend(case, number)
    overlapping = _meeting(case, TRAINING) | {"starts": "12:00", "ends": "14:00"}
    overlapping["attendees"] = [{**overlapping["attendees"][0], "hours": "2"}]
    case.refused("MEETING_OVERLAP", "formacion", "RecordTrainingHours", overlapping, day=TRAINING, creates=True)
    case.refused("STEP_OUT_OF_ORDER", "formacion", "CompleteTraining", day=TRAINING + MEETINGS)


def end_training(case: Journey) -> None:
    """Activity 12: the last meeting brings the hours to forty."""
    _attend(case, MEETINGS - 1)
    case.act("formacion", "CompleteTraining", day=TRAINING + MEETINGS - 1)


def except_from_training(case: Journey) -> None:
    """Activity 12: the subdirector lets the case go on with fewer hours than forty."""
    reason = {"reason": case.person.remark("Licencia de maternidad")}
    case.refused("NOT_AUTHORISED", "coordinadora", "AuthoriseTrainingException", reason, day=EXCEPTED, always=True)
    case.act("subdirectora", "AuthoriseTrainingException", reason, day=EXCEPTED)
    case.refused("STEP_OUT_OF_ORDER", "subdirectora", "AuthoriseTrainingException", reason, day=EXCEPTED)


def _attend(case: Journey, number: int) -> None:
    day = TRAINING + number
    case.act("formacion", "RecordTrainingHours", _meeting(case, day), day=day, creates=True)


def _meeting(case: Journey, day: int) -> JSON:
    return {
        "starts": "08:00",
        "ends": "16:00",
        "topic": "Costos y precios",
        "place": "Aula 2",
        "attendees": [{"case": case.case_id, "hours": "8", "signature": case.signature(day)}],
    }


def value_unit(case: Journey, *, again: bool = False) -> None:
    """Activity 13: visit, FO-781, FO-779, FO-780 and the report; ``again`` in the next call."""
    later = AGAIN if again else 0
    day, reported = VISIT + later, REPORT + later
    visit_plan = {"planned_on": case.world.day(day).isoformat(), **_place(case)}
    visit = case.act("profesional", "ScheduleUnitVisit", visit_plan, day=day - 1)["visit_id"]
    case.refused("STEP_OUT_OF_ORDER", "profesional", "FileProductSheet", {"form": _sheet()}, day=day)
    visited = {
        "visit": visit,
        **_place(case),
        "at_unit": True,
        "people_present": [case.person.full_name],
        "location": "4.60971, -74.08175",
        "location_consent": True,
    }
    no_consent = {**visited, "location_consent": False}
    case.refused("EVIDENCE_MISSING", "profesional", "RecordUnitVisit", no_consent, day=day)
    case.act("profesional", "RecordUnitVisit", visited, day=day)
    report = {"form": _report(case, again=again)}
    case.refused("FORM_INCOMPLETE", "profesional", "IssueValidationReport", report, day=reported)
    capacity = {"form": _capacity(case, visit, day)}
    wrong = {"form": {**capacity["form"], "technical": {**capacity["form"]["technical"], "score": 6}}}
    case.refused("FIELD_INVALID", "profesional", "FileCapacityEvaluation", wrong, day=day)
    case.act("profesional", "FileCapacityEvaluation", capacity, day=day)
    case.act("profesional", "FileProductEvaluation", {"form": _product(case, visit, day)}, day=day)
    case.act("profesional", "FileProductSheet", {"form": _sheet()}, day=day)
    case.act("profesional", "IssueValidationReport", report, day=reported)


def report_again(case: Journey) -> None:
    """Activity 14: the report goes back to act. 13 with its reason, and a clearer one is issued."""
    back = {"reason": case.person.remark("Falta decir por qué la unidad puede crecer")}
    case.refused("SOD_VIOLATION", "profesional", "ReturnValidationReport", back, day=REPORT, always=True)
    case.act("colega", "ReturnValidationReport", back, day=REPORT)
    case.act("profesional", "IssueValidationReport", {"form": _report(case)}, day=REPORT)


def _place(case: Journey) -> JSON:
    return {"address": case.person.activity_address, "locality": f"{case.plan.index % 19 + 1:02d}"}


def _capacity(case: Journey, visit: str, day: int) -> JSON:
    note = case.person.remark
    return {
        "visit": visit,
        "commercial": {"customers": note("Vecinos"), "monthly_sales": "1850000", "score": 3, "findings": note("Vende")},
        "technical": {
            "equipment": ["Máquina plana"],
            "installed_capacity": [{"product": "Bolso", "qty": "40", "unit": "unit", "per": "month"}],
            "score": 4,
            "findings": note("Buena maquinaria"),
        },
        "organisational": {"people": 2, "score": 3, "findings": note("Lleva un cuaderno")},
        "is_producer_confirmed": True,
        "works_from_home": True,
        "evaluator": case.staff_signature("profesional", "Profesional", day),
    }


def _product(case: Journey, visit: str, day: int) -> JSON:
    note = case.person.remark
    return {
        "visit": visit,
        "product": "Bolso",
        "presentation": 3,
        "finishes": 4,
        "quality": 4,
        "presentation_findings": note("Sin etiqueta"),
        "finishes_findings": note("Costura pareja"),
        "quality_findings": note("Resiste"),
        "recommendations_to_producer": note("Marcar el producto"),
        "recommendations_to_product": note("Forro más fuerte"),
        "evaluator": case.staff_signature("profesional", "Profesional", day),
    }


def _sheet() -> JSON:
    return {
        "product_name": "Bolso",
        "product_type": "textile",
        "description": "Bolso de lona con forro",
        "materials": [{"name": "Lona", "qty": "0.8", "unit": "m", "cost": "9500"}],
        "process_steps": ["Cortar", "Coser", "Revisar"],
        "unit_cost": "14500",
        "sale_price": "32000",
        "output_per_month": "40",
    }


def _apto(case: Journey, *, again: bool) -> bool:
    return again or case.plan.kind not in (Kind.NOT_APTO, Kind.SECOND_VALUATION)


def _report(case: Journey, *, again: bool = False) -> JSON:
    apt = _apto(case, again=again)
    form: JSON = {
        "proposed": "apto" if apt else "no_apto",
        "reasons": case.person.remark("Puede crecer" if apt else "Aún no tiene acabados"),
        "recommendations": case.person.remark("Seguir con el plan"),
    }
    return form if apt else {**form, "components_to_strengthen": ["finishes"]}


def declare(case: Journey, *, again: bool = False) -> None:
    """Activity 14: somebody who scored neither form declares the result."""
    apt, day = _apto(case, again=again), RESULT + (AGAIN if again else 0)
    body: JSON = {
        "result": "apto" if apt else "no_apto",
        "reason": case.person.remark("Se revisaron los formatos"),
    }
    if not apt:
        case.refused("COMPONENTS_REQUIRED", "coordinadora", "DeclareUnitResult", body, day=day)
        body["components"] = ["finishes"]
    case.refused("SOD_VIOLATION", "profesional", "DeclareUnitResult", body, day=day)
    case.refused("NOT_AUTHORISED", "asesora", "DeclareUnitResult", body, day=day)
    case.act("coordinadora" if case.plan.index % 2 else "colega", "DeclareUnitResult", body, day=day)


def strengthen(case: Journey) -> None:
    """Activity 15: the components that were weak, with a meeting; then the case waits for the next call."""
    body = {"components": ["finishes"], "professional": case.world.staff.person("asesora")}
    case.refused("FIELD_INVALID", "asesora", "OpenStrengthening", {**body, "components": ["quality"]}, day=STRENGTHENED)
    case.act("asesora", "OpenStrengthening", body, day=STRENGTHENED)
    meeting = {
        "topic": "produccion",
        "hours": "3",
        "result": case.person.remark("Aprendió a rematar costuras"),
        "next_on": case.world.day(STRENGTHENED + 1).isoformat(),
    }
    past = {**meeting, "next_on": case.world.day(STRENGTHENED - 1).isoformat()}
    case.refused("FIELD_INVALID", "asesora", "RecordStrengtheningMeeting", past, day=STRENGTHENED)
    case.act("asesora", "RecordStrengtheningMeeting", meeting, day=STRENGTHENED)
    outcomes = {"outcomes": [{"component": "finishes", "outcome": "strengthened"}]}
    case.act("asesora", "CloseStrengthening", outcomes, day=STRENGTHENED + 1)
    same = {"call": case.world.calls[case.plan.call]}
    case.refused("CALL_NOT_NEXT", "profesional", "EnrolInNextCall", same, day=ENROLLED)


def enrol_again(case: Journey) -> None:
    """Activity 15 to 13: the case takes part in the next call, where the unit is valued anew; both results stay."""
    call = {"call": case.world.calls[case.plan.last_call]}
    visit = {"planned_on": case.world.day(VISIT + AGAIN).isoformat(), **_place(case)}
    case.refused("STEP_OUT_OF_ORDER", "profesional", "ScheduleUnitVisit", visit, day=ENROLLED, always=True)
    case.refused("NOT_AUTHORISED", "asesora", "EnrolInNextCall", call, day=ENROLLED, always=True)
    case.act("profesional", "EnrolInNextCall", call, day=ENROLLED)

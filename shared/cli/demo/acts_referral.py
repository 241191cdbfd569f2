"""Activities 6 and 8 for who chooses an alternative: a rejected referral, another choice, one that is received, by an
office or by another entity."""

from __future__ import annotations

from shared.cli.demo.journey import Journey
from shared.cli.demo.world import JSON

CHOSEN, REJECTED, RECEIVED = 12, 13, 14


def refer(case: Journey) -> None:
    """The first office has no place; back in act. 6 the person chooses again, and the second referral is received."""
    letter = _letter(case, CHOSEN)
    case.refused("STEP_OUT_OF_ORDER", "profesional", "IssueReferral", letter, day=CHOSEN, always=True)
    case.act("profesional", "RecordAlternativeInterest", _choice(case, "training", "sena"), day=CHOSEN)
    outside = {**letter, "document": "FRM-14"}
    case.refused("WRONG_DOCUMENT", "profesional", "IssueReferral", outside, day=CHOSEN, always=True)
    case.act("profesional", "IssueReferral", letter, day=CHOSEN)
    rejection = {"reason": case.person.remark("No hay cupo en el curso")}
    case.refused("NOT_AUTHORISED", "profesional", "RejectReferral", rejection, day=REJECTED)
    case.act("dependencia", "RejectReferral", rejection, day=REJECTED)
    anew = _letter(case, REJECTED)
    case.refused("STEP_OUT_OF_ORDER", "profesional", "IssueReferral", anew, day=REJECTED)
    second = _choice(case, "job_orientation", "training")
    case.act("profesional", "RecordAlternativeInterest", second, day=REJECTED)
    case.act("profesional", "IssueReferral", anew, day=REJECTED)
    late = {"reason": case.person.remark("Nadie respondió")}
    case.refused("REFERRAL_NOT_OVERDUE", "coordinadora", "CloseUnansweredReferral", late, day=RECEIVED, always=True)
    case.act(
        "dependencia", "AcknowledgeReferral", {"reason": case.person.remark("Se le asignó orientadora")}, day=RECEIVED
    )
    case.refused("CASE_CLOSED", "dependencia", "RejectReferral", rejection, day=RECEIVED)


def refer_outside(case: Journey) -> None:
    """To another entity in writing (FRM-14), which the person authorised; its answer is filed by the professional."""
    case.act("profesional", "RecordAlternativeInterest", _choice(case, "sena", "training"), day=CHOSEN)
    memo = _letter(case, CHOSEN)
    case.refused("WRONG_DOCUMENT", "profesional", "IssueReferral", memo, day=CHOSEN, always=True)
    case.act("profesional", "IssueReferral", {**memo, "document": "FRM-14", "office": None}, day=CHOSEN)
    answer: JSON = {"reason": case.person.remark("Empieza el curso el lunes")}
    case.refused("EVIDENCE_MISSING", "profesional", "AcknowledgeReferral", answer, day=RECEIVED, always=True)
    answer["file"] = case.attached("profesional", "profiling", "Respuesta de la entidad")
    case.refused("NOT_AUTHORISED", "dependencia", "AcknowledgeReferral", answer, day=RECEIVED, always=True)
    case.act("profesional", "AcknowledgeReferral", answer, day=RECEIVED)


def _choice(case: Journey, alternative: str, declined: str) -> JSON:
    reason = case.person.remark("Quiere aprender otro oficio")
    return {"interested": True, "alternative": alternative, "declined": [declined], "reason": reason}


def _letter(case: Journey, day: int) -> JSON:
    return {
        "document": "FO-069",
        "office": "training_office",
        "person": case.person.full_name,
        "subject": "Remisión de una persona",
        "body": case.person.remark(f"Atender a {case.person.full_name}"),
        "signed_by": case.staff_signature("profesional", "Profesional", day),
    }

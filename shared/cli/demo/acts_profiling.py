"""Activities 3 to 10: profiling and its validation, alternatives, offer and answer."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from shared.cli.demo.acts_intake import basic_identification
from shared.cli.demo.journey import Journey
from shared.cli.demo.plan import Kind
from shared.cli.demo.world import JSON

STARTED, CLASSIFIED, VALIDATED, OFFERED, ANSWERED = 8, 9, 10, 11, 12
GUIDE = "GUIA-PR-156"


def profile(case: Journey) -> None:
    """Activity 3: interview, instrument, new version of FO-203, classification."""
    case.offered("psicosocial", "StartProfiling")
    case.act("psicosocial", "StartProfiling", day=STARTED)
    classification = _classification(case, first=True)
    case.refused("INTERVIEW_MISSING", "psicosocial", "ClassifyProfile", classification, day=STARTED)
    interview = {"form": _interview(case)}
    old = {"form": {**interview["form"], "guide_version": "0"}}
    case.refused("CATALOGUE_NOT_EFFECTIVE", "psicosocial", "RecordInterview", old, day=STARTED)
    case.act("psicosocial", "RecordInterview", interview, day=STARTED)
    case.refused("INSTRUMENT_MISSING", "psicosocial", "ClassifyProfile", classification, day=STARTED)
    _apply_instrument(case)
    case.refused("IDENTIFICATION_NOT_UPDATED", "psicosocial", "ClassifyProfile", classification, day=CLASSIFIED)
    form = {"form": basic_identification(case, "unchanged")}
    case.act("profesional", "UpdateBasicIdentification", form, day=CLASSIFIED)
    case.offered("psicosocial", "ClassifyProfile")
    case.act("psicosocial", "ClassifyProfile", classification, day=CLASSIFIED)


def profile_again(case: Journey) -> None:
    """Who produces and has no profile: the psychosocial team orders act. 3 again, and its second result is returned
    once, with its reason, before it passes."""
    reason = case.person.remark("No está claro si le falta iniciativa")
    back: JSON = {"decision": "return", "reason": reason}
    approve = {**back, "decision": "approve"}
    case.refused("MATRIX_NOT_PASSED", "validadora", "ValidateProfile", approve, day=VALIDATED, always=True)
    case.refused("MANUAL_DECISION_REQUIRED", "validadora", "ValidateProfile", back, day=VALIDATED, always=True)
    back["manual_decision"] = "repeat_profiling"
    # A decision of the psychosocial team, which a caseworker is not of.
    case.refused("MANUAL_DECISION_REQUIRED", "colega", "ValidateProfile", back, day=VALIDATED, always=True)
    case.act("validadora", "ValidateProfile", back, day=VALIDATED)
    case.act("psicosocial", "RecordInterview", {"form": _interview(case, VALIDATED)}, day=VALIDATED)
    _apply_instrument(case, VALIDATED)
    classification = _classification(case)
    case.act("psicosocial", "ClassifyProfile", classification, day=VALIDATED)
    unneeded = {**back, "reason": case.person.remark("Otra vez")}
    case.refused("FIELD_INVALID", "validadora", "ValidateProfile", unneeded, day=VALIDATED, always=True)
    unclear = {"decision": "return", "reason": case.person.remark("Falta decir qué cambió desde la primera entrevista")}
    case.act("validadora", "ValidateProfile", unclear, day=VALIDATED)
    clearer = {**classification, "reason": case.person.remark("Ya lleva cuentas y atiende pedidos")}
    case.act("psicosocial", "ClassifyProfile", clearer, day=VALIDATED)


def _interview(case: Journey, day: int = STARTED) -> JSON:
    person = case.person
    guide: Any = case.world.catalogue.guide(GUIDE, case.world.day(day))
    return {
        "guide": GUIDE,
        "guide_version": guide.version,
        "answers": [
            {"question_id": "P01", "answer": person.remark(f"Hace {person.products} y aprendió con su familia")},
            {"question_id": "P05", "answer": person.remark("Empezó por necesidad y sigue por gusto")},
        ],
        "ratings": [
            {
                "dimension": dimension,
                "score": 3 + (person.index + place) % 3,
                "reason": person.remark("Lo explica bien"),
            }
            for place, dimension in enumerate(guide.dimensions)
        ],
        "family_business_context": person.remark("La familia ayuda en el taller"),
        "motivation": person.remark("Quiere un local propio"),
        "risks": person.remark("Depende de un solo cliente"),
        "interviewer": case.staff_signature("psicosocial", "Psicóloga", day),
    }


def _apply_instrument(case: Journey, day: int = STARTED) -> None:
    if case.plan.kind is Kind.IDEA_ONLY:
        result = {"results": [{"scale": "Total", "value": "72.5"}], "applied_by": "Aplicadora externa"}
        case.act("profesional", "ApplyInstrument", {"instrument": "TECAE", "external": result}, day=day)
        return
    instrument: Any = case.world.catalogue.instrument("DISC", case.world.day(day))
    blocks = [block.block for block in instrument.blocks]
    responses = [
        {"block": block, "most": 1 + (block + case.plan.index) % 4, "least": 1 + (block + case.plan.index + 1) % 4}
        for block in blocks
    ]
    body = {"instrument": "DISC", "minutes": 18, "responses": responses}
    same = [{**responses[0], "least": responses[0]["most"]}, *responses[1:]]
    case.refused("RESPONSE_INVALID", "profesional", "ApplyInstrument", {**body, "responses": same}, day=day)
    answer = case.act("profesional", "ApplyInstrument", body, day=day)
    case.says(answer, usable=True)


def _classification(case: Journey, *, first: bool = False) -> JSON:
    passes = case.plan.kind not in (Kind.NOT_APPROVED, Kind.REFERRED)
    profile = not (first and case.plan.kind is Kind.REPEATED_PROFILE)
    reason = "Tiene iniciativa" if passes else "Revende, no produce"
    return {
        "entrepreneurial_profile": profile,
        "is_producer": passes,
        "is_trader": not passes,
        "reason": case.person.remark(reason if profile else "Produce por encargo de otros y no decide"),
    }


def validate(case: Journey) -> None:
    """Activity 4, the control point: another person decides on the profile."""
    approve = {"decision": "approve", "reason": case.person.remark("Cumple con la matriz")}
    case.refused("SOD_VIOLATION", "psicosocial", "ValidateProfile", approve, day=VALIDATED)
    # The second account of the same person changes nothing.
    case.refused("SOD_VIOLATION", "psicosocial-dos", "ValidateProfile", approve, day=VALIDATED)
    case.refused("SOD_VIOLATION", "profesional", "ValidateProfile", approve, day=VALIDATED)
    case.refused("NOT_AUTHORISED", "formacion", "ValidateProfile", approve, day=VALIDATED)
    case.refused("VERSION_CONFLICT", "validadora", "ValidateProfile", approve, day=VALIDATED, version=1)
    case.refused("DATE_BEFORE_PRECONDITION", "validadora", "ValidateProfile", approve, day=STARTED)
    case.refused("STATE_NOT_ALLOWED", "validadora", "AcceptOffer", _acceptance(case), day=VALIDATED)
    if case.plan.kind in (Kind.NOT_APPROVED, Kind.REFERRED):
        case.refused("MATRIX_NOT_PASSED", "validadora", "ValidateProfile", approve, day=VALIDATED, always=True)
        reason = case.person.remark("No produce lo que vende")
        case.act("validadora", "ValidateProfile", {"decision": "not_approve", "reason": reason}, day=VALIDATED)
        return
    version = case.page("validadora")["versions"]["profiling"]
    answer = case.act("validadora", "ValidateProfile", approve, day=VALIDATED, version=version)
    case.repeated(answer, reason="Otra razón")


def inform_alternatives(case: Journey) -> None:
    """Activity 5, for a profile that was not approved, or one without a route."""
    presented = [
        {"alternative": "sena", "kind": "external", "information": case.person.remark("Cursos de confección")},
        {"alternative": "training", "kind": "internal", "information": "Formación para el trabajo"},
    ]
    body: JSON = {"presented": presented, "channel": "in_person"}
    if case.plan.kind is Kind.NO_ROUTE:
        # Who may be offered the service is not sent elsewhere, unless there is no route to offer.
        case.refused("STEP_OUT_OF_ORDER", "profesional", "InformAlternatives", body, day=OFFERED, always=True)
        body["route_undetermined"] = True
    case.refused("ALTERNATIVES_REQUIRED", "profesional", "InformAlternatives", {**body, "presented": []}, day=OFFERED)
    case.act("profesional", "InformAlternatives", body, day=OFFERED)


def want_none(case: Journey) -> None:
    """Activities 6 and 7: the person wants none of the alternatives, and the case closes."""
    yes = {"interested": True, "reason": case.person.remark("Lo está pensando")}
    case.refused("ALTERNATIVE_REQUIRED", "profesional", "RecordAlternativeInterest", yes, day=ANSWERED)
    no = {
        "interested": False,
        "declined": ["sena", "training"],
        "reason": case.person.remark("Prefiere seguir por su cuenta"),
        "note": case.person.remark("Volver a llamar en un año"),
    }
    case.act("profesional", "RecordAlternativeInterest", no, day=ANSWERED)
    case.refused("CASE_CLOSED", "profesional", "RecordAlternativeInterest", no, day=ANSWERED)


def offer(case: Journey) -> None:
    """Activity 9: the open processes are presented and the person's interest noted."""
    case.offered("profesional", "PresentOffer")
    process = case.world.calls[case.plan.call]
    body: JSON = {"processes": [process], "attendees": [case.person.full_name]}
    if case.plan.strengthening:
        started = case.world.day(-900).isoformat()
        body |= {"operation_start_date": started, "main_income": True}
        side_job = {**body, "main_income": False}
        case.refused("ROUTE_UNDETERMINED", "profesional", "PresentOffer", side_job, day=OFFERED)
    else:
        body["clear_business_idea"] = True
        vague = {**body, "clear_business_idea": False}
        case.refused("ROUTE_UNDETERMINED", "profesional", "PresentOffer", vague, day=OFFERED)
    unknown = {**body, "processes": [str(uuid4())]}
    case.refused("OFFER_NOT_CURRENT", "profesional", "PresentOffer", unknown, day=OFFERED)
    answer = case.act("profesional", "PresentOffer", body, day=OFFERED)
    case.says(answer, route="strengthening" if case.plan.strengthening else "entrepreneurship")
    case.refused("STEP_OUT_OF_ORDER", "profesional", "AcceptOffer", _acceptance(case), day=OFFERED)
    interest = {"interest": [{"process": process, "interested": True}]}
    case.act("profesional", "RecordInterest", interest, day=OFFERED)


def find_no_route(case: Journey) -> None:
    """Activity 9: the unit is not the person's main income, so neither route is theirs."""
    case.offered("profesional", "PresentOffer")
    side_job = {
        "processes": [case.world.calls[case.plan.call]],
        "attendees": [case.person.full_name],
        "operation_start_date": case.world.day(-900).isoformat(),
        "main_income": False,
    }
    case.refused("ROUTE_UNDETERMINED", "profesional", "PresentOffer", side_job, day=OFFERED, always=True)


def accept(case: Journey) -> None:
    """Activity 10, yes."""
    unknown = {**_acceptance(case), "process": str(uuid4())}
    case.refused("PROCESS_NOT_OFFERED", "profesional", "AcceptOffer", unknown, day=ANSWERED)
    case.act("profesional", "AcceptOffer", _acceptance(case), day=ANSWERED)


def decline(case: Journey) -> None:
    """Activity 10, no."""
    body = {
        "process": case.world.calls[case.plan.call],
        "reason_code": "no_time",
        "reason": case.person.remark("Cuida a su madre"),
        "channel": "phone",
    }
    case.refused("FIELD_INVALID", "profesional", "DeclineOffer", {**body, "reason_code": None}, day=ANSWERED)
    case.act("profesional", "DeclineOffer", body, day=ANSWERED)


def _acceptance(case: Journey) -> JSON:
    return {
        "process": case.world.calls[case.plan.call],
        "service": "technical_assistance",
        "channel": "in_person",
    }

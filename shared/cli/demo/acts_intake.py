"""Activities 1 and 2: identification, list, basic identification, entry criteria, letter, authorisation."""

from __future__ import annotations

from typing import Any

from shared.cli.demo.journey import Journey
from shared.cli.demo.papers import signed
from shared.cli.demo.plan import CYCLE, LIKE_ANOTHER, NOT_MET_AT_FIRST, Kind
from shared.cli.demo.staff import display_name
from shared.cli.demo.world import DAYS_BACK, JSON, World

IDENTIFIED, FORM, CHECKED, EVALUATED, TOLD, CONSENTED = 1, 3, 4, 5, 6, 7
"""Days of the demonstration on which these acts happen."""
TOLD_LATE, ASKED, RESOLVED = DAYS_BACK - 3, DAYS_BACK - 2, DAYS_BACK - 1
"""The last days of the demonstration, for who is told that they do not meet the criteria."""
SOURCES = ("requests_pr029", "hemi", "field_day")
CHECKS = ("snr_vur", "ruaf", "procuraduria")
"""Public sources that evidence G07, G08 and G11, which the letter needs."""
NOTICE = "AV-2026-1"
LISTED = "ConsolidateList"


def identify(case: Journey) -> None:
    """Activity 1: the person becomes a candidate; some are met on the field day, too."""
    body = _identification(case)
    unknown = {**body, "source": None, "field_day": None}
    case.refused("SOURCE_REQUIRED", "profesional", "IdentifyCandidate", unknown, day=2, creates=True)
    case.refused("NOT_AUTHORISED", "formacion", "IdentifyCandidate", body, day=2, creates=True)
    case.refused("FIELD_INVALID", "profesional", "IdentifyCandidate", {**body, "edad": 40}, day=2, creates=True)
    answer = case.act("profesional", "IdentifyCandidate", body, day=2, creates=True)
    case.identified(answer)
    if case.plan.kind is Kind.DELIVERED or case.plan.index % 10 == 7:
        again = {**body, "source": "field_day", "source_ref": None, "field_day": case.world.field_day}
        case.act("colega", "IdentifyCandidate", again, day=2, creates=True)


def _identification(case: Journey) -> JSON:
    person, source = case.person, SOURCES[case.plan.index % len(SOURCES)]
    body: dict[str, Any] = {
        "call": case.world.calls[case.plan.call],
        "source": source,
        "identified_on": case.world.day(IDENTIFIED).isoformat(),
        "doc_type": "CC",
        "doc_no": person.document,
        "names": person.names,
        "surnames": person.surnames,
        "birth_date": person.birth_date.isoformat(),
        "ground": "public_function",
    }
    if source == "field_day":
        body["field_day"] = case.world.field_day
    else:
        body["source_ref"] = f"REF-{person.index}"
    if source == "requests_pr029":
        body["source_kind"] = "request"
    if source == "hemi":
        body |= {"hemi_ref": f"HEMI-{person.index}", "hemi_classification": person.remark("Clasificado en HEMI")}
    return body


def consolidate(world: World, call: str, cases: int) -> None:
    """The coordinator freezes the candidates of a call as a list, with its minutes FO-051."""
    coordinator = world.staff["coordinadora"]
    minutes = {
        "meeting_on": world.day(2).isoformat(),
        "starts": "08:00",
        "ends": "09:30",
        "place": "Sede central",
        "subject": "Consolidación de la lista de candidatos",
        "activity": 1,
        "attendees": [
            {"name": display_name(name), "organisation": "IPES", "post": post, "signature": signature}
            for name, post in (("coordinadora", "Coordinación"), ("profesional", "Profesional"))
            for signature in (signed(display_name(name), post, world.day(2)),)
        ],
        "development": "Se revisaron las fuentes de cada candidato y se consolidó la lista.",
    }
    coordinator.act(
        world.path(LISTED, world.calls[call]),
        {"form": minutes},
        on=world.day(2),
        key=world.key(call, LISTED, cases),
    )


def check_criteria(case: Journey) -> None:
    """Activity 2, up to the letter that tells the person the result."""
    _identify_basically(case)
    _check_outside(case)
    _evaluate(case)
    # The term to ask for reconsideration must not have passed when the case's story asks for it.
    told = TOLD if case.plan.kind not in NOT_MET_AT_FIRST else TOLD_LATE
    letter = _letter(case, told)
    case.refused("FIELD_INVALID", "profesional", "CommunicateEligibility", {**letter, "channel": "señales"}, day=told)
    if case.plan.kind not in NOT_MET_AT_FIRST | LIKE_ANOTHER:
        case.refused("ELIGIBILITY_NOT_COMMUNICATED", "psicosocial", "StartProfiling", day=told, not_yet=("NOT_FOUND",))
    answer = case.act("profesional", "CommunicateEligibility", letter, day=told)
    case.repeated(answer, favourable_points="Otras palabras")
    case.refused("STATE_NOT_ALLOWED", "profesional", "CommunicateEligibility", letter, day=told)


def _letter(case: Journey, day: int) -> JSON:
    return {
        "channel": "e_mail",
        "favourable_points": case.person.remark("Presentó todos los documentos"),
        "signed_by": case.staff_signature("profesional", "Profesional", day),
        "sent_on": case.world.day(day).isoformat(),
    }


def _identify_basically(case: Journey) -> None:
    as_of = {"as_of": case.world.day(FORM).isoformat()}
    form = basic_identification(case, "new")
    case.refused("FORM_INCOMPLETE", "profesional", "EvaluateCriteria", as_of, day=FORM)
    wrong = {"form": {**form, "properties": "dos"}}
    case.refused("FIELD_INVALID", "profesional", "RecordBasicIdentification", wrong, day=FORM)
    case.refused("DATE_IN_FUTURE", "profesional", "RecordBasicIdentification", {"form": form}, day=400)
    case.act("profesional", "RecordBasicIdentification", {"form": form}, day=FORM)


def basic_identification(case: Journey, reason: str) -> JSON:
    """FO-203 of the person."""
    person, kind = case.person, case.plan.kind
    form: dict[str, Any] = {
        "doc_type": "CC",
        "doc_no": person.document,
        "names": person.names,
        "surnames": person.surnames,
        "birth_date": person.birth_date.isoformat(),
        "nationality": "colombiana",
        "sex": "F" if person.index % 2 else "M",
        "phone": person.phone,
        "e_mail": person.e_mail,
        "home_address": person.home_address,
        "locality": f"{person.index % 19 + 1:02d}",
        "neighbourhood": person.neighbourhood,
        "lives_in_dc": True,
        "activity_address": person.activity_address,
        "works_in_dc": True,
        "public_space": True,
        "rvi_no": person.rvi,
        "economic_activity": person.remark("Confección y venta"),
        "activity_type": "manufacture",
        "products": person.products,
        "formality": "informal",
        "main_income": True,
        "reads_writes": True,
        "has_supporter": True,
        "supporter": {"name": f"Vecina de {person.full_name}", "kinship": "neighbour"},
        "legal_capacity": True,
        "properties": 0,
        # The pension of the reevaluated person turns out to be somebody else's.
        "pension": kind in NOT_MET_AT_FIRST and reason == "new",
        "retirement_pay": False,
        "commercial_alternative": False,
        "household_type": "extended",
        "requires_credit": False,
        "willing_training": True,
        "willing_assistance": True,
        "version_reason": reason,
    }
    if case.plan.strengthening:
        form["operation_start_date"] = case.world.day(-900).isoformat()
    else:
        form["clear_business_idea"] = True
    return form


def _check_outside(case: Journey) -> None:
    check = _check(case, CHECKED)
    case.refused("EVIDENCE_MISSING", "profesional", "RecordExternalCheck", {**check, "file": None}, day=CHECKED)
    unknown = {**check, "source": "un_vecino"}
    case.refused("SOURCE_NOT_IN_CATALOGUE", "profesional", "RecordExternalCheck", unknown, day=CHECKED)
    old = {**check, "queried_on": case.world.day(CHECKED - 40).isoformat()}
    case.refused("CHECK_TOO_OLD", "profesional", "RecordExternalCheck", old, day=CHECKED)
    for source in CHECKS:
        unfavourable = case.plan.kind in NOT_MET_AT_FIRST and source == "ruaf"
        result = "unfavourable" if unfavourable else "favourable"
        case.act("profesional", "RecordExternalCheck", {**check, "source": source, "result": result}, day=CHECKED)


def _check(case: Journey, day: int) -> JSON:
    """A query of a public source on ``day``, favourable."""
    file = case.attached("profesional", "intake", "Consulta")
    queried_on = case.world.day(day).isoformat()
    return {"source": CHECKS[0], "queried_on": queried_on, "result": "favourable", "file": file}


def _evaluate(case: Journey) -> None:
    as_of = {"as_of": case.world.day(EVALUATED).isoformat()}
    if case.plan.index % len(CYCLE) == 0:
        # Without the facts about exclusions and sanctions the result is incomplete and cannot be told.
        answer = case.act("profesional", "EvaluateCriteria", as_of, day=EVALUATED)
        case.says(answer, result="incomplete")
        letter = {"channel": "notice", "signed_by": case.staff_signature("profesional", "Profesional", EVALUATED)}
        case.refused("CRITERION_PENDING", "profesional", "CommunicateEligibility", letter, day=EVALUATED)
    facts = {**as_of, "excluded": False, "disqualified": False}
    case.refused("NOT_AUTHORISED", "auditora", "EvaluateCriteria", facts, day=EVALUATED)
    answer = case.act("profesional", "EvaluateCriteria", facts, day=EVALUATED)
    case.says(answer, result="not_met" if case.plan.kind in NOT_MET_AT_FIRST else "met")


def ask_again(case: Journey) -> None:
    """The person asks for reconsideration; another person than the evaluator confirms the result, or orders a new
    evaluation, which the changed FO-203 meets."""
    confirmed = case.plan.kind is Kind.NOT_ELIGIBLE
    asked = {"grounds": case.person.remark("La pensión es de mi hermana")}
    case.act("profesional", "RequestReconsideration", asked, day=ASKED)
    case.refused("RECONSIDERATION_USED", "profesional", "RequestReconsideration", asked, day=ASKED)
    answer = {
        "resolution": "confirmed" if confirmed else "new_evaluation",
        "reason": case.person.remark("El registro está a su nombre" if confirmed else "El registro es de su hermana"),
        "channel": "e_mail",
        "signed_by": case.staff_signature("subdirectora", "Subdirectora", RESOLVED),
    }
    case.refused("NOT_AUTHORISED", "profesional", "ResolveReconsideration", answer, day=RESOLVED)
    case.act("subdirectora", "ResolveReconsideration", answer, day=RESOLVED)
    if confirmed:
        case.refused("CASE_CLOSED", "profesional", "RequestReconsideration", asked, day=RESOLVED)
        return
    _evaluate_anew(case)


def _evaluate_anew(case: Journey) -> None:
    letter = _letter(case, RESOLVED)
    # The first evaluation counts no more, and what was queried for it is too old.
    case.refused("STEP_OUT_OF_ORDER", "profesional", "CommunicateEligibility", letter, day=RESOLVED, always=True)
    form = {"form": basic_identification(case, "update")}
    case.act("profesional", "UpdateBasicIdentification", form, day=RESOLVED)
    check = _check(case, RESOLVED)
    for source in CHECKS:
        case.act("profesional", "RecordExternalCheck", {**check, "source": source}, day=RESOLVED)
    facts = {"as_of": case.world.day(RESOLVED).isoformat(), "excluded": False, "disqualified": False}
    case.says(case.act("profesional", "EvaluateCriteria", facts, day=RESOLVED), result="met")
    case.act("profesional", "CommunicateEligibility", letter, day=RESOLVED)


def check_again(case: Journey) -> None:
    """Activity 2 once more: the coordinator gives the case to somebody else and orders a new evaluation."""
    other = {
        "caseworker": case.world.staff.person("colega"),
        "reason": case.person.remark("Quien la atendía está de vacaciones"),
    }
    case.refused("NOT_AUTHORISED", "profesional", "AssignCaseworker", other, day=TOLD)
    case.act("coordinadora", "AssignCaseworker", other, day=TOLD)
    order = {"reason": case.person.remark("Un vecino dice que tiene otro local")}
    case.refused("NOT_AUTHORISED", "profesional", "RequestRecheck", order, day=TOLD, always=True)
    case.act("coordinadora", "RequestRecheck", order, day=TOLD)
    facts = {"as_of": case.world.day(TOLD).isoformat(), "excluded": False, "disqualified": False}
    case.says(case.act("colega", "EvaluateCriteria", facts, day=TOLD), result="met")
    letter = {**_letter(case, TOLD), "signed_by": case.staff_signature("colega", "Profesional", TOLD)}
    case.act("colega", "CommunicateEligibility", letter, day=TOLD)


def authorise(case: Journey) -> None:
    """The person signs the authorisation to process their data; act. 3 needs it."""
    case.refused(
        "CONSENT_MISSING",
        "psicosocial",
        "StartProfiling",
        day=CONSENTED,
        not_yet=("NOT_FOUND", "ELIGIBILITY_NOT_COMMUNICATED", "DUPLICATE_UNRESOLVED"),
    )
    file = case.attached("profesional", "intake", "Autorización")
    consent = {
        "notice_version": NOTICE,
        "purposes": ["eligibility", "profiling", "technical_assistance", "referral"],
        "given_on": case.world.day(CONSENTED).isoformat(),
        "file": file,
    }
    case.refused("CONSENT_MISSING", "profesional", "RecordConsent", {**consent, "file": None}, day=CONSENTED)
    case.act("profesional", "RecordConsent", consent, day=CONSENTED)


def resolve_duplicate(case: Journey) -> None:
    """The coordinator settles that two people who look alike are two people."""
    case.refused(
        "DUPLICATE_UNRESOLVED", "psicosocial", "StartProfiling", day=CONSENTED, not_yet=("NOT_FOUND",), always=True
    )
    body = {"resolution": "distinct", "reason": case.person.remark("Se revisaron los dos documentos")}
    case.refused("NOT_AUTHORISED", "profesional", "ResolveDuplicate", body, day=CONSENTED)
    case.act("coordinadora", "ResolveDuplicate", body, day=CONSENTED)
    case.refused("DUPLICATE_NOT_SUSPECTED", "coordinadora", "ResolveDuplicate", body, day=CONSENTED)

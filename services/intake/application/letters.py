"""The content of the letter FO-068 and its PDF."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.intake.domain.case_state import CaseState, Evaluation
from shared.catalogue.refusals import FormIncomplete
from shared.catalogue.working_days import add_working_days
from shared.documents.external_letter import external_letter
from shared.documents.sheet import Sheet, content_hash
from shared.privacy.personal import Personal, assign, reveal

SUBJECT = "Resultado de la verificación de los criterios de entrada"
RECONSIDERATION = (
    "Si no está de acuerdo con este resultado, puede pedir una vez que se revise. Preséntese en el IPES o escriba a la "
    "Subdirección de Emprendimiento, Servicios Empresariales y Comercialización y explique sus razones."
)
RESOLUTIONS = {
    "confirmed": "Respuesta a su solicitud de reconsideración: se confirma el resultado",
    "new_evaluation": "Respuesta a su solicitud de reconsideración: se hará una nueva evaluación",
}
"""Subjects of the letter that answers a request for reconsideration, by resolution."""
CALENDAR = "CO"


def letter_facts(
    case: CaseState,
    evaluation: Evaluation,
    criteria: Any,
    *,
    number: str,
    dated: date,
    channel: str,
    address: Personal | None,
    favourable_points: Personal | None,
    signed_by: dict[str, Any],
    sent_on: date,
    delivery_proof: str | None,
) -> dict[str, Any]:
    """The filled FO-068: every criterion with outcome, reason and evidence, met or not (A02-2)."""
    person = case.candidate_id
    identity = case.facts["i"].value or {}
    if not identity:
        raise FormIncomplete(form="FO-068", missing="el destinatario, cuyos datos se suprimieron")
    contact = (case.facts["c"].value if "c" in case.facts else None) or {}
    written = address.value if address is not None else None
    reach = written or contact.get("e_mail" if channel == "e_mail" else "home_address")
    if not reach:
        raise FormIncomplete(field="address", form="FO-068", missing="la dirección o el correo del destinatario")
    outcomes = evaluation.outcomes.value or {}
    return {
        "letter_no": number,
        "dated": dated,
        "addressee": Personal(person, "i", f"{identity['names']} {identity['surnames']}"),
        "address": Personal(person, "c", reach),
        "channel": channel,
        "subject": SUBJECT,
        "as_of": evaluation.as_of,
        "criteria_set_version": evaluation.version,
        "result": evaluation.result,
        "criteria": Personal(
            person,
            "s",
            [
                {
                    "code": each.code,
                    "name": each.name,
                    "outcome": outcomes[each.code]["outcome"],
                    "reason": outcomes[each.code]["reason"],
                    "evidence_reviewed": _evidence(each.code, outcomes[each.code], case),
                }
                for each in criteria.criteria
                if each.code in outcomes
            ],
        ),
        "favourable_points": assign(favourable_points, person),
        "how_to_request_reconsideration": RECONSIDERATION,
        "signed_by": signed_by,
        "sent_on": sent_on,
        "delivery_proof": delivery_proof,
    }


def letter_pdf(
    form: dict[str, Any], definition: Any, catalogue: Any, sent_on: date, image: bytes | None, *, answer: bool = False
) -> bytes:
    """The PDF of a filled FO-068; ``image`` is that of the signature. An ``answer`` tells of no further request."""
    facts = reveal(form)
    if form["result"] == "not_met" and not answer:
        days = int(catalogue.value("P-30", sent_on))
        facts["reconsideration_until"] = add_working_days(sent_on, days, catalogue.calendar(CALENDAR, sent_on))
    hashed = content_hash(facts)
    facts["signed_by"] = {**facts["signed_by"], "image": image}
    sheet = Sheet(
        code=definition.code,
        name=definition.name,
        version=definition.version,
        dated=definition.effective_from,
        number=form["letter_no"],
        hash=hashed,
    )
    return external_letter(sheet, facts)


def _evidence(code: str, outcome: dict[str, Any], case: CaseState) -> str:
    """What was reviewed for a criterion, the queries of public systems included."""
    reviewed = list(outcome.get("evidence", ()))
    reviewed += [
        f"consulta en {check.source} del {check.queried_on.isoformat()}"
        for check in case.checks
        if code in check.criteria
    ]
    return "; ".join(reviewed)

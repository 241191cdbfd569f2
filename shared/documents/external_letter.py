"""FO-068 Comunicación externa: the result of the entry criteria, told to the citizen (PR-156 act. 2, A02-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.documents.images import Images
from shared.documents.sheet import Sheet, paragraphs, rows, signature
from shared.documents.spanish import day, words
from shared.documents.typesetting import render

OUTCOMES = {
    "met": "Se cumple",
    "not_met": "No se cumple",
    "not_applicable": "No aplica",
    "pending": "Pendiente",
    "waived": "Dispensado",
}
GROUPS = (
    ("Criterios que no se cumplieron", ("not_met",)),
    ("Criterios que se cumplieron", ("met", "waived")),
    ("Criterios pendientes de verificar", ("pending",)),
    ("Criterios que no aplican a esta solicitud", ("not_applicable",)),
)
CHANNELS = {
    "in_person": "Entrega personal",
    "post": "Correo certificado",
    "e_mail": "Correo electrónico",
    "notice": "Aviso",
}
RESULTS = {
    "met": (
        "Cumple los criterios de entrada",
        "Puede seguir con la perfilación. Un profesional se comunicará con usted para acordar la cita.",
    ),
    "not_met": (
        "No cumple los criterios de entrada",
        "Por ahora no es posible seguir con el proceso. Abajo están cada criterio, el motivo y la evidencia revisada.",
    ),
}


def external_letter(sheet: Sheet, facts: Mapping[str, Any]) -> bytes:
    """The PDF of an FO-068.

    ``facts``: ``dated`` date; ``addressee``, ``address`` text (lines allowed); ``channel`` in_person | post | e_mail |
    notice; ``subject``; ``as_of`` date; ``criteria_code`` (DE-017 by default), ``criteria_set_version``; ``result``
    met | not_met; ``criteria`` list of {``code``, ``name``, ``outcome``, ``reason``, ``evidence_reviewed``};
    ``favourable_points`` long; ``how_to_request_reconsideration`` long; ``reconsideration_until`` date, optional (the
    last day of the term); ``signed_by`` signature; ``sent_on`` date, optional.
    """
    images = Images()
    result, meaning = RESULTS[facts["result"]]
    not_met = facts["result"] == "not_met"
    steps = paragraphs(facts.get("how_to_request_reconsideration"))
    if not_met and (until := facts.get("reconsideration_until")):
        steps.append(f"Puede pedirla hasta el {day(until)}. La resuelve una persona distinta de quien evaluó su caso.")
    data = {
        "sheet": sheet.data(images),
        "place_and_date": f"{sheet.issuer.city}, {day(facts['dated'])}",
        "addressee": words(facts.get("addressee")),
        "address": paragraphs(facts.get("address")),
        "subject": words(facts.get("subject")),
        "as_of": day(facts["as_of"]),
        "criteria_code": facts.get("criteria_code") or "DE-017",
        "criteria_set_version": words(facts.get("criteria_set_version")),
        "result": result,
        "meaning": meaning,
        "groups": _groups(facts["criteria"]),
        "favourable_points": paragraphs(facts.get("favourable_points")),
        "next_title": "Cómo pedir que se revise esta decisión" if not_met else "Si no está de acuerdo",
        "next_steps": steps,
        "signatures": [signature("Firma", facts.get("signed_by"), images)],
        "sending": _sending(facts),
    }
    return render("external_letter", data, images=images)


def _groups(criteria: Any) -> list[dict[str, Any]]:
    """One table for what was not met, one for what was, in the order in which it matters to the reader."""
    groups = []
    for title, outcomes in GROUPS:
        shown = [
            [
                " ".join(part for part in (each["code"], each.get("name") or "") if part),
                OUTCOMES[each["outcome"]],
                words(each.get("reason")),
                words(each.get("evidence_reviewed")),
            ]
            for each in criteria
            if each["outcome"] in outcomes
        ]
        if shown:
            groups.append({"title": title, "rows": shown})
    return groups


def _sending(facts: Mapping[str, Any]) -> list[list[str]]:
    channel = CHANNELS.get(str(facts.get("channel")), "")
    pairs = [("Medio de envío", channel or None), ("Enviada el", facts.get("sent_on"))]
    return rows(*(pair for pair in pairs if pair[1]))

"""What the page of a case shows of profiling, and what would be refused now to who asks (with the reason)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.profiling.application import ProfilingApplication
from services.profiling.domain import ProfilingCase
from services.profiling.domain.scoring import suggested
from services.profiling.domain.state import Application, Referral
from shared.casework.page import reopening_blocked, reopening_rows
from shared.privacy.personal import Personal
from shared.privacy.personal import reveal as reveal_plain
from shared.runtime.clock import today
from shared.runtime.showing import shown
from shared.runtime.tokens import Who

GUIDE = "GUIA-PR-156"
CLASSIFICATION_READERS = frozenset({"caseworker", "psychosocial"})
"""Others see the decision only (PRO-10)."""


def page(application: ProfilingApplication, case: ProfilingCase, who: Who, reveal: set[str]) -> dict[str, Any]:
    """The answer to the query ``case``, without documents and acts."""
    return {
        "id": str(case.id),
        "version": case.version,
        **described(application, case, who, reveal),
        "targets": _results(case),
        "blocked": _blocked(application, case, who) | reopening_blocked(case, who),
        "also": [],
        "defaults": _defaults(application, case),
    }


def described(application: ProfilingApplication, case: ProfilingCase, who: Who, reveal: set[str]) -> dict[str, Any]:
    """Where the case stands and what is known of it, of this moment or of another."""
    return {
        "state": case.state or None,
        "entered": not case.closed_elsewhere,
        "tracks": {},
        "facts": _facts(application, case, who, reveal),
    }


def _results(case: ProfilingCase) -> list[dict[str, Any]]:
    """Results that may be scored again."""
    return [
        {
            "subject": "application",
            "id": str(each.result_id),
            "version": case.version,
            "label": f"{each.instrument} {each.version} del {each.applied_on}",
            "commands": [],
        }
        for each in case.applications
        if each.responses is not None and not each.replaced
    ]


def _facts(application: ProfilingApplication, case: ProfilingCase, who: Who, reveal: set[str]) -> list[dict[str, Any]]:
    rows: list[tuple[str, Any]] = []
    if case.started_on is not None:
        rows.append(("Perfilación iniciada el", case.started_on.isoformat()))
    if case.interviewed_on is not None:
        rows.append(("Entrevista inicial el", case.interviewed_on.isoformat()))
    for applied in case.applications:
        usable = "no utilizable: " + applied.problem if applied.problem else "utilizable"
        usable = "reemplazado por una calificación más nueva" if applied.replaced else usable
        rows.append((f"{applied.instrument} {applied.version} del {applied.applied_on}", usable))
        hint = _suggestion(application, case, applied)
        if hint is not None and CLASSIFICATION_READERS & who.roles:
            label = f"Sugerencia de {applied.instrument} (no decide)"
            rows.append((label, _shown(hint, applied.scored_by, case, who, reveal)))
    found = case.classification
    if found is not None and CLASSIFICATION_READERS & who.roles:
        rows.append(("Resultado de la matriz", "Cumple" if found.result == "pass" else "Se remite"))
        rows.append(("Razones de la clasificación", _shown(found.reason, found.classified_by, case, who, reveal)))
    if case.decided_on is not None and case.state not in ("profiling", "profiled"):
        rows.append(("Última decisión el", case.decided_on.isoformat()))
    if case.offer is not None:
        rows.append(("Oferta presentada el", case.offer.offered_on.isoformat()))
        rows.append(("Ruta", "Fortalecimiento" if case.offer.route == "strengthening" else "Emprendimiento"))
    rows.extend(reopening_rows(case))
    return [{"group": "Perfilación", "label": label, "value": value} for label, value in rows]


def _suggestion(application: ProfilingApplication, case: ProfilingCase, result: Application) -> Personal | None:
    """What the rule of the instrument suggests; as personal as the scores that it comes from (PRO-8)."""
    if result.problem or result.replaced or result.result.erased:
        return None
    instrument = application.catalogue.instrument(result.instrument, version=result.version)
    found = suggested(instrument, reveal_plain(result.result))
    return Personal(case.subject(), "p", f"El resultado sugiere, sin decidir: {' '.join(found)}") if found else None


def _shown(value: Personal, author: UUID, case: ProfilingCase, who: Who, reveal: set[str]) -> dict[str, Any] | None:
    """Class {p}: the psychosocial team, the author of the entry, and the validator while it is `profiled` (PRO-10)."""
    validator = case.state == "profiled" and bool(CLASSIFICATION_READERS & who.roles)
    allowed = "psychosocial" in who.roles or who.person == author or validator
    return shown(value, may=allowed, asked=value.kind in reveal, who=who, service="profiling", case_id=case.id)


def _blocked(application: ProfilingApplication, case: ProfilingCase, who: Who) -> dict[str, str]:
    """The acts of this state that would be refused to ``who``, each with what to do about it."""
    match case.state:
        case "":
            reason = _why_not_started(case)
            return {"StartProfiling": reason} if reason else {}
        case "profiling":
            reason = _why_not_classified(case)
            found = {"ClassifyProfile": reason} if reason else {}
            if not _rescorable(application, case):
                found["RescoreInstrument"] = "No hay respuestas calificadas con una versión anterior del instrumento."
            return found
        case "profiled" if who.person in case.authors:
            return {"ValidateProfile": "Lo debe validar otra persona: usted participó en la perfilación (SOD-1)."}
        case "profile_approved" if case.entry_result != "met":
            return {"PresentOffer": "Los criterios de entrada aún no están completos."}
        case "profile_approved":
            return {"InformAlternatives": "El caso puede recibir la oferta; solo si la ruta no se puede determinar."}
        case "alternatives_pending" if case.chosen:
            return {"RecordAlternativeInterest": "La persona ya eligió una alternativa: siga con la remisión."}
        case "alternatives_pending":
            return {"IssueReferral": "La persona aún no ha elegido una alternativa (actividad 6)."}
        case "referred" if case.referral is not None:
            return _blocked_referral(case.referral, who)
        case "offered" if case.offer is not None and case.offer.interested is None:
            missing = "Registre primero el interés de la persona (actividad 9)."
            return {"AcceptOffer": missing, "DeclineOffer": missing}
    return {}


def _blocked_referral(referral: Referral, who: Who) -> dict[str, str]:
    found = {}
    if today() <= referral.reply_due:
        until = f"La remisión puede responderse hasta el {referral.reply_due}."
        found["CloseUnansweredReferral"] = until
    if (referral.kind == "internal") != ("receiving_office" in who.roles):
        answer = "Responde la dependencia que recibe." if referral.kind == "internal" else "Lo registra el profesional."
        found |= dict.fromkeys(("AcknowledgeReferral", "RejectReferral"), answer)
    return found


def _why_not_started(case: ProfilingCase) -> str:
    if case.suspicions:
        return "Hay una posible duplicidad sin resolver."
    if not case.eligible:
        return "Aún no se ha comunicado que cumple los criterios (FO-068)."
    return "" if case.consented_on else "Falta la autorización de tratamiento de datos firmada."


def _rescorable(application: ProfilingApplication, case: ProfilingCase) -> bool:
    return any(
        each.responses is not None
        and not each.replaced
        and application.catalogue.instrument(each.instrument, today()).version != each.version
        for each in case.applications
    )


def _why_not_classified(case: ProfilingCase) -> str:
    missing = []
    if case.interviewed_on is None:
        missing.append("la entrevista (FO-423)")
    if all(applied.problem or applied.replaced for applied in case.applications):
        missing.append("un instrumento utilizable")
    if case.identification_on is None or (case.started_on and case.identification_on < case.started_on):
        missing.append("actualizar la identificación básica (FO-203)")
    return f"Falta {', '.join(missing)}." if missing else ""


def _defaults(application: ProfilingApplication, case: ProfilingCase) -> dict[str, Any]:
    """What is known already and need not be typed (FRM-5)."""
    if case.state == "profiling":
        guide = application.catalogue.guide(GUIDE, today())
        ratings = [{"dimension": dimension} for dimension in guide.dimensions]
        return {"RecordInterview": {"form": {"guide": guide.code, "guide_version": guide.version, "ratings": ratings}}}
    if case.state == "profile_approved" and case.call_id is not None:
        return {"PresentOffer": {"processes": [str(case.call_id)]}}
    if case.state == "offered" and case.offer is not None:
        offered = [{"process": str(process)} for process in case.offer.process_ids]
        return {"RecordInterest": {"interest": offered}, "AcceptOffer": dict(offered[0])}
    return {}

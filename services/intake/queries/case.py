"""The page of a case, as far as intake knows it: ``case`` and ``choices``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.application import IntakeApplication
from services.intake.application.base import PROGRAMME
from services.intake.domain.cases import Case
from services.intake.domain.facts import KINDS
from services.intake.queries.confinement import check_case_visible
from services.intake.queries.data_rights import DataRights
from services.intake.queries.erasures import check_reader
from services.intake.queries.paging import check_staff, id_of
from services.intake.queries.papers import papers_of
from services.intake.queries.personal import Reveal
from services.intake.queries.words import SOURCES, words_of
from services.intake.views import calls, cases, suspicions
from shared.casework.page import reopening_blocked, reopening_rows
from shared.casework.papers import paper_choices
from shared.catalogue.refusals import NotFound
from shared.editing.running_under import procedure_of
from shared.privacy.personal import Personal
from shared.runtime.clock import today
from shared.runtime.heeding import is_restricted
from shared.runtime.tokens import Who

RESULTS = {"met": "Cumple", "not_met": "No cumple", "incomplete": "Incompleto"}
OUTCOMES = {
    "met": "Se cumple",
    "not_met": "No se cumple",
    "not_applicable": "No aplica",
    "pending": "Pendiente",
    "waived": "Dispensado",
}
Cases = Callable[[UUID], Case | None]
"""Another case of the person, as it is to be seen."""
GROUNDS = {"authorisation": "Autorización de la persona", "public_function": "Función pública de la entidad"}


def case(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """What intake has on a case, for who asks. Raises `NotFound`."""
    check_staff(who, "Ver el caso")
    case_id = id_of(params)
    check_case_visible(app, case_id, who)
    found = app.loader.get(Case, case_id)
    if found is None:
        raise NotFound(what="el caso", field="id")
    reveal = Reveal(who, params.get("reveal") or (), "case")
    with app.database.read() as connection:
        row = connection.execute(
            sa.select(cases.c.route, cases.c.list_no, calls.c.id, calls.c.code, calls.c.name)
            .join(calls, calls.c.id == cases.c.call_id)
            .where(cases.c.id == case_id)
        ).one()
    rights = DataRights(app, found)
    return {
        "id": str(case_id),
        "version": found.version,
        "procedure_version": procedure_of(app, PROGRAMME, found.id, today()).version,
        "state": found.state,
        "entered": not found.closed_elsewhere,
        "tracks": {"duplicate": "suspected" if found.suspicions else "clear"} | rights.tracks(),
        "candidate_id": str(found.candidate_id),
        "call": {"id": str(row.id), "code": row.code, "name": row.name},
        "person": _person(app, found, reveal),
        "facts": _facts(app, found, row.list_no, row.route, reveal, lambda other: app.loader.get(Case, other))
        + rights.facts(reveal),
        "documents": papers_of(app, case_id),
        "targets": rights.targets(who),
        "blocked": _blocked(found, row.list_no) | reopening_blocked(found, who),
        "also": rights.also(who),
        "restricted": rights.restricted(),
        "defaults": _defaults(found, reveal),
    }


def described(
    app: IntakeApplication, found: Case, list_no: int | None, route: str | None, who: Who, get: Cases
) -> dict[str, Any]:
    """What the page says of a case that is seen as of another moment; every personal value masked."""
    reveal = Reveal(who, (), "case_as_of")
    return {
        "state": found.state,
        "entered": not found.closed_elsewhere,
        "tracks": {"duplicate": "suspected" if found.suspicions else "clear"},
        "person": _person(app, found, reveal),
        "facts": _facts(app, found, list_no, route, reveal, get),
    }


def choices(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """What a reference to a suspected duplicate may name."""
    check_staff(who, "Ver opciones")
    if params.get("to") == "exclusion":
        found = app.loader.get(Case, id_of(params, "id" if params.get("id") else "case_id"))
        known = found.exclusions.items() if found is not None else ()
        return {"items": [{"id": str(one), "label": f"Desde {first}"} for one, (first, _) in known]}
    if params.get("to") in ("voidable", "correctable"):
        case_id = id_of(params, "case_id" if params.get("case_id") else "id")
        listed = case(app, {"id": str(case_id)}, who)["documents"]
        found = app.loader.get(Case, case_id)
        assert found is not None
        return {"items": paper_choices(found, listed, str(params["to"]), app.CORRECTABLE)}
    if params.get("to") == "relative":
        # Who lives with whom is not for a list to suggest: the identifier is typed.
        return {"items": []}
    if params.get("to") == "data_request":
        check_reader(who, "Ver solicitudes de titulares")
        found = app.loader.get(Case, id_of(params, "case_id" if params.get("case_id") else "id"))
        return {"items": DataRights(app, found).choices() if found is not None else []}
    if params.get("to") not in ("suspicion", "other_case"):
        raise NotFound(what="la lista de opciones", field="to")
    case_id = id_of(params, "id" if params.get("id") else "case_id")
    check_case_visible(app, case_id, who)
    query = sa.select(suspicions).where(suspicions.c.case_id == case_id, suspicions.c.resolution.is_(None))
    with app.database.read() as connection:
        rows = connection.execute(query).all()
    if params.get("to") == "other_case":
        return {"items": [{"id": str(row.other_case), "label": f"Caso {row.other_case}"} for row in rows]}
    return {"items": [{"id": str(row.id), "label": f"Con el caso {row.other_case}"} for row in rows]}


def _person(app: IntakeApplication, found: Case, reveal: Reveal) -> list[dict[str, Any]]:
    """Identity, contact, socio-economic and credit facts in the order of the form FO-203."""
    form = app.catalogue.form("FO-203", found.identified_basically_on or today())
    labels = {each.name: each.label for each in form.fields}
    order = {name: position for position, name in enumerate(labels)}
    rows = []
    for kind in KINDS:
        group = found.facts.get(kind)
        if group is None:
            continue
        if group.value is None:
            rows.append({"name": kind, "label": "Datos suprimidos", "value": reveal.shown(group, found.id)})
            continue
        for name, value in sorted(group.value.items(), key=lambda pair: order.get(pair[0], len(order))):
            shown = reveal.shown(Personal(group.subject, kind, _text(value)), found.id)
            rows.append({"name": name, "label": labels.get(name, _LABELS.get(name, name)), "value": shown})
    return rows


_LABELS = {
    "excluded": "¿Está excluido de un servicio del IPES?",
    "disqualified": "¿Tiene inhabilidades o sanciones?",
    "pension_or_retirement_pay": "¿Tiene pensión o sueldo de retiro?",
    "adverse_report": "¿Tiene reporte negativo?",
    "adverse_reports_cured": "¿Presentó paz y salvo o acuerdo de pago?",
    "credit_reports": "Reportes de centrales de riesgo",
}


def _facts(
    app: IntakeApplication, found: Case, list_no: int | None, route: str | None, reveal: Reveal, get: Cases
) -> list[dict[str, Any]]:
    facts: list[tuple[str, str, Any]] = [
        ("Caso", "Identificado el", found.identified_on.isoformat()),
        ("Caso", "Fuentes", ", ".join(dict.fromkeys(SOURCES[source] for source, _, _ in _sources(get, found)))),
        ("Caso", "Fundamento legal", ", ".join(GROUNDS[ground] for ground in found.grounds)),
        ("Caso", "Autorización de datos", "Registrada" if found.authorised else "Sin registrar"),
        ("Caso", "Lista consolidada", "Ninguna" if list_no is None else f"n.º {list_no}"),
    ]
    if route:
        facts.append(("Caso", "Ruta", app.catalogue.route(route, today()).name))
    facts += _merged_rows(found, get)
    facts += _household(app, found, reveal)
    evaluation = found.evaluation
    if evaluation is not None:
        facts.append(("Criterios de entrada", "Evaluados al", evaluation.as_of.isoformat()))
        facts.append(("Criterios de entrada", "Versión", f"{evaluation.criteria_set} v{evaluation.version}"))
        outcomes = evaluation.outcomes
        result = Personal(outcomes.subject, "s", RESULTS[evaluation.result])
        facts.append(("Criterios de entrada", "Resultado", reveal.shown(result, found.id)))
        names = {each.code: each.name for each in app.catalogue.criteria("DE-017", evaluation.as_of).criteria}
        for code, kept in (outcomes.value or {}).items():
            told = Personal(outcomes.subject, "s", f"{OUTCOMES[kept['outcome']]}. {kept['reason']}")
            facts.append(("Criterios de entrada", f"{code} {names.get(code, '')}", reveal.shown(told, found.id)))
    if found.reconsideration_asked_on is not None:
        facts.append(("Reconsideración", "Pedida el", found.reconsideration_asked_on.isoformat()))
    if found.reconsideration is not None:
        decided = {"confirmed": "Resultado confirmado"}.get(found.reconsideration, "Se ordenó una nueva evaluación")
        facts.append(("Reconsideración", "Resolución", decided))
    facts.extend(("Caso", label, value) for label, value in reopening_rows(found))
    for check in found.checks:
        facts.append(("Consultas externas", f"{check.source} ({check.queried_on})", check.result))
    return [{"group": group, "label": label, "value": value} for group, label, value in facts]


def sources_of(app: IntakeApplication, found: Case) -> list[tuple[str, UUID, date]]:
    """The sources of a case, and of the cases that go on in it (A01-3)."""
    return _sources(lambda other: app.loader.get(Case, other), found)


def _sources(get: Cases, found: Case) -> list[tuple[str, UUID, date]]:
    sources = list(found.sources)
    for other in found.joined:
        joined = get(other)
        sources += _sources(get, joined) if joined is not None else []
    return sources


def _merged_rows(found: Case, get: Cases) -> list[tuple[str, str, Any]]:
    group, rows = "Casos unidos", []
    if found.merged_into is not None:
        rows.append((group, "Unido al caso", f"{found.merged_into} (desde el {found.merged_on})"))
    for other in found.joined:
        joined = get(other)
        if joined is not None:
            known = ", ".join(dict.fromkeys(SOURCES[source] for source, _, _ in _sources(get, joined)))
            rows.append((group, "Otro caso de la persona", f"{other} (desde el {joined.merged_on}; {known})"))
    return rows


def _household(app: IntakeApplication, found: Case, reveal: Reveal) -> list[tuple[str, str, Any]]:
    """Type and members of the household, and whose benefit besides is flagged (CRI-5)."""
    group, rows = "Núcleo familiar", []
    if found.household_type is not None:
        told = found.household_type
        words = words_of(app, "household_type", told.value)
        rows.append((group, "Tipo de hogar", reveal.shown(Personal(told.subject, "s", words), found.id)))
    members = found.household_members
    for member in (members.value or ()) if members is not None else ():
        who = f"Caso {member['case'][:8]}" if "case" in member else member["name"]
        text = f"{who} ({words_of(app, 'kinship', member['kinship'])})"
        rows.append((group, "Integrante", reveal.shown(Personal(found.candidate_id, "s", text), found.id)))
    rows += [(group, "Segundo beneficio", f"Caso {each}") for each in sorted(map(str, found.flagged_with))]
    return rows


def _blocked(found: Case, list_no: int | None) -> dict[str, str]:
    blocked = {}
    if list_no is None:
        blocked["EvaluateCriteria"] = "El candidato aún no está en una lista consolidada."
    elif not found.identification_versions:
        blocked["EvaluateCriteria"] = "Falta registrar el FO-203."
    if found.evaluation is None or found.evaluation.communicated:
        blocked["CommunicateEligibility"] = "Primero evalúe los criterios de entrada."
    elif found.evaluation.result == "incomplete":
        blocked["CommunicateEligibility"] = "Hay criterios pendientes."
    if found.identification_versions:
        blocked["RecordBasicIdentification"] = "El FO-203 ya está registrado; actualícelo."
    if found.state == "not_eligible" and found.reconsideration_asked_on is None:
        blocked["ResolveReconsideration"] = "La persona aún no ha pedido la reconsideración."
    elif found.reconsideration_asked_on is not None:
        blocked["RequestReconsideration"] = f"Ya se pidió el {found.reconsideration_asked_on}; es una sola vez."
    if not found.excluded_on(today()):
        blocked["ExcludeBeneficiary"] = "No hay una exclusión vigente de la persona."
    if not found.suspicions:
        blocked["ResolveDuplicate"] = "No hay duplicidades por resolver."
    return blocked


def _defaults(found: Case, reveal: Reveal) -> dict[str, Any]:
    """Values known already (FRM-5), of the classes that the caller asked to see and may."""
    known: dict[str, Any] = {}
    for kind in KINDS:
        group = found.facts.get(kind)
        if group is not None and group.value and reveal.sees(kind) and not is_restricted(group.subject, kind):
            known.update(group.value)
    known = {name: value for name, value in known.items() if name not in _LABELS}
    known.pop("supporter_name", None)
    known.pop("supporter_kinship", None)
    return {
        "RecordSocioeconomicSheet": {"form": {name: known[name] for name in ("main_income",) if name in known}},
        "RecordBasicIdentification": {"form": known | {"version_reason": "new"}},
        "UpdateBasicIdentification": {"form": known | {"version_reason": "update"}},
        "EvaluateCriteria": {"as_of": today().isoformat()},
    }


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)

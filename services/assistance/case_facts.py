"""What is known of a case in assistance, in the words of its page."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from services.assistance.application import AssistanceApplication
from services.assistance.domain import AssistanceCase
from services.assistance.domain.conduct import Order, compare
from shared.casework.page import reopening_rows
from shared.privacy.personal import Personal
from shared.runtime.clock import today
from shared.runtime.showing import shown
from shared.runtime.tokens import Who

SOCIO_ECONOMIC = frozenset(
    {"caseworker", "psychosocial", "coordinator", "subdirector", "business_adviser", "operator_staff"}
)
"""Who may read class {s} of a case that they see."""


def facts(application: AssistanceApplication, case: AssistanceCase, who: Who, reveal: set[str]) -> list[dict[str, Any]]:
    """Rows of group, label and value; a personal value is masked unless ``who`` may read it and asked."""
    rows: list[tuple[str, str, Any]] = []
    if case.accepted_on is not None:
        rows.append(("Caso", "Ruta", {"strengthening": "Fortalecimiento"}.get(case.route, "Emprendimiento")))
        rows.append(("Caso", "Oferta aceptada el", case.accepted_on.isoformat()))
    if case.committed_on is not None:
        rows.append(("Compromiso", "Acta firmada el", case.committed_on.isoformat()))
    for breach in case.breaches.values():
        named = f"{breach.commitment}. {case.pledged[breach.commitment]}"
        rows.append(("Compromiso", f"Incumplido el {breach.noted_on}", named))
        rows.append(("Compromiso", "Hechos", shown_to(breach.facts, case, who, reveal)))
        rows.append(("Compromiso", "Respuesta del ciudadano", shown_to(breach.answer, case, who, reveal)))
    if case.training is not None:
        rows.append(("Formación", "Memorando", case.training.memo_no))
        hours = f"{case.training.hours_total} de {case.training.planned_hours}"
        rows.append(("Formación", "Horas asistidas", hours))
    for number, valuation in enumerate(case.valuations, start=1):
        group = f"Valoración {number}"
        visits = [str(visit.visited_on) for visit in valuation.visits.values() if visit.visited_on]
        if visits:
            rows.append((group, "Visita", ", ".join(visits)))
        if valuation.proposed:
            rows.append((group, "Propuesta del informe", {"apto": "Apto"}.get(valuation.proposed, "No apto")))
        if valuation.reasons is not None:
            rows.append((group, "Razones del informe", shown_to(valuation.reasons, case, who, reveal)))
        if valuation.result:
            rows.append((group, "Resultado", {"apto": "Apto"}.get(valuation.result, "No apto")))
    topics = application.catalogue.code_list("topic", today()).labels
    for meeting in case.strengthening_meetings:
        what = f"{topics.get(meeting.topic, meeting.topic)}, {meeting.hours} h"
        rows.append(("Fortalecimiento", f"Reunión del {meeting.held_on}", what))
        rows.append(("Fortalecimiento", "Resultado", shown_to(meeting.result, case, who, reveal)))
    if case.executor is not None:
        rows.append(("Ejecución", "Entregado el", case.executor.handed_on.isoformat()))
        if case.executor.accepted_on is not None:
            rows.append(("Ejecución", "Aceptado el", case.executor.accepted_on.isoformat()))
    if case.transfer is not None:
        rows.append(("Ejecución", "Cambio de ejecutor propuesto el", case.transfer.handed_on.isoformat()))
    if case.plan is not None:
        rows.append(("Plan", "Versión", f"{case.plan.version} (aprobada: {case.plan.approved_version or 'ninguna'})"))
    rows.extend(_conduct_facts(application, case))
    rows.extend(("Caso", label, value) for label, value in reopening_rows(case))
    for incentive in case.incentives.values():
        decision = "Sí" if incentive.decision == "yes" else "No"
        rows.append(("Impulso", f"Decisión del {incentive.decided_on}", f"{decision} ({TRACKS[incentive.track]})"))
    return [{"group": group, "label": label, "value": value} for group, label, value in rows]


def _conduct_facts(application: AssistanceApplication, case: AssistanceCase) -> list[tuple[str, str, Any]]:
    """Phases, visits, measurements and orders, in the words of the catalogue."""
    work, rows = case.conduct, []
    labels = application.catalogue.code_list("phase", today()).labels
    for code, run in work.phases.items():
        until = f", cerrada el {run.closed_on}" if run.closed_on else ""
        rows.append(("Fases", labels.get(code, code), f"Desde {run.started_on}{until}; {run.visits} visita(s)"))
    waiting = [one.planned_on for one in work.follow_ups.values() if one.visited_on is None]
    if waiting:
        rows.append(("Seguimiento", "Próxima visita", min(waiting).isoformat()))
    pending = [one for one, pledge in work.pledges.items() if pledge.outcome == "open"]
    if pending:
        rows.append(("Seguimiento", "Compromisos pendientes", ", ".join(pending)))
    made = sorted(one.visited_on for one in work.follow_ups.values() if one.visited_on is not None)
    if made:
        rows.append(("Seguimiento", "Visitas de la entidad (FO-419)", ", ".join(map(str, made))))
    if work.executor_follow_ups:
        days = ", ".join(map(str, sorted(work.executor_follow_ups)))
        rows.append(("Seguimiento", "Seguimiento del ejecutor (componente f)", days))
    if work.baseline is not None and work.result is not None:
        found = compare(work.baseline, work.result)
        change = f" ({found.change} %)" if found.change is not None else ""
        rows.append(("Productividad", "Resultado", ("Mejoró" if found.improved else "No mejoró") + change))
    elif work.baseline is not None:
        rows.append(("Productividad", "Línea base", f"{work.baseline.units} unidades en {work.baseline.days} días"))
    under_way = sum(order.completed_on is None for order in work.orders.values())
    for goal in case.plan.production if case.plan is not None else ():
        what = f"Meta de {goal['product']}, {goal['from']} a {goal['to']}"
        of_it = [order for order in work.orders.values() if _counts_for(order, goal)]
        ordered = sum((order.qty for order in of_it), Decimal(0))
        rows.append(("Producción", what, f"{goal['goal']} {goal['unit']}; en {len(of_it)} órdenes: {ordered}"))
    if work.orders:
        rows.append(("Producción", "Órdenes", f"{len(work.orders)} ({under_way} en curso)"))
    if work.ex_post_visits:
        rows.append(("Ex post", "Visitas", str(len(work.ex_post_visits))))
    return rows


TRACKS = {
    "decided": "decidido",
    "assigned": "asignado",
    "requested": "solicitado",
    "withdrawn": "retirado del almacén",
    "delivered": "entregado",
    "returned": "devuelto",
    "cancelled": "cancelado",
}


def shown_to(value: Personal, case: AssistanceCase, who: Who, reveal: set[str]) -> dict[str, Any] | None:
    allowed = value.kind == "s" and bool(SOCIO_ECONOMIC & who.roles)
    return shown(value, may=allowed, asked=value.kind in reveal, who=who, service="assistance", case_id=case.id)


def _counts_for(order: Order, goal: Mapping[str, Any]) -> bool:
    """An order counts for the goal of its product and unit in whose period it starts."""
    same = order.unit == goal["unit"] and order.product.casefold().strip() == goal["product"].casefold().strip()
    return bool(same and goal["from"] <= order.starts <= goal["to"])

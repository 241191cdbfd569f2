"""What the page of a case shows of assistance, and what would be refused now to who asks (with the reason)."""

from __future__ import annotations

from typing import Any

from services.assistance.application import AssistanceApplication
from services.assistance.application.talks_and_training import COMMITMENT_TEXT
from services.assistance.domain import AssistanceCase
from services.assistance.domain.conduct import compare
from services.assistance.domain.handover import Filters
from shared.privacy.personal import Personal
from shared.runtime.clock import today
from shared.runtime.showing import shown
from shared.runtime.tokens import Who

SOCIO_ECONOMIC = frozenset(
    {"caseworker", "psychosocial", "coordinator", "subdirector", "business_adviser", "operator_staff"}
)
"""Who may read class {s} of a case that they see."""


def page(application: AssistanceApplication, case: AssistanceCase, who: Who, reveal: set[str]) -> dict[str, Any]:
    """The answer to the query ``case``, without documents and acts."""
    return {
        "id": str(case.id),
        "version": case.version,
        "state": case.state or None,
        "entered": not case.closed_elsewhere,
        "tracks": {"training": case.training_track},
        "facts": _facts(application, case, who, reveal),
        "targets": [],
        "blocked": _blocked(application, case, who),
        "also": [],
        "defaults": _defaults(application, case),
    }


def _facts(
    application: AssistanceApplication, case: AssistanceCase, who: Who, reveal: set[str]
) -> list[dict[str, Any]]:
    rows: list[tuple[str, str, Any]] = []
    if case.accepted_on is not None:
        rows.append(("Caso", "Ruta", {"strengthening": "Fortalecimiento"}.get(case.route, "Emprendimiento")))
        rows.append(("Caso", "Oferta aceptada el", case.accepted_on.isoformat()))
    if case.committed_on is not None:
        rows.append(("Compromiso", "Acta firmada el", case.committed_on.isoformat()))
    for breach in case.breaches.values():
        named = f"{breach.commitment}. {case.pledged[breach.commitment]}"
        rows.append(("Compromiso", f"Incumplido el {breach.noted_on}", named))
        rows.append(("Compromiso", "Hechos", _shown(breach.facts, case, who, reveal)))
        rows.append(("Compromiso", "Respuesta del ciudadano", _shown(breach.answer, case, who, reveal)))
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
            rows.append((group, "Razones del informe", _shown(valuation.reasons, case, who, reveal)))
        if valuation.result:
            rows.append((group, "Resultado", {"apto": "Apto"}.get(valuation.result, "No apto")))
    if case.executor is not None:
        rows.append(("Ejecución", "Entregado el", case.executor.handed_on.isoformat()))
        if case.executor.accepted_on is not None:
            rows.append(("Ejecución", "Aceptado el", case.executor.accepted_on.isoformat()))
    if case.plan is not None:
        rows.append(("Plan", "Versión", f"{case.plan.version} (aprobada: {case.plan.approved_version or 'ninguna'})"))
    rows.extend(_conduct_facts(application, case))
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
    if work.baseline is not None and work.result is not None:
        found = compare(work.baseline, work.result)
        change = f" ({found.change} %)" if found.change is not None else ""
        rows.append(("Productividad", "Resultado", ("Mejoró" if found.improved else "No mejoró") + change))
    elif work.baseline is not None:
        rows.append(("Productividad", "Línea base", f"{work.baseline.units} unidades en {work.baseline.days} días"))
    under_way = sum(order.completed_on is None for order in work.orders.values())
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


def _shown(value: Personal, case: AssistanceCase, who: Who, reveal: set[str]) -> dict[str, Any] | None:
    allowed = value.kind == "s" and bool(SOCIO_ECONOMIC & who.roles)
    return shown(value, may=allowed, asked=value.kind in reveal, who=who, service="assistance", case_id=case.id)


def _blocked(application: AssistanceApplication, case: AssistanceCase, who: Who) -> dict[str, str]:
    """The acts of this state that would be refused to ``who``, each with what to do about it."""
    found: dict[str, str] = {}
    if not case.state:
        arriving = "La aceptación de la oferta (actividad 10) aún está llegando. Espere unos segundos y recargue."
        found.update(dict.fromkeys(("RecordTalkAttendance", "SignCommitment"), arriving))
    if case.state == "accepted" and not any(call == case.call_id for call, _ in case.talks.values()):
        found["SignCommitment"] = "Registre primero la asistencia a la charla de sensibilización."
    if case.state and case.commitment_id is None:
        found["RecordCommitmentBreach"] = "Aún no hay acta de compromiso firmada (actividad 11)."
    if case.state == "report_issued" and who.person in case.valuation.scorers:
        for command in ("DeclareUnitResult", "ReturnValidationReport"):
            found[command] = "Lo debe hacer otra persona: usted calificó el FO-781 o el FO-779 (SOD-2)."
    if case.state == "preselected":
        hours = application.quantity("P-04", today())
        missing = case.missing_filters(Filters(hours, case.excluded_on(today())))
        if missing:
            found["HandOver"] = f"Falta: {'; '.join(missing.values())}."
    if case.executor is not None and case.state in EXECUTORS_ACTS and not _is_executor(case, who):
        answer = "Lo hace quien ejecuta el caso: " + (
            "el personal del operador de ese contrato." if case.executor.contract_id else "el equipo a cargo."
        )
        found.update(dict.fromkeys(EXECUTORS_ACTS[case.state], answer))
    if case.state == "in_assistance":
        if case.plan is None or not case.plan.approved_version:
            found["DecideIncentive"] = "El plan del caso aún no está aprobado."
        if case.plan is None:
            found["ApprovePlan"] = "Aún no hay un plan elaborado."
        elif who.person in case.plan.authors:
            found["ApprovePlan"] = "Lo debe aprobar otra persona: usted elaboró el plan (A17-1)."
        found.update(_blocked_conduct(application, case))
    found.update(_blocked_training(case))
    return found


def _blocked_conduct(application: AssistanceApplication, case: AssistanceCase) -> dict[str, str]:
    """What of acts 17 and 20 cannot be done yet, with what to do first."""
    found: dict[str, str] = {}
    approved = case.plan is not None and bool(case.plan.approved_version)
    running = [code for code, run in case.conduct.phases.items() if run.closed_on is None]
    if approved:
        found["DraftPlan"] = "El plan ya fue aprobado: use «Ajustar el plan»."
        if case.conduct.baseline is None:
            answer = "Mida primero la línea base de productividad."
            found |= dict.fromkeys(
                ("CreateProductionOrder", "RecordCommercialLink", "RecordCommercialScenario"), answer
            )
    else:
        waiting = ("RevisePlan", "StartPhase", "CreateProductionOrder", "RecordCommercialLink")
        found |= dict.fromkeys((*waiting, "RecordCommercialScenario"), "El plan del caso aún no está aprobado.")
    if case.plan is None:
        found["RecordPlanDefence"] = "Aún no hay un plan elaborado."
    if not running:
        needed = ("ClosePhase", "EvaluateStage", "ScheduleFollowUp", "RecordFollowUp")
        found |= dict.fromkeys(needed, "No hay una fase en curso: iníciela primero.")
    if not case.conduct.orders:
        found["CompleteProductionOrder"] = "No hay órdenes de producción."
    if not case.incentives or all(one.decision == "no" for one in case.incentives.values()):
        found["CancelIncentive"] = "No hay un impulso decidido."
    missing = case.missing_for_completion(application.phase_of(today()))
    if missing:
        found["CompleteProcess"] = f"Falta: {'; '.join(missing)}."
    return found


EXECUTORS_ACTS = {
    "handover_pending": ("AcceptHandover", "RejectHandover"),
    "in_assistance": (
        "RecordDiagnosis",
        "DraftPlan",
        "RevisePlan",
        "RecordComponentActivity",
        "RecordMeasurement",
        "CreateProductionOrder",
        "CompleteProductionOrder",
        "RecordCommercialLink",
        "RecordCommercialScenario",
    ),
}
"""The acts that only the executor of the case does."""


def _is_executor(case: AssistanceCase, who: Who) -> bool:
    executor = case.executor
    if executor is None:
        return False
    if executor.contract_id is not None:
        return str(executor.contract_id) in who.contracts
    if case.state == "handover_pending":
        return who.person == executor.team_lead
    return bool({"caseworker", "business_adviser"} & who.roles)


def _blocked_training(case: AssistanceCase) -> dict[str, str]:
    if case.training is None:
        needs_memo = ("AcknowledgeTrainingMemo", "EnrolInTraining", "CompleteTraining", "AuthoriseTrainingException")
        found = {command: "Aún no hay memorando de formación (FO-069)." for command in needs_memo}
        if case.state == "committed":
            for command in ("ScheduleUnitVisit", "RecordUnitVisit"):
                found[command] = "Falta la inscripción en la formación complementaria (actividad 12)."
        return found
    found = {"IssueTrainingMemo": f"El memorando {case.training.memo_no} ya está emitido."}
    if case.training.enrolled_on is not None:
        found["EnrolInTraining"] = "La persona ya está inscrita."
    if case.training.completed_on is not None:
        found["CompleteTraining"] = "La formación ya está completa."
    return found


def _defaults(application: AssistanceApplication, case: AssistanceCase) -> dict[str, Any]:
    """What is known already and need not be typed (FRM-5)."""
    found: dict[str, Any] = {}
    if case.state == "accepted":
        text = application.catalogue.text(COMMITMENT_TEXT, today())
        found["RecordTalkAttendance"] = {"call": str(case.call_id)}
        found["SignCommitment"] = {
            "form": {
                "text_version": text.version,
                "process": str(case.call_id),
                "phases": [clause.id for clause in text.phases],
                "commitments": [{"id": clause.id, "text": clause.text} for clause in text.commitments],
            }
        }
    if case.state == "in_valuation":
        visit = next((each for each in reversed(case.valuation.visits.values()) if each.at_unit), None)
        if visit is not None:
            for command in ("FileCapacityEvaluation", "FileProductEvaluation"):
                found[command] = {"form": {"visit": str(visit.visit_id)}}
    return found

"""What the page of a case shows of assistance, and what would be refused now to who asks (with the reason)."""

from __future__ import annotations

from typing import Any

from services.assistance.application import AssistanceApplication
from services.assistance.application.talks_and_training import COMMITMENT_TEXT
from services.assistance.case_facts import facts
from services.assistance.domain import AssistanceCase
from services.assistance.domain.handover import Filters
from services.assistance.domain.state import Executor
from shared.casework.page import reopening_blocked
from shared.runtime.clock import today
from shared.runtime.tokens import Who


def page(application: AssistanceApplication, case: AssistanceCase, who: Who, reveal: set[str]) -> dict[str, Any]:
    """The answer to the query ``case``, without documents and acts."""
    return {
        "id": str(case.id),
        "version": case.version,
        **described(application, case, who, reveal),
        "targets": [],
        "blocked": _blocked(application, case, who),
        "also": [],
        "defaults": _defaults(application, case),
    }


def described(application: AssistanceApplication, case: AssistanceCase, who: Who, reveal: set[str]) -> dict[str, Any]:
    """Where the case stands and what is known of it, of this moment or of another."""
    return {
        "state": case.state or None,
        "entered": not case.closed_elsewhere,
        "tracks": {"training": case.training_track},
        "facts": facts(application, case, who, reveal),
    }


def _blocked(application: AssistanceApplication, case: AssistanceCase, who: Who) -> dict[str, str]:
    """The acts of this state that would be refused to ``who``, each with what to do about it."""
    found: dict[str, str] = reopening_blocked(case, who)
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
    if case.state == "strengthening":
        opened = case.strengthening_on is not None
        closed = "Abra primero el fortalecimiento de componentes."
        found.update(
            {"OpenStrengthening": "El fortalecimiento ya está abierto."}
            if opened
            else dict.fromkeys(("RecordStrengtheningMeeting", "CloseStrengthening"), closed)
        )
    if case.state == "preselected":
        hours = application.quantity("P-04", today())
        missing = case.missing_filters(Filters(hours, case.excluded_on(today())))
        if missing:
            found["HandOver"] = f"Falta: {'; '.join(missing.values())}."
    if case.executor is not None and case.state in EXECUTORS_ACTS and not _is_executor(case, who):
        found.update(dict.fromkeys(EXECUTORS_ACTS[case.state], _done_by(case.executor)))
    if case.state == "in_assistance":
        found.update(_blocked_transfer(case, who))
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


def passed_on() -> dict[str, str]:
    """What who executed the case before cannot do any more (A16-4)."""
    acts = {command for commands in EXECUTORS_ACTS.values() for command in commands}
    return dict.fromkeys(acts, "El caso pasó a otro ejecutor: su organización solo consulta lo que hizo.")


def _is_executor(case: AssistanceCase, who: Who) -> bool:
    executor = case.executor
    if executor is None:
        return False
    if executor.contract_id is not None:
        return str(executor.contract_id) in who.contracts
    if case.state == "handover_pending":
        return who.person == executor.team_lead
    return bool({"caseworker", "business_adviser"} & who.roles)


def _done_by(executor: Executor) -> str:
    return "Lo hace quien ejecuta el caso: " + (
        "el personal del operador de ese contrato." if executor.contract_id else "el equipo a cargo."
    )


def _blocked_transfer(case: AssistanceCase, who: Who) -> dict[str, str]:
    """What of a change of executor cannot be done now (A16-4)."""
    new, answers = case.transfer, ("AcceptHandover", "RejectHandover")
    if new is None:
        return dict.fromkeys(answers, "No hay un cambio de ejecutor por aceptar.")
    found = {"TransferExecutor": "Ya hay un cambio de ejecutor propuesto: espere la respuesta."}
    named = str(new.contract_id) in who.contracts if new.contract_id else who.person == new.team_lead
    if not named:
        overdue = new.reply_due is not None and today() > new.reply_due and "coordinator" in who.roles
        found |= dict.fromkeys(answers[:1] if overdue else answers, "Lo responde el ejecutor propuesto.")
    return found


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

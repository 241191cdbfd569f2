"""What people read for each event and each published fact, in Spanish (es-CO)."""

from __future__ import annotations

from typing import Any

EVENTS: dict[str, str] = {
    "CandidateIdentified": "Candidato identificado",
    "CandidateSourceAdded": "Nueva fuente de identificación",
    "CallOpened": "Convocatoria abierta",
    "CallClosed": "Convocatoria cerrada",
    "FieldDayHeld": "Jornada de identificación realizada",
    "CandidateListConsolidated": "Listado de candidatos consolidado",
    "BasicIdentificationRecorded": "Identificación básica registrada (FO-203)",
    "BasicIdentificationUpdated": "Identificación básica actualizada (FO-203)",
    "SocioeconomicSheetRecorded": "Ficha socioeconómica registrada (FO-201)",
    "ConsentRecorded": "Fundamento del tratamiento de datos registrado",
    "ConsentWithdrawn": "Autorización de tratamiento de datos retirada",
    "HouseholdLinked": "Núcleo familiar vinculado",
    "HouseholdSecondBenefitFlagged": "Segundo beneficio en el núcleo familiar",
    "DuplicateSuspected": "Posible duplicidad detectada",
    "DuplicateResolved": "Duplicidad resuelta",
    "CasesMerged": "Casos unidos",
    "CasesSplit": "Casos separados de nuevo",
    "ExternalCheckRecorded": "Consulta externa registrada",
    "CriteriaEvaluated": "Criterios de entrada verificados",
    "CriterionWaived": "Criterio exceptuado",
    "EligibilityCommunicated": "Resultado de los criterios comunicado (FO-068)",
    "ReconsiderationRequested": "Reconsideración solicitada",
    "ReconsiderationResolved": "Reconsideración resuelta",
    "RecheckRequested": "Nueva verificación ordenada",
    "EntryCriteriaCompleted": "Criterios de entrada completos",
    "CaseNotEligibleClosed": "Caso cerrado: no cumple criterios",
    "CaseworkerAssigned": "Profesional responsable asignado",
    "ExclusionProposed": "Exclusión propuesta",
    "ExclusionRegistered": "Exclusión registrada",
    "ExclusionLifted": "Exclusión levantada",
    "ProfilingStarted": "Perfilación iniciada",
    "InterviewRecorded": "Entrevista registrada (FO-423)",
    "InstrumentApplied": "Instrumento aplicado",
    "InstrumentRescored": "Instrumento calificado de nuevo",
    "ProfileClassified": "Perfil clasificado",
    "ProfileApproved": "Perfilación aprobada",
    "ProfileNotApproved": "Perfilación no aprobada",
    "ProfileReturned": "Perfilación devuelta",
    "AlternativesInformed": "Otras alternativas informadas",
    "AlternativeChosen": "Alternativa elegida",
    "AlternativeDeclined": "Alternativas no aceptadas",
    "ReferralIssued": "Remisión emitida",
    "ReferralAcknowledged": "Remisión recibida",
    "ReferralRejected": "Remisión rechazada",
    "ReferralOverdue": "Remisión sin respuesta a tiempo",
    "CaseDeclinedClosed": "Caso cerrado: no aceptó alternativas",
    "CaseReferredClosed": "Caso cerrado: remitido",
    "ServiceOffered": "Servicio ofertado",
    "InterestRecorded": "Interés registrado",
    "OfferAccepted": "Servicio aceptado",
    "OfferDeclined": "Servicio no aceptado",
    "TalkScheduled": "Charla programada",
    "TalkHeld": "Charla de sensibilización realizada",
    "TalkAttended": "Asistencia a la charla",
    "CommitmentSigned": "Acta de compromiso firmada",
    "CommitmentBreached": "Incumplimiento de un compromiso",
    "TrainingMemoIssued": "Memorando de formación emitido (FO-069)",
    "TrainingMemoAcknowledged": "Memorando de formación recibido",
    "TrainingEnrolled": "Inscripción en la formación",
    "TrainingHoursRecorded": "Horas de formación registradas",
    "TrainingCompleted": "Formación terminada",
    "TrainingExceptionAuthorised": "Excepción de formación autorizada",
    "UnitVisitScheduled": "Visita a la unidad programada",
    "UnitVisited": "Unidad productiva visitada",
    "CapacityEvaluated": "Capacidad productiva evaluada (FO-781)",
    "ProductEvaluated": "Producto evaluado (FO-779)",
    "ProductSheetFiled": "Ficha técnica del producto (FO-780)",
    "ValidationReportIssued": "Informe de validación emitido",
    "ValidationReportReturned": "Informe de validación devuelto",
    "UnitValidated": "Unidad productiva apta",
    "UnitNotValidated": "Unidad productiva no apta",
    "StrengtheningOpened": "Fortalecimiento de componentes iniciado",
    "StrengtheningMeetingHeld": "Reunión de fortalecimiento",
    "StrengtheningClosed": "Fortalecimiento de componentes terminado",
    "NextCallEnrolled": "Inscrito en la siguiente convocatoria",
    "HandedOver": "Entrega formal al ejecutor",
    "HandoverAccepted": "Entrega formal aceptada",
    "HandoverRejected": "Entrega formal rechazada",
    "ExecutorTransferred": "Cambio de ejecutor",
    "DiagnosisRecorded": "Diagnóstico registrado",
    "PlanDrafted": "Plan elaborado",
    "PlanApproved": "Plan aprobado",
    "PlanRevised": "Plan ajustado",
    "PlanDefended": "Plan sustentado",
    "ComponentActivityRecorded": "Actividad de un componente",
    "ProductionOrderCreated": "Orden de producción creada",
    "ProductionOrderCompleted": "Orden de producción terminada",
    "CommercialLinkMade": "Vínculo comercial logrado",
    "CommercialScenarioHeld": "Escenario comercial realizado",
    "BaselineMeasured": "Línea base medida",
    "ResultMeasured": "Resultado medido",
    "PhaseStarted": "Fase iniciada",
    "PhaseClosed": "Fase cerrada",
    "StageEvaluated": "Etapa evaluada",
    "IncentiveDecided": "Decisión sobre el impulso económico",
    "IncentiveCancelled": "Impulso económico cancelado",
    "FollowUpScheduled": "Seguimiento programado",
    "FollowUpVisited": "Visita de seguimiento (FO-419)",
    "FollowUpOverdue": "Seguimiento vencido",
    "OperatorContractRegistered": "Contrato de operador registrado",
    "OperatorContractAmended": "Contrato de operador modificado",
    "OperatorComplianceAssessed": "Cumplimiento del operador evaluado",
    "ContractAlertRaised": "Alerta de contrato",
    "WorkProgrammeWritten": "Programa de trabajo elaborado",
    "WorkProgrammeApproved": "Programa de trabajo aprobado",
    "ProcessCompleted": "Proceso terminado",
    "ExPostStarted": "Seguimiento ex post iniciado",
    "ExPostVisited": "Visita ex post",
    "CaseClosed": "Caso cerrado: proceso completo",
    "ItemRegistered": "Elemento registrado",
    "StockReceived": "Alta de almacén (FO-110 A)",
    "StockAssigned": "Activo asignado (FO-110 B)",
    "StockAssignmentReleased": "Asignación liberada",
    "WithdrawalRequested": "Traslado solicitado",
    "WithdrawalRefused": "Traslado negado",
    "StockWithdrawn": "Traslado de elementos (FO-128)",
    "IncentiveDelivered": "Impulso económico entregado",
    "WarehouseFormsReceived": "Formatos firmados recibidos en el almacén",
    "StockReturned": "Elementos devueltos",
    "StockTransferred": "Traslado entre almacenes",
    "CountStarted": "Conteo físico abierto",
    "CountRecorded": "Conteo físico registrado",
    "AdjustmentProposed": "Ajuste de inventario propuesto",
    "StockAdjusted": "Ajuste de inventario",
    "AdjustmentRejected": "Ajuste de inventario rechazado",
    "WriteOffProposed": "Baja de inventario propuesta",
    "StockWrittenOff": "Baja de inventario",
    "WriteOffRejected": "Baja de inventario rechazada",
    "MovementCorrected": "Movimiento corregido",
    "PeriodClosed": "Periodo cerrado",
    "CaseWithdrawn": "Caso retirado",
    "BeneficiaryExcluded": "Beneficiario excluido",
    "DeathRecorded": "Fallecimiento registrado",
    "CaseReopenRequested": "Reapertura solicitada",
    "CaseReopened": "Caso reabierto",
    "CaseMigrated": "Caso pasado a otra versión del procedimiento",
    "FormFiled": "Formato diligenciado",
    "FormVoided": "Formato anulado",
    "DocumentAttached": "Documento adjunto",
    "RecordCorrected": "Registro corregido",
    "CatalogueVersionPublished": "Versión del catálogo publicada",
    "KeyDestructionExecuted": "Datos personales suprimidos",
    # Reporting's own.
    "HemiEntryQueued": "Registro HEMI por enviar",
    "HemiEntrySent": "Registro HEMI enviado",
    "HemiEntryReceipted": "Registro HEMI con radicado",
    "HemiEntryRejected": "Registro HEMI rechazado",
    "HemiEntryResent": "Registro HEMI enviado de nuevo",
    "ReportApproved": "Informe mensual aprobado",
}

FACTS: dict[str, str] = {
    "source": "Fuente",
    "list_no": "Listado n.º",
    "candidates": "Candidatos",
    "form_version": "Versión del formato",
    "notice_version": "Versión del aviso",
    "purposes": "Finalidades",
    "resolution": "Resolución",
    "criteria_set_version": "Versión de los criterios",
    "as_of": "A la fecha",
    "result": "Resultado",
    "sent_on": "Enviado el",
    "matrix_version": "Versión de la matriz",
    "validated_on": "Validado el",
    "route": "Ruta",
    "service": "Servicio",
    "text_version": "Versión del texto",
    "hours": "Horas",
    "hours_total": "Horas acumuladas",
    "declared_on": "Declarado el",
    "version": "Versión",
    "decision": "Decisión",
    "lines": "Líneas",
    "phase": "Fase",
    "planned_on": "Programado para",
    "fo_110_no": "FO-110 n.º",
    "fo_128_no": "FO-128 n.º",
    "delivered_on": "Entregado el",
    "complete": "Entrega completa",
    "reason_code": "Motivo",
    "document_numbers": "Documentos",
    "component_codes": "Componentes",
    "components": "Componentes",
    "month": "Mes",
    "aspect": "Aspecto",
    "rating": "Calificación",
    "locality": "Localidad",
    "warehouse": "Almacén",
    "receipt_id": "Radicado HEMI",
}

VALUES: dict[str, str] = {
    "met": "Cumple",
    "not_met": "No cumple",
    "incomplete": "Incompleto",
    "field_day": "Jornada en espacio público",
    "hemi": "HEMI",
    "requests_pr029": "Solicitud o base de datos PR-029",
    "entrepreneurship": "Emprendimiento",
    "strengthening": "Fortalecimiento",
    "technical_assistance": "Asistencia técnica",
    "yes": "Sí",
    "no": "No",
    "distinct": "Son personas distintas",
    "merge": "Se unen",
    "override": "Se continúa con motivo",
}


def event_label(kind: str) -> str:
    """The words for an event; one that a service keeps to itself goes by its name."""
    return EVENTS.get(kind, f"Anotación interna ({kind})")


def has_words(kind: str) -> bool:
    """False for what a service keeps to itself."""
    return kind in EVENTS


def facts(data: dict[str, Any]) -> list[dict[str, str]]:
    """What to show of a published payload: facts with words; ids stay out of sight."""
    shown = []
    for name, value in data.items():
        if name in FACTS and value is not None:
            shown.append({"label": FACTS[name], "value": _text(value)})
    return shown


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "Sí" if value else "No"
    if isinstance(value, list):
        return "; ".join(_row(each) for each in value)
    return VALUES.get(str(value), str(value))


def _row(value: Any) -> str:
    if isinstance(value, dict):
        parts = [str(value[name]) for name in ("item", "qty", "unit") if value.get(name) is not None]
        return " ".join(parts) or ", ".join(str(each) for each in value.values() if each is not None)
    return VALUES.get(str(value), str(value))

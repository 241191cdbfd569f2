"""The questions of intake, profiling and assistance: calls, candidates, cases under way, contracts, work to do."""

from __future__ import annotations

from services.gateway.api.params import (
    CANDIDATES,
    PAGED,
    SEARCH,
    Param,
    QueryRoute,
    id_param,
    text_param,
)


def _identity(text: str) -> list[str]:
    if text != "i":
        raise ValueError
    return [text]


ROUTES: tuple[QueryRoute, ...] = (
    QueryRoute(
        "/api/calls", "intake", "calls", "Convocatorias", (text_param("state", "open o closed."), SEARCH, *PAGED)
    ),
    QueryRoute("/api/calls/{id:uuid}", "intake", "call", "Una convocatoria", path_id="id"),
    QueryRoute("/api/imports", "intake", "imports", "Importaciones", (text_param("call", "Convocatoria."), *PAGED)),
    QueryRoute("/api/imports/{id:uuid}", "intake", "import", "Avance e informe de una importación", path_id="id"),
    QueryRoute(
        "/api/talks",
        "assistance",
        "talks",
        "Charlas de sensibilización",
        (id_param("call", "Convocatoria."), text_param("state", "Estado."), *PAGED),
    ),
    QueryRoute(
        "/api/exclusions",
        "intake",
        "exclusions",
        "Registro de exclusiones",
        (text_param("state", "proposed, in_force o lifted."), *PAGED),
    ),
    QueryRoute(
        "/api/data-requests",
        "intake",
        "data_requests",
        "Solicitudes de los titulares de datos, la primera en vencer primero",
        (text_param("state", "due, overdue, incomplete, to_erase, to_restrict, answered o lapsed."), *PAGED),
    ),
    QueryRoute(
        "/api/data-requests/{id:uuid}",
        "intake",
        "data_request",
        "Una solicitud de un titular, con lo que pide, lo que se respondió y sus archivos",
        (Param("reveal", _identity, "i: con los textos a la vista (se registra).", {"type": "string", "enum": ["i"]}),),
        path_id="id",
    ),
    QueryRoute(
        "/api/legal-holds",
        "intake",
        "legal_holds",
        "Retenciones legales, la última primero",
        (text_param("state", "requested, placed, lift_requested o lifted."), *PAGED),
    ),
    QueryRoute(
        "/api/restrictions",
        "intake",
        "restrictions",
        "Restricciones del tratamiento de datos, la última primero",
        (text_param("state", "in_force o lifted."), *PAGED),
    ),
    QueryRoute(
        "/api/erasures",
        "intake",
        "erasures",
        "Supresiones de datos, con lo que ha confirmado cada servicio",
        (text_param("state", "requested, ready, ordered, done o cancelled."), *PAGED),
    ),
    QueryRoute(
        "/api/erasures/{id:uuid}",
        "intake",
        "erasure",
        "Una supresión, llave por llave: quién la ejecutó y cuándo",
        path_id="id",
    ),
    QueryRoute(
        "/api/candidates",
        "intake",
        "candidates",
        "Base de datos SESEC (FRM-15): candidatos por convocatoria, lista, fuente, estado, ruta o interés",
        (*CANDIDATES, *PAGED),
    ),
    QueryRoute(
        "/api/reconsiderations",
        "intake",
        "reconsiderations",
        "Reconsideraciones pedidas y sin resolver",
        PAGED,
    ),
    QueryRoute(
        "/api/field-days",
        "intake",
        "field_days",
        "Jornadas de identificación, la última primero",
        (text_param("locality", "Localidad."), *PAGED),
    ),
    QueryRoute("/api/what-ifs", "intake", "what_ifs", "Ensayos de versiones sobre casos", PAGED),
    QueryRoute(
        "/api/what-ifs/{id:uuid}",
        "intake",
        "what_if",
        "Un ensayo: a quién le cambiaría el resultado",
        path_id="id",
    ),
    QueryRoute(
        "/api/referrals",
        "profiling",
        "referrals",
        "Remisiones, por fecha límite de respuesta",
        (text_param("state", "waiting, overdue, acknowledged, rejected o unanswered."), *PAGED),
    ),
    QueryRoute(
        "/api/follow-ups",
        "assistance",
        "follow_ups",
        "Visitas de seguimiento, por fecha prevista",
        (text_param("state", "due, overdue o done."), *PAGED),
    ),
    QueryRoute(
        "/api/executor-follow-ups",
        "assistance",
        "executor_follow_ups",
        "Seguimiento que hace quien ejecuta la asistencia, aparte del FO-419",
        (id_param("case", "Caso."), *PAGED),
    ),
    QueryRoute("/api/contracts", "assistance", "contracts", "Contratos de operador", PAGED),
    QueryRoute(
        "/api/contracts/{id:uuid}",
        "assistance",
        "contract",
        "Un contrato de operador: vigencias, obligaciones y calificaciones por mes",
        path_id="id",
    ),
    QueryRoute(
        "/api/agenda",
        "assistance",
        "agenda",
        "Agenda: visitas, reuniones, compromisos y respuestas pendientes, lo primero en vencer primero",
        (
            id_param("caseworker", "Profesional responsable del caso o de la tarea."),
            text_param("kind", "unit_visit, strengthening, handover_reply, follow_up, commitment o production_order."),
            text_param("state", "due u overdue."),
            *PAGED,
        ),
    ),
    QueryRoute(
        "/api/work-programmes",
        "assistance",
        "work_programmes",
        "Programas de trabajo (FRM-17)",
        (text_param("state", "written o approved."), text_param("period", "Año o mes: AAAA o AAAA-MM."), *PAGED),
    ),
    QueryRoute(
        "/api/work-programmes/{id:uuid}",
        "assistance",
        "work_programme",
        "Un programa de trabajo con sus actividades y metas",
        path_id="id",
    ),
    QueryRoute(
        "/api/improvement-actions",
        "assistance",
        "improvement_actions",
        "Acciones preventivas, correctivas y de mejora",
        (
            text_param("state", "open o closed."),
            text_param("kind", "preventive, corrective o improvement."),
            text_param("origin", "evaluation, audit, operator_compliance o aspect."),
            id_param("contract", "Contrato de operador."),
            id_param("owner", "Responsable de una actividad pendiente."),
            *PAGED,
        ),
    ),
    QueryRoute(
        "/api/improvement-actions/{id:uuid}",
        "assistance",
        "improvement_action",
        "Una acción de mejora con cada versión de su plan y sus seguimientos",
        path_id="id",
    ),
)

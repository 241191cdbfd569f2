"""The questions of reporting: cases, board, reports, HEMI, times."""

from __future__ import annotations

from services.gateway.api.params import (
    PAGED,
    SEARCH,
    Param,
    QueryRoute,
    activity,
    codes,
    day,
    id_param,
    instant,
    text_param,
)

ROUTES: tuple[QueryRoute, ...] = (
    QueryRoute(
        "/api/cases",
        "reporting",
        "cases",
        "Casos, por estado, convocatoria o código",
        (
            text_param("state", "Estado del caso."),
            Param("states", codes, "Varios estados, separados por comas.", {"type": "string", "maxLength": 500}),
            text_param("duplicate", "Duplicidad: clear o suspected."),
            text_param("call", "Convocatoria: identificador o código."),
            SEARCH,
            id_param("caseworker", "Profesional responsable."),
            *PAGED,
        ),
    ),
    QueryRoute(
        "/api/cases/{id:uuid}/timeline",
        "reporting",
        "timeline",
        "Línea de tiempo de un caso: cada hecho de cada servicio, con sus dos relojes",
        (
            Param("happened_until", day, "Solo lo ocurrido hasta esta fecha.", {"type": "string", "format": "date"}),
            Param(
                "recorded_until",
                instant,
                "Solo lo registrado hasta este instante.",
                {"type": "string", "format": "date-time"},
            ),
            *PAGED,
        ),
        path_id="case_id",
    ),
    QueryRoute(
        "/api/counts",
        "reporting",
        "counts",
        "Casos por estado",
        (text_param("call", "Convocatoria: identificador o código."),),
    ),
    QueryRoute(
        "/api/board",
        "reporting",
        "board",
        "Tablero de control, a la fecha de los dos relojes",
        (
            Param("happened_until", day, "Solo lo ocurrido hasta esta fecha.", {"type": "string", "format": "date"}),
            Param(
                "recorded_until",
                instant,
                "Solo lo registrado hasta este instante.",
                {"type": "string", "format": "date-time"},
            ),
            text_param("state", "Estado del caso."),
            text_param("phase", "Fase."),
            text_param("route", "Ruta."),
            text_param("locality", "Localidad de residencia (FO-203)."),
            text_param("product", "Tipo de producto."),
            text_param("activity", "Actividad del último acto del caso."),
            text_param("reached", "Actividad a la que el caso llegó."),
            text_param("hemi", "Estado de un registro HEMI del caso: pending, sent, receipted o rejected."),
            text_param("unmatched", "Línea de almacén sin cruzar: receipt, assignment, withdrawal, forms o count."),
            text_param(
                "flag",
                "Novedad: late_entry, step_overdue, follow_up_overdue, duplicate, household, hemi_rejected, hemi_late, "
                "data_request, legal_hold o restricted.",
            ),
            text_param("follow_up", "Visitas: due, done u overdue."),
            text_param("visit_phase", "Fase de esas visitas."),
            id_param("call", "Convocatoria."),
            id_param("operator", "Contrato de operador."),
            id_param("caseworker", "Profesional responsable."),
            id_param("programme", "Programa de trabajo: los casos de una de sus actividades."),
            Param("planned_activity", int, "Actividad de ese programa.", {"type": "integer"}),
            *PAGED,
        ),
    ),
    QueryRoute(
        "/api/reports",
        "reporting",
        "reports",
        "Informes mensuales",
        (text_param("state", "draft, submitted, consolidated, returned o approved."),),
    ),
    QueryRoute("/api/reports/{id:uuid}", "reporting", "report", "Un informe con sus cifras", path_id="id"),
    QueryRoute(
        "/api/figures",
        "reporting",
        "figure",
        "Una cifra de un mes: al corte, sus datos tardíos y hoy, con sus casos y eventos",
        (text_param("period", "Mes, AAAA-MM."), text_param("code", "Cifra, por ejemplo FIG-09.")),
    ),
    QueryRoute(
        "/api/hemi-entries",
        "reporting",
        "hemi",
        "Registros HEMI, el más antiguo primero",
        (
            text_param("state", "pending, sent, receipted o rejected."),
            id_param("case", "Caso."),
            Param(
                "activity",
                activity,
                "Actividad del procedimiento.",
                {"type": "integer", "minimum": 1, "maximum": 99},
            ),
            *PAGED,
        ),
    ),
    QueryRoute(
        "/api/activity-times",
        "reporting",
        "times",
        "Tiempos de cada actividad, medidos en los casos",
        (id_param("call", "Convocatoria."),),
    ),
)

"""Reading: one table maps every address to a service's query; the case page is put together from four."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.gateway import bodies
from services.gateway.api.session import api_caller
from services.gateway.cases import describe, load_case
from services.gateway.edge import SENSITIVE, Caller, Edge
from services.gateway.problems import Problem

D = TypeVar("D", bound=date)
MAX_LIMIT = 200
LOOKS_LIKE_DOCUMENT = re.compile(r"[0-9][0-9.,' ]{3,12}[0-9]")


@dataclass(frozen=True)
class Param:
    """A parameter of a query: its check, and what it means, in Spanish (it stands in the documentation)."""

    name: str
    read: Callable[[str], Any]
    about: str
    schema: Mapping[str, Any]


def _uuid(text: str) -> str:
    return str(UUID(text))


def _day(text: str) -> str:
    return _conceivable(date.fromisoformat(text)).isoformat()


def _instant(text: str) -> str:
    return _conceivable(datetime.fromisoformat(text)).isoformat()


def _conceivable(moment: D) -> D:
    # At the edges of the calendar another zone's day, or the next millisecond, does not exist.
    if not 1900 <= moment.year <= 2200:
        raise ValueError
    return moment


def _limit(text: str) -> int:
    value = int(text)
    if not 1 <= value <= MAX_LIMIT:
        raise ValueError
    return value


def _activity(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 99:
        raise ValueError
    return value


def code(text: str) -> str:
    if not re.fullmatch(r"[\w.\-: ]{1,60}", text):
        raise ValueError
    return text


def _codes(text: str) -> str:
    if not re.fullmatch(r"[a-z_]{1,40}(,[a-z_]{1,40}){0,40}", text):
        raise ValueError
    return text


def _search(text: str) -> str:
    """A search by id or code. Something that looks like a document number has no place in an address."""
    if LOOKS_LIKE_DOCUMENT.fullmatch(text.strip()):
        raise Problem(
            422,
            "PARAMETER_INVALID",
            "No busque por número de documento en la dirección: use POST /api/people/search.",
            field="text",
        )
    return code(text)


def _text(name: str, about: str) -> Param:
    return Param(name, code, about, {"type": "string", "maxLength": 60})


def _id(name: str, about: str) -> Param:
    return Param(name, _uuid, about, {"type": "string", "format": "uuid"})


def code_param(name: str, about: str) -> Param:
    """A parameter that holds a code."""
    return _text(name, about)


def day_param(name: str, about: str) -> Param:
    """A parameter that holds a date."""
    return Param(name, _day, about, {"type": "string", "format": "date"})


CURSOR = Param(
    "cursor", lambda text: text[:500], "Continuación: el valor de «next» de la página anterior.", {"type": "string"}
)
LIMIT = Param(
    "limit", _limit, "Filas por página (50 si no se indica).", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}
)
PAGED = (CURSOR, LIMIT)
AS_OF = Param("as_of", _day, "Solo lo ocurrido hasta esta fecha.", {"type": "string", "format": "date"})
TWO_CLOCKS = (
    AS_OF,
    Param(
        "recorded_until", _instant, "Solo lo registrado hasta este instante.", {"type": "string", "format": "date-time"}
    ),
)
SEARCH = Param("text", _search, "Comienzo de un identificador o de un código.", {"type": "string", "maxLength": 60})

CANDIDATES = (
    _id("call", "Convocatoria."),
    _text("list_no", "Número de la lista consolidada."),
    _text("source", "Fuente: field_day, hemi o requests_pr029."),
    _text("state", "Estado del caso."),
    _text("route", "Ruta: entrepreneurship o strengthening."),
    _text("interest", "Interés en el proceso: yes, no o unknown."),
)
"""Filters of the candidate register, on the screen and in its file."""
KARDEX = (
    _id("item", "Elemento."),
    _id("lot", "Lote."),
    _id("warehouse", "Almacén."),
    _id("case", "Caso."),
    _id("contract", "Contrato con el que llegaron los bienes."),
    _id("person", "Persona que tiene los bienes en custodia."),
    *TWO_CLOCKS,
)
"""Filters of the kardex, on the screen and in its file."""


@dataclass(frozen=True)
class QueryRoute:
    """An address that a service's query answers. ``path_id`` is the name under which its ``{id}`` is passed."""

    path: str
    service: str
    query: str
    label: str
    params: tuple[Param, ...] = ()
    path_id: str | None = None


ROUTES = (
    QueryRoute(
        "/api/cases",
        "reporting",
        "cases",
        "Casos, por estado, convocatoria o código",
        (
            _text("state", "Estado del caso."),
            Param("states", _codes, "Varios estados, separados por comas.", {"type": "string", "maxLength": 500}),
            _text("duplicate", "Duplicidad: clear o suspected."),
            _text("call", "Convocatoria: identificador o código."),
            SEARCH,
            _id("caseworker", "Profesional responsable."),
            *PAGED,
        ),
    ),
    QueryRoute(
        "/api/cases/{id:uuid}/timeline",
        "reporting",
        "timeline",
        "Línea de tiempo de un caso: cada hecho de cada servicio, con sus dos relojes",
        (
            Param("happened_until", _day, "Solo lo ocurrido hasta esta fecha.", {"type": "string", "format": "date"}),
            Param(
                "recorded_until",
                _instant,
                "Solo lo registrado hasta este instante.",
                {"type": "string", "format": "date-time"},
            ),
            *PAGED,
        ),
        path_id="case_id",
    ),
    QueryRoute(
        "/api/unmatched",
        "inventory",
        "unmatched",
        "Líneas del almacén sin cruzar, con su edad en días hábiles, a la fecha de los dos relojes",
        (
            _text("kind", "receipt, assignment, withdrawal, forms o count."),
            _text("warehouse", "Código del almacén."),
            *TWO_CLOCKS,
            *PAGED,
        ),
    ),
    QueryRoute("/api/expiring-lots", "inventory", "expiring", "Lotes vencidos o por vencer", (*TWO_CLOCKS, *PAGED)),
    QueryRoute(
        "/api/closed-periods",
        "inventory",
        "closed_periods",
        "Meses cerrados del almacén, con sus saldos y valores",
        (_text("period", "Mes, AAAA-MM."), _text("warehouse", "Código del almacén."), *PAGED),
    ),
    QueryRoute(
        "/api/counts",
        "reporting",
        "counts",
        "Casos por estado",
        (_text("call", "Convocatoria: identificador o código."),),
    ),
    QueryRoute("/api/calls", "intake", "calls", "Convocatorias", (_text("state", "open o closed."), SEARCH, *PAGED)),
    QueryRoute("/api/calls/{id:uuid}", "intake", "call", "Una convocatoria", path_id="id"),
    QueryRoute("/api/imports", "intake", "imports", "Importaciones", (_text("call", "Convocatoria."), *PAGED)),
    QueryRoute("/api/imports/{id:uuid}", "intake", "import", "Avance e informe de una importación", path_id="id"),
    QueryRoute(
        "/api/talks",
        "assistance",
        "talks",
        "Charlas de sensibilización",
        (_id("call", "Convocatoria."), _text("state", "Estado."), *PAGED),
    ),
    QueryRoute(
        "/api/exclusions",
        "intake",
        "exclusions",
        "Registro de exclusiones",
        (_text("state", "proposed, in_force o lifted."), *PAGED),
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
        (_text("locality", "Localidad."), *PAGED),
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
        (_text("state", "waiting, overdue, acknowledged, rejected o unanswered."), *PAGED),
    ),
    QueryRoute(
        "/api/follow-ups",
        "assistance",
        "follow_ups",
        "Visitas de seguimiento, por fecha prevista",
        (_text("state", "due, overdue o done."), *PAGED),
    ),
    QueryRoute(
        "/api/executor-follow-ups",
        "assistance",
        "executor_follow_ups",
        "Seguimiento que hace quien ejecuta la asistencia, aparte del FO-419",
        (_id("case", "Caso."), *PAGED),
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
        "/api/items",
        "inventory",
        "items",
        "Elementos del almacén",
        (SEARCH, _text("kind", "Clase de elemento."), *PAGED),
    ),
    QueryRoute("/api/warehouses", "inventory", "warehouses", "Almacenes", PAGED),
    QueryRoute(
        "/api/stock",
        "inventory",
        "stock",
        "Existencias y su valor por almacén, elemento y lote, a la fecha de los dos relojes",
        (_id("warehouse", "Almacén."), _id("item", "Elemento."), *TWO_CLOCKS, *PAGED),
    ),
    QueryRoute(
        "/api/valuation",
        "inventory",
        "valuation",
        "Cantidad, valor y costo promedio por almacén y elemento, a la fecha de los dos relojes",
        (_id("warehouse", "Almacén."), _id("item", "Elemento."), *TWO_CLOCKS, *PAGED),
    ),
    QueryRoute(
        "/api/kardex",
        "inventory",
        "kardex",
        "Kárdex: movimientos por elemento, lote, almacén, caso, contrato o persona en custodia",
        (*KARDEX, *PAGED),
    ),
    QueryRoute(
        "/api/stock-counts",
        "inventory",
        "counts",
        "Conteos físicos del almacén",
        (_text("state", "open, recorded o undecided."), *PAGED),
    ),
    QueryRoute(
        "/api/adjustments",
        "inventory",
        "adjustments",
        "Ajustes de inventario propuestos y decididos",
        (_text("state", "proposed, approved o rejected."), *PAGED),
    ),
    QueryRoute(
        "/api/write-offs",
        "inventory",
        "write_offs",
        "Bajas de inventario propuestas y decididas",
        (_text("state", "proposed, approved o rejected."), *PAGED),
    ),
    QueryRoute(
        "/api/corrections",
        "inventory",
        "corrections",
        "Correcciones de movimientos propuestas y decididas, y lo que ya había usado el registro errado",
        (_text("state", "proposed, approved o rejected."), *PAGED),
    ),
    QueryRoute("/api/receipts", "inventory", "receipts", "Altas de almacén (FO-110)", PAGED),
    QueryRoute("/api/transfers", "inventory", "transfers", "Traslados entre almacenes (FO-128)", PAGED),
    QueryRoute(
        "/api/withdrawals",
        "inventory",
        "withdrawals",
        "Traslados de elementos (FO-128)",
        (_text("state", "Estado."), *PAGED),
    ),
    QueryRoute(
        "/api/agenda",
        "assistance",
        "agenda",
        "Agenda: visitas, reuniones, compromisos y respuestas pendientes, lo primero en vencer primero",
        (
            _id("caseworker", "Profesional responsable del caso o de la tarea."),
            _text("kind", "unit_visit, strengthening, handover_reply, follow_up, commitment o production_order."),
            _text("state", "due u overdue."),
            *PAGED,
        ),
    ),
    QueryRoute(
        "/api/work-programmes",
        "assistance",
        "work_programmes",
        "Programas de trabajo (FRM-17)",
        (_text("state", "written o approved."), _text("period", "Año o mes: AAAA o AAAA-MM."), *PAGED),
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
            _text("state", "open o closed."),
            _text("kind", "preventive, corrective o improvement."),
            _text("origin", "evaluation, audit, operator_compliance o aspect."),
            _id("contract", "Contrato de operador."),
            _id("owner", "Responsable de una actividad pendiente."),
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
    QueryRoute(
        "/api/board",
        "reporting",
        "board",
        "Tablero de control, a la fecha de los dos relojes",
        (
            Param("happened_until", _day, "Solo lo ocurrido hasta esta fecha.", {"type": "string", "format": "date"}),
            Param(
                "recorded_until",
                _instant,
                "Solo lo registrado hasta este instante.",
                {"type": "string", "format": "date-time"},
            ),
            _text("state", "Estado del caso."),
            _text("phase", "Fase."),
            _text("route", "Ruta."),
            _text("locality", "Localidad de residencia (FO-203)."),
            _text("product", "Tipo de producto."),
            _text("activity", "Actividad del último acto del caso."),
            _text("reached", "Actividad a la que el caso llegó."),
            _text("hemi", "Estado de un registro HEMI del caso: pending, sent, receipted o rejected."),
            _text("unmatched", "Línea de almacén sin cruzar: receipt, assignment, withdrawal, forms o count."),
            _text(
                "flag",
                "Novedad: late_entry, step_overdue, follow_up_overdue, duplicate, household, hemi_rejected, hemi_late.",
            ),
            _text("follow_up", "Visitas: due, done u overdue."),
            _text("visit_phase", "Fase de esas visitas."),
            _id("call", "Convocatoria."),
            _id("operator", "Contrato de operador."),
            _id("caseworker", "Profesional responsable."),
            _id("programme", "Programa de trabajo: los casos de una de sus actividades."),
            Param("planned_activity", int, "Actividad de ese programa.", {"type": "integer"}),
            *PAGED,
        ),
    ),
    QueryRoute(
        "/api/reports",
        "reporting",
        "reports",
        "Informes mensuales",
        (_text("state", "draft, submitted, consolidated, returned o approved."),),
    ),
    QueryRoute("/api/reports/{id:uuid}", "reporting", "report", "Un informe con sus cifras", path_id="id"),
    QueryRoute(
        "/api/figures",
        "reporting",
        "figure",
        "Una cifra de un mes: al corte, sus datos tardíos y hoy, con sus casos y eventos",
        (_text("period", "Mes, AAAA-MM."), _text("code", "Cifra, por ejemplo FIG-09.")),
    ),
    QueryRoute(
        "/api/hemi-entries",
        "reporting",
        "hemi",
        "Registros HEMI, el más antiguo primero",
        (
            _text("state", "pending, sent, receipted o rejected."),
            _id("case", "Caso."),
            Param(
                "activity",
                _activity,
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
        (_id("call", "Convocatoria."),),
    ),
)


def handler(route: QueryRoute) -> Callable[[Request], Any]:
    """The endpoint of a row of the table."""

    async def answer(request: Request) -> Response:
        edge: Edge = request.app.state.edge
        caller = await api_caller(request)
        params = read_params(request, route.params)
        if route.path_id is not None:
            params[route.path_id] = str(request.path_params["id"])
        return JSONResponse(await edge.query(request, caller, route.service, route.query, params))

    answer.__name__ = f"get_{route.query}"
    return answer


def read_params(request: Request, known: tuple[Param, ...]) -> dict[str, Any]:
    """The query string, checked. Raises `Problem` for a parameter that is unknown, repeated or malformed."""
    by_name = {param.name: param for param in known}
    params: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        param = by_name.get(name)
        if param is None or name in params:
            names = ", ".join(by_name) or "ninguno"
            raise Problem(
                422, "PARAMETER_INVALID", f"Parámetro desconocido o repetido. Se admiten: {names}.", field=name[:40]
            )
        if value == "":
            continue
        try:
            params[name] = param.read(value)
        except ValueError:
            raise Problem(
                422, "PARAMETER_INVALID", f"El parámetro «{name}» no es válido. {param.about}", field=name
            ) from None
    return params


async def case(request: Request) -> Response:
    """One case: state, tracks, what is known, and the next lawful acts."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    read_params(request, ())
    found = await load_case(edge, request, caller, request.path_params["id"])
    return JSONResponse(describe(edge, caller, found))


async def reveal(request: Request) -> Response:
    """One case with the personal data of the named classes in the clear, where the caller has the right. Logged."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request, writes=True)
    body = await bodies.json_object(request)
    kinds = body.get("classes")
    if not isinstance(kinds, list) or not kinds or not set(map(str, kinds)) <= set("icsprm"):
        raise Problem(
            422, "FIELD_INVALID", "Indique en «classes» las clases de datos: i, c, s, p, r o m.", field="classes"
        )
    case_id = request.path_params["id"]
    return JSONResponse(await revealed(edge, request, caller, case_id, tuple(map(str, kinds))))


async def revealed(
    edge: Edge, request: Request, caller: Caller, case_id: UUID, kinds: tuple[str, ...]
) -> dict[str, Any]:
    """The case with its personal data opened; the access log tells it before the data leave."""
    if "auditor" in caller.roles and SENSITIVE.intersection(kinds):
        raise await edge.denied(
            request,
            caller,
            "Control interno no abre las clases p, r y m (SOD-9). Pida solo i, c o s.",
            field="classes",
            act="case",
            case_id=str(case_id),
            classes="".join(sorted(set(kinds))),
        )
    found = await load_case(edge, request, caller, case_id, kinds)
    await edge.note(
        request, caller, "personal_data_read", case_id=str(case_id), classes="".join(sorted(set(kinds))), act="case"
    )
    return describe(edge, caller, found)


async def people_search(request: Request) -> Response:
    """Find people by document or name. A POST, so that neither ever stands in an address."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request, writes=True)
    body = await bodies.json_object(request)
    allowed = {"document_type", "document_number", "name", "limit"}
    unknown = sorted(set(body) - allowed)
    if unknown:
        raise Problem(422, "FIELD_INVALID", "Este dato no se pide aquí; quítelo.", field=unknown[0][:40])
    if not (body.get("document_number") or body.get("name")):
        raise Problem(
            422, "FIELD_INVALID", "Escriba un número de documento o un nombre para buscar.", field="document_number"
        )
    return JSONResponse(await edge.query(request, caller, "intake", "people_search", body))

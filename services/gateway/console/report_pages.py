"""The control board, the monthly reports and the HEMI outbox (PR-156 acts 20 and 21)."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.console.choices import label
from services.gateway.console.notices import done_notice
from services.gateway.console.render import page
from services.gateway.console.stock_pages import moment
from services.gateway.edge import Caller, Edge
from services.gateway.problems import Problem
from shared.catalogue.commands import CommandDefinition

SERVICE = "reporting"
FILTERS = {
    "estado": "state",
    "fase": "phase",
    "novedad": "flag",
    "visitas": "follow_up",
    "fase_visita": "visit_phase",
    "operador": "operator",
    "localidad": "locality",
    "ruta": "route",
    "producto": "product",
    "profesional": "caseworker",
    "en_actividad": "activity",
    "llegaron": "reached",
    "hemi": "hemi",
    "sin_cruzar": "unmatched",
    "convocatoria": "call",
    "programa": "programme",
    "actividad": "planned_activity",
    "ocurrido": "happened_until",
    "registrado": "recorded_until",
    "desde": "cursor",
}
"""Names in the console's address by the name of the query."""
SELECTION = ("call", "operator", "locality", "route", "product", "caseworker")
CLOCKS = ("happened_until", "recorded_until")
KEPT = (*SELECTION, *CLOCKS)
"""What stays when a number is opened: the numbers count within the selection, as of both clocks."""
ROUTES = {"entrepreneurship": "Emprendimiento", "strengthening": "Fortalecimiento"}
TRACKS = {
    "decided": "Decidido",
    "assigned": "Asignado",
    "requested": "Retiro solicitado",
    "withdrawn": "En custodia",
} | {
    "delivered": "Entregado",
    "returned": "Devuelto",
    "cancelled": "Cancelado",
}
STATES = {
    "submitted": ("ConsolidateReport", "ReturnReport"),
    "consolidated": ("ApproveReport", "ReturnReport"),
    "draft": ("SetNextAction", "SubmitReport"),
    "returned": ("SetNextAction", "SubmitReport"),
}
ENTRY_ACTS = {
    "pending": ("RecordHemiReceipt", "RecordHemiRejection"),
    "sent": ("RecordHemiReceipt", "RecordHemiRejection", "ResendHemiEntry"),
    "rejected": ("ResendHemiEntry",),
}


async def board(request: Request, caller: Caller) -> Response:
    """Blocks over rows; each number leads to its cases."""
    edge: Edge = request.app.state.edge
    asked = {FILTERS[name]: value[:60] for name, value in request.query_params.items() if name in FILTERS and value}
    if known := asked.get("recorded_until"):
        asked["recorded_until"] = moment(known)
    found = await edge.query(request, caller, SERVICE, "board", {**asked, "limit": 50})
    names = {query: name for name, query in FILTERS.items()}

    def address(more: dict[str, Any]) -> str:
        kept = {key: value for key, value in asked.items() if key in KEPT}
        return "/tablero?" + urlencode({names[key]: value for key, value in {**kept, **more}.items()})

    people = await edge.blocking(edge.door.people)
    calls, contracts = await _codes(edge, request, caller, "intake", "calls"), {}
    if any(row["operator"] for row in found["items"]) or found["blocks"]["operators"]:
        contracts = await _codes(edge, request, caller, "assistance", "contracts")

    return await page(
        request,
        "board.html",
        board=found,
        address=address,
        filtered=any(key not in (*CLOCKS, "cursor") for key in asked),
        happened=found["as_of"]["happened_until"],
        known=asked.get("recorded_until", "")[:19],
        given=asked,
        selects=_selects(edge, found, calls, contracts, people),
        people=people,
        contracts=contracts,
        calls=calls,
        routes=ROUTES,
        tracks=TRACKS,
        next=address({**asked, "cursor": found["next"]}) if found["next"] else None,
    )


def _selects(
    edge: Edge, found: dict[str, Any], calls: dict[str, str], contracts: dict[str, str], people: dict[str, str]
) -> list[dict[str, Any]]:
    """The filters of the board: name in the address, label, what is chosen by, options."""
    day = date.fromisoformat(found["as_of"]["happened_until"])

    def listed(name: str) -> dict[str, str]:
        return {code: entry.label for code, entry in edge.catalogue.code_list(name, day).entries.items()}

    operators = {one["contract_id"]: contracts.get(one["contract_id"], "") for one in found["blocks"]["operators"]}
    flags = {one["code"]: one["label"] for one in found["blocks"]["exceptions"]}
    options = (
        ("convocatoria", "Convocatoria", "call", calls),
        ("operador", "Operador", "operator", {one: code or f"Contrato {one[:8]}" for one, code in operators.items()}),
        ("localidad", "Localidad", "locality", listed("locality")),
        ("ruta", "Ruta", "route", ROUTES),
        ("producto", "Tipo de producto", "product", listed("product_type")),
        ("profesional", "Profesional", "caseworker", people),
        ("novedad", "Novedad", "flag", flags),
    )
    return [{"name": name, "label": label, "key": key, "options": each} for name, label, key, each in options]


async def _codes(edge: Edge, request: Request, caller: Caller, service: str, query: str) -> dict[str, str]:
    """What people call the things of a list, by id; the board stands without it."""
    try:
        answer = await edge.query(request, caller, service, query, {"limit": 200})
    except Problem:
        return {}
    return {str(one["id"]): label(one) for one in answer.get("items", ())}


async def reports(request: Request, caller: Caller) -> Response:
    """Every report, the newest month first."""
    edge: Edge = request.app.state.edge
    found = await edge.query(request, caller, SERVICE, "reports", {})
    return await page(
        request,
        "reports.html",
        reports=found["items"],
        acts=_acts(edge, caller, ("DraftReport",)),
        notice=done_notice(edge, request),
    )


async def report(request: Request, caller: Caller) -> Response:
    """One report, with what may be done to it now."""
    edge: Edge = request.app.state.edge
    found = await edge.query(request, caller, SERVICE, "report", {"id": str(request.path_params["id"])})
    return await page(
        request,
        "report.html",
        report=found,
        acts=_acts(edge, caller, STATES.get(str(found["state"]), ())),
        notice=done_notice(edge, request),
    )


async def hemi(request: Request, caller: Caller) -> Response:
    """The work list of HEMI: what waits, what was rejected, what has its receipt."""
    edge: Edge = request.app.state.edge
    state = request.query_params.get("estado", "")[:20]
    params: dict[str, Any] = {"limit": 50, **({"state": state} if state else {})}
    if request.query_params.get("desde"):
        params["cursor"] = request.query_params["desde"][:20]
    found = await edge.query(request, caller, SERVICE, "hemi", params)
    return await page(
        request,
        "hemi.html",
        hemi=found,
        state=state,
        acts={name: _acts(edge, caller, commands) for name, commands in ENTRY_ACTS.items()},
        notice=done_notice(edge, request),
    )


def _acts(edge: Edge, caller: Caller, commands: tuple[str, ...]) -> list[CommandDefinition]:
    found = [edge.catalogue.command(name, SERVICE) for name in commands]
    return [each for each in found if caller.roles.intersection(each.roles)]

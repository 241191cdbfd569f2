"""Reading: what answers each address of the table; the case page is put together from four services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.gateway import bodies
from services.gateway.api.params import QueryRoute, read_params
from services.gateway.api.session import api_caller
from services.gateway.cases import describe, load_case
from services.gateway.edge import SENSITIVE, Caller, Edge
from services.gateway.problems import Problem


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

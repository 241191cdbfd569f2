"""The accesses to one service, for internal control and who answers for the data of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.gateway.api.params import PAGED, Param, day_param, id_param, read_params
from services.gateway.api.session import api_caller
from services.gateway.edge import Caller, Edge
from services.gateway.problems import Problem
from shared.catalogue.commands import SERVICES
from shared.eventstore.access_log import KINDS
from shared.runtime.accesses import ENTRIES


def _kind(text: str) -> str:
    if text not in KINDS:
        raise ValueError
    return text


FILTERS = (
    id_param("person", "Quien accedió."),
    id_param("case", "El caso del que se trata."),
    Param("what", _kind, "Clase de anotación.", {"type": "string", "enum": list(KINDS)}),
    day_param("from", "Desde este día (Bogotá)."),
    day_param("to", "Hasta este día, incluido."),
)


async def listing(request: Request) -> Response:
    """``GET /api/access/{service}``: a page, the latest first. The reading is noted in that same log."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    service = str(request.path_params["service"])
    if service not in SERVICES:
        raise Problem(404, "ROUTE_NOT_FOUND", "No hay un servicio con ese nombre.")
    return JSONResponse(await entries(edge, request, caller, service, read_params(request, (*FILTERS, *PAGED))))


async def entries(
    edge: Edge, request: Request, caller: Caller, service: str, params: Mapping[str, Any]
) -> dict[str, Any]:
    """A page of the access log of ``service``, with the names of the staff. Raises `Problem`."""
    found = await edge.query(request, caller, service, ENTRIES, params)
    people = {UUID(one[key]) for one in found["items"] for key in ("person", "subject") if one.get(key)}
    names = await edge.blocking(lambda: edge.door.names(people))
    return {**found, "people": {str(person): name for person, name in names.items() if name}}

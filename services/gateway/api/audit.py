"""Proofs for auditors and integrators: checkpoints, consistency, and the ``.tlog-proof`` of events and documents."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.gateway.api.params import Param, read_params
from services.gateway.api.session import api_caller
from services.gateway.edge import Caller, Edge
from services.gateway.problems import Problem
from shared.catalogue.commands import SERVICES
from shared.eventstore.log import service_of

MEDIA_TYPE = "text/plain; charset=utf-8"


def _size(text: str) -> int:
    value = int(text)
    if not 0 < value < 2**62:
        raise ValueError
    return value


SIZES = (
    Param("old", _size, "Tamaño del punto de control anterior.", {"type": "integer", "minimum": 1}),
    Param("new", _size, "Tamaño del posterior.", {"type": "integer", "minimum": 1}),
)


async def checkpoint(request: Request) -> Response:
    """The latest checkpoint of a log, and the latest that its witnesses cosigned."""
    edge, caller, log = await _asked(request)
    read_params(request, ())
    return JSONResponse(await edge.query(request, caller, service_of(log), "audit.checkpoint", {"log": log}))


async def consistency(request: Request) -> Response:
    """That the log of one size begins with the log of another."""
    edge, caller, log = await _asked(request)
    params = {**read_params(request, SIZES), "log": log}
    return JSONResponse(await edge.query(request, caller, service_of(log), "audit.consistency", params))


async def event(request: Request) -> Response:
    """The ``.tlog-proof`` of one event by its number in the log."""
    edge, caller, log = await _asked(request)
    read_params(request, ())
    return await _file(request, edge, caller, log, int(request.path_params["sequence"]))


async def document(request: Request) -> Response:
    """The ``.tlog-proof`` of the event that issued an FO-110 or FO-128."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    read_params(request, ())
    asked = {"id": str(request.path_params["id"])}
    found = await edge.query(request, caller, "inventory", "document_event", asked)
    return await _file(request, edge, caller, "inventory", int(found["sequence"]))


async def _file(request: Request, edge: Edge, caller: Caller, log: str, sequence: int) -> Response:
    asked = {"sequence": sequence, "log": log}
    found: dict[str, Any] = await edge.query(request, caller, service_of(log), "audit.proof", asked)
    headers = {"content-disposition": f'attachment; filename="impulso-{log}-{sequence}.tlog-proof"'}
    return Response(str(found["proof"]), media_type=MEDIA_TYPE, headers=headers)


async def _asked(request: Request) -> tuple[Edge, Caller, str]:
    caller = await api_caller(request)
    log = str(request.path_params["service"])
    if service_of(log) not in SERVICES:
        raise Problem(404, "ROUTE_NOT_FOUND", "No hay un registro con ese nombre.")
    return request.app.state.edge, caller, log

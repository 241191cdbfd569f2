"""Operating the platform: status, parked events, rebuild. For the role ``operations``; nothing of a case is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.gateway import bodies
from services.gateway.api.params import Param, read_params
from services.gateway.api.session import api_caller
from services.gateway.api.system import CASE_SERVICES
from services.gateway.edge import Caller, Edge
from services.gateway.problems import Problem

PARKED = (
    Param("service", lambda text: _service(text), "Servicio que apartó los eventos.", {"type": "string"}),
    Param("status", lambda text: text[:20], "parked (por defecto), applied o discarded.", {"type": "string"}),
)
ACTS: dict[str, set[str]] = {
    "retry": {"upstream", "subject"},
    "discard": {"upstream", "sequence", "reason"},
    "rebuild": set(),
    "adopt": {"upstream"},
}
"""The acts, and the fields of each."""


async def status(request: Request) -> Response:
    """How each service is: log, guards, read model, followers, parked events."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    read_params(request, ())
    found = await asyncio.gather(*(_one(request, edge, caller, service) for service in CASE_SERVICES))
    return JSONResponse({"items": list(found), "next": None})


async def parked(request: Request) -> Response:
    """Parked events of one service or of all."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    params = read_params(request, PARKED)
    services = [params.pop("service")] if params.get("service") else list(CASE_SERVICES)
    items: list[dict[str, Any]] = []
    for service in services:
        page = await edge.query(request, caller, service, "operations.parked", params)
        items += [{"service": service, **each} for each in page["items"]]
    return JSONResponse({"items": items, "next": None})


def operate(name: str) -> Callable[[Request], Awaitable[Response]]:
    """The route that retries or discards parked events of a service, or rebuilds its read model."""

    async def handle(request: Request) -> Response:
        edge: Edge = request.app.state.edge
        caller = await api_caller(request, writes=True)
        service = _service(str(request.path_params["service"]))
        body = await bodies.json_object(request)
        unknown = sorted(set(body) - ACTS[name])
        if unknown:
            raise Problem(422, "FIELD_INVALID", "Este dato no se pide aquí; quítelo.", field=unknown[0][:40])
        answer = await edge.query(request, caller, service, f"operations.{name}", body)
        await edge.note(request, caller, "operated", service=service, act=name)
        return JSONResponse(answer)

    return handle


async def _one(request: Request, edge: Edge, caller: Caller, service: str) -> dict[str, Any]:
    try:
        return await edge.query(request, caller, service, "operations.status", {})
    except Problem as problem:
        if problem.status != 503:
            raise
        return {"service": service, "unavailable": True}


def _service(text: str) -> str:
    if text not in CASE_SERVICES:
        raise Problem(404, "ROUTE_NOT_FOUND", "No hay un servicio con ese nombre.")
    return text

"""Operating the platform: status, followers, parked events. For the role ``operations``; no case is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.gateway import bodies
from services.gateway.api.params import CURSOR, LIMIT, PAGED, Param, code_param, id_param, read_params
from services.gateway.api.session import api_caller
from services.gateway.api.system import CASE_SERVICES
from services.gateway.edge import Caller, Edge
from services.gateway.problems import Problem

PAGE = 50
PARKED = (
    Param("service", lambda text: _service(text), "Servicio que apartó los eventos.", {"type": "string"}),
    Param("status", lambda text: text[:20], "parked (por defecto), applied o discarded.", {"type": "string"}),
    code_param("upstream", "Servicio de donde vienen los eventos."),
    code_param("code", "Código con el que falló."),
    id_param("case", "Caso."),
    CURSOR,
    LIMIT,
)


@dataclass(frozen=True)
class Act:
    """What an operator may do to a service: its label, and the fields that it needs and those it may be given."""

    label: str
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


ACTS = {
    "retry": Act(
        "Reintentar los eventos apartados de un caso, o todos los de un servicio o un código, en orden",
        takes=("upstream", "subject", "code", "cursor"),
    ),
    "discard": Act("Descartar un evento apartado, con motivo", needs=("upstream", "sequence", "reason")),
    "pause": Act("Dejar de aplicar lo que otro servicio decide, hasta reanudar", needs=("upstream", "reason")),
    "resume": Act("Volver a seguir a un servicio después de una pausa", needs=("upstream",), takes=("reason",)),
    "rebuild": Act("Rehacer el modelo de lectura de un servicio, al lado del que sirve", takes=("reason",)),
    "cancel-rebuild": Act("Abandonar la reconstrucción del modelo de lectura"),
    "republish": Act(
        "Publicar de nuevo un tramo del registro, con los mismos identificadores",
        needs=("from", "to", "reason"),
        takes=("exchange", "cursor", "anew"),
    ),
    "acknowledge": Act(
        "Reconocer, con motivo, que el registro de un servicio ya no es el que el testigo había firmado",
        needs=("log", "reason"),
        takes=("returned",),
    ),
    "adopt": Act("Seguir a un servicio restaurado bajo su registro nuevo", needs=("upstream",)),
}


async def status(request: Request) -> Response:
    """How each service is: log, guards, read model, followers, parked events."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    read_params(request, ())
    found = await asyncio.gather(*(_one(request, edge, caller, service) for service in CASE_SERVICES))
    return JSONResponse({"items": list(found), "next": None})


async def checkup(request: Request) -> Response:
    """What is broken where each service keeps things; one that does not accept our tokens is named, too."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    read_params(request, ())
    found = await asyncio.gather(*(_one(request, edge, caller, service, "checkup") for service in CASE_SERVICES))
    return JSONResponse({"items": list(found), "next": None})


async def parked(request: Request) -> Response:
    """Parked events of one service or of all."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    params = read_params(request, PARKED)
    services = [params.pop("service")] if params.get("service") else list(CASE_SERVICES)
    # One page runs over the services in turn; its cursor names the service where the next page goes on.
    limit = params.get("limit") or PAGE
    reached, _, cursor = (params.pop("cursor", None) or "").partition("/")
    if reached in services:
        services = services[services.index(reached) :]
    items: list[dict[str, Any]] = []
    for service in services:
        asked = {**params, "limit": limit - len(items), "cursor": cursor if service == reached else None}
        page = await edge.query(request, caller, service, "operations.parked", asked)
        items += [{"service": service, **each} for each in page["items"]]
        if page["next"] is not None:
            return JSONResponse({"items": items, "next": f"{service}/{page['next']}"})
        if len(items) == limit and service != services[-1]:
            return JSONResponse({"items": items, "next": f"{services[services.index(service) + 1]}/"})
    return JSONResponse({"items": items, "next": None})


async def explain(request: Request) -> Response:
    """One parked event: what it says, why it could not be applied, what it waits behind and what cures it."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    read_params(request, ())
    service = _service(str(request.path_params["service"]))
    asked = {"upstream": request.path_params["upstream"], "sequence": request.path_params["sequence"]}
    return JSONResponse({"service": service, **await edge.query(request, caller, service, "operations.explain", asked)})


async def acts(request: Request) -> Response:
    """What operators did to a service, the newest first."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    params = read_params(request, PAGED)
    service = _service(str(request.path_params["service"]))
    return JSONResponse(await edge.query(request, caller, service, "operations.acts", params))


def operate(name: str) -> Callable[[Request], Awaitable[Response]]:
    """The route of one of the `ACTS`, on one service."""

    async def handle(request: Request) -> Response:
        edge: Edge = request.app.state.edge
        caller = await api_caller(request, writes=True)
        service = _service(str(request.path_params["service"]))
        body = await bodies.json_object(request)
        unknown = sorted(set(body) - {*ACTS[name].needs, *ACTS[name].takes})
        if unknown:
            raise Problem(422, "FIELD_INVALID", "Este dato no se pide aquí; quítelo.", field=unknown[0][:40])
        answer = await edge.query(request, caller, service, f"operations.{name}", body)
        await edge.note(request, caller, "operated", service=service, act=name)
        return JSONResponse(answer)

    return handle


async def _one(request: Request, edge: Edge, caller: Caller, service: str, name: str = "status") -> dict[str, Any]:
    try:
        return await edge.query(request, caller, service, f"operations.{name}", {})
    except Problem as problem:
        if problem.status == 401:
            # The session stands, so it is the service that does not know who signed.
            return {"service": service, "unavailable": True, "signature_refused": True}
        if problem.status not in (503, 504):
            raise
        return {"service": service, "unavailable": True}


def _service(text: str) -> str:
    if text not in CASE_SERVICES:
        raise Problem(404, "ROUTE_NOT_FOUND", "No hay un servicio con ese nombre.")
    return text

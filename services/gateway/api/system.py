"""Catalogue, event feed for integrators, accounts, and health."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.gateway.api.names import path_of
from services.gateway.api.params import PAGED, Param, read_params
from services.gateway.api.routes import ROUTES
from services.gateway.api.session import api_caller
from services.gateway.edge import WITHOUT_CASES, Edge
from services.gateway.port import PortError
from services.gateway.problems import Problem
from services.gateway.work import FIRST, Queue, cases_of, steps_of, waiting_for
from shared.catalogue.commands import SERVICES
from shared.runtime.clock import today

CASE_SERVICES = tuple(service for service in SERVICES if service != "gateway")
MAX_EVENTS = 1000


def _after(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**62:
        raise ValueError
    return value


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= MAX_EVENTS:
        raise ValueError
    return value


FEED_PARAMS = (
    Param("after", _after, "Secuencia del último evento que ya tiene (0 para empezar).", {"type": "integer"}),
    Param("limit", _count, "Eventos por página (100 si no se indica).", {"type": "integer", "maximum": MAX_EVENTS}),
    Param("epoch", lambda text: text[:64], "Identidad del registro que ya conoce.", {"type": "string"}),
)


async def events(request: Request) -> Response:
    """The public events (audience I) of a service, in order, for integrators."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    service = str(request.path_params["service"])
    if service not in SERVICES:
        raise Problem(404, "ROUTE_NOT_FOUND", "No hay un servicio con ese nombre.")
    return JSONResponse(await edge.feed(request, caller, service, read_params(request, FEED_PARAMS)))


async def catalogue(request: Request) -> Response:
    """What is in force: procedures, states, activities, forms, roles, and every command with its address."""
    edge: Edge = request.app.state.edge
    await api_caller(request)
    read_params(request, ())
    return JSONResponse(describe_catalogue(edge))


def describe_catalogue(edge: Edge) -> dict[str, Any]:
    return {
        "on": today().isoformat(),
        "procedures": [
            {
                "code": procedure.code,
                "version": procedure.version,
                "name": procedure.name,
                "effective_from": procedure.effective_from.isoformat(),
                "activities": [
                    {"number": one.number, "name": one.name, "service": one.service, "records": list(one.records)}
                    for one in procedure.activities
                ],
                "states": [
                    {"state": one.state, "label": one.label, "owner": one.owner, "kind": one.kind}
                    for one in procedure.states.values()
                ],
            }
            for procedure in edge.catalogue.procedures()
        ],
        "forms": [
            {
                "code": form.code,
                "version": form.version,
                "name": form.name,
                "effective_from": form.effective_from.isoformat(),
            }
            for form in edge.catalogue.forms()
        ],
        "roles": [{"code": role.code, "label": role.label} for role in edge.catalogue.roles],
        "commands": [
            {
                "command": one.command,
                "label": one.label,
                "service": one.service,
                "activity": one.activity,
                "path": path_of(one),
                "roles": list(one.roles),
                "states": list(one.states),
                "form": one.form,
            }
            for one in edge.catalogue.commands()
        ],
    }


async def work(request: Request) -> Response:
    """What waits for an act of the caller: queues with their first rows, and the cases in whose state they act."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    params = read_params(request, PAGED)
    limit = int(params.get("limit") or FIRST)
    if caller.roles <= WITHOUT_CASES:
        raise await edge.denied(request, caller, "Quien administra u opera la plataforma no tiene casos.", act="work")
    waiting = await waiting_for(edge, request, caller, limit)
    cases = await cases_of(edge, request, caller, limit=limit, cursor=params.get("cursor"))
    return JSONResponse(
        {
            "queues": [
                {
                    "title": one.queue.title,
                    "commands": list(one.queue.commands),
                    "path": path_to(one.queue),
                    "items": one.rows,
                    "more": one.more,
                    "unavailable": one.away,
                }
                for one in waiting
            ],
            "steps": steps_of(edge, caller),
            "cases": cases["items"],
            "next": cases["next"],
        }
    )


def path_to(queue: Queue) -> str:
    """Where the whole list of a queue is read, page by page."""
    of = queue.of
    path = next(route.path for route in ROUTES if (route.service, route.query) == (of.service, of.query))
    return f"{path}?{urlencode(queue.params)}" if queue.params else path


async def accounts(request: Request) -> Response:
    """Every account with its grants, for the administrator."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    read_params(request, ())
    return JSONResponse(await edge.query(request, caller, "gateway", "accounts", {}))


async def health(request: Request) -> Response:
    """Whether the edge serves, and which services answer. 503 only when the edge itself cannot work."""
    edge: Edge = request.app.state.edge

    async def ask(service: str) -> str:
        try:
            answer = await edge.port.call(service, "health", {}, 1.0)
            return str(answer.get("ok", {}).get("status", "unavailable"))
        except PortError:
            return "unavailable"

    states = await asyncio.gather(*(ask(service) for service in SERVICES))
    services = dict(zip(SERVICES, states, strict=True))
    serves = services["gateway"] == "ok"
    status = "ok" if all(state == "ok" for state in states) else "degraded"
    return JSONResponse({"status": status if serves else "unavailable", "services": services}, 200 if serves else 503)

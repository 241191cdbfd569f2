"""Catalogue, work, accounts, and health."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.gateway.api.names import path_of
from services.gateway.api.params import PAGED, read_params
from services.gateway.api.routes import ROUTES
from services.gateway.api.session import api_caller
from services.gateway.edge import WITHOUT_CASES, Edge
from services.gateway.port import PortError
from services.gateway.work import FIRST, Queue, cases_of, steps_of, waiting_for
from shared.catalogue.commands import SERVICES
from shared.runtime.clock import today
from shared.runtime.health import answer_of
from shared.runtime.probes import LIVE

CASE_SERVICES = tuple(service for service in SERVICES if service != "gateway")


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


async def service_tokens(request: Request) -> Response:
    """Every service token with its last use, for the administrator."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    read_params(request, ())
    return JSONResponse(await edge.query(request, caller, "gateway", "service_tokens", {}))


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


async def live(_request: Request) -> Response:
    """That it is answered at all says that the edge is not stuck."""
    return JSONResponse(LIVE)


async def ready(request: Request) -> Response:
    """Whether this process can do its work, check by check; 503 when it cannot."""
    answer = answer_of(await request.app.state.ready())
    return JSONResponse(answer, 200 if answer["status"] == "ok" else 503)

"""The platform, for who operates it: how the services are, followers, parked events, rebuilds. No case is shown."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway import bodies
from services.gateway.api.system import CASE_SERVICES
from services.gateway.console import guard
from services.gateway.console.render import SERVICES, page
from services.gateway.edge import Caller, Edge
from services.gateway.problems import Problem

HOME = "/plataforma"
PARKED = f"{HOME}/apartados"
FILTERS = {
    "servicio": "service",
    "de": "upstream",
    "codigo": "code",
    "caso": "case",
    "estado": "status",
    "desde": "cursor",
}
"""Names in the console's address by the name of the question."""
FIELDS = {"de": "upstream", "numero": "sequence", "motivo": "reason", "caso": "subject", "codigo": "code"}
"""Names in the forms by the name of the operation's field."""
DONE = {
    "pause": "El seguimiento quedó en pausa.",
    "resume": "El seguimiento se reanudó.",
    "rebuild": "La reconstrucción comenzó; el modelo actual sigue sirviendo.",
    "cancel-rebuild": "La reconstrucción se abandonó; sigue el modelo de antes.",
    "discard": "El evento quedó descartado, con su motivo.",
    "adopt": "El servicio sigue de nuevo al restaurado.",
    "retry": "Se aplicaron todos los que se reintentaron.",
    "retry-more": "Se aplicaron los que alcanzaron en este intento. Quedan más: reintente otra vez.",
    "retry-failing": "Se reintentó; al menos uno sigue fallando. Vea su motivo.",
}
ACTS = {
    "pause": "Pausa",
    "resume": "Reanudación",
    "retry": "Reintento",
    "discard": "Descarte",
    "rebuild": "Reconstrucción",
    "republish": "Nueva publicación",
    "adopt": "Adopción",
    "restore": "Restauración",
    "acknowledge": "Divergencia reconocida",
}
ON_PAGE = ("pause", "resume", "retry", "discard", "rebuild", "cancel-rebuild", "adopt")


async def platform(request: Request, caller: Caller) -> Response:
    """Every service: its log, what protects it, its read model, whom it follows and what it has parked."""
    edge: Edge = request.app.state.edge
    services = await asyncio.gather(*(_status(request, edge, caller, service) for service in CASE_SERVICES))
    return await page(request, "platform.html", services=services, notice=DONE.get(_said(request)), home=HOME)


async def rebuild_progress(request: Request, caller: Caller) -> Response:
    """How far a rebuild is, as a piece of the page that asks for itself again."""
    edge: Edge = request.app.state.edge
    service = _service(request)
    one = await edge.query(request, caller, service, "operations.status", {})
    return await page(request, "platform_rebuild.html", one=one, home=HOME)


async def parked(request: Request, caller: Caller) -> Response:
    """Parked events by service, upstream, code and case."""
    edge: Edge = request.app.state.edge
    asked = {FILTERS[name]: value[:60] for name, value in request.query_params.items() if name in FILTERS and value}
    chosen = asked.pop("service", None)
    cursor = asked.pop("cursor", None)
    services = [chosen] if chosen in CASE_SERVICES else list(CASE_SERVICES)
    items: list[dict[str, Any]] = []
    following = None
    for service in services:
        params = {**asked, "limit": 50, "cursor": cursor if chosen else None}
        found = await edge.query(request, caller, service, "operations.parked", params)
        items += [{"service": service, **one} for one in found["items"]]
        if found["next"] and chosen:
            following = f"{PARKED}?{urlencode({**request.query_params, 'desde': found['next']})}"
    return await page(
        request,
        "platform_parked.html",
        items=items,
        asked=request.query_params,
        services={name: SERVICES[name] for name in CASE_SERVICES},
        next=following,
        notice=DONE.get(_said(request)),
        home=HOME,
    )


async def explained(request: Request, caller: Caller) -> Response:
    """One parked event: what it says, why it failed, what it waits behind and what cures it."""
    edge: Edge = request.app.state.edge
    service = _service(request)
    asked = {"upstream": request.path_params["upstream"], "sequence": request.path_params["sequence"]}
    event = await edge.query(request, caller, service, "operations.explain", asked)
    return await page(
        request,
        "platform_event.html",
        service=service,
        event=event,
        notice=DONE.get(_said(request)),
        home=HOME,
    )


async def acts(request: Request, caller: Caller) -> Response:
    """What operators did to a service: who, when, why."""
    edge: Edge = request.app.state.edge
    service = _service(request)
    asked = {"limit": 50, "cursor": request.query_params.get("desde", "")[:20] or None}
    found = await edge.query(request, caller, service, "operations.acts", asked)
    following = f"{HOME}/{service}/actos?desde={found['next']}" if found["next"] else None
    return await page(
        request,
        "platform_acts.html",
        service=service,
        items=found["items"],
        names=ACTS,
        next=following,
        home=HOME,
    )


async def act(request: Request, caller: Caller) -> Response:
    """Do one of the acts, and go back to where it was asked for."""
    edge: Edge = request.app.state.edge
    service, name = _service(request), str(request.path_params["act"])
    if name not in ON_PAGE:
        raise Problem(404, "ROUTE_NOT_FOUND", "Esta página no existe.")
    posted = await bodies.form_fields(request)
    guard.check_form(caller, posted)
    body = {FIELDS[field]: values[-1] for field, values in posted.items() if field in FIELDS and values[-1]}
    answer = await edge.query(request, caller, service, f"operations.{name}", body)
    await edge.note(request, caller, "operated", service=service, act=name)
    back = guard.local_path((posted.get("vuelta") or [HOME])[-1])
    if not back.startswith(HOME):
        back = HOME
    said = f"retry-{outcome}" if name == "retry" and (outcome := _outcome(answer)) else name
    return RedirectResponse(f"{back}{'&' if '?' in back else '?'}hecho={said}", 303)


def _outcome(answer: dict[str, Any]) -> str:
    if answer.get("failing"):
        return "failing"
    return "more" if answer.get("next") else ""


def _said(request: Request) -> str:
    return request.query_params.get("hecho", "")


def _service(request: Request) -> str:
    service = str(request.path_params["service"])
    if service not in CASE_SERVICES:
        raise Problem(404, "ROUTE_NOT_FOUND", "No hay un servicio con ese nombre.")
    return service


async def _status(request: Request, edge: Edge, caller: Caller, service: str) -> dict[str, Any]:
    try:
        return await edge.query(request, caller, service, "operations.status", {})
    except Problem as problem:
        if problem.status != 503:
            raise
        return {"service": service, "unavailable": True}

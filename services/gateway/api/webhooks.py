"""Webhooks besides their commands: what there is, what was delivered, a test, and delivering again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.gateway import bodies
from services.gateway.api.params import read_params
from services.gateway.api.session import api_caller, check_readable
from services.gateway.edge import Caller, Edge
from services.gateway.problems import Problem

REPLAYED = {"service", "after"}


async def listing(request: Request) -> Response:
    """The webhooks that the caller may see, with where each stands."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    read_params(request, ())
    return JSONResponse(await edge.query(request, caller, "gateway", "webhooks", {}))


async def deliveries(request: Request) -> Response:
    """The last deliveries of a webhook, the newest first."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    read_params(request, ())
    return JSONResponse({"items": await delivered(edge, request, caller), "next": None})


async def ping(request: Request) -> Response:
    """Send a signed test message now, and tell what came of it."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request, writes=True)
    if await bodies.json_object(request):
        raise Problem(422, "FIELD_INVALID", "La prueba no lleva datos: envíe un objeto vacío.")
    hook = await one_of(edge, request, caller)
    _check_stands(hook)
    assert edge.courier is not None
    outcome = await edge.courier.ping(UUID(hook["id"]), hook["url"])
    return JSONResponse({"outcome": outcome.word, "status": outcome.status, "ms": outcome.ms})


async def replay(request: Request) -> Response:
    """Deliver a service's events again, from after a position."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request, writes=True)
    body = await bodies.json_object(request)
    hook = await one_of(edge, request, caller)
    unknown = sorted(set(body) - REPLAYED)
    if unknown:
        raise Problem(422, "FIELD_INVALID", "Envíe solo «service» y «after».", field=unknown[0][:40])
    service, after = body.get("service"), body.get("after")
    await replay_from(request, caller, hook, service, after)
    return JSONResponse({"id": hook["id"], "service": service, "after": after})


async def replay_from(request: Request, caller: Caller, hook: dict[str, Any], service: Any, after: Any) -> None:
    """Let ``hook`` get again what follows ``after`` in the log of ``service``. Raises `Problem` 409, 422 or 403."""
    edge: Edge = request.app.state.edge
    _check_stands(hook)
    if service not in hook["services"]:
        raise Problem(422, "FIELD_INVALID", "El webhook no recibe los eventos de ese servicio.", field="service")
    if not isinstance(after, int) or isinstance(after, bool) or not 0 <= after < 2**62:
        raise Problem(422, "FIELD_INVALID", "«after» es la secuencia desde la que se repite: 0 o más.", field="after")
    await check_readable(edge, request, caller, [service])
    await edge.blocking(lambda: edge.door.outbox.replay(UUID(hook["id"]), str(service), after))
    await edge.note(request, caller, "operated", service=service, act="webhook_replay")


def _check_stands(hook: dict[str, Any]) -> None:
    if hook["removed_on"]:
        raise Problem(409, "WEBHOOK_REMOVED", "El webhook ya fue retirado.")


async def delivered(edge: Edge, request: Request, caller: Caller) -> list[dict[str, Any]]:
    """What was delivered to the webhook of the address."""
    hook = await one_of(edge, request, caller)
    found: list[dict[str, Any]] = await edge.blocking(lambda: edge.door.outbox.deliveries(UUID(hook["id"])))
    return found


async def one_of(edge: Edge, request: Request, caller: Caller) -> dict[str, Any]:
    """The webhook of the address, if the caller may see it. Raises `Problem` 404."""
    found = await edge.query(request, caller, "gateway", "webhooks", {})
    wanted = str(request.path_params["id"])
    for hook in found["items"]:
        if hook["id"] == wanted:
            return dict(hook)
    raise Problem(404, "NOT_FOUND", "No se encontró el webhook.", field="id")

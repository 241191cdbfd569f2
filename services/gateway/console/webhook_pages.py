"""Webhooks in the console, for administrators and integrators."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from services.gateway import bodies
from services.gateway.api.webhooks import delivered, one_of, replay_from
from services.gateway.console import guard
from services.gateway.console.notices import done_notice
from services.gateway.console.render import SERVICES, page
from services.gateway.edge import Caller, Edge

CAUSES = {
    "person": "las detuvo una persona",
    "failures": "el receptor falló demasiadas veces seguidas",
    "gone": "el receptor respondió que ya no existe (410)",
    "restored": "el registro del servicio fue restaurado; repita desde una posición conocida y reanude",
    "grant": "el integrador no tiene vigente el rol «Sistema integrado»",
}
EMPTY = {"servicio": "", "despues": ""}
"""The fields of the form by which events are delivered again."""
MOST_DIGITS = 18
"""Of the number of an event: what the database's integers hold."""
OUTCOMES = {
    "delivered": "entregado",
    "refused": "rechazado",
    "redirected": "redirigido; no se sigue",
    "timeout": "sin respuesta a tiempo",
    "unreachable": "no se pudo conectar",
    "unresolved": "el nombre no se encuentra",
    "private": "dirección interna; no se permite",
    "url": "dirección no permitida",
}


async def listing(request: Request, caller: Caller) -> Response:
    """The webhooks that the caller may see."""
    edge: Edge = request.app.state.edge
    found = await edge.query(request, caller, "gateway", "webhooks", {})
    notice = done_notice(edge, request)
    return await page(request, "webhooks.html", hooks=found["items"], causes=CAUSES, notice=notice)


async def show(request: Request, caller: Caller) -> Response:
    """One webhook: where it stands, and its last deliveries."""
    return await _draw(request, caller, "")


async def ping(request: Request, caller: Caller) -> Response:
    """Send a test and show what came of it."""
    edge: Edge = request.app.state.edge
    guard.check_form(caller, await bodies.form_fields(request))
    hook = await one_of(edge, request, caller)
    assert edge.courier is not None
    outcome = await edge.courier.ping(UUID(hook["id"]), hook["url"])
    answered = f" (respuesta {outcome.status})" if outcome.status else ""
    return await _draw(request, caller, f"Prueba: {OUTCOMES.get(outcome.word, outcome.word)}{answered}.")


async def replay(request: Request, caller: Caller) -> Response:
    """Deliver a service's events again, from after the one that the form names."""
    edge: Edge = request.app.state.edge
    fields = await bodies.form_fields(request)
    guard.check_form(caller, fields)
    hook = await one_of(edge, request, caller)
    service, text = (fields.get(name, [""])[0].strip() for name in ("servicio", "despues"))
    given = {"servicio": service, "despues": text}
    if service not in hook["services"]:
        return await _draw(request, caller, "", given, {"servicio": "Elija uno de los servicios del webhook"})
    if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS:
        return await _draw(request, caller, "", given, {"despues": "Escriba el número de un evento: 0 o más"})
    await replay_from(request, caller, hook, service, int(text))
    return await _draw(
        request,
        caller,
        f"Se repite {SERVICES.get(service, service)} desde después del evento {int(text)}. "
        + ("Reanude las entregas para que salga." if hook["paused_on"] else "Sale en unos segundos."),
    )


async def _draw(
    request: Request,
    caller: Caller,
    result: str,
    given: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    edge: Edge = request.app.state.edge
    rows = await delivered(edge, request, caller)
    return await page(
        request,
        "webhook.html",
        hook=await one_of(edge, request, caller),
        deliveries=[{**row, "when": datetime.fromtimestamp(row["at"], UTC)} for row in rows],
        causes=CAUSES,
        outcomes=OUTCOMES,
        result=result,
        given={**EMPTY, **(given or {})},
        errors={**EMPTY, **(errors or {})},
        status=422 if errors else 200,
        notice=done_notice(edge, request),
    )

"""One request of a data subject on screen: its days, what it says, what was answered, and the files of both."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.console import guard
from services.gateway.console.list_pages import acts_of
from services.gateway.console.render import page, purposes_for
from services.gateway.data_protection_lists import DATA_PROTECTION
from services.gateway.edge import Caller, Edge
from services.gateway.work import words_of

REGISTER = DATA_PROTECTION["solicitudes"]
DAYS = {
    "received_on": "Recibida el",
    "opened_on": "Registrada el",
    "due_on": "Se responde a más tardar el",
    "extendable_until": "Se puede prorrogar hasta el",
    "extended_on": "Prorrogada el",
    "completion_until": "Se puede pedir que la completen hasta el",
    "lapses_on": "Se entiende desistida el",
    "legend_by": "La leyenda debe estar a más tardar el",
    "answered_on": "Respondida el",
}
SAID = {
    "request": "Lo que pide",
    "missing": "Lo que le faltaba",
    "extension": "Por qué tarda más",
    "answer": "Respuesta",
}
OUTCOMES = {"granted": "Concedida", "partly": "Concedida en parte", "refused": "Negada"}


async def show(request: Request, caller: Caller) -> Response:
    """The request, its texts masked."""
    return await _shown(request, caller, revealed=False)


async def reveal(request: Request, caller: Caller) -> Response:
    """The same page with its texts in the clear; the access log says who opened them and what for."""
    await guard.declared_form(request, caller)
    return await _shown(request, caller, revealed=True)


async def reveal_again(request: Request, caller: Caller) -> Response:
    """Who reloads the opened page comes back to the masked one."""
    return RedirectResponse(f"/solicitudes/{request.path_params['id']}", 303)


async def _shown(request: Request, caller: Caller, *, revealed: bool) -> Response:
    edge: Edge = request.app.state.edge
    params: dict[str, Any] = {"id": str(request.path_params["id"]), **({"reveal": ["i"]} if revealed else {})}
    found = await edge.query(request, caller, "intake", "data_request", params)
    return await page(
        request,
        "data_request.html",
        found=found,
        row=REGISTER.row(found, words_of(edge)),
        acts=acts_of(edge, caller),
        days=[(words, found[name]) for name, words in DAYS.items() if found.get(name)],
        said=SAID,
        outcome=OUTCOMES.get(str(found.get("outcome")), ""),
        revealed=revealed,
        may_reveal=any(one["text"] and one["text"].get("may_reveal") for one in found["texts"]),
        **purposes_for(edge, caller),
    )

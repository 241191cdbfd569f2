"""One's own work, and the lists besides the cases: what is due first, and from each row the way to its act."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.cases import in_force
from services.gateway.console.case_pages import calls_by_id, masked_people
from services.gateway.console.notices import done_notice
from services.gateway.console.render import page
from services.gateway.edge import WITHOUT_CASES, Caller, Edge
from services.gateway.problems import Problem
from services.gateway.register import Register
from services.gateway.registers import FIXED, REGISTERS
from services.gateway.work import cases_of, steps_of, waiting_for, words_of
from shared.catalogue.commands import CommandDefinition

OWN_WORK = frozenset({"caseworker", "business_adviser"})
"""The roles that have work of their own: a list of what is due begins with it."""
RESPONSIBLE = "caseworker"
"""The role whose cases have a responsible person: it sees its own first."""


async def work(request: Request, caller: Caller) -> Response:
    """What waits for the person, by role: first page after log-in."""
    edge: Edge = request.app.state.edge
    if caller.roles & WITHOUT_CASES:
        # SOD-7: who administers or operates holds no case rights.
        own = {"administrator": "/cuentas", "operations": "/plataforma"}
        return RedirectResponse(next((own[role] for role in own if role in caller.roles), "/api/docs"), 303)
    steps = steps_of(edge, caller)
    state = request.query_params.get("estado", "")[:40]
    everybody = request.query_params.get("responsable", "") == "todos" or RESPONSIBLE not in caller.roles
    cursor = request.query_params.get("desde", "")[:200]
    problem: Problem | None = None
    found: dict[str, Any] = {"items": [], "next": None, "total": 0}
    try:
        found = await cases_of(edge, request, caller, state=state, mine=not everybody, cursor=cursor, limit=25)
    except Problem as error:
        problem = error
    kept = {name: value for name, value in (("estado", state), ("responsable", "todos" if everybody else "")) if value}
    waiting = [] if cursor else await waiting_for(edge, request, caller)
    return await page(
        request,
        "work.html",
        cases=found["items"],
        total=found.get("total"),
        next=f"/trabajo?{urlencode({**kept, 'desde': found['next']})}" if found.get("next") else None,
        people=await masked_people(edge, request, caller, [row["case_id"] for row in found["items"]]),
        calls=await calls_by_id(edge, request, caller),
        steps=steps,
        states=in_force(edge).states,
        state=state,
        everybody=everybody,
        responsible=RESPONSIBLE in caller.roles,
        waiting=waiting,
        acts=acts_of(edge, caller),
        problem=problem,
    )


async def lists(request: Request, caller: Caller) -> Response:
    """Every list, by what it is about."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, register in REGISTERS.items():
        groups.setdefault(register.group, []).append((register.page or f"/listas/{name}", register.title))
    return await page(request, "lists.html", groups=groups)


async def register(request: Request, caller: Caller) -> Response:
    """One list, filtered and page by page, with the acts on each row."""
    edge: Edge = request.app.state.edge
    name = request.path_params["name"]
    shown = REGISTERS.get(name)
    if shown is None:
        raise Problem(404, "ROUTE_NOT_FOUND", "Esta lista no existe. Elija una en «Listas».")
    if shown.page:
        return RedirectResponse(shown.page, 303)
    state = request.query_params.get("estado", "")
    state = state if state in shown.states else ""
    params = {**FIXED.get(name, {}), **({"state": state} if state else {}), "limit": 50}
    everybody = request.query_params.get("responsable", "") == "todos" or not caller.roles & OWN_WORK
    if shown.own and not everybody:
        params[shown.own] = str(caller.person)
    if cursor := request.query_params.get("desde", "")[:500]:
        params["cursor"] = cursor
    found = await edge.query(request, caller, shown.service, shown.query, params)
    kept = {"estado": state, "responsable": "todos" if shown.own and everybody else ""}
    kept = {key: value for key, value in kept.items() if value}
    following = {**kept, "desde": found["next"]} if found.get("next") else None
    return await page(
        request,
        "register.html",
        register=shown,
        name=name,
        rows=[shown.row(item, words_of(edge)) for item in found["items"]],
        state=state,
        everybody=everybody,
        chooses=bool(shown.own and caller.roles & OWN_WORK),
        creates=[one for one in _definitions(edge, shown, shown.creates) if caller.roles.intersection(one.roles)],
        acts=acts_of(edge, caller),
        next=f"/listas/{name}?{urlencode(following)}" if following else None,
        notice=done_notice(edge, request),
    )


def acts_of(edge: Edge, caller: Caller) -> dict[str, CommandDefinition]:
    """The acts on the rows of registers that the caller's roles may do, by command."""
    found: dict[str, CommandDefinition] = {}
    for shown in REGISTERS.values():
        for one in _definitions(edge, shown, (command for commands in shown.acts.values() for command in commands)):
            if caller.roles.intersection(one.roles):
                found[one.command] = one
    return found


def _definitions(edge: Edge, shown: Register, commands: Iterable[str]) -> list[CommandDefinition]:
    return [edge.catalogue.command(command, shown.service) for command in dict.fromkeys(commands)]

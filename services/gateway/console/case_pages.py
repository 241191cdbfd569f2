"""Cases: the list, the search for a person, one case with its timeline and next acts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway import bodies
from services.gateway.api.queries import revealed
from services.gateway.api.session import role_label
from services.gateway.cases import describe, in_force, load_case
from services.gateway.console import guard
from services.gateway.console.notices import done_notice
from services.gateway.console.render import page, purposes_for
from services.gateway.edge import Caller, Edge
from services.gateway.problems import Problem
from shared.casework.evidence import TAKERS

REVEAL = {"i": "identidad", "c": "contacto", "s": "socioeconómicos", "p": "perfilación", "r": "crédito"}


async def case_list(request: Request, caller: Caller) -> Response:
    """Cases by state and call; people are found by the search, which is a POST."""
    edge: Edge = request.app.state.edge
    if "administrator" in caller.roles:
        # SOD-7: who administers holds no case rights; their first page is the one they work on.
        return RedirectResponse("/cuentas", 303)
    given = {name: request.query_params.get(name, "").strip()[:60] for name in ("estado", "convocatoria", "cursor")}
    params = {
        name: value
        for name, value in (("state", given["estado"]), ("call", given["convocatoria"]), ("cursor", given["cursor"]))
        if value
    }
    problem: Problem | None = None
    found: dict[str, Any] = {"items": [], "next": None}
    try:
        found = await edge.query(request, caller, "reporting", "cases", {**params, "limit": 25})
    except Problem as error:
        problem = error
    return await page(
        request,
        "cases.html",
        cases=found["items"],
        total=found.get("total"),
        next_cursor=found.get("next"),
        given=given,
        people=await masked_people(edge, request, caller, [row["case_id"] for row in found["items"]]),
        states=in_force(edge).states,
        counts=await _counts(edge, request, caller),
        calls=await calls_by_id(edge, request, caller),
        problem=problem,
        creates=[
            one
            for one in edge.catalogue.commands()
            if one.creates and one.subject == "case" and caller.roles.intersection(one.roles)
        ],
        notice=done_notice(edge, request),
    )


async def search(request: Request, caller: Caller) -> Response:
    """Find a person by document or name. What was typed never stands in an address."""
    edge: Edge = request.app.state.edge
    fields = await bodies.form_fields(request)
    guard.check_form(caller, fields)
    wanted = {
        name: (fields.get(posted) or [""])[0].strip()[:200]
        for name, posted in (("document_number", "documento"), ("name", "nombre"))
    }
    wanted = {name: value for name, value in wanted.items() if value}
    problem: Problem | None = None
    items: list[dict[str, Any]] = []
    if not wanted:
        problem = Problem(422, "FIELD_INVALID", "Escriba un número de documento o un nombre.", field="documento")
    else:
        try:
            items = (await edge.query(request, caller, "intake", "people_search", {**wanted, "limit": 50}))["items"]
        except Problem as error:
            problem = error
    return await page(
        request,
        "search.html",
        status=problem.status if problem else 200,
        items=items,
        wanted=wanted,
        states=in_force(edge).states,
        problem=problem,
    )


async def case_page(request: Request, caller: Caller) -> Response:
    """One case: where it stands, what may be done next and by whom, and everything that happened."""
    edge: Edge = request.app.state.edge
    case_id: UUID = request.path_params["id"]
    case = describe(edge, caller, await load_case(edge, request, caller, case_id))
    return await _case(edge, request, caller, case, ())


async def reveal(request: Request, caller: Caller) -> Response:
    """The same page with the personal data of some classes in the clear; the access log says who opened them."""
    edge: Edge = request.app.state.edge
    fields = await guard.declared_form(request, caller)
    kinds = tuple(kind for kind in fields.get("clase", ()) if kind in REVEAL) or ("i", "c")
    case = await revealed(edge, request, caller, request.path_params["id"], kinds)
    return await _case(edge, request, caller, case, kinds)


async def reveal_again(request: Request, caller: Caller) -> Response:
    """Who reloads the opened page comes back to the masked one."""
    return RedirectResponse(f"/casos/{request.path_params['id']}", 303)


async def timeline(request: Request, caller: Caller) -> Response:
    """The timeline alone, for the page that fetches it again after an act."""
    edge: Edge = request.app.state.edge
    case_id: UUID = request.path_params["id"]
    return await page(request, "timeline.html", fresh=False, **await _timeline(edge, request, caller, case_id))


async def _case(edge: Edge, request: Request, caller: Caller, case: dict[str, Any], kinds: tuple[str, ...]) -> Response:
    acts = case["lawful"]
    return await page(
        request,
        "case.html",
        case=case,
        mine=[act for act in acts if act["may"]],
        others=[act for act in acts if not act["may"]],
        kinds=kinds,
        may_reveal=_may_reveal(case),
        may_take=bool(caller.roles & TAKERS),
        may_try=bool(caller.roles.intersection(edge.catalogue.command("RunWhatIf", "intake").roles)),
        reveal_names=REVEAL,
        **purposes_for(edge, caller),
        notice=done_notice(edge, request),
        fresh="hecho" in request.query_params,
        **await _timeline(edge, request, caller, UUID(case["id"])),
    )


async def _timeline(edge: Edge, request: Request, caller: Caller, case_id: UUID) -> dict[str, Any]:
    problem: Problem | None = None
    events: list[dict[str, Any]] = []
    cursor: str | None = None
    try:
        # Bounded: a case has some hundred events, and a page that never ends helps nobody.
        for _ in range(5):
            params = {"case_id": str(case_id), "limit": 200, **({"cursor": cursor} if cursor else {})}
            answer = await edge.query(request, caller, "reporting", "timeline", params)
            events += answer["items"]
            cursor = answer.get("next")
            if not cursor:
                break
    except Problem as error:
        problem = None if error.status == 404 else error
    actors = {UUID(str(event["actor"])) for event in events if event.get("actor")}
    names = await edge.blocking(lambda: edge.door.names(actors))
    for event in events:
        event["actor_name"] = names.get(UUID(str(event["actor"]))) if event.get("actor") else None
        event["role_label"] = role_label(edge, event["role"]) if event.get("role") else None
        event.setdefault("internal", False)
    return {"events": events, "timeline_problem": problem, "case_id": str(case_id)}


async def masked_people(edge: Edge, request: Request, caller: Caller, ids: list[str]) -> dict[str, dict[str, Any]]:
    """Masked names for a list page; the list stands without them."""
    if not ids:
        return {}
    try:
        answer = await edge.query(request, caller, "intake", "people", {"case_ids": ids})
    except Problem:
        return {}
    return {str(row["case_id"]): row for row in answer.get("items", ())}


async def calls_by_id(edge: Edge, request: Request, caller: Caller) -> dict[str, str]:
    """Codes of calls by id; the list stands without them."""
    try:
        answer = await edge.query(request, caller, "intake", "calls", {"limit": 200})
    except Problem:
        return {}
    return {str(one["id"]): str(one["code"]) for one in answer.get("items", ())}


async def _counts(edge: Edge, request: Request, caller: Caller) -> list[dict[str, Any]]:
    try:
        return list((await edge.query(request, caller, "reporting", "counts", {})).get("items", ()))
    except Problem:
        return []


def _may_reveal(case: dict[str, Any]) -> list[str]:
    """The classes of masked values on the page that the services would open for this person."""
    values = [one["value"] for one in [*case["person"], *case["facts"]] if isinstance(one.get("value"), dict)]
    kinds = {value["personal"] for value in values if value.get("masked") and value.get("may_reveal")}
    return [kind for kind in REVEAL if kind in kinds]

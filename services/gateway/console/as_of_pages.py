"""The page of a case as of another date, with what changed between two points; and its evidence, to be saved."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.as_of import AS_OF
from services.gateway.api.evidence import saved
from services.gateway.as_of import case_as_of
from services.gateway.console import guard
from services.gateway.console.render import page
from services.gateway.edge import Caller, Edge
from services.gateway.evidence.gathering import Wanted
from services.gateway.evidence.gathering import evidence as pack_of
from services.gateway.problems import Problem

FIELDS = {
    "known_by": "sabido",
    "happened_by": "ocurrido",
    "from_known_by": "desde_sabido",
    "from_happened_by": "desde_ocurrido",
}
"""Names in the console's address by the name of the parameter."""


async def show(request: Request, caller: Caller) -> Response:
    """The case as of the dates of the form; a date that cannot be is said beside the form."""
    edge: Edge = request.app.state.edge
    case_id: UUID = request.path_params["id"]
    given = {name: request.query_params.get(name, "").strip()[:40] for name in FIELDS.values()}
    found: dict[str, Any] | None = None
    problem: Problem | None = None
    try:
        asked = _checked(given)
        found = await case_as_of(edge, request, caller, case_id, asked)
    except Problem as error:
        if error.status != 422:
            raise
        problem = error
    return await page(
        request,
        "as_of.html",
        status=problem.status if problem else 200,
        case_id=str(case_id),
        address=f"/casos/{case_id}",
        given=given,
        found=found,
        problem=problem,
        problem_at=FIELDS.get(problem.field or "", "sabido") if problem else "",
        counted=_story(found, "events"),
        left_out=_story(found, "left_out"),
    )


async def evidence(request: Request, caller: Caller) -> Response:
    """The evidence pack of the case, to be saved; personal values masked."""
    edge: Edge = request.app.state.edge
    fields = await guard.declared_form(request, caller)
    wanted = Wanted(request.path_params["id"], papers=bool(fields.get("documentos")))
    return saved(await pack_of(edge, request, caller, wanted), wanted.case_id)


def _checked(given: dict[str, str]) -> dict[str, str]:
    return {each.name: each.read(given[FIELDS[each.name]]) for each in AS_OF if given[FIELDS[each.name]]}


def _story(found: dict[str, Any] | None, name: str) -> list[dict[str, Any]]:
    return [event for event in found[name] if not event["internal"]] if found else []

"""Versions of the catalogue: which there are, what each says, and the acts on a draft (CAT-02, CAT-04, CAT-06)."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.catalogue import content_of, reasons_of, version_by_id, versions_of
from services.gateway.console import guard
from services.gateway.console.notices import done_notice
from services.gateway.console.render import page, purposes_for
from services.gateway.edge import Caller, Edge
from shared.catalogue.commands import EDITORS, CommandDefinition
from shared.runtime.clock import today

STATES = {"draft": "Borrador", "published": "Publicada", "superseded": "Reemplazada", "withdrawn": "Retirada"}
RESULTS = {
    "met": "cumple",
    "not_met": "no cumple",
    "incomplete": "incompleto",
    "pending": "pendiente",
    "not_applicable": "no aplica",
    "waived": "exceptuado",
    "absent": "no existe",
}
ACTS = {"draft": ("ApproveCatalogueVersion", "WithdrawCatalogueVersion"), "published": ("WithdrawCatalogueVersion",)}


def kinds(edge: Edge) -> dict[str, str]:
    """Kinds of artefact with their Spanish names, as the draft's form lists them."""
    return dict(edge.catalogue.command("LoadCatalogueDraft").field("kind").options)


async def versions(request: Request, caller: Caller) -> Response:
    """Every version by kind and code, with its dates; ``?clase=`` and ``?estado=`` choose among them."""
    edge: Edge = request.app.state.edge
    kind, state = (request.query_params.get(name, "")[:30] for name in ("clase", "estado"))
    params = {name: value for name, value in (("kind", kind), ("state", state)) if value}
    found = await versions_of(edge, request, caller, params)
    loading = edge.catalogue.command("LoadCatalogueDraft", EDITORS[0])
    return await page(
        request,
        "catalogue.html",
        versions=found,
        kinds=kinds(edge),
        states=STATES,
        kind=kind,
        state=state,
        may_load=bool(caller.roles.intersection(loading.roles)),
        owners=EDITORS,
        label=loading.label,
        notice=done_notice(edge, request),
    )


async def version(request: Request, caller: Caller) -> Response:
    """A version that entered here: its file, who approved it, and what may be done to it now."""
    edge: Edge = request.app.state.edge
    found = await version_by_id(edge, request, caller, request.path_params["id"])
    people = await edge.blocking(lambda: edge.door.names({UUID(each["person"]) for each in found["approvals"]}))
    approvals = [
        {**each, "name": people.get(UUID(each["person"])) or each["person"][:8]} for each in found["approvals"]
    ]
    back_dated = found["published_on"] is not None and found["effective_from"] < found["published_on"]
    return await page(
        request,
        "catalogue_version.html",
        version=found,
        approvals=approvals,
        kinds=kinds(edge),
        states=STATES,
        acts=_acts(edge, caller, found),
        back_dated=back_dated,
        decisions=await _decisions(edge, request, caller, found) if back_dated else [],
        notice=done_notice(edge, request),
    )


async def content(request: Request, caller: Caller) -> Response:
    """What a version says, shipped or published."""
    edge: Edge = request.app.state.edge
    found = content_of(edge, *(request.path_params[name] for name in ("kind", "code", "version")))
    shown = json.dumps(found.pop("content"), ensure_ascii=False, indent=2)
    return await page(request, "catalogue_content.html", version=found, content=shown, kinds=kinds(edge))


async def what_ifs(request: Request, caller: Caller) -> Response:
    """Every trial of a version over cases, the latest first (CAT-09)."""
    edge: Edge = request.app.state.edge
    cursor = request.query_params.get("desde", "")[:60]
    params: dict[str, Any] = {"limit": 50, **({"cursor": cursor} if cursor else {})}
    found = await edge.query(request, caller, "intake", "what_ifs", params)
    act = edge.catalogue.command("RunWhatIf", "intake")
    return await page(
        request,
        "what_ifs.html",
        trials=found["items"],
        next=found["next"],
        act=act if caller.roles.intersection(act.roles) else None,
        kinds=kinds(edge),
        notice=done_notice(edge, request),
    )


async def what_if(request: Request, caller: Caller) -> Response:
    """One trial: who would come out otherwise. The reasons are masked."""
    edge: Edge = request.app.state.edge
    found = await edge.query(request, caller, "intake", "what_if", {"id": str(request.path_params["id"])})
    return await _trial(request, edge, caller, found, revealed=False)


async def what_if_progress(request: Request, caller: Caller) -> Response:
    """The live region of that page."""
    edge: Edge = request.app.state.edge
    found = await edge.query(request, caller, "intake", "what_if", {"id": str(request.path_params["id"])})
    return await page(
        request, "what_if_found.html", trial=found, revealed=False, results=RESULTS, **purposes_for(edge, caller)
    )


async def what_if_reasons(request: Request, caller: Caller) -> Response:
    """The same with the reasons in the clear; the access log says who opened them."""
    edge: Edge = request.app.state.edge
    await guard.declared_form(request, caller)
    found = await reasons_of(edge, request, caller, request.path_params["id"])
    return await _trial(request, edge, caller, found, revealed=True)


async def _trial(request: Request, edge: Edge, caller: Caller, found: dict[str, Any], *, revealed: bool) -> Response:
    return await page(
        request,
        "what_if.html",
        trial=found,
        revealed=revealed,
        kinds=kinds(edge),
        results=RESULTS,
        **purposes_for(edge, caller),
        notice=done_notice(edge, request),
    )


async def _decisions(edge: Edge, request: Request, caller: Caller, found: dict[str, Any]) -> list[dict[str, Any]]:
    """The first of the acts of the window under another version, service by service."""
    window = {"since": found["effective_from"], "until": found["published_on"]}
    named = {name: found[name] for name in ("kind", "code", "version")}
    listed: list[dict[str, Any]] = []
    for service in EDITORS:
        listed += (await edge.query(request, caller, service, "catalogue_decisions", {**named, **window}))["items"]
    return listed


def _acts(edge: Edge, caller: Caller, found: dict[str, Any]) -> list[CommandDefinition]:
    names = ACTS.get(str(found["state"]), ())
    if found["state"] == "published" and found["effective_from"] <= today().isoformat():
        names = ()
    acts = [edge.catalogue.command(name, str(found["owner"])) for name in names]
    return [each for each in acts if caller.roles.intersection(each.roles)]

"""Versions of the catalogue over HTTP: each service answers for those that it owns (CAT-10)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.gateway import bodies
from services.gateway.api.params import Param, code_param, day_param, read_params
from services.gateway.api.session import api_caller
from services.gateway.edge import Caller, Edge
from services.gateway.problems import Problem
from shared.catalogue.commands import EDITORS
from shared.catalogue.refusals import CatalogueNotEffective

VERSION = "catalogue_version"
VERSION_FILTERS = (
    code_param("kind", "Clase de artefacto, por ejemplo parameter."),
    code_param("code", "Código, por ejemplo DE-017."),
    code_param("state", "draft, published, superseded o withdrawn."),
)
WINDOW: tuple[Param, ...] = (
    day_param("since", "Primer día de la ventana."),
    day_param("until", "Último día de la ventana."),
    Param("cursor", lambda text: str(int(text)), "Continuación, por servicio.", {"type": "integer"}),
)


async def versions_of(edge: Edge, request: Request, caller: Caller, params: dict[str, Any]) -> list[dict[str, Any]]:
    """The versions of every owner, by kind, code and date."""
    found: list[dict[str, Any]] = []
    for owner in EDITORS:
        found += (await edge.query(request, caller, owner, "catalogue_versions", params))["items"]
    found.sort(key=lambda each: (each["kind"], each["code"], each["effective_from"]))
    return found


async def version_by_id(edge: Edge, request: Request, caller: Caller, version_id: UUID) -> dict[str, Any]:
    """A version that entered while the system ran. Raises `Problem` 404."""
    missing: Problem | None = None
    for owner in EDITORS:
        try:
            return await edge.query(request, caller, owner, "catalogue_version", {"id": str(version_id)})
        except Problem as problem:
            if problem.status != 404:
                raise
            missing = problem
    assert missing is not None
    raise missing


async def owner_of_version(edge: Edge, request: Request, caller: Caller, version_id: UUID) -> str:
    """The service that owns a version. Raises `Problem` 404."""
    return str((await version_by_id(edge, request, caller, version_id))["owner"])


def content_of(edge: Edge, kind: str, code: str, version: str) -> dict[str, Any]:
    """What a version in the catalogue says, shipped or published. Raises `Problem` 404."""
    try:
        found = edge.catalogue.found(kind, code, version)
    except CatalogueNotEffective as refusal:
        raise Problem(404, "NOT_FOUND", refusal.text) from None
    people = ("prepared", "reviewed", "approved")
    return {
        **{name: getattr(found, name) for name in ("kind", "code", "version", "document", "place")},
        "effective_from": found.effective_from.isoformat(),
        "effective_to": None if found.effective_to is None else found.effective_to.isoformat(),
        "hash": found.sha256,
        **{name: [{"name": one.name, "post": one.post} for one in getattr(found, name)] for name in people},
        "change_log": [
            {"version": row.version, "on": row.on.isoformat(), "item": row.item, "reason": row.reason}
            for row in found.change_log
        ],
        "content": found.content,
    }


async def versions(request: Request) -> Response:
    """``GET /api/catalogue-versions``."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    params = read_params(request, VERSION_FILTERS)
    return JSONResponse({"items": await versions_of(edge, request, caller, params), "next": None})


async def version(request: Request) -> Response:
    """``GET /api/catalogue-versions/{id}``."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    read_params(request, ())
    return JSONResponse(await version_by_id(edge, request, caller, request.path_params["id"]))


async def content(request: Request) -> Response:
    """``GET /api/catalogue/{kind}/{code}/{version}``."""
    edge: Edge = request.app.state.edge
    await api_caller(request)
    read_params(request, ())
    return JSONResponse(content_of(edge, *(request.path_params[name] for name in ("kind", "code", "version"))))


async def decisions(request: Request) -> Response:
    """``GET /api/catalogue/{kind}/{code}/{version}/decisions/{service}``: acts under another version (CAT-06)."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    service = str(request.path_params["service"])
    if service not in EDITORS:
        raise Problem(404, "ROUTE_NOT_FOUND", "No hay un servicio con ese nombre.")
    params = read_params(request, WINDOW)
    for name in ("since", "until"):
        if name not in params:
            raise Problem(422, "PARAMETER_INVALID", f"Falta el parámetro «{name}».", field=name)
    named = {name: request.path_params[name] for name in ("kind", "code", "version")}
    return JSONResponse(await edge.query(request, caller, service, "catalogue_decisions", {**named, **params}))


async def reasons_of(edge: Edge, request: Request, caller: Caller, trial: UUID) -> dict[str, Any]:
    """A trial with the reasons of each change in the clear; the access log tells it before they leave (X-13)."""
    await edge.note(request, caller, "personal_data_read", service="intake", classes="s", act="what_if")
    return await edge.query(request, caller, "intake", "what_if", {"id": str(trial), "reveal": "s"})


async def what_if_reasons(request: Request) -> Response:
    """``POST /api/what-ifs/{id}/reveal``: with the reasons, which are personal data of class s."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request, writes=True)
    await bodies.json_object(request)
    return JSONResponse(await reasons_of(edge, request, caller, request.path_params["id"]))

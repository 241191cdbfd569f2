"""Calls, imports, accounts, and the documentation."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway import bodies
from services.gateway.api import openapi
from services.gateway.api.files import document, download, send, store
from services.gateway.console import guard
from services.gateway.console.notices import done_notice
from services.gateway.console.render import page
from services.gateway.edge import Caller, Edge, Ordered
from services.gateway.multipart import FormField, MultipartForm
from services.gateway.problems import TITLES, Problem
from shared.catalogue.refusals import CatalogueNotEffective
from shared.runtime.clock import today


async def calls(request: Request, caller: Caller) -> Response:
    """The calls, open ones first."""
    edge: Edge = request.app.state.edge
    found = await edge.query(request, caller, "intake", "calls", {"limit": 200})
    items = sorted(found["items"], key=lambda one: (one.get("state") != "open", str(one.get("code"))))
    return await page(
        request, "calls.html", calls=items, may_open=_may(edge, caller, "OpenCall"), notice=done_notice(edge, request)
    )


async def call(request: Request, caller: Caller) -> Response:
    """One call, with its imports."""
    edge: Edge = request.app.state.edge
    call_id = str(request.path_params["id"])
    found = await edge.query(request, caller, "intake", "call", {"id": call_id})
    imports = (await edge.query(request, caller, "intake", "imports", {"call": call_id, "limit": 50}))["items"]
    acts = [
        definition
        for definition in edge.catalogue.commands()
        if definition.subject == "call"
        and not definition.creates
        and definition.command != "ImportCandidates"
        and caller.roles.intersection(definition.roles)
    ]
    return await page(
        request,
        "call.html",
        call=found,
        service_label=_service_label(edge, str(found.get("service") or "")),
        imports=imports,
        acts=acts,
        may_import=_may(edge, caller, "ImportCandidates"),
        may_try=_may(edge, caller, "RunWhatIf"),
        notice=done_notice(edge, request),
    )


async def import_form(request: Request, caller: Caller) -> Response:
    """Choose a file, the call and the date of evaluation."""
    return await _import_form(request, caller, request.query_params.get("convocatoria", "")[:64])


async def start_import(request: Request, caller: Caller) -> Response:
    """Send the file on to intake piece by piece, then start the import; the page of its progress follows."""
    edge: Edge = request.app.state.edge
    fields: dict[str, list[str]] = {}
    stored: dict[str, Any] | None = None
    problem: Problem | None = None
    async for part in MultipartForm(request, bodies.FILE_LIMIT + bodies.BODY_LIMIT).parts():
        if isinstance(part, FormField):
            fields.setdefault(part.name, []).append(part.value)
            continue
        guard.check_form(caller, fields)
        if not part.file_name:
            continue
        try:
            stored = await store(edge, request, caller, "intake", part, {"kind": "i"})
        except Problem as error:
            if error.status in (413, 503):
                raise
            problem = error
    guard.check_form(caller, fields)
    call_id, as_of, key = ((fields.get(name) or [""])[-1] for name in ("convocatoria", "corte", "_key"))
    if problem is None and stored is None:
        problem = Problem(422, "FIELD_INVALID", "Elija el archivo de candidatos (CSV o XLSX).", field="file")
    if problem is None and stored is not None:
        try:
            definition = edge.catalogue.command("ImportCandidates", "intake")
            ordered = Ordered(
                definition,
                _uuid_or(call_id),
                {"file": str(stored["id"]), "as_of": as_of or today().isoformat()},
                UUID(key) if key else uuid4(),
                None,
                None,
            )
            result = await edge.command(request, caller, ordered)
            where = result.get("import") or result["id"]
            return RedirectResponse(f"/importaciones/{where}", 303)
        except Problem as error:
            problem = error
    return await _import_form(request, caller, call_id, problem, as_of)


async def import_page(request: Request, caller: Caller) -> Response:
    """How far an import is, then its result."""
    return await page(request, "import.html", job=await _job(request, caller))


async def import_progress(request: Request, caller: Caller) -> Response:
    """The live region of that page."""
    return await page(request, "import_progress.html", job=await _job(request, caller))


async def import_rejected(request: Request, caller: Caller) -> Response:
    """The rejected rows: the file that intake made to be corrected, or else a list of rows and reasons."""
    edge: Edge = request.app.state.edge
    job = await _job(request, caller)
    if job.get("rejected_file"):
        return await send(edge, request, caller, "intake", str(job["rejected_file"]), "rechazadas.csv")
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["fila", "fila_origen", "motivo", "columna"])
    for row in (job.get("report") or {}).get("rejected", ()):
        writer.writerow([row.get("fila"), row.get("fila_origen"), row.get("reason_code"), row.get("columna") or ""])
    headers = {"Content-Disposition": 'attachment; filename="rechazadas.csv"'}
    return Response("\ufeff" + table.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


async def accounts(request: Request, caller: Caller) -> Response:
    """Accounts and grants, for the administrator."""
    edge: Edge = request.app.state.edge
    found = await edge.query(request, caller, "gateway", "accounts", {})
    labels = {role.code: role.label for role in edge.catalogue.roles}
    return await page(
        request,
        "accounts.html",
        accounts=found["items"],
        role_labels=labels,
        institution=edge.entrance is not None,
        notice=done_notice(edge, request),
    )


async def console_document(request: Request, caller: Caller) -> Response:
    """An issued document, for who follows a link of the console."""
    return await document(request)


async def console_file(request: Request, caller: Caller) -> Response:
    """A stored file, for who follows a link of the console."""
    return await download(request)


async def api_docs(request: Request) -> Response:
    """The API, to be read by people; nothing in it comes from another host."""
    state = request.app.state
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in openapi.current(state)["paths"].items():
        for method, operation in operations.items():
            entry = {"path": path, "method": method.upper(), **operation}
            groups.setdefault(operation.get("tags", ["Otros"])[0], []).append(entry)
    ordered = dict(sorted(groups.items(), key=lambda group: _number(group[0])))
    return await page(request, "docs.html", groups=ordered, problems=TITLES)


def _number(group: str) -> int:
    """Activities in their order, then the rest as it comes."""
    last = group.rsplit(" ", 1)[-1]
    return int(last) if last.isdigit() else 1000


async def _job(request: Request, caller: Caller) -> dict[str, Any]:
    edge: Edge = request.app.state.edge
    return await edge.query(request, caller, "intake", "import", {"id": str(request.path_params["id"])})


async def _import_form(
    request: Request, caller: Caller, chosen: str, problem: Problem | None = None, as_of: str = ""
) -> Response:
    edge: Edge = request.app.state.edge
    found = await edge.query(request, caller, "intake", "calls", {"state": "open", "limit": 200})
    return await page(
        request,
        "import_form.html",
        status=problem.status if problem else 200,
        calls=found["items"],
        chosen=chosen,
        as_of=as_of or today().isoformat(),
        key=str(uuid4()),
        problem=problem,
        today=today().isoformat(),
    )


def _service_label(edge: Edge, code: str) -> str:
    try:
        return str(edge.catalogue.code_list("service", today()).label(code))
    except CatalogueNotEffective:
        return code


def _may(edge: Edge, caller: Caller, command: str) -> bool:
    try:
        return bool(caller.roles.intersection(edge.catalogue.command(command).roles))
    except KeyError:
        return False


def _uuid_or(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise Problem(422, "FIELD_INVALID", "Elija la convocatoria.", field="convocatoria") from None

"""Files in and out: streamed, never whole in memory, never in an address."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from services.gateway import bodies
from services.gateway.api import params
from services.gateway.api.session import api_caller
from services.gateway.edge import Caller, Edge
from services.gateway.multipart import FormField, FormFile, MultipartForm
from services.gateway.problems import Problem
from shared.catalogue.commands import SERVICES
from shared.contracts.values import FILE

FORMAT = params.Param("format", params.code, "csv o xlsx; csv si no se indica.", {"enum": ["csv", "xlsx"]})
SHOWN_INLINE = frozenset({"application/pdf", "image/png", "image/jpeg"})
"""What a browser may show itself; all else is saved, so that a file can never run as a page of ours."""


async def upload(request: Request) -> Response:
    """``POST /api/files/{service}``: one file in a multipart form, with ``subject`` and ``class`` before it."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request, writes=True)
    service = _service(request)
    fields: dict[str, str] = {}
    async for part in MultipartForm(request, bodies.FILE_LIMIT).parts():
        if isinstance(part, FormField):
            fields[part.name] = part.value
            continue
        stored = await store(edge, request, caller, service, part, _head(fields))
        return JSONResponse(stored, 201)
    raise Problem(422, "FIELD_INVALID", "Falta el archivo: envíelo en el campo «file».", field="file")


async def store(
    edge: Edge, request: Request, caller: Caller, service: str, part: FormFile, head: dict[str, Any]
) -> dict[str, Any]:
    """Hand a file of a form to its service. An empty one is refused before it gets there."""
    first = await anext(part.pieces, b"")
    if not first:
        raise Problem(422, "FIELD_INVALID", "El archivo está vacío. Elija otro.", field=part.name)

    async def pieces() -> AsyncIterator[bytes]:
        yield first
        async for piece in part.pieces:
            yield piece

    about = {"name": part.file_name or "archivo", "media_type": part.media_type, **head}
    return await edge.upload(request, caller, service, about, pieces())


async def document(request: Request) -> Response:
    """``GET /api/documents/{service}/{id}``: an issued document, as PDF."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    service = _service(request)
    # Only the edge knows what the staff are called: a form names people by their ids.
    asked = {"id": str(request.path_params["id"]), "names": await edge.blocking(edge.door.people)}
    about = await edge.query(request, caller, service, "document", asked)
    if "pdf" in about:
        await edge.note(request, caller, "export", service=service, act="document", about=asked["id"])
        headers = {"content-disposition": f"inline; filename*=UTF-8''{quote(str(about['name']), safe='')}"}
        return Response(base64.b64decode(about["pdf"]), media_type=str(about["media_type"]), headers=headers)
    return await send(edge, request, caller, service, str(about["file_id"]), about.get("name"))


async def candidates(request: Request) -> Response:
    """``GET /api/candidates/export``: the candidate register as CSV or workbook. The export is noted first (X-13)."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    asked = params.read_params(request, (*params.CANDIDATES, FORMAT))
    about = await edge.query(request, caller, "intake", "candidates_file", asked)
    await edge.note(request, caller, "export", service="intake", act="candidates")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(str(about['name']), safe='')}"}
    return Response(base64.b64decode(about["file"]), media_type=str(about["media_type"]), headers=headers)


async def kardex(request: Request) -> Response:
    """``GET /api/kardex/export``: the kardex as a workbook, line for line. The export is noted first (X-13)."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    about = await edge.query(
        request, caller, "inventory", "kardex_workbook", params.read_params(request, params.KARDEX)
    )
    await edge.note(request, caller, "export", service="inventory", act="kardex")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(str(about['name']), safe='')}"}
    return Response(base64.b64decode(about["content"]), media_type=str(about["media_type"]), headers=headers)


async def download(request: Request) -> Response:
    """``GET /api/files/{service}/{id}``: a stored file that the service lets the caller read."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    file_id = str(request.path_params["id"])
    if not re.fullmatch(FILE, file_id):
        raise Problem(404, "NOT_FOUND", "No se encontró el archivo. Verifique el identificador.", field="id")
    return await send(edge, request, caller, _service(request), file_id)


async def send(
    edge: Edge, request: Request, caller: Caller, service: str, file_id: str, name: str | None = None
) -> Response:
    """Stream a stored file; the opening is noted in the access log first."""
    about, pieces = await edge.download(request, caller, service, file_id)
    await edge.note(request, caller, "export", service=service, act="file", about=file_id)
    kind = str(about.get("media_type") or "application/octet-stream")
    shown = "inline" if kind in SHOWN_INLINE else "attachment"
    file_name = quote(str(name or about.get("name") or "archivo"), safe="")
    headers = {"Content-Disposition": f"{shown}; filename*=UTF-8''{file_name}"}
    return StreamingResponse(pieces, media_type=kind, headers=headers)


def _head(fields: dict[str, str]) -> dict[str, Any]:
    head: dict[str, Any] = {}
    if fields.get("subject"):
        try:
            head["subject"] = str(UUID(fields["subject"]))
        except ValueError:
            raise Problem(422, "FIELD_INVALID", "«subject» debe ser un UUID.", field="subject") from None
    if fields.get("class"):
        if fields["class"] not in set("icsprm"):
            raise Problem(422, "FIELD_INVALID", "«class» es una de i, c, s, p, r, m.", field="class")
        head["kind"] = fields["class"]
    if fields.get("keep_position"):
        head["keep_position"] = fields["keep_position"] == "true"
    return head


def _service(request: Request) -> str:
    service = str(request.path_params["service"])
    if service not in SERVICES:
        raise Problem(404, "ROUTE_NOT_FOUND", "No hay un servicio con ese nombre.")
    return service

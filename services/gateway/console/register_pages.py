"""The candidate register on screen (FRM-15, *Base de datos SESEC*): filtered, page by page, and as a file."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.cases import in_force
from services.gateway.console.case_pages import calls_by_id
from services.gateway.console.render import page
from services.gateway.edge import Caller, Edge
from shared.runtime.clock import today

FILTERS = {
    "convocatoria": "call",
    "lista": "list_no",
    "fuente": "source",
    "estado": "state",
    "ruta": "route",
    "interes": "interest",
}
"""Names in the console's address by what the register is asked by."""
SOURCES = {"field_day": "Jornada de identificación", "hemi": "HEMI", "requests_pr029": "Solicitudes y bases de PR-029"}
INTERESTS = {"yes": "Interesado", "no": "No interesado", "unknown": "Sin preguntar"}
FORMATS = ("csv", "xlsx")


async def candidates(request: Request, caller: Caller) -> Response:
    """The lines of the register under the filters of the address, and the way to the same lines as a file."""
    edge: Edge = request.app.state.edge
    asked = _asked(request)
    params: dict[str, Any] = {**_wanted(asked), "limit": 50}
    if cursor := request.query_params.get("desde", "")[:500]:
        params["cursor"] = cursor
    found = await edge.query(request, caller, "intake", "candidates", params)
    kept = {name: value for name, value in asked.items() if value}
    routes = edge.catalogue.programme("PROGRAMA-PR-156", today()).routes
    return await page(
        request,
        "candidates.html",
        rows=found["items"],
        asked=asked,
        calls=await calls_by_id(edge, request, caller),
        states={code: state.label for code, state in in_force(edge).states.items()},
        sources=SOURCES,
        routes={code: edge.catalogue.route(code, today()).name for code in routes},
        interests=INTERESTS,
        files={kind: f"/candidatos/archivo?{urlencode({**kept, 'formato': kind})}" for kind in FORMATS},
        next=f"/candidatos?{urlencode({**kept, 'desde': found['next']})}" if found.get("next") else None,
    )


async def candidates_file(request: Request, caller: Caller) -> Response:
    """The same lines as CSV or workbook; the download is noted in the access log first (X-13)."""
    edge: Edge = request.app.state.edge
    kind = request.query_params.get("formato", "")[:10] or FORMATS[0]
    params = {**_wanted(_asked(request)), "format": kind}
    found = await edge.query(request, caller, "intake", "candidates_file", params)
    await edge.note(request, caller, "export", service="intake", act="candidates")
    headers = {"Content-Disposition": f'attachment; filename="{found["name"]}"'}
    return Response(base64.b64decode(found["file"]), media_type=found["media_type"], headers=headers)


def _asked(request: Request) -> dict[str, str]:
    return {name: request.query_params.get(name, "")[:60] for name in FILTERS}


def _wanted(asked: dict[str, str]) -> dict[str, str]:
    return {FILTERS[name]: value for name, value in asked.items() if value}

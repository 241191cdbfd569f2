"""``GET /api/cases/{id}/evidence``: what proves a case, in one file to take away (X-19)."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.params import Param, read_params
from services.gateway.api.session import api_caller
from services.gateway.edge import Edge
from services.gateway.evidence.gathering import Wanted, evidence

ZIP = "application/zip"


def _classes(text: str) -> str:
    if not text or set(text) - set("icsprm"):
        raise ValueError
    return "".join(sorted(set(text)))


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError
    return text == "true"


TAKEN = (
    Param(
        "classes",
        _classes,
        "Clases de datos personales que van a la vista (letras de i, c, s, p, r, m), si su rol las puede ver; sin "
        "ellas, todos van protegidos.",
        {"type": "string", "pattern": "^[icsprm]{1,6}$"},
    ),
    Param(
        "documents",
        _flag,
        "true: van también los documentos que usted puede abrir, como los abre; tienen datos personales.",
        {"type": "string", "enum": ["true", "false"]},
    ),
)


async def pack(request: Request) -> Response:
    """The evidence pack of a case. The export is noted first (X-13)."""
    edge: Edge = request.app.state.edge
    caller = await api_caller(request)
    asked = read_params(request, TAKEN)
    wanted = Wanted(request.path_params["id"], tuple(asked.get("classes", "")), bool(asked.get("documents")))
    return saved(await evidence(edge, request, caller, wanted), wanted.case_id)


def saved(content: bytes, case_id: UUID) -> Response:
    """A pack as a file to be saved."""
    headers = {"content-disposition": f'attachment; filename="evidencia-{case_id}.zip"', "cache-control": "no-store"}
    return Response(content, media_type=ZIP, headers=headers)

"""Reading what a client sends, with its limit enforced while it streams in."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from starlette.requests import ClientDisconnect, Request

from services.gateway.problems import Problem

BODY_LIMIT = 1_000_000
"""Bytes of a command, a query or a form (1 MB)."""
FILE_LIMIT = 20_000_000
"""Bytes of an imported or attached file (20 MB)."""
MAX_DEPTH = 20
"""Levels of a JSON body; nothing we define is deeper."""

_VERSION = re.compile(r'(?:W/)?"(\d{1,9})"|(\d{1,9})')


async def limited(request: Request, limit: int) -> AsyncIterator[bytes]:
    """The body in pieces. Raises `Problem` 413 as soon as more than ``limit`` bytes are announced or have come."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise too_large(limit)
    received = 0
    try:
        async for piece in request.stream():
            received += len(piece)
            if received > limit:
                raise too_large(limit)
            if piece:
                yield piece
    except ClientDisconnect:
        raise Problem(400, "BODY_INCOMPLETE", "El envío se cortó antes de terminar. Reintente.") from None


async def read(request: Request, limit: int = BODY_LIMIT) -> bytes:
    """The whole body, up to ``limit`` bytes."""
    return b"".join([piece async for piece in limited(request, limit)])


async def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises a `Problem` of its own for each way of not being one."""
    given = media_type(request)
    if given != "application/json" and not given.endswith("+json"):
        raise Problem(
            415,
            "CONTENT_TYPE_UNSUPPORTED",
            "Envíe el cuerpo como JSON, con la cabecera «Content-Type: application/json».",
        )
    raw = await read(request)
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        place = f" (línea {error.lineno}, columna {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Problem(
            400, "JSON_BROKEN", f"El cuerpo no es JSON válido en UTF-8{place}. Corríjalo y envíelo de nuevo."
        ) from None
    if not isinstance(value, dict):
        raise Problem(400, "BODY_NOT_OBJECT", "Envíe un objeto JSON con los datos, entre llaves.")
    if _depth(value) > MAX_DEPTH:
        raise Problem(400, "JSON_BROKEN", "El cuerpo tiene demasiados niveles anidados.")
    return value


async def form_fields(request: Request) -> dict[str, list[str]]:
    """The fields of an ordinary form (not multipart)."""
    if media_type(request) != "application/x-www-form-urlencoded":
        raise Problem(415, "CONTENT_TYPE_UNSUPPORTED", "Envíe el formulario desde la consola.")
    raw = await read(request)
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=5000, errors="strict")
    except ValueError:
        raise Problem(400, "FORM_BROKEN", "El formulario llegó dañado. Vuelva a la página e inténtelo.") from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def media_type(request: Request) -> str:
    return request.headers.get("content-type", "").split(";", 1)[0].strip().lower()


def idempotency_key(request: Request) -> UUID:
    """The client's id of this command. Raises `Problem` saying what to do when it is missing or no UUID."""
    given = request.headers.get("idempotency-key", "").strip().strip('"')
    if not given:
        raise Problem(
            400,
            "IDEMPOTENCY_KEY_REQUIRED",
            "Envíe la cabecera «Idempotency-Key» con un UUID nuevo por acción, y el mismo UUID si la reintenta.",
        )
    try:
        return UUID(given)
    except ValueError:
        raise Problem(
            400, "IDEMPOTENCY_KEY_INVALID", "La cabecera «Idempotency-Key» debe ser un UUID. Genere uno y reintente."
        ) from None


def expected_version(request: Request) -> int | None:
    """The version that the caller saw, from If-Match; None without the header or with ``*``."""
    given = request.headers.get("if-match", "").strip()
    if given in ("", "*"):
        return None
    match = _VERSION.fullmatch(given)
    if match is None:
        raise Problem(
            400,
            "IF_MATCH_INVALID",
            'La cabecera «If-Match» lleva la versión que usted vio, entre comillas: «If-Match: "7"».',
        )
    return int(match[1] or match[2])


def too_large(limit: int) -> Problem:
    return Problem(
        413,
        "BODY_TOO_LARGE",
        f"El envío supera el máximo de {limit // 1_000_000} MB. Divídalo o reduzca el archivo.",
        headers={"Connection": "close"},
    )


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two values for one name: whoever reads the other one decides something else than we do."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("repeated name")
    return found


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [
            inner
            for each in level
            if isinstance(each, (dict, list))
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return depth

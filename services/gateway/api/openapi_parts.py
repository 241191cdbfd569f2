"""Recurring pieces of the OpenAPI document: parameters, bodies, answers, refusals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from services.gateway import problems
from services.gateway.api.params import Param
from services.gateway.edge import PURPOSE_HEADER
from shared.catalogue.commands import SERVICES

PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
WRITE_REFUSALS = ("413", "415", "422")
"""What any body may be refused for."""
PURPOSE = {
    "name": PURPOSE_HEADER,
    "in": "header",
    "schema": {"type": "string", "examples": ["case_work"]},
    "description": "Para qué se consultan los datos: un código de la lista access_purpose. Queda en el registro de "
    "accesos; sin él, la finalidad usual del rol.",
}
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}


def service_among(names: Sequence[str]) -> dict[str, Any]:
    return {"name": "service", "in": "path", "required": True, "schema": {"type": "string", "enum": list(names)}}


SERVICE = service_among(SERVICES)


def json_body(schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}


def answer(text: str, *refused: str, status: str = "200", schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {
        status: {"description": text, "content": content},
        **refusals(*refused),
    }


def refusals(*statuses: str) -> dict[str, Any]:
    content = {problems.MEDIA_TYPE: {"schema": PROBLEM_REF}}
    return {status: {"description": _MEANING[status], "content": content} for status in statuses}


_MEANING = {
    "400": "El envío no se entiende: JSON roto, clave ausente o versión mal escrita.",
    "401": "Falta iniciar sesión.",
    "403": "Sin permiso, o separación de funciones.",
    "404": "No existe.",
    "409": "La acción no procede ahora.",
    "412": "El registro cambió desde la versión indicada.",
    "413": "Demasiado grande.",
    "415": "Tipo de contenido no admitido.",
    "422": "Datos no válidos.",
    "429": "Demasiadas solicitudes o intentos; espere lo que dice Retry-After.",
    "503": "Servicio no disponible; reintente con la misma clave.",
}


def query_parameter(param: Param) -> dict[str, Any]:
    return {"name": param.name, "in": "query", "schema": dict(param.schema), "description": param.about}


def braces(path: str) -> tuple[str, list[dict[str, Any]]]:
    plain = re.sub(r"\{(\w+):\w+\}", r"{\1}", path)
    return plain, [ID] if "{id}" in plain else []

"""The routes of the catalogue's versions in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from apispec import APISpec

from services.gateway.api.catalogue import VERSION_FILTERS, WINDOW
from services.gateway.api.openapi_parts import (
    ID,
    PURPOSE,
    WRITE_REFUSALS,
    answer,
    json_body,
    query_parameter,
    service_among,
)
from shared.catalogue.commands import EDITORS

READ = ("401", "403", "404", "422", "503")
NAMED = [
    {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[A-Za-z0-9.-]{1,80}$"}}
    for name in ("kind", "code", "version")
]
CONTENT = "/api/catalogue/{kind}/{code}/{version}"


def describe(spec: APISpec) -> None:
    """Add them."""
    filters = [*map(query_parameter, VERSION_FILTERS)]
    _get(spec, "/api/catalogue-versions", "versions", "Versiones del catálogo", filters, "List")
    label = "Una versión cargada: su archivo y sus aprobaciones"
    _get(spec, "/api/catalogue-versions/{id}", "version", label, [ID], "Object")
    _get(spec, CONTENT, "content", "Lo que dice una versión del catálogo", NAMED, "Object")
    label = "Actos de una ventana que usaron otra versión del artefacto"
    window = [*NAMED, service_among(EDITORS), *map(query_parameter, WINDOW)]
    _get(spec, f"{CONTENT}/decisions/{{service}}", "decisions", label, window, "List")
    operation = {
        "operationId": "gateway.what_if_reveal",
        "summary": "Un ensayo con los motivos a la vista (se registra)",
        "tags": ["Catálogo"],
        "parameters": [ID, PURPOSE],
        "requestBody": json_body({"type": "object", "additionalProperties": False}, {}),
        "responses": answer("El ensayo.", "400", *READ[:3], *WRITE_REFUSALS, "503", schema="Object"),
    }
    spec.path("/api/what-ifs/{id}/reveal", operations={"post": operation})


def _get(spec: APISpec, path: str, name: str, label: str, parameters: list[dict[str, Any]], schema: str) -> None:
    operation = {
        "operationId": f"gateway.catalogue_{name}",
        "summary": label,
        "tags": ["Catálogo"],
        "parameters": parameters,
        "responses": answer("La respuesta.", *READ, schema=schema),
    }
    spec.path(path, operations={"get": operation})

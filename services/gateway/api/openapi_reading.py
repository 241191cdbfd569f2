"""The reading half of the OpenAPI document: the table of queries, the case, and the search for people."""

from __future__ import annotations

from typing import Any

from apispec import APISpec

from services.gateway.api.as_of import AS_OF
from services.gateway.api.openapi_parts import ID, PURPOSE, WRITE_REFUSALS, answer, braces, json_body, query_parameter
from services.gateway.api.params import PAGED
from services.gateway.api.routes import ROUTES

REVEAL = {
    "type": "object",
    "required": ["classes"],
    "additionalProperties": False,
    "properties": {"classes": {"type": "array", "items": {"enum": list("icsprm")}, "minItems": 1}},
}
SEARCH = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "document_type": {"type": "string", "minLength": 1, "maxLength": 60},
        "document_number": {"type": "string", "minLength": 1, "maxLength": 200},
        "name": {"type": "string", "minLength": 1, "maxLength": 200},
        "limit": {"type": "integer", "minimum": 1, "maximum": 200},
    },
}


def describe(spec: APISpec) -> None:
    """Add every reading."""
    for route in ROUTES:
        path, ids = braces(route.path)
        operation = {
            "operationId": f"{route.service}.{route.query}",
            "summary": route.label,
            "tags": ["Consultas"],
            "parameters": [*ids, *map(query_parameter, route.params)],
            "responses": answer(
                "La respuesta.", "401", "403", "404", "422", "503", schema="Page" if _paged(route.params) else "Object"
            ),
        }
        spec.path(path, operations={"get": operation})
    case = answer("El caso.", "401", "403", "404", "422", "503", schema="Case")
    _add(spec, "/api/cases/{id}", "get", "case", "Un caso: estado y próximas acciones", [ID], case)
    there = answer("El caso en ese punto.", "401", "403", "404", "422", "503", schema="CaseAsOf")
    asked = [ID, *map(query_parameter, AS_OF)]
    _add(spec, "/api/cases/{id}/as-of", "get", "case_as_of", "Un caso como se sabía y había ocurrido", asked, there)
    stock = answer("Los saldos en ese punto.", "401", "403", "422", "503", schema="StockAsOf")
    label = "Los saldos de cada lote como se sabían y habían ocurrido, rehechos con sus hechos"
    _add(spec, "/api/stock/as-of", "get", "stock_as_of", label, asked[1:], stock)
    board = answer("Las cifras en ese punto.", "401", "403", "422", "503", schema="BoardAsOf")
    label = "Las cifras del tablero como se sabían y habían ocurrido, y cuáles cambiaron"
    _add(spec, "/api/board/as-of", "get", "board_as_of", label, asked[1:], board)
    writes = ("400", "401", "403", "404", *WRITE_REFUSALS, "503")
    _add(
        spec,
        "/api/cases/{id}/reveal",
        "post",
        "reveal",
        "El caso con datos personales a la vista (se registra)",
        [ID, PURPOSE],
        answer("El caso.", *writes, schema="Case"),
        json_body(REVEAL, {"classes": ["i", "c"]}),
    )
    _add(
        spec,
        "/api/people/search",
        "post",
        "people_search",
        "Buscar personas por documento o nombre",
        [],
        answer("Las personas encontradas.", *writes, schema="List"),
        json_body(SEARCH, {"name": "Nombre Apellido"}),
    )


def _paged(params: tuple[Any, ...]) -> bool:
    return all(param in params for param in PAGED)


def _add(
    spec: APISpec,
    path: str,
    method: str,
    name: str,
    label: str,
    parameters: list[dict[str, Any]],
    responses: dict[str, Any],
    body: dict[str, Any] | None = None,
) -> None:
    operation = {
        "operationId": f"gateway.{name}",
        "summary": label,
        "tags": ["Consultas"],
        "parameters": parameters,
        "responses": responses,
        **({"requestBody": body} if body else {}),
    }
    spec.path(path, operations={method: operation})

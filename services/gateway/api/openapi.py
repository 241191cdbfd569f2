"""OpenAPI 3.1 of the whole API, rendered from the catalogue and the table of queries."""

from __future__ import annotations

from typing import Any

from apispec import APISpec

from services.gateway.api.examples import command_example
from services.gateway.api.names import CommandNames, path_of
from services.gateway.api.openapi_parts import (
    ID,
    SERVICE,
    answer,
    braces,
    json_body,
    problem_schema,
    query_parameter,
    refusals,
    result_schema,
)
from services.gateway.api.queries import ROUTES
from services.gateway.api.system import FEED_PARAMS
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.commands import CommandDefinition
from shared.contracts.json_schema import command_json_schema
from shared.contracts.values import FILE
from shared.runtime.clock import today

VERSION = "1.0.0"


def build(catalogue: Catalogue) -> dict[str, Any]:
    """The document, with an example for every command."""
    spec = APISpec(
        title="Impulso",
        version=VERSION,
        openapi_version="3.1.0",
        info={
            "description": "Asistencia técnica y fortalecimiento de unidades productivas. Toda escritura lleva "
            "«Idempotency-Key»; los errores son «application/problem+json» con un código estable."
        },
        servers=[{"url": "/"}],
        security=[{"bearer": []}],
    )
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", problem_schema())
    spec.components.schema("Result", result_schema())
    for commands in CommandNames.of(catalogue).by_address.values():
        # A side exit of several services has one address: the gateway finds where the case stands.
        _command(spec, commands[0], catalogue)
    _reading(spec)
    _rest(spec)
    return spec.to_dict()


def _command(spec: APISpec, definition: CommandDefinition, catalogue: Catalogue) -> None:
    on = today()
    parameters: list[dict[str, Any]] = [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "schema": {"type": "string", "format": "uuid"},
            "description": "Un UUID nuevo por acción; el mismo al reintentar.",
        },
        {
            "name": "If-Match",
            "in": "header",
            "schema": {"type": "string", "examples": ['"7"']},
            "description": "La versión que usted vio. Si cambió, se rechaza con VERSION_CONFLICT.",
        },
    ]
    if not definition.creates:
        parameters.insert(0, ID)
    roles = ", ".join(catalogue.role(role).label for role in definition.roles)
    about = f"{definition.help} " if definition.help else ""
    operation = {
        "operationId": f"{definition.service}.{definition.command}",
        "summary": definition.label,
        "description": f"{about}Lo hace: {roles}.",
        "tags": [f"Actividad {definition.activity}" if definition.activity else "Otras acciones"],
        "parameters": parameters,
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": command_json_schema(definition, catalogue, on),
                    "example": command_example(definition, catalogue, on),
                }
            },
        },
        "responses": {
            "201" if definition.creates else "200": {
                "description": "Hecho. El cuerpo trae identificadores y la versión nueva.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Result"}}},
            },
            **refusals("400", "401", "403", "404", "409", "412", "413", "415", "422", "503"),
        },
    }
    spec.path(path_of(definition), operations={"post": operation})


def _reading(spec: APISpec) -> None:
    for route in ROUTES:
        path, ids = braces(route.path)
        spec.path(
            path,
            operations={
                "get": {
                    "operationId": f"{route.service}.{route.query}",
                    "summary": route.label,
                    "tags": ["Consultas"],
                    "parameters": [*ids, *map(query_parameter, route.params)],
                    "responses": answer("La respuesta.", "401", "403", "404", "422", "503"),
                }
            },
        )
    _simple(spec, "/api/cases/{id}", "get", "case", "Un caso: estado y próximas acciones", [ID])
    reveal = {
        "type": "object",
        "required": ["classes"],
        "additionalProperties": False,
        "properties": {"classes": {"type": "array", "items": {"enum": list("icsprm")}, "minItems": 1}},
    }
    _simple(
        spec,
        "/api/cases/{id}/reveal",
        "post",
        "reveal",
        "El caso con datos personales a la vista (se registra)",
        [ID],
        reveal,
        {"classes": ["i", "c"]},
    )
    search = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "document_type": {"type": "string"},
            "document_number": {"type": "string"},
            "name": {"type": "string"},
            "limit": {"type": "integer", "minimum": 1, "maximum": 200},
        },
    }
    _simple(
        spec,
        "/api/people/search",
        "post",
        "people_search",
        "Buscar personas por documento o nombre",
        [],
        search,
        {"name": "Nombre Apellido"},
    )


def _rest(spec: APISpec) -> None:
    session = {
        "type": "object",
        "required": ["login", "password"],
        "additionalProperties": False,
        "properties": {"login": {"type": "string"}, "password": {"type": "string", "format": "password"}},
    }
    spec.path(
        "/api/session",
        operations={
            "post": {
                "operationId": "gateway.open_session",
                "summary": "Iniciar sesión (programas)",
                "tags": ["Sesión"],
                "security": [],
                "requestBody": json_body(session, {"login": "maria.gomez", "password": "…"}),
                "responses": answer("El token.", "401", "422", "429", status="201"),
            },
            "delete": {
                "operationId": "gateway.close_session",
                "summary": "Cerrar la sesión",
                "tags": ["Sesión"],
                "responses": {"204": {"description": "Cerrada."}, **refusals("401")},
            },
        },
    )
    _simple(spec, "/api/me", "get", "me", "Quién soy y qué permisos tengo", [], tag="Sesión")
    _simple(spec, "/api/accounts", "get", "accounts", "Cuentas y permisos", [], tag="Sesión")
    _simple(spec, "/api/catalogue", "get", "catalogue", "Procedimientos, formatos, roles y acciones vigentes", [])
    _simple(
        spec,
        "/api/events/{service}",
        "get",
        "events",
        "Eventos públicos de un servicio",
        [SERVICE, *map(query_parameter, FEED_PARAMS)],
    )
    binary = {"description": "El archivo.", "content": {"application/octet-stream": {"schema": {}}}}
    file_id = {**ID, "schema": {"type": "string", "pattern": f"^{FILE}$"}}
    for path, name, label, identifier in (
        ("/api/documents/{service}/{id}", "document", "Un documento emitido (PDF)", ID),
        ("/api/files/{service}/{id}", "download", "Un archivo guardado", file_id),
    ):
        responses = {"200": binary, **refusals("401", "403", "404", "503")}
        operation = {
            "operationId": f"gateway.{name}",
            "summary": label,
            "tags": ["Archivos"],
            "parameters": [SERVICE, identifier],
            "responses": responses,
        }
        spec.path(path, operations={"get": operation})
    form = {
        "type": "object",
        "required": ["file"],
        "properties": {
            "subject": {"type": "string", "format": "uuid"},
            "class": {"enum": list("icsprm")},
            "keep_position": {
                "enum": ["true", "false"],
                "description": "true: la foto conserva el lugar donde se tomó (EXIF); solo con autorización.",
            },
            "file": {"type": "string", "format": "binary"},
        },
    }
    spec.path(
        "/api/files/{service}",
        operations={
            "post": {
                "operationId": "gateway.upload",
                "summary": "Subir un archivo (hasta 20 MB)",
                "tags": ["Archivos"],
                "parameters": [SERVICE],
                "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}},
                "responses": answer("El archivo guardado.", "401", "413", "415", "422", "503", status="201"),
            }
        },
    )
    health = {"200": {"description": "Atiende."}, "503": {"description": "No atiende."}}
    operation = {"operationId": "gateway.health", "summary": "Salud", "security": [], "responses": health}
    spec.path("/healthz", operations={"get": {**operation, "tags": ["Sistema"]}})


def _simple(
    spec: APISpec,
    path: str,
    method: str,
    name: str,
    label: str,
    parameters: list[dict[str, Any]],
    body: dict[str, Any] | None = None,
    example: dict[str, Any] | None = None,
    tag: str = "Consultas",
) -> None:
    operation: dict[str, Any] = {
        "operationId": f"gateway.{name}",
        "summary": label,
        "tags": [tag],
        "parameters": parameters,
        "responses": answer("La respuesta.", "401", "403", "404", "422", "503"),
    }
    if body is not None:
        operation["requestBody"] = json_body(body, example or {})
    spec.path(path, operations={method: operation})

"""The edge's own routes in the OpenAPI document: session, catalogue, events, files, operations, health."""

from __future__ import annotations

from typing import Any

from apispec import APISpec

from services.gateway.api import operations
from services.gateway.api.files import FORMAT
from services.gateway.api.openapi_parts import (
    ID,
    SERVICE,
    WRITE_REFUSALS,
    answer,
    json_body,
    query_parameter,
    refusals,
    service_among,
)
from services.gateway.api.params import CANDIDATES, KARDEX, PAGED
from services.gateway.api.system import CASE_SERVICES, FEED_PARAMS
from shared.contracts.values import FILE

SESSION = {
    "type": "object",
    "required": ["login", "password"],
    "additionalProperties": False,
    "properties": {
        "login": {"type": "string", "minLength": 1},
        "password": {"type": "string", "minLength": 1, "format": "password"},
    },
}
UPLOAD = {
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
READ = ("401", "403", "404", "422", "503")
OPERATED = {
    "upstream": {"type": "string", "description": "Servicio del que viene el evento."},
    "subject": {"type": "string", "format": "uuid", "description": "Caso."},
    "sequence": {"type": "integer", "minimum": 1, "description": "Número del evento en su registro."},
    "reason": {"type": "string", "minLength": 1, "description": "Por qué se descarta; queda registrado."},
}
OPERATION_LABELS = {
    "retry": "Reintentar los eventos apartados de un caso",
    "discard": "Descartar un evento apartado, con motivo",
    "rebuild": "Rehacer el modelo de lectura de un servicio",
    "adopt": "Seguir a un servicio restaurado bajo su registro nuevo",
}


def describe(spec: APISpec) -> None:
    """Add every route that is neither a command nor in the table of queries."""
    _sessions(spec)
    _get(spec, "/api/me", "me", "Quién soy y qué permisos tengo", [], "Me", "Sesión", "401", "503")
    paged = [query_parameter(param) for param in PAGED]
    _get(spec, "/api/work", "work", "Lo que espera un acto mío: listas y casos", paged, "Work", "Consultas")
    _get(spec, "/api/accounts", "accounts", "Cuentas y permisos", [], "List", "Sesión")
    label = "Procedimientos, formatos, roles y acciones vigentes"
    _get(spec, "/api/catalogue", "catalogue", label, [], "Catalogue", "Consultas")
    feed = [SERVICE, *map(query_parameter, FEED_PARAMS)]
    label = "Eventos públicos de un servicio"
    _get(spec, "/api/events/{service}", "events", label, feed, "Feed", "Consultas", *READ, "409")
    _files(spec)
    _operations(spec)
    health = {
        status: {"description": text, "content": {"application/json": {"schema": _ref("Health")}}}
        for status, text in (("200", "Atiende."), ("503", "No atiende."))
    }
    operation = {"operationId": "gateway.health", "summary": "Salud", "security": [], "responses": health}
    spec.path("/healthz", operations={"get": {**operation, "tags": ["Sistema"]}})


def _sessions(spec: APISpec) -> None:
    opened = answer("El token.", "400", "401", *WRITE_REFUSALS, "429", "503", status="201", schema="Token")
    spec.path(
        "/api/session",
        operations={
            "post": {
                "operationId": "gateway.open_session",
                "summary": "Iniciar sesión (programas)",
                "tags": ["Sesión"],
                "security": [],
                "requestBody": json_body(SESSION, {"login": "maria.gomez", "password": "…"}),
                "responses": opened,
            },
            "delete": {
                "operationId": "gateway.close_session",
                "summary": "Cerrar la sesión",
                "tags": ["Sesión"],
                "responses": {"204": {"description": "Cerrada."}, **refusals("401", "503")},
            },
        },
    )


def _files(spec: APISpec) -> None:
    binary = {"description": "El archivo.", "content": {"*/*": {"schema": {}}}}
    file_id = {**ID, "schema": {"type": "string", "pattern": f"^{FILE}$"}}
    for path, name, label, identifier in (
        ("/api/documents/{service}/{id}", "document", "Un documento emitido (PDF)", ID),
        ("/api/files/{service}/{id}", "download", "Un archivo guardado", file_id),
    ):
        operation = {
            "operationId": f"gateway.{name}",
            "summary": label,
            "tags": ["Archivos"],
            "parameters": [SERVICE, identifier],
            "responses": {"200": binary, **refusals(*READ)},
        }
        spec.path(path, operations={"get": operation})
    for path, name, label, parameters in (
        ("/api/candidates/export", "candidates", "Base de datos SESEC (FRM-15), CSV o XLSX", (*CANDIDATES, FORMAT)),
        ("/api/kardex/export", "kardex", "El kárdex como hoja de cálculo, renglón por renglón", KARDEX),
    ):
        operation = {
            "operationId": f"gateway.{name}",
            "summary": f"{label}; la descarga queda registrada",
            "tags": ["Archivos"],
            "parameters": [*map(query_parameter, parameters)],
            "responses": {"200": binary, **refusals(*READ)},
        }
        spec.path(path, operations={"get": operation})
    operation = {
        "operationId": "gateway.upload",
        "summary": "Subir un archivo (hasta 20 MB)",
        "tags": ["Archivos"],
        "parameters": [SERVICE],
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": UPLOAD}}},
        "responses": answer(
            "El archivo guardado.",
            "400",
            "401",
            "403",
            "404",
            *WRITE_REFUSALS,
            "503",
            status="201",
            schema="StoredFile",
        ),
    }
    spec.path("/api/files/{service}", operations={"post": operation})


def _operations(spec: APISpec) -> None:
    label = "Estado de cada servicio: registro, seguidores, eventos apartados"
    _get(spec, "/api/operations/status", "status", label, [], "List", "Sistema")
    asked = [query_parameter(param) for param in operations.PARKED]
    _get(spec, "/api/operations/parked", "parked", "Eventos apartados", asked, "List", "Sistema")
    for name, fields in operations.ACTS.items():
        schema = {
            "type": "object",
            "additionalProperties": False,
            "required": sorted(fields),
            "properties": {field: OPERATED[field] for field in sorted(fields)},
        }
        operation = {
            "operationId": f"gateway.operate_{name}",
            "summary": OPERATION_LABELS[name],
            "tags": ["Sistema"],
            "parameters": [service_among(CASE_SERVICES)],
            "requestBody": json_body(schema, {field: _EXAMPLES[field] for field in sorted(fields)}),
            "responses": answer("Hecho.", "400", *READ[:3], "409", *WRITE_REFUSALS, "503", schema="Object"),
        }
        spec.path(f"/api/operations/{{service}}/{name}", operations={"post": operation})


_EXAMPLES = {
    "upstream": "intake",
    "subject": "6f1c2a9e-3b1d-4c58-9a7e-0d2f5b8c4e11",
    "sequence": 42,
    "reason": "El caso se registró de nuevo",
}


def _get(
    spec: APISpec,
    path: str,
    name: str,
    label: str,
    parameters: list[dict[str, Any]],
    schema: str,
    tag: str,
    *refused: str,
) -> None:
    operation = {
        "operationId": f"gateway.{name}",
        "summary": label,
        "tags": [tag],
        "parameters": parameters,
        "responses": answer("La respuesta.", *(refused or READ), schema=schema),
    }
    spec.path(path, operations={"get": operation})


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}

"""The edge's own routes in the OpenAPI document: session, catalogue, events, files, operations, health."""

from __future__ import annotations

from typing import Any

from apispec import APISpec

from services.gateway.api import operations
from services.gateway.api.events import FEED_PARAMS, LAST, STREAM
from services.gateway.api.evidence import TAKEN
from services.gateway.api.files import FORMAT
from services.gateway.api.openapi_parts import (
    ID,
    PURPOSE,
    SERVICE,
    WRITE_REFUSALS,
    answer,
    json_body,
    query_parameter,
    refusals,
    service_among,
)
from services.gateway.api.params import CANDIDATES, KARDEX, PAGED
from services.gateway.api.system import CASE_SERVICES
from shared.catalogue.commands import SERVICES
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
    "reason": {"type": "string", "minLength": 1, "description": "Por qué; queda registrado."},
    "from": {"type": "integer", "minimum": 1, "description": "Primer número del registro."},
    "to": {"type": "integer", "minimum": 1, "description": "Último número del registro."},
    "exchange": {"enum": ["public", "events"], "description": "Para integradores (por defecto) o para los servicios."},
    "code": {"type": "string", "description": "Código con el que fallaron los eventos."},
    "cursor": {"type": ["string", "null"], "description": "Continuación: el valor de «next» de la respuesta anterior."},
    "log": {"type": "string", "description": "Servicio cuyo registro es otro."},
    "returned": {"type": "boolean", "description": "El registro volvió a ser el que el testigo había firmado."},
    "anew": {"type": "boolean", "description": "Comenzar otra vez, aunque el mismo tramo haya quedado a medias."},
}


def describe(spec: APISpec) -> None:
    """Add every route that is neither a command nor in the table of queries."""
    _sessions(spec)
    _get(spec, "/api/me", "me", "Quién soy y qué permisos tengo", [], "Me", "Sesión", "401", "503")
    paged = [query_parameter(param) for param in PAGED]
    _get(spec, "/api/work", "work", "Lo que espera un acto mío: listas y casos", paged, "Work", "Consultas")
    _get(spec, "/api/accounts", "accounts", "Cuentas y permisos", [], "List", "Sesión")
    _get(spec, "/api/service-tokens", "service_tokens", "Tokens de servicio y su último uso", [], "List", "Sesión")
    _webhooks(spec)
    label = "Procedimientos, formatos, roles y acciones vigentes"
    _get(spec, "/api/catalogue", "catalogue", label, [], "Catalogue", "Consultas")
    _events(spec)
    _files(spec)
    _operations(spec)
    health = {
        status: {"description": text, "content": {"application/json": {"schema": _ref("Health")}}}
        for status, text in (("200", "Atiende."), ("503", "No atiende."))
    }
    operation = {"operationId": "gateway.health", "summary": "Salud", "security": [], "responses": health}
    spec.path("/healthz", operations={"get": {**operation, "tags": ["Sistema"]}})


def _events(spec: APISpec) -> None:
    last = {
        "name": "Last-Event-ID",
        "in": "header",
        "schema": {"type": "string", "pattern": LAST},
        "description": "Con «Accept: text/event-stream»: desde dónde continúa (<epoch>:<secuencia>).",
    }
    responses = answer("Los eventos, en orden: una página, o un canal que sigue.", *READ, "409", schema="Feed")
    responses["200"]["content"][STREAM] = {"schema": {"type": "string"}}
    operation = {
        "operationId": "gateway.events",
        "summary": "Eventos públicos de un servicio",
        "description": "Sin «wait» responde de inmediato; con «wait» espera el próximo evento; con "
        "«Accept: text/event-stream» los envía a medida que ocurren, hasta 15 minutos por conexión.",
        "tags": ["Consultas"],
        "parameters": [SERVICE, *map(query_parameter, FEED_PARAMS), last],
        "responses": responses,
    }
    spec.path("/api/events/{service}", operations={"get": operation})


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
        "operationId": "gateway.evidence",
        "summary": "Paquete de evidencia de un caso, que se comprueba sin conexión; la descarga queda registrada",
        "tags": ["Archivos"],
        "parameters": [ID, PURPOSE, *map(query_parameter, TAKEN)],
        "responses": {"200": binary, **refusals(*READ)},
    }
    spec.path("/api/cases/{id}/evidence", operations={"get": operation})
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


def _webhooks(spec: APISpec) -> None:
    tag = "Webhooks"
    _get(spec, "/api/webhooks", "webhooks", "Webhooks y dónde va cada uno", [], "List", tag)
    _get(spec, "/api/webhooks/{id}/deliveries", "deliveries", "Últimas entregas de un webhook", [ID], "List", tag)
    replayed = {"service": {"type": "string", "enum": list(SERVICES)}, "after": {"type": "integer", "minimum": 0}}
    for name, label, fields, example in (
        ("ping", "Enviar un mensaje de prueba firmado", {}, {}),
        ("replay", "Entregar de nuevo desde una posición", replayed, {"service": "intake", "after": 0}),
    ):
        schema = {
            "type": "object",
            "additionalProperties": False,
            "required": sorted(fields),
            "properties": fields,
        }
        operation = {
            "operationId": f"gateway.webhook_{name}",
            "summary": label,
            "tags": [tag],
            "parameters": [ID],
            "requestBody": json_body(schema, example),
            "responses": answer("Hecho.", "400", *READ[:3], "409", *WRITE_REFUSALS, "503", schema="Object"),
        }
        spec.path(f"/api/webhooks/{{id}}/{name}", operations={"post": operation})


def _operations(spec: APISpec) -> None:
    label = "Estado de cada servicio: registro, seguidores, eventos apartados"
    _get(spec, "/api/operations/status", "status", label, [], "List", "Sistema")
    label = "Revisión de cada servicio: lo que está roto y cómo se cura"
    _get(spec, "/api/operations/checkup", "checkup", label, [], "List", "Sistema")
    asked = [query_parameter(param) for param in operations.PARKED]
    _get(spec, "/api/operations/parked", "parked", "Eventos apartados", asked, "List", "Sistema")
    event = [
        service_among(CASE_SERVICES),
        _path_parameter("upstream", {"type": "string"}, "Servicio del que viene el evento."),
        _path_parameter("sequence", {"type": "integer", "minimum": 1}, "Número del evento en su registro."),
    ]
    path = "/api/operations/{service}/parked/{upstream}/{sequence}"
    _get(
        spec,
        path,
        "explain_parked",
        "Un evento apartado: motivo, qué espera y cómo se cura",
        event,
        "Object",
        "Sistema",
    )
    asked = [service_among(CASE_SERVICES), *map(query_parameter, PAGED)]
    label = "Lo que se hizo al operar un servicio: quién, cuándo, por qué"
    _get(spec, "/api/operations/{service}/acts", "operator_acts", label, asked, "List", "Sistema")
    for name, act in operations.ACTS.items():
        fields = sorted({*act.needs, *act.takes})
        schema = {
            "type": "object",
            "additionalProperties": False,
            "required": sorted(act.needs),
            "properties": {field: OPERATED[field] for field in fields},
        }
        operation = {
            "operationId": f"gateway.operate_{name}",
            "summary": act.label,
            "tags": ["Sistema"],
            "parameters": [service_among(CASE_SERVICES)],
            "requestBody": json_body(schema, {field: _EXAMPLES[field] for field in fields if field in _EXAMPLES}),
            "responses": answer("Hecho.", "400", *READ[:3], "409", *WRITE_REFUSALS, "503", schema="Object"),
        }
        spec.path(f"/api/operations/{{service}}/{name}", operations={"post": operation})


_EXAMPLES = {
    "log": "intake",
    "upstream": "intake",
    "subject": "6f1c2a9e-3b1d-4c58-9a7e-0d2f5b8c4e11",
    "sequence": 42,
    "from": 1,
    "to": 500,
    "reason": "El caso se registró de nuevo",
}


def _path_parameter(name: str, schema: dict[str, Any], about: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": about}


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

"""OpenAPI 3.1 of the whole API, rendered from the catalogue and the tables of the edge's own routes."""

from __future__ import annotations

from datetime import date
from typing import Any

from apispec import APISpec

from services.gateway.api import openapi_audit, openapi_catalogue, openapi_edge, openapi_links, openapi_reading
from services.gateway.api.examples import command_example
from services.gateway.api.names import CommandNames, path_of
from services.gateway.api.openapi_answers import SCHEMAS
from services.gateway.api.openapi_links import operation_id
from services.gateway.api.openapi_parts import ID, WRITE_REFUSALS, braces, refusals
from services.gateway.scopes import OPENED
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.commands import CommandDefinition
from shared.contracts.json_schema import command_json_schema
from shared.runtime.clock import today

VERSION = "1.0.0"
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
    "description": "Un UUID nuevo por acción; el mismo al reintentar.",
}
EXPECTED = {
    "name": "If-Match",
    "in": "header",
    "schema": {"type": "string", "examples": ['"7"']},
    "description": "La versión que usted vio. Si cambió, se rechaza con VERSION_CONFLICT.",
}


def build(catalogue: Catalogue, on: date) -> dict[str, Any]:
    """The document with the forms in force on ``on``, and an example for every command."""
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
    session = "El token de POST /api/session: los permisos de la persona, mientras dure su sesión."
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "description": session})
    service = "Un token de servicio («impulso_…») que emitió la administración: solo lo que sus permisos abren."
    spec.components.security_scheme("serviceToken", {"type": "http", "scheme": "bearer", "description": service})
    for name, schema in SCHEMAS.items():
        spec.components.schema(name, schema)
    commands = [found[0] for found in CommandNames.of(catalogue).by_address.values()]
    for definition in commands:
        # A side exit of several services has one address: the gateway finds where the case stands.
        _command(spec, definition, catalogue, on)
    openapi_reading.describe(spec)
    openapi_edge.describe(spec)
    openapi_catalogue.describe(spec)
    openapi_audit.describe(spec)
    document: dict[str, Any] = spec.to_dict()
    openapi_links.connect(document, commands)
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"].setdefault("429", refusals("429")["429"])
    for route, wanted in OPENED.items():
        # From OpenAPI 3.1 on any scheme may name what it needs, not only those of OAuth.
        path, _ = braces(route)
        for operation in document["paths"][path].values():
            operation["security"] = [{"bearer": []}, {"serviceToken": list(wanted)}]
    return document


def current(state: Any) -> dict[str, Any]:
    """The description as of today, made once for a day and a set of published versions: forms change on their dates."""
    catalogue: Catalogue = state.edge.catalogue
    of = (today(), getattr(catalogue, "holds", None))
    if state.openapi is None or state.openapi[0] != of:
        state.openapi = (of, build(catalogue, of[0]))
    found: dict[str, Any] = state.openapi[1]
    return found


def _command(spec: APISpec, definition: CommandDefinition, catalogue: Catalogue, on: date) -> None:
    roles = ", ".join(catalogue.role(role).label for role in definition.roles)
    about = f"{definition.help} " if definition.help else ""
    content = {
        "schema": command_json_schema(definition, catalogue, on),
        "example": command_example(definition, catalogue, on),
    }
    done = {
        "description": "Hecho. El cuerpo trae identificadores y la versión nueva.",
        "headers": {"ETag": {"schema": {"type": "string"}, "description": "La versión nueva, entre comillas."}},
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Result"}}},
    }
    operation = {
        "operationId": operation_id(definition),
        "summary": definition.label,
        "description": f"{about}Lo hace: {roles}.",
        "tags": [f"Actividad {definition.activity}" if definition.activity else "Otras acciones"],
        "parameters": [*([] if definition.creates else [ID]), KEY, EXPECTED],
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {
            "201" if definition.creates else "200": done,
            **refusals("400", "401", "403", "404", "409", "412", *WRITE_REFUSALS, "503"),
        },
    }
    spec.path(path_of(definition), operations={"post": operation})

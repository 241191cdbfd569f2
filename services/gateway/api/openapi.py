"""OpenAPI 3.1 of the whole API, rendered from the catalogue and the tables of the edge's own routes."""

from __future__ import annotations

from typing import Any

from apispec import APISpec

from services.gateway.api import openapi_catalogue, openapi_edge, openapi_reading
from services.gateway.api.examples import command_example
from services.gateway.api.names import CommandNames, path_of
from services.gateway.api.openapi_answers import SCHEMAS
from services.gateway.api.openapi_parts import ID, WRITE_REFUSALS, refusals
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
    for name, schema in SCHEMAS.items():
        spec.components.schema(name, schema)
    commands = [found[0] for found in CommandNames.of(catalogue).by_address.values()]
    for definition in commands:
        # A side exit of several services has one address: the gateway finds where the case stands.
        _command(spec, definition, commands, catalogue)
    openapi_reading.describe(spec, {act.command: operation_id(act) for act in commands if _on_a_case(act)})
    openapi_edge.describe(spec)
    openapi_catalogue.describe(spec)
    return spec.to_dict()


def current(state: Any) -> dict[str, Any]:
    """The description as of today, made once for a day and a set of published versions: forms change on their dates."""
    catalogue: Catalogue = state.edge.catalogue
    of = (today(), getattr(catalogue, "holds", None))
    if state.openapi is None or state.openapi[0] != of:
        state.openapi = (of, build(catalogue))
    found: dict[str, Any] = state.openapi[1]
    return found


def operation_id(definition: CommandDefinition) -> str:
    return f"{definition.service}.{definition.command}"


def _command(
    spec: APISpec, definition: CommandDefinition, commands: list[CommandDefinition], catalogue: Catalogue
) -> None:
    on = today()
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
        "links": _links(definition, commands),
    }
    operation = {
        "operationId": operation_id(definition),
        "summary": definition.label,
        "description": f"{about}Lo hace: {roles}.",
        "tags": [f"Actividad {definition.activity}" if definition.activity else "Otras acciones"],
        "parameters": [*([] if definition.creates else [ID]), KEY, EXPECTED],
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {
            "201" if definition.creates else "200": {key: value for key, value in done.items() if value},
            **refusals("400", "401", "403", "404", "409", "412", *WRITE_REFUSALS, "503"),
        },
    }
    spec.path(path_of(definition), operations={"post": operation})


def _links(definition: CommandDefinition, commands: list[CommandDefinition]) -> dict[str, Any]:
    """Where the result leads: to the case, or from what was made to the acts on it."""
    made = {"id": "$response.body#/id"}
    if definition.subject == "case":
        about = "El caso, con sus próximas acciones."
        return {"case": {"operationId": "gateway.case", "parameters": made, "description": about}}
    if not definition.creates:
        return {}
    return {
        act.command: {"operationId": operation_id(act), "parameters": made, "description": act.label}
        for act in commands
        if act.subject == definition.subject and act.service == definition.service and not act.creates
    }


def _on_a_case(definition: CommandDefinition) -> bool:
    return definition.subject == "case" and not definition.creates

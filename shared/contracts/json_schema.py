"""JSON Schema (2020-12, as OpenAPI 3.1 has it) of command bodies and of published events, with examples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from shared.catalogue.fields import Field
from shared.contracts import values
from shared.contracts.events import Contract
from shared.contracts.fields import HAPPENED_ON, MAX_ROWS, Dated, command_fields, inner_class, options_of, parts
from shared.privacy.personal import Kind

DIALECT = "https://json-schema.org/draft/2020-12/schema"
EVENT_SCHEMA = "urn:impulso:schema:{service}:{type}:v{major}"

_DECIMAL = {"anyOf": [{"type": "string", "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,9})?$"}, {"type": "integer"}]}
_PLAIN: dict[str, dict[str, Any]] = {
    "text": {"type": "string", "minLength": 1},
    "long": {"type": "string", "minLength": 1},
    "int": {"type": "integer"},
    "score": {"type": "integer", "minimum": 1, "maximum": 5},
    "bool": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "instant": {"type": "string", "format": "date-time"},
    "time": {"type": "string", "pattern": f"^{values.HOUR}$"},
    "month": {"type": "string", "pattern": f"^{values.MONTH}$"},
    "ref": {"type": "string", "format": "uuid"},
    "file": {"type": "string", "pattern": f"^{values.FILE}$"},
    **dict.fromkeys(("decimal", "money", "qty", "hours", "pct"), _DECIMAL),
}


def command_json_schema(command: Any, catalogue: Dated, on: date) -> dict[str, Any]:
    """The body of ``command`` as it is sent over HTTP on ``on``: its fields, its form, and ``happened_on``."""
    schema = object_schema((*command_fields(command, catalogue, on), HAPPENED_ON), catalogue, on)
    return {"title": command.label, **({"description": command.help} if command.help else {}), **schema}


def object_schema(
    definitions: Sequence[Field], catalogue: Dated, on: date, inherited: Kind | None = None
) -> dict[str, Any]:
    """The object with these fields and no others."""
    return {
        "type": "object",
        "properties": {each.name: _field(each, catalogue, on, inherited) for each in definitions},
        "required": [each.name for each in definitions if each.required],
        "additionalProperties": False,
    }


def _field(field: Field, catalogue: Dated, on: date, inherited: Kind | None) -> dict[str, Any]:
    kind = field.personal or inherited
    schema: dict[str, Any]
    if field.type in ("group", "sign"):
        schema = object_schema(parts(field), catalogue, on, inner_class(field, inherited))
    elif field.type == "list":
        schema = _list(field, catalogue, on, inherited)
    elif options := options_of(field, catalogue, on):
        schema = {"type": "string", "enum": list(options), "x-labels": dict(options)}
    else:
        schema = _bounded(field)
    schema = {"title": field.label, **({"description": field.help} if field.help else {}), **schema}
    if kind and not parts(field):
        schema["x-personal"] = kind
    if field.derived:
        schema["x-derived"] = True
    return schema if field.required else _nullable(schema)


def _list(field: Field, catalogue: Dated, on: date, inherited: Kind | None) -> dict[str, Any]:
    if field.item is not None:
        items = _nonnull(_field(field.item, catalogue, on, None))
    else:
        items = object_schema(field.fields, catalogue, on, inner_class(field, inherited))
    least = field.min if field.min is not None else int(field.required)
    most = min(field.max or MAX_ROWS, MAX_ROWS)
    return {"type": "array", "items": items, "minItems": int(least), "maxItems": int(most)}


def _bounded(field: Field) -> dict[str, Any]:
    schema = dict(_PLAIN[field.type])
    if field.type in ("text", "long"):
        schema["maxLength"] = int(field.max or 4000)
        if field.word:
            schema["pattern"] = f"^{values.WORD}$"
    elif field.type in ("int", "score"):
        if field.min is not None:
            schema["minimum"] = field.min
        if field.max is not None:
            schema["maximum"] = field.max
    elif field.type == "ref" and field.to:
        schema["x-refers-to"] = field.to
    return schema


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """An optional value may also be given as null."""
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    schema = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    return schema


def _nonnull(schema: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in schema:
        return {**schema, "anyOf": [each for each in schema["anyOf"] if each != {"type": "null"}]}
    if isinstance(schema["type"], list):
        schema = {**schema, "type": schema["type"][0]}
    if "enum" in schema:
        schema["enum"] = [each for each in schema["enum"] if each is not None]
    return schema


def event_json_schema(contract: Contract) -> dict[str, Any]:
    """The payload (``data``) of a published event. Readers must accept properties they don't know (EVT-5)."""
    properties = {name: field.schema_json() for name, field in contract.fields.items()}
    return {
        "$schema": DIALECT,
        "$id": EVENT_SCHEMA.format(service=contract.service, type=contract.type, major=contract.major),
        "title": contract.type,
        "type": "object",
        "properties": properties,
        "required": list(properties),
    }

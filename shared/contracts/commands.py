"""Commands as data: the schema of a command's body, built from its definition in the catalogue.

``load_command`` answers with Python values or one refusal that names every field at fault. In what it loads every
optional field is present: None where nothing was given, an empty list for a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields

from shared.catalogue.fields import Field
from shared.catalogue.refusals import FieldInvalid, FormIncomplete, Refusal
from shared.contracts import values
from shared.contracts.fields import MAX_ROWS, Dated, command_fields, inner_class, options_of, parts
from shared.privacy.personal import Kind

MOST_ERRORS = 50
"""More than a person reads; a body full of unknown fields must not give an answer of its own size."""
Errors = dict[str, list[str]]
"""Messages by path: ``form.lines[2].qty`` → what is wrong, in Spanish. The path of the body itself is empty."""


class Body(Schema):
    """Base of the generated schemas: a field that the definition does not name is refused."""

    error_messages = {
        "unknown": "Este dato no se pide aquí; quítelo.",
        "type": "Envíe un objeto con los datos, entre llaves.",
    }

    class Meta:
        unknown = "raise"


def command_schema(command: Any, catalogue: Dated, on: date) -> Schema:
    """The schema of the body of ``command``, with the form and code lists effective on ``on``."""
    return schema_of(command_fields(command, catalogue, on), catalogue, on)


def schema_of(definitions: Sequence[Field], catalogue: Dated, on: date) -> Schema:
    """The schema of any list of field definitions (a form alone, a draft)."""
    return Body.from_dict({each.name: _field(each, catalogue, on) for each in definitions})()


def load_command(command: Any, catalogue: Dated, on: date, body: Any) -> dict[str, Any]:
    """The body as Python values, classed ones as unassigned `Personal`.

    Raises `FormIncomplete` if nothing is wrong but missing answers of the form, else `FieldInvalid`; both name the
    first field at fault and carry all of them in ``parameters["errors"]``.
    """
    definitions = command_fields(command, catalogue, on)
    return load(definitions, catalogue, on, body, form=command.form or "")


def load(definitions: Sequence[Field], catalogue: Dated, on: date, body: Any, *, form: str = "") -> dict[str, Any]:
    """As `load_command`, for any list of field definitions; ``form`` is the code named when it is incomplete."""
    try:
        loaded = schema_of(definitions, catalogue, on).load(body)
    except ValidationError as error:
        raise refusal(flatten(error.messages), definitions, form) from None
    return dict(loaded)


def flatten(messages: Any, path: str = "") -> Errors:
    """marshmallow's nested messages as one list of paths."""
    if isinstance(messages, Mapping):
        flat: Errors = {}
        for key, inner in messages.items():
            if key == "_schema":
                step = path
            elif isinstance(key, int):
                step = f"{path}[{key}]"
            else:
                step = f"{path}.{_shown(key)}" if path else _shown(key)
            flat.update(flatten(inner, step))
            if len(flat) >= MOST_ERRORS:
                break
        return flat
    return {path: [str(each) for each in messages]}


def _shown(key: Any) -> str:
    # A key that nobody asked for comes from outside: it goes back short and without anything but words.
    return re.sub(r"[^\w-]", "_", str(key))[:40]


def refusal(errors: Errors, definitions: Sequence[Field], form: str) -> Refusal:
    """The refusal for ``errors``: the form is incomplete, or a field is invalid."""
    field = next(iter(errors))
    if form and all(path.startswith("form") and texts == [values.MISSING] for path, texts in errors.items()):
        missing = ", ".join(f"«{label_of(definitions, path)}»" for path in errors)
        return FormIncomplete(field=field, form=form, missing=missing, errors=errors)
    shown = [f"{_quoted(label_of(definitions, path))}{texts[0]}" for path, texts in list(errors.items())[:5]]
    more = f" Y {len(errors) - 5} datos más." if len(errors) > 5 else ""
    return FieldInvalid(field=field, explanation=" ".join(shown) + more, errors=errors)


def label_of(definitions: Sequence[Field], path: str) -> str:
    """The Spanish label of the field at ``path``, with the row where there is one; the path itself if unknown."""
    level: Sequence[Field] = definitions
    shown = ""
    for step in path.split(".") if path else ():
        name, _, row = step.partition("[")
        found = next((each for each in level if each.name == name), None)
        if found is None:
            return name
        shown = f"{found.label}, fila {int(row.rstrip(']')) + 1}" if row else found.label
        level = parts(found)
    return shown


def _quoted(label: str) -> str:
    return f"«{label}»: " if label else ""


def _field(field: Field, catalogue: Dated, on: date, inherited: Kind | None = None) -> fields.Field[Any]:
    presence: dict[str, Any] = {"required": field.required}
    if not field.required:
        presence |= {"allow_none": True, "load_default": list if field.type == "list" else None}
    kind = field.personal or inherited
    if parts(field):
        return _structure(field, catalogue, on, inner_class(field, inherited), presence)
    if kind is None:
        return _plain(field, catalogue, on, presence)
    return values.Classed(_plain(field, catalogue, on, {"required": field.required}), kind, **presence)


def _plain(field: Field, catalogue: Dated, on: date, presence: dict[str, Any]) -> fields.Field[Any]:
    match field.type:
        case "text" | "long":
            return values.Text(_bound(field.max, 4000), lines=field.type == "long", word=field.word, **presence)
        case "int":
            return values.Whole(_bound(field.min, -values.MAX_INT), _bound(field.max, values.MAX_INT), **presence)
        case "score":
            return values.Whole(_bound(field.min, 1), _bound(field.max, 5), **presence)
        case "decimal" | "money" | "qty" | "hours" | "pct":
            return values.Number(**_number(field), **presence)
        case "bool":
            return values.Truth(**presence)
        case "date":
            return values.Day(**presence)
        case "instant":
            return values.Instant(**presence)
        case "time":
            return values.Shaped(values.HOUR, "Escriba la hora como 09:30, de 00:00 a 23:59.", **presence)
        case "month":
            return values.Shaped(values.MONTH, "Escriba el mes como año-mes, por ejemplo 2026-10.", **presence)
        case "enum" | "code":
            return values.Option(options_of(field, catalogue, on), **presence)
        case "ref":
            return values.Ref("Indique un identificador válido (UUID).", **presence)
        case "file":
            return values.Shaped(values.FILE, "Indique el identificador de un archivo ya subido.", **presence)
        case "list" if field.item is not None:
            # The class is the list's: the items inside one personal value are plain.
            item = replace(field.item, required=True, personal=None)
            return _rows(field, _field(item, catalogue, on), presence)
    raise ValueError(f"{field.name}: unknown type of field {field.type!r}")


def _bound(value: float | None, default: int) -> int:
    return default if value is None else int(value)


def _number(field: Field) -> dict[str, Any]:
    """The places, bounds and step of each kind of number (requirements 0.4)."""
    places, least, most, step = _NUMBERS[field.type]
    return {
        "places": places if field.places is None else field.places,
        "least": least if field.min is None else Decimal(str(field.min)),
        "most": most if field.max is None else Decimal(str(field.max)),
        "step": step,
        "fixed": field.type in ("money", "pct", "hours"),
    }


_NUMBERS: dict[str, tuple[int, Decimal | None, Decimal | None, Decimal | None]] = {
    "decimal": (2, None, None, None),
    "money": (2, Decimal(0), None, None),
    "qty": (3, Decimal(0), None, None),
    "hours": (2, Decimal(0), None, Decimal("0.25")),
    "pct": (2, Decimal(0), Decimal(100), None),
}


def _structure(
    field: Field, catalogue: Dated, on: date, kind: Kind | None, presence: dict[str, Any]
) -> fields.Field[Any]:
    """A group, a signature, or a list of rows."""
    schema = Body.from_dict({each.name: _field(each, catalogue, on, kind) for each in parts(field)})
    messages: dict[str, Any] = _MISSING | {"type": Body.error_messages["type"]}
    if field.type != "list":
        return fields.Nested(schema, unknown="raise", error_messages=messages, **presence)
    row = fields.Nested(schema, unknown="raise", error_messages=messages, required=True)
    return _rows(field, row, presence)


def _rows(field: Field, each: fields.Field[Any], presence: dict[str, Any]) -> fields.Field[Any]:
    least = _bound(field.min, 1 if field.required else 0)
    most = min(_bound(field.max, MAX_ROWS), MAX_ROWS)
    return values.Rows(each, least, most, error_messages=_MISSING | {"invalid": "Envíe una lista."}, **presence)


_MISSING: dict[str, Any] = {"required": values.MISSING, "null": values.MISSING}

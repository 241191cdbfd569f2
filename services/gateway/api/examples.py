"""Examples of command bodies for the documentation: invented values that pass the command's own schema."""

from __future__ import annotations

from datetime import date
from typing import Any

from shared.catalogue.commands import CommandDefinition
from shared.catalogue.fields import Field
from shared.contracts.fields import Dated, command_fields, options_of, parts

_ID = "6f1c2a9e-3b1d-4c58-9a7e-0d2f5b8c4e11"
_PLAIN: dict[str, Any] = {
    "bool": True,
    "date": "2026-10-15",
    "instant": "2026-10-15T15:00:00Z",
    "time": "09:00",
    "month": "2026-10",
    "ref": _ID,
    "file": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "decimal": "12.50",
    "money": "45000.00",
    "qty": "3",
    "hours": "2.50",
    "pct": "25.00",
}


def command_example(definition: CommandDefinition, catalogue: Dated, on: date) -> dict[str, Any]:
    """A body with every required field, and ``happened_on``."""
    body = _object(command_fields(definition, catalogue, on), catalogue, on)
    return {"happened_on": on.isoformat(), **body}


def _object(fields: tuple[Field, ...], catalogue: Dated, on: date) -> dict[str, Any]:
    return {each.name: _value(each, catalogue, on) for each in fields if each.required}


def _value(field: Field, catalogue: Dated, on: date) -> Any:
    if field.type == "list":
        count = max(1, int(field.min or 1))
        if field.item is None:
            return [_object(field.fields, catalogue, on) for _ in range(count)]
        codes = list(options_of(field.item, catalogue, on))
        return codes[:count] if codes else [_value(field.item, catalogue, on) for _ in range(count)]
    if inside := parts(field):
        return _object(inside, catalogue, on)
    if options := options_of(field, catalogue, on):
        return next(iter(options))
    if field.type in ("int", "score"):
        return int(field.min if field.min is not None else 1)
    if field.word:
        return "2026-1"
    if field.type in ("text", "long"):
        return f"Ejemplo de {field.label.lower()}"[: int(field.max or 200)]
    return _PLAIN[field.type]

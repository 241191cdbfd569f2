"""The only kinds of value that a published event may hold: ids, codes, dates, counts and quantities (EVT-2).

Each field is strict when it dumps: free text, names or a value of another type never slip out as a string.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields

CODE = re.compile(r"[A-Za-z0-9ÁÉÍÓÚÑáéíóúñ][\w.:/+\-]{0,79}", re.UNICODE)
"""A code, a document number or a version label: no spaces, so that a sentence or a person's name cannot pass."""


class PayloadInvalid(ValueError):
    """A domain event holds something else than its contract says; a fault of the program, not of a person."""


class PublishedField(fields.Field[Any]):
    """A value that may leave a service. ``optional`` allows None (the fact does not exist in this event)."""

    json: Mapping[str, Any] = MappingProxyType({})
    example: Any = None

    def __init__(self, *, optional: bool = False, about: str = "") -> None:
        super().__init__(required=True, allow_none=optional, metadata={"description": about})
        self.optional = optional

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return self.published(attr, value)

    def published(self, name: str | None, value: Any) -> Any:
        """The JSON form of the domain value of attribute ``name``. Raises `PayloadInvalid`."""
        if value is None and self.optional:
            return None
        try:
            return self.plain(value)
        except (TypeError, ValueError) as error:
            # The value itself stays out of the message: it may be what must not leak.
            raise PayloadInvalid(f"{name}: not a valid {type(self).__name__}: {type(value).__name__}") from error

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return self.typed(value)
        except (TypeError, ValueError) as error:
            raise ValidationError(f"not a valid {type(self).__name__}") from error

    def plain(self, value: Any) -> Any:
        """The JSON form of a domain value; raises TypeError or ValueError for any other value."""
        raise NotImplementedError

    def typed(self, value: Any) -> Any:
        """The domain value of a JSON form; raises TypeError or ValueError for any other value."""
        raise NotImplementedError

    def schema_json(self) -> dict[str, Any]:
        """The JSON Schema of this value."""
        schema = dict(self.json)
        if self.metadata.get("description"):
            schema["description"] = self.metadata["description"]
        if self.optional:
            schema["type"] = [schema["type"], "null"]
            if "enum" in schema:
                schema["enum"] = [*schema["enum"], None]
        return schema


class Id(PublishedField):
    """A random id."""

    json = MappingProxyType({"type": "string", "format": "uuid"})
    example = "7b0f9c52-3a53-4f0e-9d0b-5a1c9b7d2e10"

    def plain(self, value: Any) -> str:
        if not isinstance(value, UUID):
            raise TypeError
        return str(value)

    def typed(self, value: Any) -> UUID:
        if not isinstance(value, str):
            raise TypeError
        return UUID(value)


class Code(PublishedField):
    """A code of the catalogue, a version label or a document number."""

    json = MappingProxyType({"type": "string", "minLength": 1, "maxLength": 80})
    example = "V1"

    def __init__(self, *, optional: bool = False, about: str = "", example: str = "V1") -> None:
        super().__init__(optional=optional, about=about)
        self.example = example

    def plain(self, value: Any) -> str:
        if not isinstance(value, str) or not CODE.fullmatch(value):
            raise TypeError
        return value

    typed = plain


class Key(Code):
    """What names a thing of a service: its random id, or its code where people know it by one (an item, a lot)."""

    def plain(self, value: Any) -> str:
        return str(value) if isinstance(value, UUID) else super().plain(value)

    typed = Code.plain


class Choice(PublishedField):
    """One of a closed list of values."""

    def __init__(self, *options: str, optional: bool = False, about: str = "") -> None:
        super().__init__(optional=optional, about=about)
        self.options = options
        self.json = {"type": "string", "enum": list(options)}
        self.example = options[0]

    def plain(self, value: Any) -> str:
        if value not in self.options:
            raise ValueError
        return str(value)

    typed = plain


class Day(PublishedField):
    """A calendar date of Bogotá."""

    json = MappingProxyType({"type": "string", "format": "date"})
    example = "2026-10-15"

    def plain(self, value: Any) -> str:
        if type(value) is not date:
            raise TypeError
        return value.isoformat()

    def typed(self, value: Any) -> date:
        if not isinstance(value, str) or len(value) != 10:
            raise TypeError
        return date.fromisoformat(value)


class Month(PublishedField):
    """A calendar month, ``2026-10``."""

    json = MappingProxyType({"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"})
    example = "2026-10"

    def plain(self, value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", value):
            raise ValueError
        return value

    typed = plain


class Count(PublishedField):
    """A whole number, zero or more."""

    json = MappingProxyType({"type": "integer", "minimum": 0})
    example = 12

    def plain(self, value: Any) -> int:
        if type(value) is not int or value < 0:
            raise TypeError
        return value

    typed = plain


class Quantity(PublishedField):
    """A decimal quantity or hours, as text so that no reader rounds it."""

    json = MappingProxyType({"type": "string", "pattern": r"^-?\d+(\.\d+)?$"})
    example = "40.00"

    def plain(self, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, (Decimal, int)) or not Decimal(value).is_finite():
            raise TypeError
        return format(Decimal(value), "f")

    def typed(self, value: Any) -> Decimal:
        if not isinstance(value, str) or not re.fullmatch(r"-?\d{1,18}(\.\d{1,6})?", value):
            raise TypeError
        return Decimal(value)


class Flag(PublishedField):
    """True or false."""

    json = MappingProxyType({"type": "boolean"})
    example = True

    def plain(self, value: Any) -> bool:
        if type(value) is not bool:
            raise TypeError
        return value

    typed = plain


class Several(PublishedField):
    """A list of values of one kind."""

    def __init__(self, each: PublishedField, *, about: str = "") -> None:
        super().__init__(about=about)
        self.each = each
        self.json = {"type": "array", "items": each.schema_json()}
        self.example = [each.example]

    def plain(self, value: Any) -> list[Any]:
        if not isinstance(value, (list, tuple)):
            raise TypeError
        return [self.each.plain(item) for item in value]

    def typed(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise TypeError
        return [self.each.typed(item) for item in value]


class Lines(PublishedField):
    """Rows of published values; a row keeps only the columns named here."""

    def __init__(self, *, about: str = "", **columns: PublishedField) -> None:
        super().__init__(about=about)
        self.columns = columns
        row = {
            "type": "object",
            "properties": {name: column.schema_json() for name, column in columns.items()},
            "required": list(columns),
        }
        self.json = {"type": "array", "items": row}
        self.example = [{name: column.example for name, column in columns.items()}]

    def plain(self, value: Any) -> list[Any]:
        if not isinstance(value, (list, tuple)):
            raise TypeError
        return [
            {name: self._cell(column, row.get(name), column.plain) for name, column in self.columns.items()}
            for row in value
        ]

    def typed(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise TypeError
        return [
            {name: self._cell(column, row[name], column.typed) for name, column in self.columns.items()}
            for row in value
        ]

    @staticmethod
    def _cell(column: PublishedField, value: Any, convert: Any) -> Any:
        return None if value is None and column.optional else convert(value)


class Payload(Schema):
    """Base of the payloads of published events. A reader keeps what it knows: additions are not breaking (EVT-5)."""

    class Meta:
        unknown = "exclude"

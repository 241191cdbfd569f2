"""Strict values of commands: what may be written, and what it becomes. Nothing is coerced in silence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields

from shared.privacy.personal import Kind, Personal

MISSING = "Falta este dato."
HOUR = r"([01][0-9]|2[0-3]):[0-5][0-9]"
MONTH = r"(19|2[01])[0-9]{2}-(0[1-9]|1[0-2])"
FILE = r"[0-9a-f]{64}"
"""The id of a stored file: its keyed address (see `shared.privacy.filestore`)."""
ID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
MAX_INT = 2**53 - 1
"""The largest whole number that JSON readers agree on."""
FORBIDDEN_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u2028\u2029")
"""Marks that change the direction or the lines of a text: they make a name on a screen read as another."""


class Wrong(Exception):
    """A value that may not be written so; its text says in Spanish what to write."""


class Value(fields.Field[Any]):
    """A value with one lawful form; `of` turns it into a Python value or raises `Wrong`."""

    default_error_messages = {"required": MISSING, "null": MISSING}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return self.of(value)
        except Wrong as error:
            raise ValidationError(str(error)) from None

    def of(self, value: Any) -> Any:
        raise NotImplementedError


class _NullIsAbsent(fields.Field[Any]):
    """An optional field of which null says what leaving it out says."""

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        if value is None and self.allow_none and callable(self.load_default):
            return self.load_default()
        return super().deserialize(value, attr, data, **kwargs)


class Classed(_NullIsAbsent):
    """A value of a data class: loads into an unassigned `Personal`."""

    default_error_messages = {"required": MISSING, "null": MISSING}

    def __init__(self, inner: fields.Field[Any], kind: Kind, **options: Any) -> None:
        super().__init__(**options)
        self.inner = inner
        self.kind: Kind = kind

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Personal:
        return Personal(None, self.kind, self.inner.deserialize(value, attr, data))


WORD = r"[A-Za-z0-9ÁÉÍÓÚÑáéíóúñ][A-Za-z0-9ÁÉÍÓÚÑáéíóúñ_.:/+-]{0,79}"
"""A code, a document number or a version label: no spaces, so that a sentence or a person's name cannot pass."""


class Text(Value):
    """Text in NFC without control characters; line breaks only where ``lines``. Blank counts as missing."""

    def __init__(self, longest: int, *, lines: bool = False, word: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.longest = longest
        self.lines = lines
        self.word = word

    def of(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Wrong("Escriba un texto.")
        text = unicodedata.normalize("NFC", value.replace("\r\n", "\n") if self.lines else value)
        allowed = "\n\t" if self.lines else ""
        for character in text:
            category = unicodedata.category(character)
            if (category in ("Cc", "Cs") and character not in allowed) or character in FORBIDDEN_DIRECTION:
                raise Wrong("El texto tiene caracteres que no se ven o no se permiten; escríbalo de nuevo.")
        if not text.strip():
            raise Wrong(MISSING if self.required else "El texto está vacío: escriba algo o quite el dato.")
        if len(text) > self.longest:
            raise Wrong(f"El texto tiene {len(text)} caracteres; el máximo es {self.longest}.")
        if self.word and not re.fullmatch(WORD, text):
            raise Wrong("Use solo letras, números y los signos . : / + - _, sin espacios (por ejemplo AV-2026-1).")
        return text


class Whole(Value):
    """A whole number within bounds."""

    def __init__(self, least: int, most: int, **options: Any) -> None:
        super().__init__(**options)
        self.least, self.most = least, most

    def of(self, value: Any) -> int:
        if type(value) is not int:
            raise Wrong("Escriba un número entero, sin comillas ni decimales.")
        if not self.least <= value <= self.most:
            raise Wrong(f"Escriba un número entre {self.least} y {self.most}.")
        return value


class Number(Value):
    """A decimal, written as text (``"1500.50"``) or as a whole number; binary fractions are refused."""

    def __init__(
        self,
        places: int,
        *,
        least: Decimal | None = None,
        most: Decimal | None = None,
        step: Decimal | None = None,
        fixed: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.places, self.least, self.most, self.step, self.fixed = places, least, most, step, fixed

    def of(self, value: Any) -> Decimal:
        if isinstance(value, float):
            raise Wrong('Escriba el número entre comillas, por ejemplo "1500.50": así no se redondea.')
        if type(value) is not int and not isinstance(value, str):
            raise Wrong('Escriba un número, por ejemplo "1500.50".')
        if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", str(value)):
            raise Wrong('Escriba un número con punto decimal y sin separador de miles, por ejemplo "1500.50".')
        number = Decimal(value)
        if -int(number.as_tuple().exponent) > self.places:
            raise Wrong(f"Escriba como máximo {self.places} decimales.")
        if self.least is not None and number < self.least:
            raise Wrong(f"Escriba un número desde {self.least}.")
        if self.most is not None and number > self.most:
            raise Wrong(f"Escriba un número hasta {self.most}.")
        if self.step is not None and number % self.step:
            raise Wrong(f"Escriba un múltiplo de {self.step}.")
        return number.quantize(Decimal(1).scaleb(-self.places)) if self.fixed else number + 0


class Truth(Value):
    """True or false, as such."""

    def of(self, value: Any) -> bool:
        if type(value) is not bool:
            raise Wrong("Responda sí o no (true o false, sin comillas).")
        return value


class Day(Value):
    """A calendar date, ISO only."""

    def of(self, value: Any) -> date:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise Wrong("Escriba la fecha como año-mes-día, por ejemplo 2026-10-15.")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise Wrong("Esa fecha no existe en el calendario.") from None
        if not 1900 <= day.year <= 2200:
            raise Wrong("El año debe estar entre 1900 y 2200.")
        return day


class Instant(Value):
    """A moment with its offset; becomes UTC."""

    def of(self, value: Any) -> datetime:
        shape = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
        wrong = "Escriba fecha y hora con zona, por ejemplo 2026-10-15T09:30:00-05:00."
        if not isinstance(value, str) or not re.fullmatch(shape, value):
            raise Wrong(wrong)
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Wrong(wrong) from None


class Shaped(Value):
    """Text of one shape: an hour ``09:30``, a month ``2026-10``."""

    def __init__(self, pattern: str, wrong: str, **options: Any) -> None:
        super().__init__(**options)
        self.pattern, self.wrong = pattern, wrong

    def of(self, value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value):
            raise Wrong(self.wrong)
        return value


class Option(Value):
    """One of a list of values."""

    def __init__(self, options: Mapping[str, str], **rest: Any) -> None:
        super().__init__(**rest)
        self.options = options

    def of(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.options:
            shown = ", ".join(f"{value} ({label})" for value, label in list(self.options.items())[:12])
            raise Wrong(f"Elija una de las opciones: {shown}{'…' if len(self.options) > 12 else ''}.")
        return value


class Ref(Value):
    """The id of something, or of a file that was uploaded before; ``wrong`` says what to write."""

    def __init__(self, wrong: str, **options: Any) -> None:
        super().__init__(**options)
        self.wrong = wrong

    def of(self, value: Any) -> UUID:
        if not isinstance(value, str) or not re.fullmatch(ID, value):
            raise Wrong(self.wrong)
        return UUID(value)


class Rows(_NullIsAbsent, fields.List[Any]):
    """A list of at least ``least`` and at most ``most`` items; a longer one is refused unread."""

    def __init__(self, each: fields.Field[Any], least: int, most: int, **options: Any) -> None:
        super().__init__(each, **options)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if len(value) > self.most:
            raise ValidationError(f"Hay {len(value)} filas; el máximo es {self.most}.")
        if not value and self.least:
            raise ValidationError(MISSING)
        if len(value) < self.least:
            raise ValidationError(f"Hay {len(value)} filas; el mínimo es {self.least}.")
        return super()._deserialize(value, attr, data, **kwargs)

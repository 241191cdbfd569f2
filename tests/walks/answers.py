"""Bodies at random, made from the definitions of the fields: what a caller might send, sense or nonsense."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from shared.catalogue.catalogue import Catalogue
from shared.catalogue.fields import Field

Known = Callable[[str], list[str]]
"""The ids that a ref of that kind may mean here."""


class Answers:
    """Draws values for fields. ``known`` gives ids; ``file`` keeps a file and gives its id."""

    def __init__(self, draw: Random, catalogue: Catalogue, on: date, known: Known, file: Callable[[], str]) -> None:
        self._draw = draw
        self._catalogue = catalogue
        self._on = on
        self._known = known
        self._file = file

    def body(self, fields: Iterable[Field]) -> dict[str, Any]:
        """A value for every required field, and for some of the others."""
        return {each.name: self.value(each) for each in fields if each.required or self._draw.random() < 0.4}

    def value(self, field: Field) -> Any:
        match field.type:
            case "text" | "long":
                return self._text(field)
            case "int" | "score":
                low = int(field.min if field.min is not None else 1)
                return self._draw.randint(low, int(min(field.max or low + 4, low + 40)))
            case "decimal" | "money" | "qty" | "hours" | "pct":
                low = max(1, int(field.min or 0))
                return str(Decimal(self._draw.randint(low, low + 20)))
            case "bool":
                return self._draw.random() < 0.7
            case "date":
                return (self._on + timedelta(days=self._draw.choice((-20, -1, 0, 0, 0, 1, 30)))).isoformat()
            case "instant":
                return f"{self._on.isoformat()}T15:00:00.000Z"
            case "time":
                return f"{self._draw.randint(6, 20):02d}:00"
            case "month":
                return self._on.isoformat()[:7]
            case "enum":
                return self._draw.choice(list(field.options))
            case "code":
                return self._code(field.code_list or "")
            case "ref":
                return self._draw.choice(self._known(field.to or field.name))
            case "list":
                return self._rows(field)
            case "group":
                return self.body(field.fields)
            case "sign":
                return self._signature()
            case "file":
                return self._file()
        raise ValueError(field.type)

    def _text(self, field: Field) -> str:
        if field.word:
            return self._draw.choice(("AV-2026-1", "X1", "2026/17"))
        words = ("Taller de confección", "Se revisó con la persona", "Ñandú S.A.S.", "Calle 12 # 3-45", "1")
        text = self._draw.choice(words)
        least = int(field.min or 0)
        return (text + " detalle" * least)[: int(field.max or 200)]

    def _code(self, name: str) -> str:
        codes = list(self._catalogue.code_list(name, self._on).codes)
        return self._draw.choice(codes)

    def _rows(self, field: Field) -> list[Any]:
        least = int(field.min or 0)
        rows = self._draw.randint(least, int(min(field.max or least + 2, least + 2)))
        if field.fields:
            return [self.body(field.fields) for _ in range(rows)]
        if field.item is not None:
            return [self.value(field.item) for _ in range(rows)]
        if field.code_list:
            return [self._code(field.code_list) for _ in range(rows)]
        if field.to:
            return [self._draw.choice(self._known(field.to)) for _ in range(rows)]
        if field.options:
            return [self._draw.choice(list(field.options)) for _ in range(rows)]
        return ["Uno", "Otro"][:rows]

    def _signature(self) -> dict[str, str]:
        method = self._draw.choice(("handwritten_scan", "drawn", "electronic", "fingerprint_witnessed"))
        return {"signer": "Rosa Cuesta", "capacity": "Profesional", "method": method, "signed_on": self._on.isoformat()}

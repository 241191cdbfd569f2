"""Any form of the catalogue on paper: its labels and values by section (FRM-4), with no template of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from shared.catalogue.fields import Field
from shared.contracts.fields import Dated, options_of
from shared.documents.images import Images
from shared.documents.sheet import Sheet, paragraphs, rows, signature
from shared.documents.spanish import EMPTY, breakable, money, month, short_day, words
from shared.documents.typesetting import render
from shared.privacy.personal import Personal, reveal

MOST_COLUMNS, MOST_WITH_LONG_TEXT = 7, 4
"""A list with more columns prints as cards: one block a row."""
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_RIGHT = ("int", "decimal", "money", "qty", "hours", "pct", "score")
_WIDE = {"text": 3, "long": 6, "enum": 2, "code": 2, "ref": 3, "sign": 4}
Part = dict[str, Any]
Graph = Callable[[Sequence[Mapping[str, Any]]], Part]
"""Draws the rows of a list."""


def form_document(
    sheet: Sheet,
    fields: Sequence[Field],
    values: Mapping[str, Any],
    *,
    catalogue: Dated,
    on: date,
    summary: Sequence[tuple[str, Any]] = (),
    names: Mapping[str, str] | None = None,
    graphs: Mapping[str, Graph] | None = None,
) -> bytes:
    """The PDF of one instance of a form.

    ``values`` are those of the instance, as a command loads them; personal ones revealed or not. ``on`` is the date on
    which the codes are read. ``summary`` are pairs printed above the form (case, place, who filled it). ``names`` maps
    the text of an id to what people call it; an id without one prints as it is. A signature's ``image`` may be bytes.
    ``graphs`` draw the rows of a list, by its name, below it.
    """
    images = Images()
    printing = _Printing(catalogue, on, names or {}, images, graphs or {})
    printing.section("", fields, values)
    data = {
        "sheet": sheet.data(images),
        "summary": rows(*summary),
        "parts": printing.parts,
        "signatures": printing.signatures,
    }
    return render("form", data, images=images)


class _Printing:
    """Collects the parts of one document in the order of the form; signatures come last."""

    def __init__(
        self, catalogue: Dated, on: date, names: Mapping[str, str], images: Images, graphs: Mapping[str, Graph]
    ) -> None:
        self.catalogue, self.on, self.names, self.images, self.graphs = catalogue, on, names, images, graphs
        self.parts: list[Part] = []
        self.signatures: list[dict[str, str]] = []
        self.opening = ""

    def section(self, title: str, fields: Sequence[Field], values: Mapping[str, Any]) -> None:
        """The plain answers of a section gather in one table; a group opens a section, a list has its own title."""
        waiting: list[list[Any]] = []

        def gathered() -> None:
            if waiting:
                self.parts.append({"kind": "answers", "section": self.heading(), "title": "", "rows": list(waiting)})
                waiting.clear()

        self.opening = title
        for field in fields:
            value = values.get(field.name)
            if field.type == "sign":
                self.signatures.append(signature(field.label, value, self.images))
            elif field.type == "group":
                gathered()
                self.section(field.label, field.fields, value or {})
            elif field.type == "list":
                gathered()
                self.parts.append({"section": self.heading(), "title": field.label, **self.listed(field, value)})
                shown = reveal(value)
                if field.name in self.graphs and shown:
                    self.parts.append(self.graphs[field.name](shown))
            else:
                waiting.append([field.label, self.lines(field, value)])
        gathered()

    def heading(self) -> str:
        """The title of the section that begins here, once."""
        title, self.opening = self.opening, ""
        return title

    def listed(self, field: Field, value: Any) -> Part:
        items = value.value if isinstance(value, Personal) and not value.erased else value
        if isinstance(items, Personal):
            return {"kind": "bullets", "items": [words(items)]}
        if not items:
            return {"kind": "empty"}
        if field.item is not None:
            return {"kind": "bullets", "items": [self.text(field.item, item) for item in items]}
        if _narrow(field.fields):
            return self.table(field.fields, items)
        return {"kind": "cards", "cards": list(self.cards(field, items))}

    def table(self, columns: Sequence[Field], items: Iterable[Mapping[str, Any]]) -> Part:
        return {
            "kind": "table",
            "head": [column.label for column in columns],
            "widths": [_WIDE.get(column.type, 2) for column in columns],
            "right": [at for at, column in enumerate(columns) if column.type in _RIGHT],
            "rows": [[self.text(column, item.get(column.name), short=True) for column in columns] for item in items],
        }

    def cards(self, field: Field, items: Iterable[Mapping[str, Any]]) -> Iterable[Part]:
        for at, item in enumerate(items, 1):
            inner = _Printing(self.catalogue, self.on, self.names, self.images, {})
            inner.section("", field.fields, item)
            shown = [row for part in inner.parts for row in _flat(part)]
            signed = [[each["role"], [_signed(each)]] for each in inner.signatures]
            yield {"title": f"{field.label} {at}", "rows": [*shown, *signed]}

    def lines(self, field: Field, value: Any) -> list[str]:
        """The paragraphs of an answer."""
        if field.type == "long" and value:
            return paragraphs(value) or [EMPTY]
        return [self.text(field, value)]

    def text(self, field: Field, value: Any, *, short: bool = False) -> str:
        """One value as a person reads it; ``short`` in a table."""
        if isinstance(value, Personal):
            return words(value) if value.erased else self.text(field, value.value, short=short)
        if value is None or value == "":
            return EMPTY
        if field.type == "sign":
            return _signed(signature("", value, Images()))
        if field.type in ("enum", "code"):
            return options_of(field, self.catalogue, self.on).get(str(value), str(value))
        if field.type == "money":
            return money(value)
        if field.type == "month":
            return month(value)
        if field.type == "date" and short:
            return short_day(value)
        if field.type == "file":
            return f"Archivo {str(value)[:8]}"
        if field.type == "ref":
            return self.names.get(str(value)) or _brief(value)
        if field.type == "pct":
            return f"{words(value)} %"
        if field.type == "score":
            return f"{value} de {int(field.max or 5)}"
        return words(value)


def _brief(reference: Any) -> str:
    """An id by its first eight signs, as the screens show it; anything else as it is."""
    text = str(reference)
    return text[:8] if _ID.fullmatch(text) else breakable(text)


def _narrow(fields: Sequence[Field]) -> bool:
    if any(each.type in ("group", "list") for each in fields):
        return False
    long = sum(each.type == "long" for each in fields)
    return len(fields) <= (MOST_WITH_LONG_TEXT if long else MOST_COLUMNS)


def _flat(part: Part) -> list[list[Any]]:
    """The answers of a part, for a card: lists inside a row become lines of text."""
    if part["kind"] == "answers":
        return list(part["rows"])
    if part["kind"] == "bullets":
        return [[part["title"], part["items"]]]
    if part["kind"] == "table":
        return [[part["title"], [" · ".join(row) for row in part["rows"]]]]
    if part["kind"] == "cards":
        return [
            [card["title"], [f"{label}: {' '.join(said)}" for label, said in card["rows"]]] for card in part["cards"]
        ]
    return [[part["title"], [EMPTY]]]


def _signed(block: Mapping[str, str]) -> str:
    return ", ".join(block[key] for key in ("signer", "capacity", "how") if block[key]) or EMPTY

"""What a screen needs to draw a command or a form: its fields in order, ready for a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from shared.catalogue.fields import Field
from shared.contracts.fields import MAX_ROWS, Dated, command_fields, inner_class, options_of, parts
from shared.privacy.personal import Kind

FEW = 6
"""Up to this many options are shown all at once; more go into a drop-down list."""

_WIDGETS = {
    "text": "text",
    "long": "textarea",
    "int": "number",
    "score": "scale",
    "decimal": "decimal",
    "money": "money",
    "qty": "decimal",
    "hours": "decimal",
    "pct": "decimal",
    "bool": "yes_no",
    "date": "date",
    "instant": "datetime",
    "time": "time",
    "month": "month",
    "ref": "reference",
    "file": "file",
    "group": "group",
    "sign": "signature",
}


@dataclass(frozen=True)
class Slot:
    """One field on a screen.

    ``path`` names it in the body (``form.lines[].qty``; a screen numbers the brackets), ``widget`` how it is asked:
    text, textarea, number, decimal, money, scale, yes_no, date, datetime, time, month, reference, file, radios,
    select, checkboxes, lines (a text a line), group, signature, rows. ``personal`` is its data class.
    """

    path: str
    name: str
    label: str
    widget: str
    type: str
    required: bool
    help: str = ""
    personal: Kind | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    least: float | None = None
    most: float | None = None
    to: str = ""
    when: str = ""
    derived: bool = False
    slots: tuple[Slot, ...] = ()


def command_layout(command: Any, catalogue: Dated, on: date) -> tuple[Slot, ...]:
    """The screen of a command: its own fields, then the form that it files."""
    return form_layout(command_fields(command, catalogue, on), catalogue, on)


def form_layout(
    definitions: Sequence[Field], catalogue: Dated, on: date, path: str = "", inherited: Kind | None = None
) -> tuple[Slot, ...]:
    """The screen of any list of fields."""
    return tuple(_slot(each, catalogue, on, path, inherited) for each in definitions)


def _slot(asked: Field, catalogue: Dated, on: date, above: str, inherited: Kind | None) -> Slot:
    path = f"{above}.{asked.name}" if above else asked.name
    options = options_of(asked.item or asked, catalogue, on)
    inside = path + "[]" if asked.type == "list" else path
    return Slot(
        path=path,
        name=asked.name,
        label=asked.label,
        widget=_widget(asked, options),
        type=asked.type,
        required=asked.required,
        help=asked.help or "",
        personal=None if parts(asked) else asked.personal or inherited,
        options=options,
        least=asked.min,
        most=asked.max if asked.type != "list" else min(asked.max or MAX_ROWS, MAX_ROWS),
        to=(asked.item.to if asked.item else asked.to) or "",
        when=asked.when or "",
        derived=asked.derived,
        slots=form_layout(parts(asked), catalogue, on, inside, inner_class(asked, inherited)),
    )


def _widget(field: Field, options: Mapping[str, str]) -> str:
    if field.type == "list":
        if field.item is None:
            return "rows"
        return "checkboxes" if options else "lines"
    if field.type in ("enum", "code"):
        return "radios" if len(options) <= FEW else "select"
    return _WIDGETS[field.type]

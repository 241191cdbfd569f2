"""Between a screen and a command's body: reading what a form posted, and the controls that show it again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.contracts.layout import Slot

Posted = Mapping[str, Sequence[str]]
MAX_ROWS = 100
_THOUSANDS = re.compile(r"-?\d{1,3}(\.\d{3})+")


@dataclass(frozen=True)
class Control:
    """One field on a page: where it posts, what it shows, what is wrong with it."""

    slot: Slot
    name: str
    value: Any
    error: str | None
    options: Mapping[str, str]
    children: tuple[Control, ...] = ()
    rows: tuple[tuple[Control, ...], ...] = ()
    listed: bool = False
    """Whether there is a list to choose from, though nothing may stand in it yet."""

    @property
    def id(self) -> str:
        return re.sub(r"[^\w]+", "-", self.name).strip("-")

    @property
    def widget(self) -> str:
        # Of a list that goes on, what is not among the first of it must still be possible to name.
        closed = bool(self.options) and not getattr(self.options, "goes_on", False)
        if self.slot.widget == "reference":
            return "select" if closed or (self.listed and not self.options) else "text"
        if self.slot.widget == "text" and self.slot.to:
            return "select" if closed else "text"
        if self.slot.widget == "lines" and closed:
            return "checkboxes"
        return self.slot.widget


@dataclass
class Shown:
    """What a screen shows besides its definition: values, faults by path, options of references by ``to``."""

    body: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read_body(slots: Sequence[Slot], posted: Posted, prefix: str = "", *, keep_rows: bool = False) -> dict[str, Any]:
    """The body that the form means. What cannot be read stays as it was typed: the service says what is wrong."""
    body: dict[str, Any] = {}
    for slot in slots:
        value = _read(slot, posted, prefix + slot.name, keep_rows)
        if value is not None:
            body[slot.name] = value
    return body


def controls(slots: Sequence[Slot], shown: Shown) -> tuple[Control, ...]:
    """The controls of a screen, in order."""
    return tuple(_controls(slots, shown, shown.body, ""))


def has_files(slots: Sequence[Slot]) -> bool:
    return any(slot.widget == "file" or has_files(slot.slots) for slot in slots)


def references(slots: Sequence[Slot]) -> set[str]:
    """What the screen's references point to."""
    found = {slot.to for slot in slots if slot.to}
    for slot in slots:
        found |= references(slot.slots)
    return found


def slot_at(slots: Sequence[Slot], name: str) -> Slot | None:
    """The slot that a posted name belongs to, whatever its row numbers."""
    wanted = re.sub(r"\[\d+\]", "[]", name)
    for slot in slots:
        if slot.path == wanted:
            return slot
        inner = slot_at(slot.slots, name)
        if inner is not None:
            return inner
    return None


def add_row(body: dict[str, Any], name: str) -> None:
    """One more empty row in the list at ``name`` (``form.lines``)."""
    place: Any = body
    *above, last = name.split(".")
    for step in above:
        key, _, index = step.partition("[")
        place = place.setdefault(key, [] if index else {})
        if index:
            number = int(index.rstrip("]"))
            while len(place) <= number:
                place.append({})
            place = place[number]
    rows = place.setdefault(last, [])
    if len(rows) < MAX_ROWS:
        rows.append({})


def _read(slot: Slot, posted: Posted, name: str, keep_rows: bool) -> Any:
    if slot.widget in ("group", "signature"):
        inner = read_body(slot.slots, posted, name + ".", keep_rows=keep_rows)
        # Lists that the form would need are no reason to send a group that nobody began to fill in.
        return inner if slot.required or not _blank(inner) else None
    if slot.widget == "rows":
        count = min(int(_one(posted, name + "#rows") or 0), MAX_ROWS) if _one(posted, name + "#rows").isdigit() else 0
        rows = [read_body(slot.slots, posted, f"{name}[{row}].", keep_rows=keep_rows) for row in range(count)]
        rows = rows if keep_rows else [row for row in rows if row]
        return rows if rows or slot.required else None
    if slot.widget in ("checkboxes", "lines"):
        values = [line.strip() for each in posted.get(name, ()) for line in each.splitlines() if line.strip()]
        return values if values or slot.required else None
    text = _one(posted, name).strip()
    return _value(slot.widget, text) if text else None


def _blank(value: Any) -> bool:
    """Whether nothing was typed in it."""
    if isinstance(value, Mapping):
        return all(map(_blank, value.values()))
    return not value if isinstance(value, list) else value is None


def _value(widget: str, text: str) -> Any:
    if widget == "yes_no":
        return {"true": True, "false": False}.get(text, text)
    if widget in ("number", "scale"):
        plain = text.replace(".", "") if _THOUSANDS.fullmatch(text) else text
        return int(plain) if re.fullmatch(r"-?\d{1,18}", plain) else text
    if widget in ("decimal", "money"):
        return _decimal(text, thousands=widget == "money")
    if widget == "datetime" and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", text):
        return f"{text}:00-05:00"
    return text.replace("\r\n", "\n")


def _decimal(text: str, *, thousands: bool) -> str:
    """Colombian figures: a comma is the decimal mark, points part the thousands (``1.250.000,50``)."""
    plain = text.replace("$", "").replace(" ", "")
    if "," in plain:
        return plain.replace(".", "").replace(",", ".")
    if thousands and _THOUSANDS.fullmatch(plain):
        return plain.replace(".", "")
    return plain


def _one(posted: Posted, name: str) -> str:
    values = posted.get(name) or ("",)
    # The last one: a hidden input may stand before a control of the same name.
    return values[-1]


def _controls(slots: Sequence[Slot], shown: Shown, body: Any, prefix: str) -> Iterator[Control]:
    values = body if isinstance(body, Mapping) else {}
    for slot in slots:
        name = prefix + slot.name
        value = values.get(slot.name)
        options = slot.options or shown.choices.get(slot.to, {}) if slot.to else slot.options
        error = shown.errors.get(name)
        if slot.widget in ("group", "signature"):
            children = tuple(_controls(slot.slots, shown, value, name + "."))
            yield Control(slot, name, value, error, options, children=children)
        elif slot.widget == "rows":
            rows = list(value) if isinstance(value, list) else []
            while len(rows) < max(int(slot.least or 0), 1 if slot.required else 0):
                rows.append({})
            drawn = tuple(
                tuple(_controls(slot.slots, shown, row, f"{name}[{index}].")) for index, row in enumerate(rows)
            )
            yield Control(slot, name, value, error or _of_row(shown, name), options, rows=drawn)
        else:
            yield Control(slot, name, value, error or _of_item(shown, name), options, listed=slot.to in shown.choices)


def _of_item(shown: Shown, name: str) -> str | None:
    """The fault of an item of a plain list, shown at the list."""
    return next((text for path, text in shown.errors.items() if path.startswith(f"{name}[")), None)


def _of_row(shown: Shown, name: str) -> str | None:
    """The fault of a row as a whole, shown at the list."""
    for path, text in shown.errors.items():
        match = re.fullmatch(rf"{re.escape(name)}\[(\d+)\]", path)
        if match:
            return text
    return None

"""Dated parameters (requirements 8): numbers and dates that rules use, never repeated in code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shared.catalogue.artefact import Artefact, read_header
from shared.catalogue.reader import Node

Value = Decimal | int | date | None

_FILE_HEADER = ("version", "effective_from", "source", "prepared", "reviewed", "approved", "change_log", "assumed")


@dataclass(frozen=True, slots=True)
class Parameter:
    """``value`` in ``unit`` (wd = working days); None when the source gives none: the step that needs it waits.

    ``extension`` is the further term that a notice to the person allows, in the same unit. ``house`` marks a
    house rule, in no source document (**H**).
    """

    artefact: Artefact
    label: str
    value: Value
    unit: str
    extension: int | None
    house: bool

    @property
    def code(self) -> str:
        return self.artefact.code

    @property
    def version(self) -> str:
        return self.artefact.version


def read_parameters(node: Node) -> tuple[Parameter, ...]:
    """The parameters of one file; header keys of the file hold for entries that do not give their own."""
    defaults = {key: node.anything(key) for key in _FILE_HEADER if node.anything(key) is not None}
    found = []
    for each in node.nodes("entries", required=True):
        artefact = read_header(each, "parameter", defaults)
        label, unit = each.text("label"), each.text("unit")
        value = _value(each, each.text("type", "int"))
        found.append(Parameter(artefact, label, value, unit, each.maybe_integer("extension"), each.flag("house")))
        each.done()
    node.done()
    return tuple(found)


def _value(node: Node, kind: str) -> Value:
    if kind == "date":
        return node.maybe_day("value")
    if kind == "decimal":
        number = node.maybe_number("value")
        return None if number is None else Decimal(str(number))
    if kind == "int":
        return node.maybe_integer("value")
    raise node.error("debe ser int, decimal o date", "type")

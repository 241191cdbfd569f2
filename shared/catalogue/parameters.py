"""Dated parameters (requirements 8): numbers and dates that rules use, never repeated in code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

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
    found = [read_parameter(each, defaults) for each in node.nodes("entries", required=True)]
    node.done()
    return tuple(found)


def read_parameter(node: Node, defaults: Mapping[str, Any] | None = None) -> Parameter:
    """One version of one parameter; ``defaults`` are the header keys that its file gives for all."""
    artefact = read_header(node, "parameter", defaults)
    label, unit = node.text("label"), node.text("unit")
    value = _value(node, node.text("type", "int"))
    found = Parameter(artefact, label, value, unit, node.maybe_integer("extension"), node.flag("house"))
    node.done()
    return found


def _value(node: Node, kind: str) -> Value:
    if kind == "date":
        return node.maybe_day("value")
    if kind == "decimal":
        number = node.maybe_number("value")
        return None if number is None else Decimal(str(number))
    if kind == "int":
        return node.maybe_integer("value")
    raise node.error("debe ser int, decimal o date", "type")

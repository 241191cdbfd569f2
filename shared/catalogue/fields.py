"""Fields of commands and forms, as data: one definition gives schema, screen, PDF and JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from shared.catalogue.reader import Node
from shared.privacy.personal import KINDS, Kind

_OPTIONS_OF_TYPE: dict[str, frozenset[str]] = {
    "text": frozenset({"max", "min", "word", "to"}),
    "long": frozenset({"max", "min"}),
    "int": frozenset({"min", "max"}),
    "decimal": frozenset({"places", "min", "max"}),
    "money": frozenset({"min", "max"}),
    "qty": frozenset({"min", "max"}),
    "hours": frozenset({"min", "max"}),
    "pct": frozenset({"min", "max"}),
    "score": frozenset({"min", "max"}),
    "bool": frozenset(),
    "date": frozenset(),
    "instant": frozenset(),
    "time": frozenset(),
    "month": frozenset(),
    "enum": frozenset({"options"}),
    "code": frozenset({"list"}),
    "ref": frozenset({"to"}),
    "list": frozenset({"of", "min", "max", "to", "list", "options"}),
    "group": frozenset({"fields"}),
    "sign": frozenset(),
    "file": frozenset(),
}
FIELD_TYPES = tuple(_OPTIONS_OF_TYPE)
DEFAULT_MAX = {"text": 200, "long": 4000}
_NO_OPTIONS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``personal`` is its data class (0.4), None if it holds nothing about a person.

    ``max``/``min`` are characters (text, long), value bounds (numbers) or number of rows (list).
    A group and a list of rows have ``fields``; a list of plain values has ``item``.
    ``about`` names the field of the same row whose ref says whose data this is. A text that is a ``word`` is a code or
    a number as other systems write them: without spaces, so that it may be published. A text with ``to`` is stored as
    it is and chosen from that list where there is one.
    ``derived`` is the ° mark: the source names the form but not this field.
    ``by_system`` is written by the act that files the form or by a later one: it prints, and nobody is asked for it.
    """

    name: str
    label: str
    type: str
    required: bool = False
    personal: Kind | None = None
    derived: bool = False
    by_system: bool = False
    help: str | None = None
    when: str | None = None
    about: str | None = None
    min: int | float | None = None
    max: int | float | None = None
    places: int | None = None
    word: bool = False
    options: Mapping[str, str] = field(default_factory=lambda: _NO_OPTIONS)
    code_list: str | None = None
    to: str | None = None
    fields: tuple[Field, ...] = ()
    item: Field | None = None

    def walk(self) -> Iterator[Field]:
        """This field and every field inside it."""
        yield self
        for inner in self.fields:
            yield from inner.walk()
        if self.item is not None:
            yield from self.item.walk()


def read_fields(node: Node, key: str = "fields") -> tuple[Field, ...]:
    """The fields under ``key``; names are unique among them."""
    fields: list[Field] = []
    for each in node.nodes(key):
        one = read_field(each)
        if any(one.name == other.name for other in fields):
            raise each.error(f"el campo {one.name} está repetido", "name")
        fields.append(one)
    return tuple(fields)


def read_field(node: Node) -> Field:
    name = node.identifier("name")
    kind = node.text("type")
    _check_type(node, kind)
    _refuse_foreign_options(node, kind)
    personal = node.maybe_text("class")
    if personal is not None and personal not in KINDS:
        raise node.error(f"clase de dato desconocida: {personal} (use {', '.join(KINDS)})", "class")
    inner, item = _contents(node, name, kind)
    options = node.labels("options", required=kind == "enum")
    code_list = node.text("list") if kind == "code" else node.maybe_text("list")
    target = node.identifier("to") if kind == "ref" else node.maybe_text("to")
    found = Field(
        name=name,
        label=node.text("label"),
        type=kind,
        required=node.flag("required"),
        personal="m" if kind == "sign" and personal is None else personal,
        derived=node.flag("derived"),
        by_system=node.flag("by_system"),
        help=node.maybe_text("help"),
        when=node.maybe_text("when"),
        about=node.maybe_text("about"),
        min=node.maybe_number("min"),
        max=node.maybe_number("max") or DEFAULT_MAX.get(kind),
        places=node.maybe_integer("places"),
        word=node.flag("word"),
        options=MappingProxyType(options),
        code_list=code_list,
        to=target,
        fields=inner,
        item=item,
    )
    node.done()
    if kind == "score" and (found.min is None or found.max is None):
        raise node.error("una escala (score) necesita min y max")
    return found


def _check_type(node: Node, kind: str) -> None:
    if kind not in _OPTIONS_OF_TYPE:
        raise node.error(f"tipo desconocido: {kind} (use {', '.join(FIELD_TYPES)})", "type")


def _refuse_foreign_options(node: Node, kind: str) -> None:
    every = frozenset().union(*_OPTIONS_OF_TYPE.values())
    for key in node.value:
        if key in every and key not in _OPTIONS_OF_TYPE[kind]:
            raise node.error(f"no corresponde al tipo {kind}", key)


def _contents(node: Node, name: str, kind: str) -> tuple[tuple[Field, ...], Field | None]:
    """The fields of a group, the rows of a list, or the item of a list of plain values."""
    if kind == "group":
        return read_fields(node), None
    if kind != "list":
        return (), None
    of: Any = node.anything("of")
    if isinstance(of, list):
        return read_fields(node, "of"), None
    if isinstance(of, dict):
        definition = {"name": name, "label": node.text("label"), **of}
    elif isinstance(of, str):
        shared = {key: node.value[key] for key in ("to", "list", "options", "class") if key in node.value}
        definition = {"name": name, "label": node.text("label"), "type": of, **shared}
    else:
        raise node.error("una lista dice de qué es: campos o un tipo", "of")
    item = read_field(Node(definition, node.file, f"{node.place}.of"))
    if item.personal is not None and "class" not in node.value:
        # A list of plain values is one personal value: a class on its items would seal nothing.
        raise node.error("la clase de dato va en la lista, no en sus elementos", "class")
    return (), item

"""Open code lists as dated data: localities, topics, reasons, services, documents …"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from shared.catalogue.artefact import Artefact, read_header
from shared.catalogue.reader import Node


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """A code with its Spanish label and the attributes that its list declares."""

    code: str
    label: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class CodeList:
    """One version of a code list; iterating gives its entries in the order of the file."""

    artefact: Artefact
    name: str
    entries: Mapping[str, CodeEntry]

    @property
    def code(self) -> str:
        return self.artefact.code

    @property
    def version(self) -> str:
        return self.artefact.version

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(self.entries)

    @property
    def labels(self) -> dict[str, str]:
        return {code: entry.label for code, entry in self.entries.items()}

    def __contains__(self, code: object) -> bool:
        return code in self.entries

    def label(self, code: str) -> str:
        """The Spanish label; the code itself if the list does not have it."""
        entry = self.entries.get(code)
        return code if entry is None else entry.label

    def where(self, **attributes: Any) -> tuple[str, ...]:
        """The codes whose attributes have these values."""
        return tuple(
            entry.code
            for entry in self.entries.values()
            if all(entry.attributes.get(name) == value for name, value in attributes.items())
        )


def read_code_list(node: Node) -> CodeList:
    artefact = read_header(node, "code_list")
    name, names = node.text("name"), node.texts("attributes")
    entries: dict[str, CodeEntry] = {}
    for each in node.nodes("codes", required=True):
        code, label = each.text("code"), each.text("label")
        if code in entries:
            raise each.error(f"el código {code} está repetido", "code")
        attributes = {key: each.anything(key) for key in names if each.anything(key) is not None}
        each.done()
        entries[code] = CodeEntry(code, label, MappingProxyType(attributes))
    node.done()
    return CodeList(artefact, name, MappingProxyType(entries))

"""Dated texts: the commitment that a beneficiary signs, the default specification of a call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shared.catalogue.artefact import Artefact, read_header
from shared.catalogue.reader import Node


@dataclass(frozen=True, slots=True)
class Clause:
    """A commitment or phase with the id by which a breach or a plan names it (A11-2)."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the entity. ``phases`` and ``commitments`` are empty where it has none."""

    artefact: Artefact
    title: str
    body: str
    phases: tuple[Clause, ...]
    commitments: tuple[Clause, ...]

    @property
    def code(self) -> str:
        return self.artefact.code

    @property
    def version(self) -> str:
        return self.artefact.version


@dataclass(frozen=True, slots=True)
class Alias:
    """Another or former name of a document or office (4.4); ``current`` is None if it has no successor.

    ``on`` is what the source says of the change; ``since`` its date, None where the source gives none.
    """

    alias: str
    current: str | None
    on: str | None
    source: str
    since: date | None = None

    def holds(self, name: str, on: date) -> bool:
        """Whether ``name`` is this alias, however it is capitalised or spaced, and the change had happened ``on``."""
        return _plain(name) == _plain(self.alias) and (self.since is None or self.since <= on)


@dataclass(frozen=True, slots=True)
class AliasTable:
    artefact: Artefact
    aliases: tuple[Alias, ...]


def read_text(node: Node) -> Text:
    artefact = read_header(node, "text")
    text = Text(
        artefact, node.text("title"), node.text("body"), _clauses(node, "phases"), _clauses(node, "commitments")
    )
    node.done()
    return text


def _clauses(node: Node, key: str) -> tuple[Clause, ...]:
    found: dict[str, Clause] = {}
    for each in node.nodes(key):
        clause = Clause(each.text("id"), each.text("text"))
        each.done()
        if clause.id in found:
            raise each.error(f"el id {clause.id} está repetido", "id")
        found[clause.id] = clause
    return tuple(found.values())


def read_aliases(node: Node) -> AliasTable:
    artefact = read_header(node, "aliases")
    found = []
    for each in node.nodes("aliases", required=True):
        current, on, since = each.maybe_text("current"), each.maybe_text("on"), each.maybe_day("since")
        alias = Alias(each.text("alias"), current, on, each.text("source"), since)
        each.done()
        found.append(alias)
    node.done()
    return AliasTable(artefact, tuple(found))


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())

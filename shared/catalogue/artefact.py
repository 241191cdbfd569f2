"""What every artefact of the catalogue has: version, dates, source, people, change log and content hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Generic, Protocol, TypeVar, cast

import rfc8785

from shared.catalogue.errors import CatalogueError
from shared.catalogue.reader import Node
from shared.catalogue.refusals import CatalogueNotEffective
from shared.catalogue.used import note


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who prepared, reviewed or approved a document, as its source says."""

    name: str
    post: str
    on: date | None = None
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the change log (*control de cambios*)."""

    version: str
    on: date
    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class Artefact:
    """One version of one artefact (CAT-02). ``effective_from`` is inclusive, ``effective_to`` exclusive.

    ``sha256`` is of the RFC 8785 canonical form of ``content`` (dates as ISO text), so that an auditor can
    recompute it without this program.
    """

    kind: str
    code: str
    version: str
    effective_from: date
    effective_to: date | None
    document: str
    place: str
    prepared: tuple[Signatory, ...]
    reviewed: tuple[Signatory, ...]
    approved: tuple[Signatory, ...]
    change_log: tuple[Change, ...]
    assumed: bool
    file: str
    content: Mapping[str, Any]
    sha256: str

    def effective(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on < self.effective_to)


def plain(value: Any) -> Any:
    """``value`` as JSON knows it: dates as ISO text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _signatories(node: Node, key: str) -> tuple[Signatory, ...]:
    found = []
    for person in node.nodes(key):
        signature = person.maybe_text("signature")
        found.append(Signatory(person.text("name"), person.text("post"), person.maybe_day("date"), signature))
        person.done()
    return tuple(found)


def _change_log(node: Node) -> tuple[Change, ...]:
    found = []
    for row in node.nodes("change_log"):
        found.append(Change(row.text("version"), row.day("date"), row.text("item", ""), row.text("reason")))
        row.done()
    return tuple(found)


HEADER = frozenset(
    {"code", "version", "effective_from", "effective_to", "source", "assumed"}
    | {"prepared", "reviewed", "approved", "change_log"}
)
"""Keys that say what a version is; the others are its content."""


def read_header(node: Node, kind: str, defaults: Mapping[str, Any] | None = None) -> Artefact:
    """The header of the artefact in ``node``; what is not header is its content.

    ``defaults`` are the header keys that a file gives once for all its entries (parameters).
    """
    node.value = {**(defaults or {}), **node.value}
    content = plain({key: value for key, value in node.value.items() if key not in HEADER})
    document, place = "", ""
    if (source := node.maybe_node("source")) is not None:
        document, place = source.text("document"), source.text("place", "")
        source.done()
    artefact = Artefact(
        kind=kind,
        code=node.text("code"),
        version=node.text("version"),
        effective_from=node.day("effective_from"),
        effective_to=node.maybe_day("effective_to"),
        document=document,
        place=place,
        prepared=_signatories(node, "prepared"),
        reviewed=_signatories(node, "reviewed"),
        approved=_signatories(node, "approved"),
        change_log=_change_log(node),
        assumed=node.flag("assumed"),
        file=node.file,
        content=content,
        sha256=hashlib.sha256(rfc8785.dumps(content)).hexdigest(),
    )
    if artefact.effective_to is not None and artefact.effective_to <= artefact.effective_from:
        raise node.error("debe ser posterior a effective_from", "effective_to")
    return artefact


class Versioned(Protocol):
    @property
    def artefact(self) -> Artefact: ...


V = TypeVar("V", bound=Versioned)


class Dated(Generic[V]):
    """The versions of every artefact of one kind, found by date or by label."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._versions: dict[str, list[V]] = {}

    def add(self, version: V) -> None:
        """Take a version in; refuses one whose dates or label clash with another of the same code (CAT-03)."""
        new = version.artefact
        versions = self._versions.setdefault(new.code, [])
        for old in (each.artefact for each in versions):
            if old.version == new.version:
                problem = f"{new.code} versión {new.version} ya está en {old.file}"
                raise CatalogueError("CATALOGUE_OVERLAP", new.file, "version", problem)
            ends, starts = new.effective_to or date.max, new.effective_from
            if starts < (old.effective_to or date.max) and old.effective_from < ends:
                problem = f"{new.code} versión {new.version} se cruza en fechas con la {old.version} ({old.file})"
                raise CatalogueError("CATALOGUE_OVERLAP", new.file, "effective_from", problem)
        versions.append(version)
        versions.sort(key=lambda each: each.artefact.effective_from)

    def succeed(self, version: V) -> None:
        """Take in a version that was published: an open one ends on the day from which a later one is effective.

        Raises what `add` raises: two versions that start on one day, or one that starts while a closed one holds.
        """
        new = version.artefact
        versions = self._versions.get(new.code, [])
        later = [each.artefact.effective_from for each in versions if each.artefact.effective_from > new.effective_from]
        if new.effective_to is None and later:
            version = _ending(version, min(later))
        earlier = [each for each in versions if each.artefact.effective_from < new.effective_from]
        if earlier and earlier[-1].artefact.effective_to is None:
            versions[versions.index(earlier[-1])] = _ending(earlier[-1], new.effective_from)
        self.add(version)

    def on(self, code: str, on: date) -> V:
        """The version of ``code`` effective on a date; `CatalogueNotEffective` if there is none."""
        for version in self._versions.get(code, ()):
            if version.artefact.effective(on):
                note(self.kind, version)
                return version
        raise CatalogueNotEffective(artefact=code, version="vigente", date=on.isoformat())

    def labelled(self, code: str, label: str) -> V:
        """The version of ``code`` with that label, effective or not; `CatalogueNotEffective` if there is none."""
        for version in self._versions.get(code, ()):
            if version.artefact.version == label:
                note(self.kind, version)
                return version
        raise CatalogueNotEffective(artefact=code, version=label, date="(ninguna fecha)")

    def of(self, code: str) -> tuple[V, ...]:
        """Every version of ``code``, the earliest first."""
        return tuple(self._versions.get(code, ()))

    def __contains__(self, code: str) -> bool:
        return code in self._versions

    def __iter__(self) -> Iterator[V]:
        for versions in self._versions.values():
            yield from versions

    def before(self, code: str, day: date) -> V | None:
        """The last version of ``code`` that is effective from before ``day``; None if there is none."""
        earlier = [each for each in self._versions.get(code, ()) if each.artefact.effective_from < day]
        return earlier[-1] if earlier else None

    def gap(self, code: str, start: date, end: date | None) -> date | None:
        """The first day in [start, end) on which no version of ``code`` is effective, or None."""
        day = start
        for artefact in (each.artefact for each in self._versions.get(code, ())):
            if artefact.effective_from <= day:
                if artefact.effective_to is None:
                    return None
                day = max(day, artefact.effective_to)
        return None if end is not None and day >= end else day


def _ending(version: V, day: date) -> V:
    """The same version with its last day known; its content, and so its hash, is untouched."""
    found: Any = version
    return cast("V", replace(found, artefact=replace(version.artefact, effective_to=day)))

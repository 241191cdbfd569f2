"""Everything that the catalogue's files hold, by kind, before anything is checked against anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.catalogue.artefact import Artefact, Dated
from shared.catalogue.code_lists import CodeList, read_code_list
from shared.catalogue.commands import EDITORS, CommandDefinition, read_commands
from shared.catalogue.criteria import CriteriaSet
from shared.catalogue.criteria_file import read_criteria
from shared.catalogue.editions import Edition
from shared.catalogue.errors import CatalogueError
from shared.catalogue.forms import Form, read_form
from shared.catalogue.instruments import (
    Guide,
    InstrumentVersion,
    MatrixVersion,
    read_guide,
    read_instrument,
    read_matrix,
)
from shared.catalogue.parameters import Parameter, read_parameter, read_parameters
from shared.catalogue.procedures import ProcedureVersion, read_procedure
from shared.catalogue.programmes import (
    ComponentSet,
    Programme,
    ReferenceDocument,
    RouteVersion,
    read_component_set,
    read_document,
    read_programme,
    read_route,
)
from shared.catalogue.reader import Node, parse, read
from shared.catalogue.reports import (
    FigureSet,
    HemiMapping,
    ReportTemplate,
    read_figures,
    read_hemi_mapping,
    read_template,
)
from shared.catalogue.roles import Role, read_roles
from shared.catalogue.texts import AliasTable, Text, read_aliases, read_text
from shared.catalogue.working_days import Calendar, read_calendar


@dataclass
class Contents:
    parameters: Dated[Parameter] = field(default_factory=lambda: Dated("parameter"))
    lists: Dated[CodeList] = field(default_factory=lambda: Dated("code_list"))
    forms: Dated[Form] = field(default_factory=lambda: Dated("form"))
    matrices: Dated[MatrixVersion] = field(default_factory=lambda: Dated("matrix"))
    instruments: Dated[InstrumentVersion] = field(default_factory=lambda: Dated("instrument"))
    guides: Dated[Guide] = field(default_factory=lambda: Dated("guide"))
    texts: Dated[Text] = field(default_factory=lambda: Dated("text"))
    calendars: Dated[Calendar] = field(default_factory=lambda: Dated("calendar"))
    criteria: Dated[CriteriaSet] = field(default_factory=lambda: Dated("criteria"))
    procedures: Dated[ProcedureVersion] = field(default_factory=lambda: Dated("procedure"))
    figures: Dated[FigureSet] = field(default_factory=lambda: Dated("figures"))
    reports: Dated[ReportTemplate] = field(default_factory=lambda: Dated("report_template"))
    hemi: Dated[HemiMapping] = field(default_factory=lambda: Dated("hemi_mapping"))
    programmes: Dated[Programme] = field(default_factory=lambda: Dated("programme"))
    routes: Dated[RouteVersion] = field(default_factory=lambda: Dated("route"))
    component_sets: Dated[ComponentSet] = field(default_factory=lambda: Dated("component_set"))
    documents: Dated[ReferenceDocument] = field(default_factory=lambda: Dated("document"))
    commands: list[CommandDefinition] = field(default_factory=list)
    roles: dict[str, Role] = field(default_factory=dict)
    aliases: Dated[AliasTable] = field(default_factory=lambda: Dated("aliases"))
    tables: list[Artefact] = field(default_factory=list)
    """Roles: one table, not found by code nor by date."""

    def artefacts(self) -> Iterator[Artefact]:
        """Every artefact version, kind by kind."""
        for each in self.by_kind().values():
            for version in each:
                yield version.artefact
        yield from self.tables

    def by_kind(self) -> dict[str, Dated[Any]]:
        """The dated kinds by the name that a procedure's ``needs`` uses."""
        return {
            "procedures": self.procedures,
            "criteria": self.criteria,
            "matrices": self.matrices,
            "forms": self.forms,
            "instruments": self.instruments,
            "guides": self.guides,
            "parameters": self.parameters,
            "lists": self.lists,
            "texts": self.texts,
            "calendars": self.calendars,
            "figures": self.figures,
            "reports": self.reports,
            "hemi": self.hemi,
            "aliases": self.aliases,
            "programmes": self.programmes,
            "routes": self.routes,
            "component_sets": self.component_sets,
            "documents": self.documents,
        }

    def dated(self, kind: str) -> Dated[Any]:
        """The versions of one kind of artefact; StopIteration if there is no such kind."""
        return next(each for each in self.by_kind().values() if each.kind == kind)


def read_contents(root: Path, editions: Sequence[Edition] = (), trying: Edition | None = None) -> Contents:
    """Read every file under ``root``, and the versions that were published besides, as if they had been shipped.

    The folder says the kind; a file in no known folder is refused. ``trying`` is one more version, not yet published.
    """
    found = Contents()
    _refuse_strays(root)
    beside = editions if trying is None else (*editions, trying)
    published = sorted(beside, key=lambda each: (each.effective_from, each.code))
    for kind, folder in FOLDER_OF.items():
        if kind == "criteria":
            # Criteria and procedures are read last: they are checked against the commands, parameters and lists.
            _read_commands(root, found)
        for version in _shipped(root, folder, kind, found, examples_run=not beside):
            found.dated(kind).add(version)
        for edition in published:
            if edition.kind == kind:
                _publish(found, edition, examples_run=edition is trying)
    roles = read_roles(_file(root, "roles.yaml"))
    found.roles = {role.code: role for role in roles.roles}
    found.tables = [roles.artefact]
    return found


def read_edition(edition: Edition, contents: Contents, *, examples_run: bool = True) -> Any:
    """The version in the text of ``edition``, read against ``contents``. Raises `CatalogueError`."""
    name = f"{edition.code} {edition.version}".strip() or "archivo"
    return _read(edition.kind, Node(parse(edition.text, name), name), contents, examples_run=examples_run)


def _publish(contents: Contents, edition: Edition, *, examples_run: bool) -> None:
    dated = contents.dated(edition.kind)
    version = read_edition(edition, contents, examples_run=examples_run)
    if any(
        each.artefact.sha256 == version.artefact.sha256
        for each in dated.of(version.artefact.code)
        if each.artefact.version == version.artefact.version
    ):
        # A later release ships what was published before it.
        return
    dated.succeed(version)


def _read(kind: str, node: Node, contents: Contents, *, examples_run: bool) -> Any:
    if kind == "criteria":
        return read_criteria(node, contents.parameters, contents.lists, examples_run=examples_run)
    if kind == "procedure":
        others = contents.procedures.of(str(node.value.get("code")))
        return read_procedure(node, contents.commands, {state for each in others for state in each.states})
    return _READERS[kind](node)


def _shipped(root: Path, folder: str, kind: str, contents: Contents, *, examples_run: bool) -> Iterator[Any]:
    if kind == "aliases":
        yield read_aliases(_file(root, "aliases.yaml"))
        return
    for node in _files(root, folder):
        if kind == "parameter":
            yield from read_parameters(node)
        else:
            yield _read(kind, node, contents, examples_run=examples_run)


def _read_commands(root: Path, found: Contents) -> None:
    for file in sorted((root / "commands").glob("*.yaml")):
        # A service with many commands has several files: ``assistance.yaml``, ``assistance-follow-up.yaml``.
        stem = file.stem.partition("-")[0]
        for service in EDITORS if stem == EVERY else (stem,):
            known = {each.command for each in found.commands if each.service == service}
            for each in read_commands(read(root, file), service, file.relative_to(root).as_posix()):
                if each.command in known:
                    problem = f"el comando {each.command} está repetido"
                    raise CatalogueError("CATALOGUE_INVALID", each.file, each.place, problem)
                found.commands.append(each)


_READERS: dict[str, Callable[[Node], Any]] = {
    "parameter": read_parameter,
    "code_list": read_code_list,
    "form": read_form,
    "matrix": read_matrix,
    "instrument": read_instrument,
    "guide": read_guide,
    "text": read_text,
    "calendar": read_calendar,
    "figures": read_figures,
    "report_template": read_template,
    "hemi_mapping": read_hemi_mapping,
    "aliases": read_aliases,
    "programme": read_programme,
    "route": read_route,
    "component_set": read_component_set,
    "document": read_document,
}

FOLDER_OF = {
    "parameter": "parameters",
    "code_list": "lists",
    "form": "forms",
    "matrix": "matrices",
    "instrument": "instruments",
    "guide": "guides",
    "text": "texts",
    "calendar": "calendar",
    "figures": "figures",
    "report_template": "reports",
    "hemi_mapping": "hemi",
    "aliases": "",
    "programme": "programmes",
    "route": "routes",
    "component_set": "component_sets",
    "document": "documents",
    "criteria": "criteria",
    "procedure": "procedures",
}
"""Kinds of artefact in the order in which they are read, with the folder of the shipped ones."""

EVERY = "every"
"""Stem of a file of commands that each service of the procedure has."""

FOLDERS = frozenset(
    {"calendar", "commands", "criteria", "forms", "guides", "instruments"}
    | {"lists", "matrices", "parameters", "procedures", "texts"}
    | {"figures", "reports", "hemi"}
    | {"programmes", "routes", "component_sets", "documents"}
)


def _refuse_strays(root: Path) -> None:
    for file in root.rglob("*.yaml"):
        parts = file.relative_to(root).parts
        if parts in (("roles.yaml",), ("aliases.yaml",)) or (len(parts) == 2 and parts[0] in FOLDERS):
            continue
        raise CatalogueError("CATALOGUE_INVALID", "/".join(parts), "", "el archivo no está en una carpeta conocida")


def _files(root: Path, folder: str) -> Iterator[Node]:
    for file in sorted((root / folder).glob("*.yaml")):
        yield _node(root, file)


def _file(root: Path, name: str) -> Node:
    file = root / name
    if not file.is_file():
        raise CatalogueError("CATALOGUE_INVALID", name, "", "falta este archivo")
    return _node(root, file)


def _node(root: Path, file: Path) -> Node:
    return Node(read(root, file), file.relative_to(root).as_posix())

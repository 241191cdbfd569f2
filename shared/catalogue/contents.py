"""Everything that the catalogue's files hold, by kind, before anything is checked against anything else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.catalogue.artefact import Artefact, Dated
from shared.catalogue.code_lists import CodeList, read_code_list
from shared.catalogue.commands import CommandDefinition, read_commands
from shared.catalogue.criteria import CriteriaSet
from shared.catalogue.criteria_file import read_criteria
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
from shared.catalogue.parameters import Parameter, read_parameters
from shared.catalogue.procedures import ProcedureVersion, read_procedure
from shared.catalogue.reader import Node, read
from shared.catalogue.reports import (
    FigureSet,
    HemiMapping,
    ReportTemplate,
    read_figures,
    read_hemi_mapping,
    read_template,
)
from shared.catalogue.roles import Role, read_roles
from shared.catalogue.texts import Alias, Text, read_aliases, read_text
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
    commands: list[CommandDefinition] = field(default_factory=list)
    roles: dict[str, Role] = field(default_factory=dict)
    aliases: tuple[Alias, ...] = ()
    tables: list[Artefact] = field(default_factory=list)
    """Roles and aliases: one table each, not found by code."""

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
        }


def read_contents(root: Path) -> Contents:
    """Read every file under ``root``. The folder says the kind; a file in no known folder is refused."""
    found = Contents()
    _refuse_strays(root)
    for node in _files(root, "parameters"):
        for parameter in read_parameters(node):
            found.parameters.add(parameter)
    for node in _files(root, "lists"):
        found.lists.add(read_code_list(node))
    for node in _files(root, "forms"):
        found.forms.add(read_form(node))
    for node in _files(root, "matrices"):
        found.matrices.add(read_matrix(node))
    for node in _files(root, "instruments"):
        found.instruments.add(read_instrument(node))
    for node in _files(root, "guides"):
        found.guides.add(read_guide(node))
    for node in _files(root, "texts"):
        found.texts.add(read_text(node))
    for node in _files(root, "calendar"):
        found.calendars.add(read_calendar(node))
    for node in _files(root, "figures"):
        found.figures.add(read_figures(node))
    for node in _files(root, "reports"):
        found.reports.add(read_template(node))
    for node in _files(root, "hemi"):
        found.hemi.add(read_hemi_mapping(node))
    for file in sorted((root / "commands").glob("*.yaml")):
        # A service with many commands has several files: ``assistance.yaml``, ``assistance-follow-up.yaml``.
        service = file.stem.partition("-")[0]
        known = {each.command for each in found.commands if each.service == service}
        for each in read_commands(read(root, file), service, file.relative_to(root).as_posix()):
            if each.command in known:
                problem = f"el comando {each.command} está repetido"
                raise CatalogueError("CATALOGUE_INVALID", each.file, each.place, problem)
            found.commands.append(each)
    for node in _files(root, "criteria"):
        found.criteria.add(read_criteria(node, found.parameters, found.lists))
    for node in _files(root, "procedures"):
        found.procedures.add(read_procedure(node, found.commands))
    roles = read_roles(_file(root, "roles.yaml"))
    found.roles = {role.code: role for role in roles.roles}
    aliases = read_aliases(_file(root, "aliases.yaml"))
    found.aliases = aliases.aliases
    found.tables = [roles.artefact, aliases.artefact]
    return found


FOLDERS = frozenset(
    {"calendar", "commands", "criteria", "forms", "guides", "instruments"}
    | {"lists", "matrices", "parameters", "procedures", "texts"}
    | {"figures", "reports", "hemi"}
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

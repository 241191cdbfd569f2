"""The dated catalogue: one object that answers what was in force on a date (design 5, requirements 2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import UUID

from shared.catalogue.artefact import Artefact, Dated, V, Versioned
from shared.catalogue.checks import check
from shared.catalogue.code_lists import CodeList
from shared.catalogue.commands import SERVICES, CommandDefinition
from shared.catalogue.contents import Contents, read_contents, read_edition
from shared.catalogue.criteria import CriteriaSet
from shared.catalogue.editions import Edition
from shared.catalogue.errors import CatalogueError
from shared.catalogue.forms import Form
from shared.catalogue.instruments import Guide
from shared.catalogue.parameters import Parameter, Value
from shared.catalogue.procedures import ProcedureVersion
from shared.catalogue.programmes import ComponentSet, Programme, ReferenceDocument, RouteVersion
from shared.catalogue.refusals import CatalogueNotEffective
from shared.catalogue.reports import FigureSet, HemiMapping, ReportTemplate
from shared.catalogue.roles import Role
from shared.catalogue.texts import Alias, Text
from shared.catalogue.types import Instrument, OutcomeMatrix
from shared.catalogue.working_days import Calendar

PACKAGED = Path(__file__).parent / "data"

Signature = tuple[tuple[str, int, int], ...]
_Which = tuple[Path, frozenset[UUID]]
_loaded: dict[_Which, tuple[Signature, Catalogue]] = {}
_LOADED_KEPT = 8
_loading = Lock()


class Catalogue:
    """Every artefact version, checked. Immutable; share one instance between threads.

    Methods that take ``on`` raise `CatalogueNotEffective` when nothing of that code is in force on the date.
    """

    def __init__(self, contents: Contents, root: Path = PACKAGED) -> None:
        self._contents = contents
        self.root = root

    @classmethod
    def load(cls, path: Path | str | None = None, editions: Iterable[Edition] = ()) -> Catalogue:
        """The catalogue under ``path`` (the packaged one by default), checked whole; kept until a file changes.

        ``editions`` are the versions that were published besides those of the files. Raises `CatalogueError` naming
        the file and the place of the first thing wrong.
        """
        published = tuple(editions)
        root = PACKAGED if path is None else Path(path).resolve()
        if not root.is_dir():
            raise CatalogueError("CATALOGUE_INVALID", str(root), "", "no existe esta carpeta de catálogo")
        with _loading:
            signature = _signature(root)
            which = (root, frozenset(each.id for each in published))
            kept = _loaded.get(which)
            if kept is None or kept[0] != signature:
                contents = read_contents(root, published)
                check(contents)
                kept = _loaded[which] = (signature, Catalogue(contents, root))
                while len(_loaded) > _LOADED_KEPT:
                    del _loaded[next(iter(_loaded))]
        return kept[1]

    def trying(self, edition: Edition | None, beside: Iterable[Edition]) -> Catalogue:
        """The catalogue as it would be with ``edition`` published too, or with those ``beside`` it alone.

        Raises `CatalogueError`.
        """
        contents = read_contents(self.root, tuple(beside), edition)
        check(contents)
        return Catalogue(contents, self.root)

    def version_of(self, edition: Edition) -> Versioned:
        """The version that a file holds, read beside this catalogue's. Raises `CatalogueError`."""
        version: Versioned = read_edition(edition, self._contents)
        return version

    def before(self, kind: str, code: str, day: date) -> Versioned | None:
        """The last version of an artefact that is effective from before ``day``; None if there is none."""
        version: Versioned | None = self._contents.dated(kind).before(code, day)
        return version

    # -- rules in force -------------------------------------------------------------------------------------------

    def parameter(self, code: str, on: date) -> Value:
        """The value of a parameter on a date; None if the source gives none (`Parameter.unit` says of what)."""
        return self.parameter_version(code, on).value

    def versions(self, kind: str, code: str) -> tuple[Any, ...]:
        """Every version of an artefact, the earliest first."""
        found: tuple[Any, ...] = self._contents.dated(kind).of(code)
        return found

    def value(self, code: str, on: date) -> Decimal | int | date:
        """The value of a parameter that a step needs; `CatalogueNotEffective` while it is empty: the step waits."""
        found = self.parameter(code, on)
        if found is None:
            raise CatalogueNotEffective(artefact=code, version="con valor", date=on.isoformat())
        return found

    def parameter_version(self, code: str, on: date) -> Parameter:
        return self._contents.parameters.on(code, on)

    def procedure(self, code: str, on: date) -> ProcedureVersion:
        """The version under which a case opened on that date runs (CAT-05)."""
        return self._contents.procedures.on(code, on)

    def procedure_labelled(self, code: str, version: str) -> ProcedureVersion:
        """The version that a case stores as its own."""
        return self._contents.procedures.labelled(code, version)

    def criteria(self, code: str, on: date) -> CriteriaSet:
        found = self._contents.criteria.on(code, on)
        for parameter in found.parameters.values():
            # A set keeps what it read of them; that they were used is noted each time.
            self._contents.parameters.on(parameter, on)
        return found

    def matrix(self, code: str, on: date) -> OutcomeMatrix:
        return self._contents.matrices.on(code, on).matrix

    def instrument(self, code: str, on: date | None = None, *, version: str | None = None) -> Instrument:
        """By date, or by the version that an application stores."""
        return _pick(self._contents.instruments, code, on, version).instrument

    def guide(self, code: str, on: date | None = None, *, version: str | None = None) -> Guide:
        return _pick(self._contents.guides, code, on, version)

    def text(self, code: str, on: date | None = None, *, version: str | None = None) -> Text:
        return _pick(self._contents.texts, code, on, version)

    def form(self, code: str, on: date | None = None, *, version: str | None = None) -> Form:
        """The form in force on a date, or the version that an instance stores (X-02)."""
        return _pick(self._contents.forms, code, on, version)

    def code_list(self, name: str, on: date) -> CodeList:
        return self._contents.lists.on(name, on)

    def calendar(self, code: str, on: date) -> Calendar:
        return self._contents.calendars.on(code, on)

    def figures(self, code: str, on: date | None = None, *, version: str | None = None) -> FigureSet:
        return _pick(self._contents.figures, code, on, version)

    def report_template(self, code: str, on: date | None = None, *, version: str | None = None) -> ReportTemplate:
        """The template in force on the last day of the period, or the version that a report stores (CAT-05)."""
        return _pick(self._contents.reports, code, on, version)

    def hemi_mapping(self, code: str, on: date) -> HemiMapping:
        return self._contents.hemi.on(code, on)

    def programme(self, code: str, on: date) -> Programme:
        return self._contents.programmes.on(code, on)

    def route(self, code: str, on: date) -> RouteVersion:
        return self._contents.routes.on(code, on)

    def component_set(self, code: str, on: date) -> ComponentSet:
        """The intervention model in force (act. 17)."""
        return self._contents.component_sets.on(code, on)

    def document(self, code: str, on: date) -> ReferenceDocument:
        """What is kept of a document that the procedure cites (requirements 4.3)."""
        return self._contents.documents.on(code, on)

    # -- commands and roles ---------------------------------------------------------------------------------------

    def command(self, name: str, service: str | None = None) -> CommandDefinition:
        """A command by name; KeyError if there is none.

        A side exit exists in each service that can own the state (CASE-3): then ``service`` says which; without
        it the first in the order of the services.
        """
        for each in self.commands(service):
            if each.command == name:
                return each
        raise KeyError(name)

    def commands(self, service: str | None = None) -> tuple[CommandDefinition, ...]:
        """The commands of one service or of all, in the order of services and files."""
        wanted = SERVICES if service is None else (service,)
        return tuple(each for name in wanted for each in self._contents.commands if each.service == name)

    @property
    def roles(self) -> tuple[Role, ...]:
        return tuple(self._contents.roles.values())

    def role(self, code: str) -> Role:
        """A role by its code; KeyError if there is none."""
        return self._contents.roles[code]

    @property
    def aliases(self) -> tuple[Alias, ...]:
        """The rows of the last version of the alias table."""
        return tuple(self._contents.aliases)[-1].aliases

    def current_name(self, name: str, on: date) -> str | None:
        """What a document or office that is called ``name`` is called on a date (X-20); None if it was removed.

        A name that the table does not hold, or not yet on that date, is its own current name.
        """
        tables = tuple(self._contents.aliases)
        # The first table also tells of the changes before it: each row has the day of its own.
        table = next((each for each in reversed(tables) if each.artefact.effective_from <= on), tables[0])
        return next((each.current for each in table.aliases if each.holds(name, on)), name)

    # -- all of it ------------------------------------------------------------------------------------------------

    def artefacts(self) -> Iterator[Artefact]:
        """Every version of every artefact."""
        return self._contents.artefacts()

    def kinds(self) -> list[tuple[Artefact, str]]:
        """Every version that a service owns, with the service that fills it where it is a form."""
        return [
            (version.artefact, str(getattr(version, "service", "")))
            for dated in self._contents.by_kind().values()
            for version in dated
        ]

    def found(self, kind: str, code: str, version: str) -> Artefact:
        """The version of that label. Raises `CatalogueNotEffective`."""
        artefact: Artefact = self.labelled(kind, code, version).artefact
        return artefact

    def labelled(self, kind: str, code: str, version: str) -> Any:
        """The version of that label as its kind has it. Raises `CatalogueNotEffective`."""
        try:
            dated = self._contents.dated(kind)
        except StopIteration:
            raise CatalogueNotEffective(artefact=kind, version=version, date="(ninguna fecha)") from None
        return dated.labelled(code, version)

    def forms(self) -> tuple[Form, ...]:
        return tuple(self._contents.forms)

    def procedures(self) -> tuple[ProcedureVersion, ...]:
        return tuple(self._contents.procedures)


def _pick(versions: Dated[V], code: str, on: date | None, version: str | None) -> V:
    if version is not None:
        return versions.labelled(code, version)
    if on is None:
        raise TypeError("give the date or the version")
    return versions.on(code, on)


def _signature(root: Path) -> Signature:
    """Name, size and change time of every file: a changed catalogue is read again, an unchanged one is not."""
    found = []
    for file in sorted(root.rglob("*.yaml")):
        stat = file.stat()
        found.append((str(file), stat.st_mtime_ns, stat.st_size))
    return tuple(found)

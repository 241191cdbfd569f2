"""Making a read model once more, in a file of its own, and comparing it row by row with the one in service.

Nothing is written where the service keeps things: whoever verifies may run beside it, or on a copy. Of a row that
differs table, key and column are named and never a value.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from shared.audit.verdict import Report
from shared.delivery.errors import Away, Diverged
from shared.delivery.ports import FeedSource
from shared.eventstore import tracking
from shared.eventstore.application import ServiceApplication
from shared.eventstore.tables import log_head
from shared.runtime.definition import ServiceDefinition
from shared.runtime.shadowing import Places, Upstreams

BATCH = 1_000
Told = Callable[[int, int], None]
Row = Mapping[str, Any]
_CODE = re.compile(r"[A-Za-z_][A-Za-z_.-]{0,39}")


def compare_read_model(
    application: ServiceApplication,
    definition: ServiceDefinition,
    feeds: Mapping[str, FeedSource],
    report: Report,
    told: Told = lambda *_: None,
) -> None:
    """Hold the read model of ``application`` to what its logs make; adds to ``report`` what differs first.

    ``feeds`` of those that it follows are needed where it `only_reads`. Everything of its own is read at one moment.
    Raises `Away` when an upstream does not answer.
    """
    views = application.views
    with application.database.read() as connection:
        if not (views.is_current(connection, definition.name) and views.is_built(connection, definition.name)):
            return
        try:
            with made_anew(application, definition, feeds, connection, told) as made:
                hold(application, connection, made, report)
        except Diverged as error:
            report.diverged("UPSTREAM_DIVERGES", None, f"lo que siguió de otro servicio es otra historia: {error}")
        except Unmade as error:
            what = f"el modelo de lectura no se puede hacer de nuevo de los eventos ({error})"
            report.broke("READ_MODEL_UNMADE", None, what)


class Unmade(Exception):
    """The events do not make the read model: what is stored is not what was applied. The text names the error's kind
    alone, for the error's own could quote a value."""


@contextmanager
def made_anew(
    application: ServiceApplication,
    definition: ServiceDefinition,
    feeds: Mapping[str, FeedSource],
    connection: Connection,
    told: Told = lambda *_: None,
) -> Iterator[Connection]:
    """The read model as the log makes it that ``connection`` sees, in a file that goes with the block.

    Raises `Unmade`, `Diverged` and `Away`.
    """
    with (
        tempfile.TemporaryDirectory(prefix="impulso-verify-") as folder,
        _scratch(Path(folder), application.views) as scratch,
    ):
        try:
            _Making(application, definition, feeds, connection, scratch, told).run()
        except (Away, Diverged):
            raise
        except Exception as error:
            raise Unmade(type(error).__name__) from error
        with scratch.connect() as made:
            yield made


def hold(application: ServiceApplication, stored: Connection, made: Connection, report: Report) -> None:
    """Compare the tables of two read models row by row; what differs first is added to ``report``."""
    _Comparing(application, stored, made, report).run()


@contextmanager
def _scratch(folder: Path, views: Any) -> Iterator[Engine]:
    engine = sa.create_engine(f"sqlite:///{folder / 'made.db'}", hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def quick(connection: Any, _record: Any) -> None:
        # Thrown away afterwards: nothing of it needs to survive a power failure.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")

    try:
        views.metadata.create_all(engine)
        yield engine
    finally:
        engine.dispose()


class _Making:
    """Fills the tables in ``scratch`` with what is seen through ``connection``."""

    def __init__(
        self,
        application: ServiceApplication,
        definition: ServiceDefinition,
        feeds: Mapping[str, FeedSource],
        connection: Connection,
        scratch: Engine,
        told: Told,
    ) -> None:
        self._app = application
        self._definition = definition
        self._connection = connection
        self._scratch = scratch
        self._told = told
        self._done = 0
        self._total = 0
        self._upstreams = Upstreams(
            application,
            definition.reactions,
            feeds if definition.only_reads else {},
            position=partial(tracking.position_of, connection),
            stored=self._stored,
            made=scratch.connect,
        )

    def run(self) -> None:
        places = Places()
        head: int = self._connection.execute(sa.select(log_head.c.head)).scalar_one()
        self._total = head + self._upstreams.left(places)
        while entries := self._app.log.entries(places.own, BATCH, self._connection):
            recorded = self._app.mapper.open_many(entries)  # type: ignore[attr-defined]
            with self._scratch.begin() as made:
                self._app.views.project_all(made, recorded, self._app)
            places = replace(places, own=entries[-1].sequence)
            self._step(len(entries))
        while (piece := self._upstreams.piece(places)) is not None:
            with self._scratch.begin() as made:
                piece.apply(made)
            places = piece.places
            self._step(piece.entries)
        with self._scratch.begin() as made:
            self._upstreams.settled_since(places).apply(made)

    def _stored(self) -> AbstractContextManager[Connection]:
        return nullcontext(self._connection)

    def _step(self, entries: int) -> None:
        self._done += entries
        self._told(min(self._done, self._total), self._total)


class _Comparing:
    """Two read models of the same tables, read along with each other by their keys."""

    def __init__(self, application: ServiceApplication, stored: Connection, made: Connection, report: Report) -> None:
        self._app = application
        self._stored = stored
        self._made = made
        self._report = report

    def run(self) -> None:
        self._report.rows = 0
        views = self._app.views
        for table in views.metadata.sorted_tables:
            if table.name not in views.kept and not self._same(table):
                return

    def _same(self, table: sa.Table) -> bool:
        key = [column.name for column in table.primary_key.columns]
        stored, made = _rows(self._stored, table, key), _rows(self._made, table, key)
        here, there = next(stored, None), next(made, None)
        while here is not None or there is not None:
            at, by = (None if row is None else tuple(row[name] for name in key) for row in (here, there))
            if at is None or (by is not None and by < at):
                self._broke(table, by, "falta, y los eventos la dan")
                return False
            if by is None or at < by:
                self._broke(table, at, "sobra: ningún evento la da")
                return False
            assert here is not None and there is not None
            if (column := self._differs(table, here, there)) is not None:
                self._broke(table, at, f"la columna «{column}» no es la que dan los eventos")
                return False
            self._report.rows = (self._report.rows or 0) + 1
            here, there = next(stored, None), next(made, None)
        return True

    def _differs(self, table: sa.Table, here: Row, there: Row) -> str | None:
        """The first column in which two rows of one key are not the same."""
        others = (name for name in here if here[name] != there[name])
        return next((name for name in others if self._says_else(table, name, here, there)), None)

    def _says_else(self, table: sa.Table, name: str, here: Row, there: Row) -> bool:
        """Whether column ``name`` says something else ``here``. Sealed again the same value is other bytes, so it is
        opened, each column by itself: what does not open in one says nothing of the others."""
        opened = self._app.views.opened
        if opened is None:
            return True
        try:
            mixed, whole = (opened(self._app, table.name, row) for row in ({**there, name: here[name]}, there))
        except Exception:
            # For whatever it does not open: what the service sealed there opens.
            return True
        return bool(mixed[name] != whole[name])

    def _broke(self, table: sa.Table, key: Sequence[Any] | None, what: str) -> None:
        shown = ", ".join(_shown(value) for value in key or ())
        self._report.broke("READ_MODEL_CHANGED", None, f"tabla «{table.name}», fila {shown}: {what}")


def _rows(connection: Connection, table: sa.Table, key: Sequence[str]) -> Iterator[Row]:
    order: list[Any] = []
    for name in key:
        column = table.c[name]
        # By the bytes on both sides: a language's own order of letters is another one.
        binary = connection.dialect.name == "postgresql" and isinstance(column.type, sa.String)
        order.append(column.collate("C") if binary else column)
    query = sa.select(table).order_by(*order).execution_options(yield_per=BATCH)
    for row in connection.execute(query):
        yield row._asdict()


def _shown(value: Any) -> str:
    """A part of a key as it may be told: ids, numbers, days and words of a code; anything else by its fingerprint."""
    if isinstance(value, (UUID, int, date)) or (isinstance(value, str) and _CODE.fullmatch(value)):
        return str(value)
    return "#" + hashlib.sha256(str(value).encode()).hexdigest()[:12]

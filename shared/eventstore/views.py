"""Read models of a service: tables that can be thrown away and made anew from the log."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CreateIndex, CreateTable

from shared.eventstore import shadow
from shared.eventstore.metadata import Meta
from shared.eventstore.read_model import ReadModel
from shared.eventstore.tables import view_schema

if TYPE_CHECKING:
    from shared.eventstore.application import ServiceApplication

Project = Callable[[ReadModel, Any, Meta, "ServiceApplication"], None]
ProjectMany = Callable[[ReadModel, Sequence[tuple[Any, Meta]], "ServiceApplication"], None]

Opened = Callable[["ServiceApplication", str, Mapping[str, Any]], Mapping[str, Any]]
"""``opened(application, table, row)``: the row with what is sealed in it in the clear; never to be shown."""


def _nothing(_model: ReadModel, _event: Any, _meta: Meta, _app: ServiceApplication) -> None:
    return None


@dataclass(frozen=True)
class Views:
    """The read model of a service: its tables, and how one of its own events changes them.

    ``project(model, event, meta, application)`` runs in the transaction that stores the event, before the append: it
    must not call the clock nor depend on the event's place in the log. ``project_many`` does the same for the events
    of one transaction at once, where that saves work.
    """

    metadata: sa.MetaData
    project: Project = _nothing
    project_many: ProjectMany | None = None
    kept: frozenset[str] = frozenset()
    """Tables whose rows are in no log (pauses, addresses of files): rebuilds carry them over, backups hold them."""
    opened: Opened | None = None
    """What is sealed in a row, opened: sealed again it is other bytes, so two rows are compared by what it says."""

    def fingerprint(self) -> str:
        """Hash of the tables' definition: a new one means the read model must be made anew."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        from sqlalchemy.dialects import sqlite

        dialect = sqlite.dialect()
        parts = []
        for table in self.metadata.sorted_tables:
            parts.append(str(CreateTable(table).compile(dialect=dialect)))
            parts.extend(sorted(str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def is_current(self, connection: Connection, name: str) -> bool:
        """True when the tables in the database are of this definition."""
        found = connection.execute(sa.select(view_schema.c.fingerprint).where(view_schema.c.name == name)).scalar()
        return found == self.fingerprint()

    def project_all(
        self, connection: Connection, recorded: Sequence[tuple[Any, Meta]], application: ServiceApplication
    ) -> None:
        """Apply events in order, their changes gathered: the more events, the fewer statements for each."""
        model = ReadModel(connection)
        if self.project_many is not None:
            self.project_many(model, recorded, application)
        else:
            for event, meta in recorded:
                self.project(model, event, meta, application)
        model.flush()

    def retire(self, connection: Connection, name: str) -> None:
        """Whoever knows the tables as they are writes no more; they are about to be made anew."""
        connection.execute(view_schema.update().where(view_schema.c.name == name).values(fingerprint="", built=False))

    def recreate(self, connection: Connection, name: str) -> None:
        """Drop and create the tables, empty. Run as owner; afterwards the read model must be rebuilt."""
        if connection.dialect.name == "sqlite":
            # A rebuild that was given up leaves indexes under the names that are to be taken.
            shadow.clear_away(connection, self.metadata)
        self.metadata.drop_all(connection)
        self.metadata.create_all(connection, checkfirst=False)
        if connection.dialect.name == "postgresql":
            # The application's role owns nothing and could not make them when it needs them.
            shadow.make(connection, self.metadata)
        connection.execute(view_schema.delete().where(view_schema.c.name == name))
        connection.execute(view_schema.insert().values(name=name, fingerprint=self.fingerprint(), built=False))

    def is_built(self, connection: Connection, name: str) -> bool:
        """True when the log has been applied to the tables since they were made."""
        return bool(connection.execute(sa.select(view_schema.c.built).where(view_schema.c.name == name)).scalar())

    def mark_built(self, connection: Connection, name: str) -> None:
        connection.execute(view_schema.update().where(view_schema.c.name == name).values(built=True))

    def clear(self, connection: Connection) -> None:
        """Empty every table that can be filled again from the log."""
        for table in reversed(self.metadata.sorted_tables):
            if table.name not in self.kept:
                connection.exec_driver_sql(f'DELETE FROM "{table.name}"')

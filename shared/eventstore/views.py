"""Read models of a service: tables that can be thrown away and made anew from the log."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CreateIndex, CreateTable

from shared.eventstore.metadata import Meta
from shared.eventstore.tables import view_schema

if TYPE_CHECKING:
    from shared.eventstore.application import ServiceApplication

Project = Callable[[Connection, Any, Meta, "ServiceApplication"], None]
ProjectMany = Callable[[Connection, Sequence[tuple[Any, Meta]], "ServiceApplication"], None]


def _nothing(_connection: Connection, _event: Any, _meta: Meta, _app: ServiceApplication) -> None:
    return None


@dataclass(frozen=True)
class Views:
    """The read model of a service: its tables, and how one of its own events changes them.

    ``project(connection, event, meta, application)`` runs in the transaction that stores the event, before the
    append: it must not call the clock nor depend on the event's place in the log. ``project_many`` does the same for
    the events of one transaction at once, where that saves statements.
    """

    metadata: sa.MetaData
    project: Project = _nothing
    project_many: ProjectMany | None = None

    def fingerprint(self) -> str:
        """Hash of the tables' definition: a new one means the read model must be made anew."""
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

    def recreate(self, connection: Connection, name: str) -> None:
        """Drop and create the tables, empty. Run as owner; afterwards the read model must be rebuilt."""
        self.metadata.drop_all(connection)
        self.metadata.create_all(connection)
        connection.execute(view_schema.delete().where(view_schema.c.name == name))
        connection.execute(view_schema.insert().values(name=name, fingerprint=self.fingerprint(), built=False))

    def is_built(self, connection: Connection, name: str) -> bool:
        """True when the log has been applied to the tables since they were made."""
        return bool(connection.execute(sa.select(view_schema.c.built).where(view_schema.c.name == name)).scalar())

    def mark_built(self, connection: Connection, name: str) -> None:
        connection.execute(view_schema.update().where(view_schema.c.name == name).values(built=True))

    def clear(self, connection: Connection) -> None:
        """Empty every table."""
        for table in reversed(self.metadata.sorted_tables):
            connection.execute(table.delete())

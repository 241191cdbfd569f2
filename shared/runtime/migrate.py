"""Schemas of the databases, by alembic: made new, brought up to date, or found to be of other code.

Run as the owner of the tables. On PostgreSQL the application works under a second role that owns nothing: it may
append events and cannot change them, nor the tables, nor the triggers that refuse it.

Alembic is loaded where it is used: a process that serves over tables that stand never needs it.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.delivery.tables import metadata as delivery_tables
from shared.eventstore import guards, shadow
from shared.eventstore.database import Database
from shared.eventstore.tables import metadata as store_tables
from shared.eventstore.views import Views
from shared.privacy.key_store import metadata as key_tables

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

ENTRY_POINTS = "impulso.schemas"
APPEND_ONLY = tuple(guards.GUARDED)


@dataclass(frozen=True)
class Schema:
    """A set of tables with its migrations: ``location`` is the package that holds alembic's ``env.py``.

    ``fleeting`` names the tables that no backup keeps: what they hold must not come back.
    """

    name: str
    tables: tuple[sa.MetaData, ...]
    location: str
    fleeting: frozenset[str] = frozenset()

    @property
    def version_table(self) -> str:
        return f"{self.name}_schema_version"

    def config(self, connection: Connection) -> Config:
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(importlib.resources.files(self.location)))
        config.attributes["connection"] = connection
        config.attributes["version_table"] = self.version_table
        config.attributes["metadata"] = list(self.tables)
        return config

    def head(self, connection: Connection) -> str:
        """The newest revision that this code knows."""
        if self.location not in _HEADS:
            head = self._scripts(connection).get_current_head()
            assert head is not None, self.location
            _HEADS[self.location] = head
        return _HEADS[self.location]

    @property
    def names(self) -> list[str]:
        """The tables' names."""
        return [table.name for tables in self.tables for table in tables.sorted_tables]

    def first(self, connection: Connection) -> str:
        """The oldest revision."""
        return str(self._scripts(connection).get_base())

    def knows(self, connection: Connection, revision: str) -> bool:
        """True when ``revision`` is one of this code's, so that a database at it can be brought up to date."""
        known = self._scripts(connection).walk_revisions()
        return revision in {each.revision for each in known}

    def current(self, connection: Connection) -> str | None:
        """The revision that the database is at; None for one that was never made."""
        from alembic.migration import MigrationContext

        return MigrationContext.configure(connection, opts={"version_table": self.version_table}).get_current_revision()

    def _scripts(self, connection: Connection) -> ScriptDirectory:
        from alembic.script import ScriptDirectory

        return ScriptDirectory.from_config(self.config(connection))


_HEADS: dict[str, str] = {}
"""Read once: alembic compiles every script of the folder to find the last one."""
STORE = Schema("store", (store_tables, delivery_tables), "shared.runtime.migrations.store")
KEYS = Schema("keys", (key_tables,), "shared.runtime.migrations.keys")


@cache
def extra_schemas(service: str) -> tuple[Schema, ...]:
    """Further tables of a service that are no read model (entry-point group ``impulso.schemas``)."""
    return tuple(point.load() for point in entry_points(group=ENTRY_POINTS) if point.name == service)


def upgrade(database: Database, schemas: Collection[Schema]) -> list[str]:
    """Bring each schema to this code's revision; what was done, one line each. Idempotent, one transaction.

    A guard of the history that somebody took away is put back.
    """
    from alembic import command

    done = []
    with database.write(alone=True) as connection:
        for schema in schemas:
            before, head = schema.current(connection), schema.head(connection)
            if before == head:
                continue
            if before is None and all(sa.inspect(connection).has_table(name) for name in schema.names):
                # Made by the embedded host, which keeps no revision of them: they are those of the first one.
                command.stamp(schema.config(connection), schema.first(connection))
            command.upgrade(schema.config(connection), "head")
            done.append(f"{schema.name}: {before or 'nuevo'} → {head}")
        if STORE in schemas and guards.missing(connection):
            guards.install(connection)
            done.append("protecciones de la historia: puestas de nuevo")
    return done


def make_new(database: Database, schemas: Iterable[Schema]) -> None:
    """Make the tables of this code at once where nothing stands yet, else `upgrade`. For the embedded host and tests.

    Alembic needs a third of a second a database; six services on a laptop would wait two seconds at every start.
    """
    rest = []
    # Alone: two processes that start together would both find nothing, and one would fail to make it.
    with database.write(alone=True) as connection:
        for schema in schemas:
            if sa.inspect(connection).has_table(schema.version_table):
                rest.append(schema)
                continue
            for tables in schema.tables:
                tables.create_all(connection)
            if schema is STORE:
                guards.install(connection)
            connection.execute(sa.text(f"CREATE TABLE {schema.version_table} (version_num VARCHAR(32) NOT NULL)"))
            connection.execute(
                sa.text(f"INSERT INTO {schema.version_table} (version_num) VALUES (:head)"),
                {"head": schema.head(connection)},
            )
    with database.read() as connection:
        outdated = [schema for schema in rest if schema.current(connection) != schema.head(connection)]
    if outdated:
        upgrade(database, outdated)


def make_views(database: Database, views: Views, name: str) -> bool:
    """Make the read model's tables when they are of another definition; True when they must be built from the log."""
    # Told first, and committed: a writer of the former release that waits for the tables to be made anew then knows
    # already that they are not its own. Told with them, it would see what was before it began to wait.
    with database.write() as connection:
        if not views.is_current(connection, name):
            views.retire(connection, name)
    with database.write(alone=True) as connection:
        if views.is_current(connection, name):
            if not shadow.stand(connection, views.metadata) and connection.dialect.name == "postgresql":
                shadow.make(connection, views.metadata)
            return False
        views.recreate(connection, name)
        return True


def grant(database: Database, role: str, views: Views | None = None) -> None:
    """Give the application's role what it needs and no more: events can be added and read, never changed.

    ``views``: it may also fill the shadow of the read model and put it in service.
    """
    if database.dialect != "postgresql":
        return
    with database.write() as connection:
        quoted = connection.dialect.identifier_preparer.quote(role)
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {quoted}")
        connection.exec_driver_sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}")
        connection.exec_driver_sql(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}")
        for table in APPEND_ONLY:
            if sa.inspect(connection).has_table(table):
                connection.exec_driver_sql(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {quoted}")
        if views is not None:
            shadow.grant(connection, views.metadata, quoted)

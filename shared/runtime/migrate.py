"""Schemas of the databases, by alembic: made new, brought up to date, or found to be of other code.

Run as the owner of the tables. On PostgreSQL the application works under a second role that owns nothing: it may
append events and cannot change them, nor the tables, nor the triggers that refuse it.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import entry_points

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from shared.delivery.tables import metadata as delivery_tables
from shared.eventstore import guards
from shared.eventstore.database import Database
from shared.eventstore.tables import metadata as store_tables
from shared.eventstore.views import Views
from shared.privacy.key_store import metadata as key_tables

ENTRY_POINTS = "impulso.schemas"
APPEND_ONLY = ("events",)


@dataclass(frozen=True)
class Schema:
    """A set of tables with its migrations: ``location`` is the package that holds alembic's ``env.py``."""

    name: str
    tables: tuple[sa.MetaData, ...]
    location: str

    @property
    def version_table(self) -> str:
        return f"{self.name}_schema_version"

    def config(self, connection: Connection) -> Config:
        config = Config()
        config.set_main_option("script_location", str(importlib.resources.files(self.location)))
        config.attributes["connection"] = connection
        config.attributes["version_table"] = self.version_table
        config.attributes["metadata"] = list(self.tables)
        return config

    def head(self, connection: Connection) -> str:
        """The newest revision that this code knows."""
        head = ScriptDirectory.from_config(self.config(connection)).get_current_head()
        assert head is not None, self.location
        return head

    def current(self, connection: Connection) -> str | None:
        """The revision that the database is at; None for one that was never made."""
        return MigrationContext.configure(connection, opts={"version_table": self.version_table}).get_current_revision()


STORE = Schema("store", (store_tables, delivery_tables), "shared.runtime.migrations.store")
KEYS = Schema("keys", (key_tables,), "shared.runtime.migrations.keys")


def extra_schemas(service: str) -> list[Schema]:
    """Further tables of a service that are no read model (entry-point group ``impulso.schemas``)."""
    return [point.load() for point in entry_points(group=ENTRY_POINTS) if point.name == service]


def upgrade(database: Database, schemas: Iterable[Schema]) -> list[str]:
    """Bring each schema to this code's revision; what was done, one line each. Idempotent, one transaction."""
    done = []
    with database.write(alone=True) as connection:
        for schema in schemas:
            before, head = schema.current(connection), schema.head(connection)
            if before == head:
                continue
            command.upgrade(schema.config(connection), "head")
            done.append(f"{schema.name}: {before or 'nuevo'} → {head}")
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
    with database.write(alone=True) as connection:
        if views.is_current(connection, name):
            return False
        views.recreate(connection, name)
        return True


def grant(database: Database, role: str) -> None:
    """Give the application's role what it needs and no more: events can be added and read, never changed."""
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

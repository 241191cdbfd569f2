"""Migrations make exactly the tables that the code uses; the application's role cannot touch history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
import sqlalchemy.exc as sa_exc
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from shared.eventstore import guards
from shared.eventstore.database import Database
from shared.eventstore.views import Views
from shared.runtime import migrate
from tests.databases import DIALECTS, POSTGRES, database_url

SCHEMAS = [migrate.STORE, migrate.KEYS, *migrate.extra_schemas("gateway")]


@pytest.fixture(params=DIALECTS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with database_url(request.param, tmp_path) as url:
        opened = Database(url)
        yield opened
        opened.close()


def differences(database: Database, schema: migrate.Schema) -> list[object]:
    known = {table for metadata in schema.tables for table in metadata.tables}
    with database.read() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": schema.version_table,
                "compare_type": True,
                "include_name": lambda name, kind, _parents: kind != "table" or name in known,
            },
        )
        merged = sa.MetaData()
        for metadata in schema.tables:
            for table in metadata.tables.values():
                table.to_metadata(merged)
        return list(compare_metadata(context, merged))


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_migrating_gives_the_tables_that_the_code_defines(database: Database, schema: migrate.Schema) -> None:
    assert migrate.upgrade(database, [schema])
    assert differences(database, schema) == []
    assert migrate.upgrade(database, [schema]) == []


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_made_at_once_and_migrated_are_the_same(database: Database, schema: migrate.Schema) -> None:
    migrate.make_new(database, [schema])
    migrate.make_new(database, [schema])
    assert differences(database, schema) == []
    assert migrate.upgrade(database, [schema]) == []


def test_a_migrated_store_has_its_guards_and_its_head(database: Database) -> None:
    migrate.upgrade(database, [migrate.STORE])
    with database.read() as connection:
        guards.verify(connection)
        assert connection.execute(sa.text("SELECT head FROM log_head")).scalar_one() == 0


def test_a_read_model_of_another_definition_is_made_anew_and_waits_to_be_built(database: Database) -> None:
    migrate.upgrade(database, [migrate.STORE])
    first, second = sa.MetaData(), sa.MetaData()
    sa.Table("things", first, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table("things", second, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text))
    assert migrate.make_views(database, Views(first), "test")
    assert not migrate.make_views(database, Views(first), "test")
    with database.write() as connection:
        Views(first).mark_built(connection, "test")
    assert migrate.make_views(database, Views(second), "test")
    with database.read() as connection:
        assert not Views(second).is_built(connection, "test")


def test_the_applications_role_appends_and_cannot_change_history(tmp_path: Path) -> None:
    role = f"impulso_app_{uuid4().hex[:8]}"
    server = sa.create_engine(POSTGRES, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE ROLE {role} LOGIN"))
    try:
        with database_url("postgresql", tmp_path) as url:
            owner = Database(url)
            migrate.upgrade(owner, [migrate.STORE])
            migrate.grant(owner, role)
            application = Database(str(owner.engine.url.set(username=role).render_as_string(hide_password=False)))
            with application.write() as connection:
                guards.verify(connection)
                connection.execute(sa.text("INSERT INTO events VALUES (1, :id, 1, 't', '', 0)"), {"id": uuid4()})
                connection.execute(sa.text("INSERT INTO tiles VALUES (0, 0, '')"))
                connection.execute(sa.text("INSERT INTO checkpoints VALUES (1, 1, '', '', 0, 0, NULL)"))
            for refused in (
                "UPDATE events SET topic = 'x'",
                "DELETE FROM events",
                "TRUNCATE events",
                "ALTER TABLE events DISABLE TRIGGER ALL",
                "DROP TABLE events",
                "UPDATE tiles SET hashes = ''",
                "DELETE FROM tiles",
                "TRUNCATE checkpoints",
                "UPDATE checkpoints SET size = 0",
            ):
                with pytest.raises(sa_exc.DBAPIError), application.write() as connection:
                    connection.execute(sa.text(refused))
            application.close()
            owner.close()
    finally:
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP ROLE {role}"))

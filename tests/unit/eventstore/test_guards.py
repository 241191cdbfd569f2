"""History is never rewritten: the database itself refuses, on both databases, for every way of writing."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
import sqlalchemy.exc as sa_exc

from shared.eventstore import guards
from shared.eventstore.errors import GuardMissing
from tests.unit.eventstore.ledger import LedgerApplication

CHANGES = {
    "update": "UPDATE events SET topic = 'other'",
    "delete": "DELETE FROM events",
    "replace": "INSERT OR REPLACE INTO events SELECT * FROM events",
    "update or replace": "UPDATE OR REPLACE events SET id = id + 1",
    "truncate": "TRUNCATE events",
    "replica": "SET session_replication_role = replica; DELETE FROM events",
}
SQLITE_ONLY, POSTGRES_ONLY = {"replace", "update or replace"}, {"truncate", "replica"}


@pytest.mark.parametrize("change", CHANGES)
def test_a_stored_event_cannot_be_changed(app: LedgerApplication, change: str) -> None:
    app.new_ledger()
    other = POSTGRES_ONLY if app.database.dialect == "sqlite" else SQLITE_ONLY
    before = app.log.entries(0, 10)
    statement = CHANGES["delete"] if change in other else CHANGES[change]
    with pytest.raises(sa_exc.DBAPIError, match="events are never changed"), app.database.write() as connection:
        connection.exec_driver_sql(statement)
    assert app.log.entries(0, 10) == before


def test_a_missing_guard_is_noticed(app: LedgerApplication) -> None:
    with app.database.write() as connection:
        guards.verify(connection)
        if app.database.dialect == "sqlite":
            connection.execute(sa.text("DROP TRIGGER events_refuse_delete"))
        else:
            connection.execute(sa.text("ALTER TABLE events DISABLE TRIGGER events_refuse_change"))
    with app.database.read() as connection, pytest.raises(GuardMissing, match="events_refuse"):
        guards.verify(connection)


def test_a_guard_that_skips_replica_sessions_does_not_count(app: LedgerApplication) -> None:
    if app.database.dialect == "postgresql":
        with app.database.write() as connection:
            connection.execute(sa.text("ALTER TABLE events ENABLE TRIGGER events_refuse_change"))
        with app.database.read() as connection:
            assert guards.missing(connection) == ["events_refuse_change"]
    else:
        with app.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA recursive_triggers = OFF")
            assert guards.missing(connection) == ["recursive_triggers"]
            connection.exec_driver_sql("PRAGMA recursive_triggers = ON")


def test_installing_again_keeps_the_log_and_its_epoch(app: LedgerApplication) -> None:
    app.new_ledger()
    before = app.log.state()
    with app.database.write() as connection:
        guards.install(connection)
    assert app.log.state() == before


def test_a_guard_that_was_hollowed_out_does_not_count(app: LedgerApplication) -> None:
    with app.database.write() as connection:
        if app.database.dialect == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER events_refuse_update")
            connection.exec_driver_sql(
                "CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events BEGIN SELECT 1; END"
            )
        else:
            connection.exec_driver_sql(
                "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RETURN NEW; END $$"
            )
    with app.database.read() as connection, pytest.raises(GuardMissing, match="events_refuse"):
        guards.verify(connection)
    with app.database.write() as connection:
        guards.install(connection)
        guards.verify(connection)


def test_a_guard_that_looks_only_at_some_changes_does_not_count(app: LedgerApplication) -> None:
    with app.database.write() as connection:
        if app.database.dialect == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER events_refuse_delete")
            connection.exec_driver_sql(
                "CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events WHEN OLD.id < 0 "
                "BEGIN SELECT RAISE(ABORT, 'events are never changed'); END"
            )
        else:
            connection.exec_driver_sql("DROP TRIGGER events_refuse_change ON events")
            connection.exec_driver_sql(
                "CREATE TRIGGER events_refuse_change BEFORE DELETE ON events FOR EACH ROW "
                "EXECUTE FUNCTION refuse_change()"
            )
            connection.exec_driver_sql("ALTER TABLE events ENABLE ALWAYS TRIGGER events_refuse_change")
    with app.database.read() as connection, pytest.raises(GuardMissing, match="events_refuse"):
        guards.verify(connection)

"""The triggers that make history unchangeable, and the check that they stand."""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.eventstore.errors import GuardMissing

_SQLITE = {
    "events_refuse_update": "BEFORE UPDATE ON events",
    "events_refuse_delete": "BEFORE DELETE ON events",
}

_POSTGRES = {
    "events_refuse_change": "BEFORE UPDATE OR DELETE ON events FOR EACH ROW",
    "events_refuse_truncate": "BEFORE TRUNCATE ON events FOR EACH STATEMENT",
}

# How pg_trigger says the same: 1 a row, 2 before, 8 delete, 16 update, 32 truncate.
_POSTGRES_KINDS = {"events_refuse_change": 1 + 2 + 8 + 16, "events_refuse_truncate": 2 + 32}
_BODY = " BEGIN RAISE EXCEPTION 'events are never changed'; END "


def _sqlite_trigger(name: str) -> str:
    # Exactly this text is what sqlite_master keeps.
    return f"CREATE TRIGGER {name} {_SQLITE[name]} BEGIN SELECT RAISE(ABORT, 'events are never changed'); END"


def install(connection: Connection) -> None:
    """Create the triggers (idempotent) and the log's single head row. Run as the owner of the tables."""
    if connection.dialect.name == "sqlite":
        for name in _SQLITE:
            # Made anew each time: one of that name may stand and do nothing.
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
            connection.exec_driver_sql(_sqlite_trigger(name))
    else:
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $${_BODY}$$"
        )
        for name, clause in _POSTGRES.items():
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON events")
            connection.exec_driver_sql(f"CREATE TRIGGER {name} {clause} EXECUTE FUNCTION refuse_change()")
            # ALWAYS: a session in replica mode would silently skip an ordinary trigger.
            connection.exec_driver_sql(f"ALTER TABLE events ENABLE ALWAYS TRIGGER {name}")
    connection.execute(
        sa.text("INSERT INTO log_head (id, head, clock, epoch) VALUES (1, 0, 0, :epoch) ON CONFLICT (id) DO NOTHING"),
        {"epoch": uuid4().hex},
    )


def missing(connection: Connection) -> list[str]:
    """Names of the guards that do not stand as `install` made them; empty when history is protected."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        standing = {row.name: row.sql for row in found}
        gone = [name for name in _SQLITE if standing.get(name) != _sqlite_trigger(name)]
        if connection.exec_driver_sql("PRAGMA recursive_triggers").scalar() != 1:
            gone.append("recursive_triggers")
        return gone
    rows = connection.execute(
        sa.text(
            "SELECT t.tgname, t.tgtype, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
            "WHERE t.tgrelid = 'events'::regclass AND t.tgenabled = 'A' AND t.tgqual IS NULL AND t.tgattr = ''"
        )
    )
    standing = {row.tgname: (row.tgtype, row.prosrc) for row in rows}
    return [name for name, kind in _POSTGRES_KINDS.items() if standing.get(name) != (kind, _BODY)]


def verify(connection: Connection) -> None:
    """Raise `GuardMissing`, naming what is gone, unless every guard stands."""
    gone = missing(connection)
    if gone:
        raise GuardMissing(
            f"faltan las protecciones del registro de eventos: {', '.join(gone)}; corra «impulso migrate»"
        )

"""The triggers that make history unchangeable, and the check that they stand."""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.eventstore.errors import GuardMissing
from shared.eventstore.tables import ACCESS, BUSINESS, LOGS, divergences, witnessed

_SEALED = "what is sealed is never changed"
_SEALS = [table.name for log in LOGS for table in (log.tiles, log.checkpoints, log.cosignatures)]
# What the triggers of each table say.
GUARDED = {
    BUSINESS.events.name: "events are never changed",
    ACCESS.events.name: "the access log is never changed",
    **dict.fromkeys((*_SEALS, witnessed.name, divergences.name), _SEALED),
}

# How pg_trigger says what a guard is: 1 a row, 2 before, 8 delete, 16 update, 32 truncate.
_POSTGRES = {
    "refuse_change": ("BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW", 1 + 2 + 8 + 16),
    "refuse_truncate": ("BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", 2 + 32),
}
# A former release, while it still runs, holds a function that it knows against the body that it knows.
_FUNCTIONS = {
    **dict.fromkeys(GUARDED, "refuse_change_of_seals"),
    BUSINESS.events.name: "refuse_change",
    ACCESS.events.name: "refuse_change_of_accesses",
}


def _sqlite_triggers() -> dict[str, str]:
    # Exactly this text is what sqlite_master keeps.
    return {
        f"{table}_refuse_{act}": f"CREATE TRIGGER {table}_refuse_{act} BEFORE {act.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
        for table, said in GUARDED.items()
        for act in ("update", "delete")
    }


def _body(table: str) -> str:
    return f" BEGIN RAISE EXCEPTION '{GUARDED[table]}'; END "


def _postgres_triggers() -> dict[str, tuple[str, int, str]]:
    """Per trigger its table, its kind and the body of its function, as `missing` looks for them."""
    return {
        f"{table}_{guard}": (table, kind, _body(table))
        for table in GUARDED
        for guard, (_clause, kind) in _POSTGRES.items()
    }


def install(connection: Connection) -> None:
    """Create the triggers (idempotent) and each log's single head row. Run as the owner of the tables.

    A table that a later migration makes is guarded by that migration.
    """
    there = [table for table in GUARDED if sa.inspect(connection).has_table(table)]
    if connection.dialect.name == "sqlite":
        for name, trigger in _sqlite_triggers().items():
            if name.partition("_refuse_")[0] in there:
                # Made anew each time: one of that name may stand and do nothing.
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
                connection.exec_driver_sql(trigger)
    else:
        for table in there:
            function = _FUNCTIONS[table]
            connection.exec_driver_sql(
                f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $${_body(table)}$$"
            )
            for guard, (clause, _kind) in _POSTGRES.items():
                name = f"{table}_{guard}"
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
                connection.exec_driver_sql(
                    f"CREATE TRIGGER {name} {clause.format(table=table)} EXECUTE FUNCTION {function}()"
                )
                # ALWAYS: a session in replica mode would silently skip an ordinary trigger.
                connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    for log in LOGS:
        if log is BUSINESS or log.events.name in there:
            row = f"INSERT INTO {log.head.name} (id, head, clock, epoch) VALUES (1, 0, 0, :epoch)"
            connection.execute(sa.text(f"{row} ON CONFLICT (id) DO NOTHING"), {"epoch": uuid4().hex})


def missing(connection: Connection) -> list[str]:
    """Names of the guards that do not stand as `install` made them; empty when history is protected."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        standing = {row.name: row.sql for row in found}
        gone = [name for name, trigger in _sqlite_triggers().items() if standing.get(name) != trigger]
        if connection.exec_driver_sql("PRAGMA recursive_triggers").scalar() != 1:
            gone.append("recursive_triggers")
        return gone
    rows = connection.execute(
        sa.text(
            "SELECT t.tgname, c.relname, t.tgtype, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
            "JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE t.tgrelid IN (SELECT to_regclass(unnest(CAST(:guarded AS text[])))) "
            "AND t.tgenabled = 'A' AND t.tgqual IS NULL AND t.tgattr = ''"
        ),
        {"guarded": list(GUARDED)},
    )
    there = {row.tgname: (row.relname, row.tgtype, row.prosrc) for row in rows}
    return [name for name, guard in _postgres_triggers().items() if there.get(name) != guard]


def verify(connection: Connection) -> None:
    """Raise `GuardMissing`, naming what is gone, unless every guard stands."""
    gone = missing(connection)
    if gone:
        raise GuardMissing(
            f"faltan las protecciones del registro de eventos: {', '.join(gone)}; corra «impulso migrate»"
        )

"""Shadow tables: the read model's tables a second time, to be filled beside those in service and then exchanged.

PostgreSQL keeps them in a schema of their own, SQLite beside the others under a prefix. The projections know nothing
of it: their statements are translated on the way (``schema_translate_map``).
"""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.base import OptionEngine

NAME = "rebuilding"
"""Schema of the shadow tables (PostgreSQL), and what their names begin with (SQLite)."""
_RETIRED = "retired"
_QUALIFIED = re.compile(rf'\b{NAME}\.(?:"(\w+)"|(\w+))')

_ANALYZE = f"""
DECLARE
  one text;
BEGIN
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = '{NAME}' LOOP
    EXECUTE format('ANALYZE {NAME}.%I', one);
  END LOOP;
END
"""
_SWITCH = f"""
DECLARE
  one text;
BEGIN
  -- All locks first, in one order: from here on no reader sees one table exchanged and another not.
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = '{NAME}' ORDER BY tablename LOOP
    EXECUTE format('LOCK TABLE public.%I, {NAME}.%I IN ACCESS EXCLUSIVE MODE', one, one);
  END LOOP;
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = '{NAME}' ORDER BY tablename LOOP
    EXECUTE format('ALTER TABLE public.%I SET SCHEMA {_RETIRED}', one);
    EXECUTE format('ALTER TABLE {NAME}.%I SET SCHEMA public', one);
    EXECUTE format('ALTER TABLE {_RETIRED}.%I SET SCHEMA {NAME}', one);
  END LOOP;
END
"""


def engine_over(writer: Engine | OptionEngine) -> OptionEngine:
    """An engine on the same connections whose statements meet the shadow tables instead of those in service."""
    shadow = writer.execution_options(schema_translate_map={None: NAME})
    if shadow.dialect.name == "sqlite":

        @sa.event.listens_for(shadow, "before_cursor_execute", retval=True)
        def rename(
            _connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
        ) -> tuple[str, Any]:
            # SQLite has no schemas but attached files, which do not commit with the main one. Values are parameters,
            # so what stands before a dot in the text is a name.
            return _QUALIFIED.sub(_prefixed, statement), parameters

    return shadow


def make(connection: Connection, tables: sa.MetaData) -> None:
    """Make the shadow tables anew, empty. On PostgreSQL run it as the owner of the tables."""
    if connection.dialect.name == "sqlite":
        _make_sqlite(connection, tables)
        return
    connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {NAME}, {_RETIRED} CASCADE")
    for schema in (NAME, _RETIRED):
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    copies = sa.MetaData()
    for table in tables.sorted_tables:
        table.to_metadata(copies, schema=NAME)
    copies.create_all(connection, checkfirst=False)
    for name, body in (("switch_read_model", _SWITCH), ("analyze_read_model", _ANALYZE)):
        # As the owner: the application's role may neither move a table nor gather its statistics.
        function = (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS void LANGUAGE plpgsql "
            f"SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $${body}$$"
        )
        connection.execute(sa.text(function))
        connection.exec_driver_sql(f"REVOKE EXECUTE ON FUNCTION {name}() FROM PUBLIC")


def stand(connection: Connection, tables: sa.MetaData) -> bool:
    """Whether every table has its shadow."""
    if connection.dialect.name == "sqlite":
        names, wanted = _sqlite_names(connection, "table"), {f"{NAME}_{table}" for table in tables.tables}
    else:
        query = sa.text("SELECT tablename FROM pg_tables WHERE schemaname = :schema")
        names, wanted = set(connection.scalars(query, {"schema": NAME})), set(tables.tables)
    return wanted <= names


def grant(connection: Connection, tables: sa.MetaData, role: str) -> None:
    """Let the application's role fill, empty and exchange the shadow tables; it owns none of them (PostgreSQL)."""
    for name in tables.tables:
        # An exchanged table takes its rights along: those in service are the shadows of the next time.
        for schema in ("public", NAME):
            connection.exec_driver_sql(f'GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON {schema}."{name}" TO {role}')
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {NAME} TO {role}")
    connection.exec_driver_sql(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {NAME} TO {role}")
    for name in ("switch_read_model", "analyze_read_model"):
        connection.exec_driver_sql(f"GRANT EXECUTE ON FUNCTION {name}() TO {role}")


def empty(connection: Connection, tables: sa.MetaData) -> None:
    """Empty the shadow tables, as the application; on SQLite they are made."""
    if connection.dialect.name == "sqlite":
        _make_sqlite(connection, tables)
        return
    names = ", ".join(f'{NAME}."{table.name}"' for table in tables.sorted_tables)
    if names:
        connection.exec_driver_sql(f"TRUNCATE {names}")


def carry_over(connection: Connection, tables: sa.MetaData, kept: frozenset[str]) -> None:
    """Copy the rows of tables that no log holds from those in service to their shadows."""
    dot = "_" if connection.dialect.name == "sqlite" else "."
    for name in sorted(kept):
        columns = ", ".join(f'"{column.name}"' for column in tables.tables[name].columns)
        connection.exec_driver_sql(f"DELETE FROM {NAME}{dot}{name}")
        connection.exec_driver_sql(f'INSERT INTO {NAME}{dot}{name} ({columns}) SELECT {columns} FROM "{name}"')


def analyze(connection: Connection) -> None:
    """Gather the statistics of the shadow tables, so that the first queries after the switch are planned well."""
    if connection.dialect.name == "sqlite":
        return
    connection.exec_driver_sql("SELECT public.analyze_read_model()")


def switch(connection: Connection, tables: sa.MetaData) -> None:
    """Exchange the shadow tables with those in service, in the caller's transaction. See the caller about readers."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("SELECT public.switch_read_model()")
        return
    for table in tables.sorted_tables:
        connection.exec_driver_sql(f'ALTER TABLE "{table.name}" RENAME TO "{_RETIRED}_{table.name}"')
        connection.exec_driver_sql(f'ALTER TABLE "{NAME}_{table.name}" RENAME TO "{table.name}"')


def clear_away(connection: Connection, tables: sa.MetaData) -> None:
    """After the switch: give back the room that the former tables take."""
    if connection.dialect.name != "sqlite":
        empty(connection, tables)
        return
    # By what stands there, not by this definition: a rebuild that was given up may have been another code's.
    for name in _sqlite_names(connection, "table"):
        if name.startswith((f"{_RETIRED}_", f"{NAME}_")):
            connection.exec_driver_sql(f'DROP TABLE "{name}"')


def _prefixed(found: re.Match[str]) -> str:
    return f'"{NAME}_{found[1] or found[2]}"'


def _make_sqlite(connection: Connection, tables: sa.MetaData) -> None:
    clear_away(connection, tables)
    standing = _sqlite_names(connection, "index")
    copies = sa.MetaData()
    for table in tables.sorted_tables:
        copy = table.to_metadata(copies, name=f"{NAME}_{table.name}")
        for index in copy.indexes:
            # Indexes share one space of names and keep theirs for life: of two generations each has its own.
            if index.name in standing:
                index.name = sa.sql.quoted_name(f"{NAME}_{index.name}", None)
    copies.create_all(connection, checkfirst=False)


def _sqlite_names(connection: Connection, kind: str) -> set[str]:
    return set(connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = :kind"), {"kind": kind}))

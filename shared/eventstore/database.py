"""One service's database: a SQLite file or a PostgreSQL database, behind the same two doors, read and write."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.engine.base import OptionEngine

Dialect = Literal["sqlite", "postgresql"]

# The gate of a PostgreSQL database, an advisory lock: whoever writes passes it, who must write alone closes it.
_GATE = 0x696D70756C736F
_PASS = sa.text(f"SELECT pg_advisory_xact_lock_shared({_GATE})")
_CLOSE = sa.text(f"SELECT pg_advisory_xact_lock({_GATE})")

_writer_locks: dict[str, threading.Lock] = {}
_writer_locks_guard = threading.Lock()


def _writer_lock(path: str) -> threading.Lock:
    """One lock a file and process: waiting here is fair and wakes at once, SQLite's busy_timeout polls."""
    with _writer_locks_guard:
        return _writer_locks.setdefault(path, threading.Lock())


class Database:
    """A database by its SQLAlchemy URL: ``sqlite:///path/file.db`` or ``postgresql+psycopg://…``.

    ``pool_size`` bounds the connections of this process. Raises `ValueError` for another kind of database.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = url
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        self.dialect: Dialect
        self._lock: threading.Lock | None = None
        if backend == "sqlite":
            self.dialect = "sqlite"
            if not parsed.database or parsed.database == ":memory:":
                raise ValueError("un almacén necesita un archivo: las bases en memoria no sobreviven al proceso")
            path = Path(parsed.database)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = _writer_lock(str(path.resolve()))
            self.engine = sa.create_engine(
                url, pool_size=pool_size, max_overflow=20, pool_timeout=30, hide_parameters=True
            )
            _prepare_sqlite(self.engine)
            self._reader: Engine | OptionEngine = self.engine
            self._writer: Engine | OptionEngine = self.engine.execution_options(impulso_write=True)
        elif backend == "postgresql":
            self.dialect = "postgresql"
            self.engine = sa.create_engine(
                url,
                pool_size=pool_size,
                max_overflow=20,
                pool_timeout=30,
                pool_pre_ping=True,
                pool_use_lifo=True,
                # What is being stored never comes out in the text of an error.
                hide_parameters=True,
                # Not the server's default: under a stricter one the append fails instead of waiting for its turn.
                isolation_level="READ COMMITTED",
            )
            _prepare_postgresql(self.engine)
            self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._writer = self.engine
        else:
            raise ValueError(f"base de datos no admitida: {backend}; use sqlite o postgresql")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the database and writes nothing."""
        with self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, *, alone: bool = False) -> Iterator[Connection]:
        """A transaction that commits when the block ends and rolls back when it raises.

        On SQLite it takes the file's writer lock and begins IMMEDIATE: a transaction that reads first and writes
        later would otherwise fail at once when another process wrote in between. On PostgreSQL writers go side by
        side; one that is ``alone`` waits for those in hand and holds up those that come. Without that a rebuild
        misses the rows of a transaction in hand, and that transaction's UPDATE misses the rows made anew.
        """
        if self._lock is None:
            with self._writer.begin() as connection:
                connection.execute(_CLOSE if alone else _PASS)
                yield connection
            return
        with self._lock, self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def _prepare_sqlite(engine: Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # None: we begin transactions ourselves, the driver's own BEGIN comes too late for IMMEDIATE.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 10000")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        # Without it INSERT OR REPLACE deletes a row and passes the trigger that refuses DELETE.
        cursor.execute("PRAGMA recursive_triggers = ON")
        cursor.execute("PRAGMA trusted_schema = OFF")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("impulso_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _prepare_postgresql(engine: Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # What was published cannot be taken back: a commit that a power failure undoes would give its numbers to
        # other events. A server set to something stricter keeps it.
        cursor = connection.cursor()
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        cursor.close()
        connection.commit()

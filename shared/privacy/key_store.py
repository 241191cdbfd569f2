"""The key database of one service: its two tables and how it is opened.

A destroyed key must be gone from the file, not only from the query results; that decides most settings here.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from shared.eventstore.database import LINE

metadata = sa.MetaData()

subject_key = sa.Table(
    "subject_key",
    metadata,
    sa.Column("subject", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.String(8), primary_key=True),
    sa.Column("key_id", sa.String(32), nullable=False),
    sa.Column("master_id", sa.String(16), nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=True, comment="null once destroyed; the row stays as tombstone"),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(wrapped IS NULL) = (destroyed_at IS NOT NULL)", name="ck_subject_key_destroyed"),
)
"""One key a person and data class, wrapped by the master key ``master_id``."""

_destroyed = subject_key.c.destroyed_at.is_not(None)
sa.Index(
    "ix_subject_key_destroyed",
    subject_key.c.destroyed_at,
    sqlite_where=_destroyed,
    postgresql_where=_destroyed,
)

service_key = sa.Table(
    "service_key",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("key_id", sa.String(32), nullable=False),
    sa.Column("master_id", sa.String(16), nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
)
"""Keys of the service itself: blind indexes, files about nobody."""

_writer_locks: dict[str, threading.Lock] = {}
_writer_locks_guard = threading.Lock()


class KeyRemnant(Exception):
    """A key is destroyed, but a reader kept SQLite from emptying its log file. Repeat the destruction."""

    def __init__(self) -> None:
        super().__init__(
            "La clave quedó destruida, pero el archivo de la base de claves sigue en uso y conserva su huella cifrada. "
            "Repita la supresión en un momento."
        )


class KeyStore:
    """The key database behind two doors, ``read`` and ``write``. ``url`` is a SQLite file or PostgreSQL URL."""

    def __init__(self, url: str | URL) -> None:
        parsed = make_url(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        self._writer_lock: threading.Lock | None = None
        if self.sqlite:
            if not parsed.database or parsed.database == ":memory:":
                raise ValueError("la base de claves necesita un archivo: en memoria se perdería con el proceso")
            path = Path(parsed.database)
            path.parent.mkdir(parents=True, exist_ok=True)
            # Made here, because SQLite would give it the umask's rights; its log files inherit these.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            # Waiting for a lock of the process is fair and wakes at once; SQLite's busy_timeout polls.
            with _writer_locks_guard:
                self._writer_lock = _writer_locks.setdefault(str(path.resolve()), threading.Lock())
            self.engine = sa.create_engine(parsed, pool_size=5, max_overflow=20, hide_parameters=True)
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_sqlite)
        elif parsed.get_backend_name() == "postgresql":
            self.engine = sa.create_engine(
                parsed, pool_size=3, max_overflow=20, pool_pre_ping=True, hide_parameters=True, connect_args=LINE
            )
            sa.event.listen(self.engine, "connect", _prepare_postgresql)
        else:
            raise ValueError(f"base de claves no admitida: {parsed.get_backend_name()}; use sqlite o postgresql")
        self._writer: Engine = self.engine.execution_options(impulso_write=True)

    def create_tables(self) -> None:
        """Make the tables where they are missing (tests and the embedded host; elsewhere the migrations do it)."""
        with self.write() as connection:
            if not self.sqlite:
                # Two processes that start together would both find no table, and one would fail to make it.
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('impulso.key_store'))"))
            metadata.create_all(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one moment and writes nothing."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is durable when the block has ended, and never was when it raises."""
        with self._writer_lock or nullcontext(), self._writer.begin() as connection:
            yield connection

    def scrub(self) -> None:
        """Make overwritten keys leave SQLite's write-ahead log too. Raises `KeyRemnant` when a reader prevents it."""
        if not self.sqlite:
            return
        with self._writer_lock or nullcontext():
            raw = self.engine.raw_connection()
            try:
                busy, _, _ = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() or (1, 0, 0)
            finally:
                raw.close()
        if busy:
            raise KeyRemnant

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # None: transactions are begun below; the driver's own BEGIN comes too late for IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 10000")
    cursor.execute("PRAGMA journal_mode = WAL")
    # FULL, because an event may never survive a power failure that its key did not survive.
    cursor.execute("PRAGMA synchronous = FULL")
    # Overwrites with zeros what an UPDATE or DELETE frees; the default leaves a destroyed key in the page.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.execute("PRAGMA trusted_schema = OFF")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("impulso_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    # A server that answers before it has written may lose a key whose events it kept.
    cursor = connection.cursor()
    cursor.execute("SET synchronous_commit = on")
    # No transaction of ours waits for anything but the server: one that stands still is that of a stopped process, and
    # would hold up whoever needs a key of the same person (see shared/eventstore/release.py).
    cursor.execute("SET idle_in_transaction_session_timeout = '15s'")
    cursor.close()
    connection.commit()

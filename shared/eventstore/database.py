"""One service's database: a SQLite file or a PostgreSQL database, behind the same two doors, read and write."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.engine.base import OptionEngine

from shared.eventstore import shadow as shadows
from shared.eventstore.errors import ReadersStay
from shared.eventstore.release import BOUNDED, GATE, Release, bound

Dialect = Literal["sqlite", "postgresql"]

_PASS = sa.text(f"SELECT pg_advisory_xact_lock_shared({GATE}), {BOUNDED}")
_CLOSE = sa.text(f"SELECT pg_advisory_xact_lock({GATE}), {BOUNDED}")
_CLOSE_SESSION = sa.text(
    f"SELECT pg_advisory_lock({GATE}), set_config('idle_session_timeout', :let_go, false), "
    "set_config('idle_in_transaction_session_timeout', :let_go, false)"
)
_OPEN_SESSION = sa.text(f"SELECT pg_advisory_unlock({GATE})")
_READERS = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend' AND xact_start <= :began "
    "AND (wait_event_type IS DISTINCT FROM 'Lock' OR wait_event <> 'advisory')"
)

_HELD_UP_AT_MOST_S = 60
"""Seconds after which the server lets writers go on although the process that held them up stands still."""
_USED = "impulso_used"
_TRUSTED_S = 1.0
"""Seconds for which a connection that worked is taken to work still."""

_writer_locks: dict[str, threading.Lock] = {}
_writer_locks_guard = threading.Lock()

LINE = {
    "connect_timeout": 10,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
}
"""libpq's words for when a connection counts as lost (seconds; ``tcp_user_timeout`` milliseconds). Without them whoever
waits on a line that was cut, or for a server that answers no more, waits until the kernel gives up: a quarter of an
hour. A server that is merely busy is waited for: its kernel answers for it."""


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
        self._release: Release | None = None
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
                pool_use_lifo=True,
                # What is being stored never comes out in the text of an error.
                hide_parameters=True,
                connect_args=LINE,
                # Not the server's default: under a stricter one the append fails instead of waiting for its turn.
                isolation_level="READ COMMITTED",
            )
            _prepare_postgresql(self.engine)
            self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._writer = self.engine
        else:
            raise ValueError(f"base de datos no admitida: {backend}; use sqlite o postgresql")
        self._shadow_reader = shadows.engine_over(self._reader)
        self._shadow_writer = shadows.engine_over(self._writer)

    @contextmanager
    def read(self, *, shadow: bool = False) -> Iterator[Connection]:
        """A transaction that sees one moment of the database and writes nothing.

        ``shadow``: its statements meet the shadow of the read model instead of the tables in service.
        """
        with (self._shadow_reader if shadow else self._reader).connect() as connection, connection.begin():
            yield connection

    def expect(self, name: str, fingerprint: str) -> None:
        """From now on `write` and `look` raise `ReadModelReplaced` once read model ``name`` is of another release."""
        self._release = Release(name, fingerprint) if self._lock is None else None

    def look(self) -> None:
        """For readers: raise `ReadModelReplaced` when the tables that they know are gone, or empty until newer code has
        filled them."""
        if self._release is not None and not self._release.looked_lately:
            with self.read() as connection:
                self._release.check(connection)

    @contextmanager
    def write(self, *, alone: bool = False, shadow: bool = False) -> Iterator[Connection]:
        """A transaction that commits when the block ends and rolls back when it raises.

        On SQLite it takes the file's writer lock and begins IMMEDIATE: a transaction that reads first and writes
        later would otherwise fail at once when another process wrote in between. On PostgreSQL writers go side by
        side; one that is ``alone`` waits for those in hand and holds up those that come. Without that a rebuild
        misses the rows of a transaction in hand, and that transaction's UPDATE misses the rows made anew.

        ``shadow``: its statements meet the shadow of the read model instead of the tables in service.
        """
        writer = self._shadow_writer if shadow else self._writer
        if self._lock is None:
            with writer.begin() as connection:
                if alone or self._release is None:
                    connection.execute(_CLOSE if alone else _PASS, bound())
                if self._release is not None:
                    (self._release.check if alone else self._release.pass_gate)(connection)
                yield connection
            return
        with self._lock, writer.begin() as connection:
            yield connection

    @contextmanager
    def closed(self) -> Iterator[Gate]:
        """Hold up every writer, over several transactions on PostgreSQL, while the shadow is put in service."""
        with self._lock or nullcontext(), self._shadow_writer.connect() as connection:
            if self._lock is not None:
                yield Gate(connection, at_once=True)
                return
            connection.execute(_CLOSE_SESSION, bound())
            connection.commit()
            try:
                yield Gate(connection, at_once=False)
            finally:
                try:
                    connection.rollback()
                    connection.execute(_OPEN_SESSION)
                    connection.commit()
                finally:
                    # Lock and bounds are the session's: they must not go back into the pool with it.
                    connection.invalidate()

    @contextmanager
    def held_up(self, wait_s: float) -> Iterator[None]:
        """No transaction of `write`, of any process, is in hand while the block runs; those that come wait for its end.

        Whoever holds several databases up and opens a `read` in each has one moment of all of them. Raises
        `TimeoutError` when a transaction does not end within ``wait_s`` seconds, or the block did not end within a
        minute. Keep it short: people wait.
        """
        deadline = time.monotonic() + wait_s
        with self.engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            if self._lock is None:
                raw.rollback()
                raw.autocommit = True
                try:
                    # Queued, not tried: writers that overlap without end would never leave a try its moment.
                    raw.execute(f"SET lock_timeout = {max(1, round(wait_s * 1000))}")
                    raw.execute(f"SET idle_session_timeout = '{_HELD_UP_AT_MOST_S}s'")
                    try:
                        raw.execute(f"SELECT pg_advisory_lock({GATE})")
                    except Exception as error:
                        if getattr(error, "sqlstate", None) != "55P03":
                            raise
                        raise TimeoutError("a transaction of another process does not end") from error
                    yield
                    # A session that the server ended meanwhile let writers in, and the moment is none.
                    if not _answers(raw):
                        raise TimeoutError("writers were let go before the block ended")
                finally:
                    # Ends the session and with it the lock, whatever happened to the connection.
                    connection.invalidate()
                return
            if not self._lock.acquire(timeout=wait_s):
                raise TimeoutError("a transaction of this process does not end")
            try:
                cursor = raw.cursor()
                cursor.execute("PRAGMA busy_timeout = 0")
                while not _begun(cursor):
                    _pause_until(deadline)
                yield
            finally:
                # Not given back with the short patience of this block, nor with its transaction.
                connection.invalidate()
                self._lock.release()

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


class Gate:
    """The closed gate: nobody else writes. ``at_once``: all must be one transaction, and readers see it as one."""

    def __init__(self, connection: Connection, *, at_once: bool) -> None:
        self._connection = connection
        self.at_once = at_once

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction on the shadow tables."""
        with self._connection.begin():
            yield self._connection

    def among_readers(self, act: Callable[[Connection], None], seconds: float = 3.0) -> None:
        """Run ``act``, which locks tables that readers use, in a transaction. Raises `ReadersStay` if they keep them.

        It waits for each lock a moment only and then gives all of them back: a reader that holds one table and comes
        for another would otherwise wait for us while we wait for it, and PostgreSQL would sink one of the two.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                with self._connection.begin():
                    self._connection.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
                    act(self._connection)
                return
            except sa.exc.DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in ("55P03", "40P01"):
                    raise
                if time.monotonic() > deadline:
                    raise ReadersStay("readers kept the tables") from error
                time.sleep(0.02)

    def wait_for_readers(self, seconds: float = 2.0) -> None:
        """Return when every transaction that began before this call has ended. Raises `ReadersStay` otherwise.

        PostgreSQL looks a table's name up when a statement names it, but its rows under the transaction's snapshot: a
        reader from before would meet the new table without the rows that came last. Writers that wait at the gate
        look anew with each statement.
        """
        began = self._connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
        self._connection.commit()
        deadline = time.monotonic() + seconds
        while self._connection.execute(_READERS, {"began": began}).scalar_one():
            self._connection.commit()
            if time.monotonic() > deadline:
                raise ReadersStay("a reader goes on")
            time.sleep(0.005)
        self._connection.commit()


def _answers(raw: Any) -> bool:
    try:
        raw.execute("SELECT 1")
    except Exception:
        if not raw.closed:
            raise
        return False
    return True


def _begun(cursor: Any) -> bool:
    """Begin a write transaction now or not at all: other processes leave the file free for moments only."""
    try:
        cursor.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _pause_until(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise TimeoutError("a transaction of another process does not end")
    time.sleep(0.0005)


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
        statement = "BEGIN IMMEDIATE" if write else "BEGIN"
        with driver_errors(connection, statement):
            cast("sqlite3.Connection", connection.connection.driver_connection).execute(statement)


@contextmanager
def driver_errors(connection: Connection, statement: str) -> Iterator[None]:
    """What the driver raises inside, as SQLAlchemy raises it: for ``statement``s given to the driver itself."""
    try:
        yield
    except sqlite3.Error as error:
        raise sa.exc.DBAPIError.instance(
            statement, None, error, sqlite3.Error, hide_parameters=True, dialect=connection.dialect
        ) from error


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

    @sa.event.listens_for(engine, "checkin")
    def on_checkin(_connection: Any, record: Any) -> None:
        record.info[_USED] = time.monotonic()

    @sa.event.listens_for(engine, "checkout")
    def on_checkout(connection: Any, record: Any, _proxy: Any) -> None:
        # A server that was restarted meanwhile must not cost a command; asking it each time costs a tenth of them.
        if time.monotonic() - record.info.get(_USED, float("inf")) > _TRUSTED_S:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.dbapi.Error as error:  # type: ignore[union-attr]
                raise sa.exc.DisconnectionError(str(type(error).__name__)) from error

"""How fast events are appended, beside the `eventsourcing` library's own recorders: ``python -m benchmarks.append``.

Each writer is a thread that appends to aggregates of its own, one transaction a call. *one each* is our append in a
transaction of its own; *groups* goes through the group commit, as every command does. The rounds of the three alternate
in one run, so that a busy machine slows all of them; the median counts. The library's ids have holes after a failed
append and its PostgreSQL recorder locks the table; ours allots them from one row, so compare what each costs.

All of them survive a power failure after a commit: PostgreSQL with ``synchronous_commit``, SQLite with a write-ahead
log that is flushed at each commit (``synchronous = FULL``), which is also how the library leaves it.

PostgreSQL is that of the tests (``IMPULSO_TEST_POSTGRES``); the library's recorder for it needs psycopg_pool.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

from eventsourcing.persistence import ApplicationRecorder, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore
from sqlalchemy.engine import make_url

from shared.eventstore.append import append
from shared.eventstore.commit import Work
from shared.eventstore.database import Database
from shared.eventstore.recorder import EventRecorder
from shared.eventstore.schema import create_store
from tests.databases import database_url
from tests.figures import record

Insert = Callable[[Sequence[StoredEvent]], object]
LIBRARY, ALONE, GROUPS = "library", "one each", "groups"
STATE = os.urandom(600)
SHAPES = ((1, 1), (8, 1), (32, 1), (1, 10), (1, 100), (8, 10))
"""Writers, and events a transaction."""


@contextmanager
def recorders(dialect: str, folder: Path) -> Iterator[dict[str, Insert]]:
    """The three ways to append, each into an empty database of its own."""
    with ExitStack() as stack:
        found: dict[str, Insert] = {}
        library = stack.enter_context(_library(dialect, folder, stack.enter_context(database_url(dialect, folder))))
        if library is not None:
            found[LIBRARY] = library.insert_events
        for name in (ALONE, GROUPS):
            database = Database(stack.enter_context(database_url(dialect, folder)), pool_size=32)
            stack.callback(database.close)
            create_store(database)
            found[name] = _alone(database) if name == ALONE else _grouped(EventRecorder(database))
        yield found


def _alone(database: Database) -> Insert:
    def insert(events: Sequence[StoredEvent]) -> None:
        with database.write() as connection:
            append(connection, events)

    return insert


def _grouped(recorder: EventRecorder) -> Insert:
    return lambda events: recorder.insert_events(events, work=Work())


@contextmanager
def _library(dialect: str, folder: Path, url: str) -> Iterator[ApplicationRecorder | None]:
    if dialect == "sqlite":
        store = SQLiteDatastore(str(folder / "library.db"), pool_size=40, max_overflow=40, pool_timeout=60)
        recorder = SQLiteApplicationRecorder(store)
        recorder.create_table()
        yield recorder
        store.close()
        return
    if find_spec("psycopg_pool") is None:
        print("the library's PostgreSQL recorder is not measured: psycopg_pool is not installed")
        yield None
        return
    from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

    where = make_url(url)
    datastore = PostgresDatastore(
        dbname=where.database or "",
        host=where.host or "",
        port=where.port or 5432,
        user=where.username or "",
        password=where.password or "",
        pool_size=32,
        max_overflow=8,
    )
    postgres = PostgresApplicationRecorder(datastore, events_table_name="stored_events")
    postgres.create_table()
    yield postgres
    datastore.close()


def rate(insert: Insert, writers: int, events: int, seconds: float) -> float:
    """Events a second that ``writers`` threads append in about ``seconds``."""
    done = [0] * writers
    start = threading.Barrier(writers + 1)
    deadline = [0.0]

    def write(number: int) -> None:
        start.wait()
        while time.perf_counter() < deadline[0]:
            aggregate = uuid4()
            insert([StoredEvent(aggregate, version, "bench.Appended", STATE) for version in range(1, events + 1)])
            done[number] += events

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    deadline[0] = time.perf_counter() + seconds
    began = time.perf_counter()
    start.wait()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - began)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dialects", nargs="*", default=["sqlite", "postgresql"])
    chosen = parser.parse_args(arguments)
    for dialect in chosen.dialects:
        print(f"\n{dialect}: events/s (median of {chosen.rounds}), and how many times the library's rate")
        print(f"{'writers':>7} {'events/tx':>9} {LIBRARY:>10} {ALONE:>18} {GROUPS:>18}")
        with tempfile.TemporaryDirectory() as folder, recorders(dialect, Path(folder)) as found:
            for insert in found.values():
                rate(insert, 1, 1, 0.2)
            measured: dict[str, dict[str, int]] = {}
            for writers, events in SHAPES:
                rounds: dict[str, list[float]] = {name: [] for name in found}
                for _ in range(chosen.rounds):
                    for name, insert in found.items():
                        rounds[name].append(rate(insert, writers, events, chosen.seconds))
                medians = {name: statistics.median(rates) for name, rates in rounds.items()}
                measured[f"{writers} writers, {events} a transaction"] = {
                    name: round(each) for name, each in medians.items()
                }
                print(
                    f"{writers:>7} {events:>9} " + " ".join(_cell(name, medians) for name in (LIBRARY, ALONE, GROUPS))
                )
            record(f"append-{dialect}", events_per_second=measured, baseline=LIBRARY)


def _cell(name: str, medians: dict[str, float]) -> str:
    known = f"{medians[name]:,.0f}" if name in medians else "—"
    if name == LIBRARY:
        return f"{known:>10}"
    ratio = f"({medians[name] / medians[LIBRARY]:.2f}x)" if LIBRARY in medians else ""
    return f"{known:>10} {ratio:>7}"


if __name__ == "__main__":
    main()

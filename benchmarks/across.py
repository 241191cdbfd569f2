"""From committed to applied across RabbitMQ, PostgreSQL on both sides: ``python -m benchmarks.across``.

Processes of the nameko host, as in the containers: one commits and relays, one follows. First the time from a committed
backlog to its last event applied, beside plain nameko (`benchmarks.plain_nameko`) doing the same database work with
the same events in turn; then, that backlog behind them, at a steady rate, the time from each commit there to the commit
here.

*ledger* is a row an event: what the way itself costs. *timeline* is the real reporting service.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa

from benchmarks.across_services import DOWNSTREAM_URL, STAMPS, TASK, UPSTREAM_URL, backlog, ledger, stamps
from shared.eventstore.append import append
from shared.eventstore.database import Database
from shared.eventstore.schema import create_store
from shared.privacy.keys import MasterKey
from tests import brokers
from tests.databases import database_url
from tests.figures import record
from tests.waiting import until

ROOT = Path(__file__).parents[1]
PATIENCE_S = 180.0


class Side:
    """One process, and the file in which it notes what it committed when."""

    def __init__(self, folder: Path, name: str, command: list[str], environment: dict[str, str]) -> None:
        self.stamps = folder / f"{name}.stamps"
        self.stamps.touch()
        self.output = folder / f"{name}.log"
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env={**os.environ, STAMPS: str(self.stamps), "PYTHONPATH": str(ROOT), **environment},
                stdout=output,
                stderr=output,
            )

    def says(self, what: str) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(self.output.read_text("utf-8")[-2000:])
        return what in self.output.read_text("utf-8")

    def last(self) -> int:
        """The last entry noted; 0 for none."""
        return max((entries[-1] for entries, _ in stamps(self.stamps)), default=0)

    def end(self) -> None:
        self.process.kill()
        self.process.wait(10)


class Pair:
    """An upstream and its follower, each in a process of its own, with nothing in either log."""

    def __init__(self, stack: ExitStack, folder: Path, services: str, follower: str) -> None:
        folder.mkdir()
        master = folder / "master.key"
        MasterKey.create(master)
        broker = stack.enter_context(brokers.virtual_host())
        self._task = folder / "task"

        def side(name: str) -> Side:
            environment = {
                "IMPULSO_DATABASE_URL": stack.enter_context(database_url("postgresql", folder)),
                "IMPULSO_KEYS_URL": f"sqlite:///{folder / name}-keys.db",
                "IMPULSO_FILES": str(folder / name),
                "IMPULSO_AMQP_URL": broker,
                "IMPULSO_MASTER_KEY_FILE": str(master),
                "IMPULSO_HTTP_BIND": "127.0.0.1:0",
                "IMPULSO_CREATE_TABLES": "1",
                TASK: str(self._task),
            }
            command = ["-m", "shared.runtime.nameko_host", name, "--services", f"benchmarks.across_services:{services}"]
            made = Side(folder, name, command, environment)
            stack.callback(made.end)
            return made

        self.upstream, self.follower = side("assistance"), side(follower)
        for each in (self.upstream, self.follower):
            until(lambda each=each: each.says('"http"'), f"{each.output.stem} serves", 60)  # type: ignore[misc]

    def give(self, **task: float) -> None:
        """Let the upstream commit, and wait until the follower has applied it."""
        fresh = self._task.with_suffix(".new")
        fresh.write_text(json.dumps(task))
        fresh.rename(self._task)
        until(lambda: not self._task.exists(), "the upstream commits", PATIENCE_S)
        head = self.upstream.last()
        until(lambda: self.follower.last() >= head, "the follower applies", PATIENCE_S)

    def throughput(self, events: int) -> float:
        """Events a second from the commit of a backlog of them to the last one applied."""
        self.give(backlog=events)
        entries, committed = max(stamps(self.upstream.stamps), key=lambda noted: noted[1])
        applied = max(moment for _, moment in stamps(self.follower.stamps))
        return len(entries) / (applied - committed) * 1e9

    def latencies(self, rate: float, seconds: float) -> list[float]:
        """Milliseconds from the commit of each event there to the commit of what it caused here, in order."""
        before = self.upstream.last()
        self.give(rate=rate, seconds=seconds)
        committed = {each: moment for entries, moment in stamps(self.upstream.stamps) for each in entries}
        applied = {each: moment for entries, moment in stamps(self.follower.stamps) for each in entries}
        return sorted((applied[each] - committed[each]) / 1e6 for each in committed if each > before)


@contextmanager
def pair(folder: Path, services: str, follower: str) -> Iterator[Pair]:
    with ExitStack() as stack:
        yield Pair(stack, folder / f"{services}-{time.monotonic_ns()}", services, follower)


def plain(folder: Path, events: int) -> float:
    """Events a second that plain nameko takes from a committed log to the same ledger."""
    with ExitStack() as stack:
        place = folder / f"plain-{time.monotonic_ns()}"
        place.mkdir()
        urls = [stack.enter_context(database_url("postgresql", place)) for _ in range(2)]
        upstream, downstream = (Database(url) for url in urls)
        stack.callback(upstream.close)
        stack.callback(downstream.close)
        create_store(upstream)
        everything = backlog(events, 0)
        with upstream.write() as connection:
            for start in range(0, len(everything), 1000):
                append(connection, everything[start : start + 1000])
        with downstream.write() as connection:
            ledger.create(connection)
        environment = {
            "IMPULSO_AMQP_URL": stack.enter_context(brokers.virtual_host()),
            UPSTREAM_URL: urls[0],
            DOWNSTREAM_URL: urls[1],
        }

        def side(role: str, says: str) -> None:
            made = Side(place, role, ["-m", "benchmarks.plain_nameko", role], environment)
            stack.callback(made.end)
            until(lambda: made.says(says), f"{role} starts", 60)

        side("hear", "started")
        side("tell", "telling")
        began = time.perf_counter()
        until(_holds(downstream, len(everything)), "plain nameko is done", PATIENCE_S)
        return len(everything) / (time.perf_counter() - began)


def _holds(database: Database, rows: int) -> Callable[[], bool]:
    def full() -> bool:
        with database.read() as connection:
            return bool(connection.execute(sa.select(sa.func.count()).select_from(ledger)).scalar_one() >= rows)

    return full


def steady(both: Pair, name: str, rates: list[float], seconds: float) -> dict[str, dict[str, float]]:
    """The latencies at each of the ``rates`` (a second), each held for so many ``seconds``."""
    both.latencies(50, 1)
    found = {}
    for rate in rates:
        times = both.latencies(rate, seconds)
        found[f"{name}, {rate:g}/s"] = {
            "p50": round(quantile(times, 0.5), 1),
            "p99": round(quantile(times, 0.99), 1),
        }
        print(f"{name} at {rate:g}/s: {found[f'{name}, {rate:g}/s']} ms", flush=True)
    return found


def quantile(values: list[float], share: float) -> float:
    """The value that ``share`` of the sorted ``values`` do not exceed."""
    return values[min(int(len(values) * share), len(values) - 1)]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=50_000, help="of the backlog")
    parser.add_argument("--plain", type=int, default=3_000, help="of the baseline's backlog, which is as fast at any")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each steady rate")
    parser.add_argument("--rates", type=float, nargs="*", default=[50, 500])
    chosen = parser.parse_args(arguments)
    throughput: dict[str, list[float]] = {"plain nameko": [], "ledger": [], "timeline": []}
    latency: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        for turn in range(chosen.rounds):
            throughput["plain nameko"].append(plain(folder, chosen.plain))
            for services, follower, name in (("LIGHT", "ledger", "ledger"), ("TIMELINE", "reporting", "timeline")):
                with pair(folder, services, follower) as both:
                    throughput[name].append(both.throughput(chosen.events))
                    if turn == chosen.rounds - 1:
                        # The backlog is applied: what is committed from here on finds nothing before it.
                        latency |= steady(both, name, chosen.rates, chosen.seconds)
            print({name: round(rates[-1]) for name, rates in throughput.items()}, flush=True)
    medians = {name: round(statistics.median(rates)) for name, rates in throughput.items()}
    record(
        "across",
        backlog=chosen.events,
        backlog_of_plain_nameko=chosen.plain,
        events_per_second=medians,
        latency_ms=latency,
        baseline="plain nameko",
    )


if __name__ == "__main__":
    main()

"""What watching costs a command: figures, spans, log lines, alone and together. ``python -m benchmarks.observing``

One command through the desk of intake on SQLite, in turns: watched as every process is, watched with a collector's
exporter taking the spans (into memory), and not watched at all, in the same run. Beside it each piece alone.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import structlog

from services.intake.definition import SERVICE as INTAKE
from shared.runtime import logs
from shared.runtime.instruments import Instruments
from shared.tracing import spans
from shared.tracing.passage import entered
from shared.tracing.spans import Span
from tests.figures import record
from tests.services.casework import Office
from tests.services.intake.counter import Counter


class InMemory:
    """An exporter that keeps what it takes."""

    def __init__(self) -> None:
        self.taken: list[Span] = []

    def take(self, span: Span) -> None:
        self.taken.append(span)

    def close(self) -> None:
        self.taken.clear()


def microseconds(work: Callable[[], Any], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        work()
    return round((time.perf_counter() - began) / times * 1e6, 2)


def pieces(times: int) -> dict[str, float]:
    """Each piece alone, in microseconds."""
    instruments, log = Instruments(), structlog.get_logger("impulso.benchmark")
    request_id, traceparent = str(uuid4()), "00-" + "a1" * 16 + "-" + "b2" * 8 + "-01"

    def within() -> None:
        with entered(request_id, traceparent), spans.span("work", "intake"):
            return

    def line() -> None:
        log.info("command", service="intake", command="OpenCall", outcome="done", code=None, events=[], ms=1.0)

    found = {
        "count a command": microseconds(lambda: instruments.command("intake", "OpenCall", "done", 0.01), times),
        "enter a request and its span, nobody takes it": microseconds(within, times),
        "write the line of a command": microseconds(line, times),
    }
    spans.export_to(InMemory())
    found["enter a request and its span, an exporter takes it"] = microseconds(within, times)
    spans.export_to(None)
    return found


def _nothing(*_given: Any) -> None:
    return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", type=int, default=400)
    parser.add_argument("--times", type=int, default=20_000)
    chosen = parser.parse_args()
    logs.configure("INFO")
    with open(os.devnull, "w", encoding="utf-8") as nowhere, TemporaryDirectory() as where:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(nowhere))
        logging.getLogger().handlers[:] = []
        alone = pieces(chosen.times)
        office = Office(INTAKE, Path(where))
        counter, orders = Counter(office, Path(where)), office.desk._orders
        watched = orders._note
        took: dict[str, list[float]] = {"not watched": [], "watched": [], "watched, spans taken": []}
        ways = list(took)
        for number in range(chosen.commands):
            way = ways[number % 3]
            orders._note = _nothing if way == "not watched" else watched
            spans.export_to(InMemory() if way == "watched, spans taken" else None)
            began = time.perf_counter()
            with entered(str(uuid4()), spans.begun()):
                counter.open_call(f"AT-2026-{number}")
            took[way].append((time.perf_counter() - began) * 1000)
        spans.export_to(None)
        office.assembled.close()
    milliseconds = {way: round(statistics.median(found), 3) for way, found in took.items()}
    record("observing", microseconds_alone=alone, milliseconds_a_command=milliseconds, baseline="not watched")


if __name__ == "__main__":
    main()

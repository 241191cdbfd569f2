"""The two sides of `benchmarks.across`: a service that commits events of assistance, and two that follow it.

``assistance`` stands in for the real one: its log holds events of the real contracts, 31 a case, in the proportions of
a case in attention. ``ledger`` writes a row for every event that arrives, the least that a reaction can do;
``reporting`` is the real one, with its timeline and its cases. Every process notes when it committed what.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent

from services.assistance.definition import SERVICE as ASSISTANCE
from services.reporting.definition import SERVICE as REPORTING
from shared.contracts.envelope import Envelope
from shared.eventstore.append import append
from shared.eventstore.application import Committed, ServiceApplication
from shared.eventstore.commit import Work
from shared.eventstore.mapper import transcoder
from shared.eventstore.metadata import Meta
from shared.eventstore.unit_of_work import UnitOfWork
from shared.eventstore.views import Views
from shared.runtime.definition import ServiceDefinition

ON = date(2026, 10, 15)
TASK = "BENCHMARK_TASK"
"""Variable that names the file with what the upstream has to commit next."""
STAMPS = "BENCHMARK_STAMPS"
"""Variable that names the file to which a process writes what it committed when."""
UPSTREAM_URL, DOWNSTREAM_URL = "BENCHMARK_UPSTREAM_URL", "BENCHMARK_DOWNSTREAM_URL"
"""Variables with the databases of plain nameko."""
PACERS = 4
"""Threads that commit at a given rate, so that a commit that waits for the disk does not delay the next."""

_SOMEBODY = UUID(int=156)
_KINDS: tuple[tuple[str, int, dict[str, Any]], ...] = (
    ("ComponentActivityRecorded", 15, {"component": "b", "item": "b.2", "topic": "costos", "hours": Decimal("4")}),
    (
        "TrainingHoursRecorded",
        8,
        {"training_id": _SOMEBODY, "hours": Decimal("5"), "hours_total": Decimal("40")},
    ),
    ("FollowUpVisited", 6, {"visit_id": _SOMEBODY, "phase": "technical_assistance"}),
    ("PhaseStarted", 2, {"phase": "technical_assistance"}),
)
EVENTS_A_CASE = sum(often for _, often, _ in _KINDS)


class Stamps:
    """Lines of «first last nanoseconds»: entries of the upstream's log that were committed here by then."""

    def __init__(self) -> None:
        where = os.environ.get(STAMPS)
        self._file = open(where, "a", encoding="ascii") if where else None  # noqa: SIM115 - as long as the process

    def note(self, first: int, last: int) -> None:
        if self._file is not None:
            self._file.write(f"{first} {last} {time.time_ns()}\n")
            self._file.flush()


def stamps(path: Path) -> Iterator[tuple[range, int]]:
    """What a process noted: entries, and when they were committed."""
    for line in path.read_text("ascii").splitlines():
        first, last, moment = map(int, line.split())
        yield range(first, last + 1), moment


def made(number: int) -> Iterator[StoredEvent]:
    """The events of case ``number``, as assistance stores them."""
    case, json_transcoder = uuid5(UUID(int=0), f"across {number}"), transcoder()
    meta = Meta(ON, _SOMEBODY, "caseworker", correlation_id=case, procedure_version="01").to_state()
    kinds = [(name, facts) for place in range(15) for name, often, facts in _KINDS if place < often]
    for version, (name, facts) in enumerate(kinds, start=1):
        body = {"d": {"case_id": case, **facts}, "m": meta}
        yield StoredEvent(case, version, f"assistance.{name}", json_transcoder.encode(body))


def backlog(events: int, first_case: int) -> list[StoredEvent]:
    """At least ``events`` events of cases from ``first_case`` on, turn by turn."""
    cases = [list(made(number)) for number in range(first_case, first_case + -(-events // EVENTS_A_CASE))]
    return [event for turn in zip(*cases, strict=True) for event in turn]


class Upstream(ServiceApplication):
    """Commits what a task says: a backlog in one transaction, or single events at a rate."""

    name = "assistance"

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._stamps = Stamps()
        self.cases = 0

    def commit_backlog(self, events: int) -> None:
        everything = self._next(events)
        with self.database.write() as connection:
            for start in range(0, len(everything), 1000):
                landed = append(connection, everything[start : start + 1000])
        self._told(landed.first + landed.count - len(everything), landed.ids[-1], landed.ids)

    def commit_paced(self, rate: float, seconds: float) -> None:
        """One event a commit, ``rate`` of them a second, whatever a commit takes."""
        cases = [list(made(self.cases + number)) for number in range(-(-int(rate * seconds) // EVENTS_A_CASE))]
        self.cases += len(cases)
        # Each thread has cases of its own: the versions of one are committed in order.
        shares = [[event for turn in zip(*cases[n::PACERS], strict=True) for event in turn] for n in range(PACERS)]
        began = time.monotonic()

        def commit(share: list[StoredEvent], place: int) -> None:
            for number, event in enumerate(share):
                due = began + (number * PACERS + place) / rate
                time.sleep(max(0.0, due - time.monotonic()))
                landed = self.recorder.committer.commit(Work(events=[event]))  # type: ignore[attr-defined]
                self._told(landed.first, landed.first, landed.ids)

        threads = [threading.Thread(target=commit, args=(share, place)) for place, share in enumerate(shares)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _next(self, events: int) -> list[StoredEvent]:
        everything = backlog(events, self.cases)
        self.cases += len(everything) // EVENTS_A_CASE
        return everything

    def _told(self, first: int, last: int, ids: range) -> None:
        self._stamps.note(first, last)
        for listener in self.committed:
            listener(Committed({}, ids))


def work_off(app: Upstream, _stopping: Callable[[], bool]) -> bool:
    """Background work: the task that stands in the file, which is gone once it is done."""
    path = Path(os.environ.get(TASK, "no task"))
    if not path.exists():
        return False
    task = json.loads(path.read_text())
    if "backlog" in task:
        app.commit_backlog(task["backlog"])
    else:
        app.commit_paced(task["rate"], task["seconds"])
    path.unlink()
    return True


class _Noting:
    """Notes each step of the consumer's position once it is committed."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._stamps = Stamps()

    def transact(self, meta: Meta, decide: Any, **more: Any) -> Committed:
        done: Committed = super().transact(meta, decide, **more)  # type: ignore[misc]
        step = more.get("step")
        if step is not None:
            self._stamps.note(step.expected + 1, step.position)
        return done


tables = sa.MetaData()
ledger = sa.Table(
    "ledger",
    tables,
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("subject", sa.Uuid, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("happened_on", sa.Date, nullable=False),
)


class Ledger(_Noting, ServiceApplication):
    name = "ledger"
    views = Views(tables)


def enter(_app: Ledger, unit: UnitOfWork, event: Envelope) -> None:
    """A row for every event: what any reaction does at the least."""
    row = {"sequence": event.sequence, "subject": event.subject, "type": event.type, "happened_on": event.happened_on}
    unit.insert(ledger, row)


class Reporting(_Noting, REPORTING.application):  # type: ignore[name-defined,misc]
    pass


UPSTREAM = ServiceDefinition(ASSISTANCE.name, Upstream, work=work_off)
LIGHT = {
    "assistance": UPSTREAM,
    "ledger": ServiceDefinition("ledger", Ledger, reactions={"*": enter}, follows=("assistance",)),
}
TIMELINE = {
    "assistance": UPSTREAM,
    "reporting": replace(REPORTING, application=Reporting, follows=("assistance",), asks=(), work=None),
}

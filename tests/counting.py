"""Two small services for the tests of delivery: `counter` decides, `watcher` follows it and writes down what arrives.

The watcher keeps one row for every event it applied, in the order in which it did, and an aggregate for each case: an
event lost, applied twice or out of order cannot hide.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from eventsourcing.domain import Aggregate
from sqlalchemy.engine import Connection

from shared import contracts
from shared.catalogue.refusals import Refusal
from shared.contracts.envelope import Envelope
from shared.contracts.events import Service
from shared.contracts.published import Count
from shared.eventstore.application import ServiceApplication
from shared.eventstore.metadata import Meta
from shared.eventstore.tracking import position_of
from shared.eventstore.unit_of_work import UnitOfWork
from shared.eventstore.views import Views
from shared.privacy.personal import Personal
from shared.runtime.definition import ServiceDefinition

_counter = Service("counter")
_watcher = Service("watcher")
contracts.register(
    _counter.event("TallyStarted", (), "I"),
    _counter.event("Counted", (1,), "S", number=Count()),
    _counter.event("Totalled", (2,), "I", number=Count()),
    *_counter.kept_inside("Remarked"),
    _watcher.event("MirrorMade", (), "S"),
    _watcher.event("Mirrored", (), "S", number=Count()),
)


class Indigestible(Refusal):
    code = "INDIGESTIBLE"
    message = "El número {number} no se puede aplicar todavía."


class Tally(Aggregate):
    TOPIC = "counter.Tally"

    class Event(Aggregate.Event):
        pass

    class Started(Event, Aggregate.Created):
        TOPIC = "counter.TallyStarted"

        def apply(self, tally: Tally) -> None:
            tally.number = 0

    Created = Started

    class Counted(Event):
        TOPIC = "counter.Counted"
        number: int

        def apply(self, tally: Tally) -> None:
            tally.number = self.number

    class Totalled(Event):
        TOPIC = "counter.Totalled"
        number: int

        def apply(self, tally: Tally) -> None:
            pass

    class Remarked(Event):
        TOPIC = "counter.Remarked"
        remark: Personal

        def apply(self, tally: Tally) -> None:
            pass

    def count(self) -> None:
        """One more; each tenth is totalled, each seventh remarked upon."""
        self.trigger_event(self.Counted, number=self.number + 1)
        if self.number % 10 == 0:
            self.trigger_event(self.Totalled, number=self.number)
        if self.number % 7 == 0:
            self.trigger_event(self.Remarked, remark=Personal(self.id, "s", "una nota sobre Rosalba Quintero"))


class CounterApplication(ServiceApplication):
    name = "counter"

    def count(self, unit: UnitOfWork, case_id: UUID) -> dict[str, Any]:
        tally = unit.find(Tally, case_id)
        if tally is None:
            tally = Tally._create(Tally.Started, id=case_id)
            unit.add(tally)
        tally.count()
        return {"id": str(case_id)}


class Mirror(Aggregate):
    TOPIC = "watcher.Mirror"

    class Event(Aggregate.Event):
        pass

    class Made(Event, Aggregate.Created):
        TOPIC = "watcher.MirrorMade"

        def apply(self, mirror: Mirror) -> None:
            mirror.number = 0

    Created = Made

    class Mirrored(Event):
        TOPIC = "watcher.Mirrored"
        number: int

        def apply(self, mirror: Mirror) -> None:
            mirror.number = self.number


tables = sa.MetaData()
receipts = sa.Table(
    "receipts",
    tables,
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("subject", sa.Uuid, nullable=False),
    sa.Column("case_version", sa.Integer, nullable=False),
)


class WatcherApplication(ServiceApplication):
    name = "watcher"
    views = Views(tables)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What it cannot stomach for now: lets a test make an event poisonous, and mend it.
        self.distaste: set[tuple[UUID, int]] = set()


def note(app: WatcherApplication, unit: UnitOfWork, event: Envelope) -> None:
    """Every event that has no reaction of its own: write down that it came."""
    row = {"sequence": event.sequence, "subject": event.subject, "case_version": event.case_version}
    unit.write(lambda connection: _insert(connection, row))


def mirror_count(app: WatcherApplication, unit: UnitOfWork, event: Envelope) -> None:
    mirror = unit.find(Mirror, event.subject)
    if mirror is None:
        mirror = Mirror._create(Mirror.Made, id=event.subject)
        unit.add(mirror)
    number = event.data["number"]
    if (event.subject, number) in app.distaste:
        raise Indigestible(number=number)
    if number != mirror.number + 1:
        raise AssertionError(f"out of order: {mirror.number} then {number}")
    mirror.trigger_event(Mirror.Mirrored, number=number)
    note(app, unit, event)


def _insert(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute(receipts.insert().values(row))


def count_on(app: CounterApplication, stopping: Callable[[], bool]) -> bool:
    """Background work for processes: count random cases until the log is as long as COUNTING_TARGET says."""
    if app.log.head() >= int(os.environ.get("COUNTING_TARGET", "0")):
        return False
    for _ in range(10):
        if not stopping():
            several = random.sample(range(CASES), int(os.environ.get("COUNTING_AT_ONCE", "4")))
            app.transact(
                Meta(happened_on=date(2026, 10, 15)), lambda unit, several=several: count_in(app, unit, several)
            )
            time.sleep(float(os.environ.get("COUNTING_PAUSE", "0")))
    return True


def count_in(app: CounterApplication, unit: UnitOfWork, cases: Iterable[int]) -> None:
    """One count for each of ``cases``, all in one commit."""
    for number in cases:
        app.count(unit, case(number))


CASES = 100
COUNTER = ServiceDefinition("counter", CounterApplication, work=count_on, may_read=lambda _app, _who, _file: True)
WATCHER = ServiceDefinition(
    "watcher",
    WatcherApplication,
    reactions={"counter.Counted": mirror_count, "*": note},
    follows=("counter",),
    witnesses=True,
)
SERVICES = {"counter": COUNTER, "watcher": WATCHER}


def case(number: int) -> UUID:
    """The id of the case with that number, always the same."""
    return uuid5(UUID(int=0), f"case {number}")


def count(app: CounterApplication, cases: Iterable[int]) -> None:
    """One count for each of ``cases``, in that order."""
    for number in cases:
        meta = Meta(happened_on=date(2026, 10, 15))
        app.transact(meta, lambda unit, number=number: app.count(unit, case(number)))


def defects(counter: CounterApplication, watcher: WatcherApplication) -> dict[str, int]:
    """What went wrong between the two: events lost, applied twice, out of order within their case, not yet there.

    The counter may go on deciding meanwhile: its head is read first, and what it decides after the watcher was read
    is nobody's loss.
    """
    head = counter.log.head()
    with watcher.database.read() as connection:
        rows = connection.execute(sa.select(receipts).order_by(receipts.c.place)).all()
        reached = position_of(connection, "counter").position
    entries = [entry for entry in counter.log.entries(0, 1_000_000) if entry.sequence <= reached]
    seen = [row.sequence for row in rows]
    versions: dict[UUID, int] = {}
    disorder = 0
    for row in rows:
        disorder += row.case_version != versions.get(row.subject, 0) + 1
        versions[row.subject] = row.case_version
    return {
        "lost": len({entry.sequence for entry in entries} - set(seen)),
        "twice": len(seen) - len(set(seen)),
        "disorder": disorder,
        "unknown": len(set(seen) - {entry.sequence for entry in entries}),
        "behind": max(head - reached, 0),
    }


NO_DEFECTS = {"lost": 0, "twice": 0, "disorder": 0, "unknown": 0, "behind": 0}

"""The guarantee under everything at once: real processes on RabbitMQ and PostgreSQL, and a hand that breaks things.

Two processes decide and relay, two follow and compete. Meanwhile processes are killed, queues purged and deleted, old
messages sent again, database connections cut, and the broker loses all it has. Whatever the order: no event lost, none
applied twice, all in the order of their case.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import cast

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from shared.delivery.errors import Away
from shared.delivery.feed import Feed
from shared.delivery.message import encode
from shared.delivery.ports import Outgoing
from shared.eventstore.errors import StoreUnavailable
from shared.eventstore.metadata import Meta
from shared.runtime.assembly import Assembled
from shared.runtime.rabbit import BROKER_ERRORS, RabbitPublisher, connect
from shared.runtime.topology import follower_queue
from tests import brokers
from tests.counting import CASES, NO_DEFECTS, CounterApplication, count_in, defects
from tests.databases import POSTGRES
from tests.figures import record
from tests.processes import Cluster, cluster
from tests.waiting import until

EVENTS = int(os.environ.get("CHAOS_EVENTS", "5000"))
QUEUE = follower_queue("watcher", "counter")


class Hand:
    """Breaks things, each kind once a round, in an order of its own."""

    def __init__(self, around: Cluster, counter: Assembled, dice: random.Random) -> None:
        self.around = around
        self.dice = dice
        self.counter = cast(CounterApplication, counter.application)
        self.feed = Feed(counter.application.log, counter.publication)
        self.done: Counter[str] = Counter()
        self.kinds: list[Callable[[], None]] = [
            self.kill_a_process,
            self.kill_a_process,
            self.purge_the_queue,
            self.delete_the_queue,
            self.send_old_messages_again,
            self.cut_database_connections,
            self.wipe_the_broker,
        ]

    def head(self) -> int:
        """The counter's head; a connection that was cut a moment ago is worth a second look."""
        with suppress(OperationalError):
            return self.counter.log.head()
        return self.counter.log.head()

    def round(self) -> Iterator[Callable[[], None]]:
        kinds = list(self.kinds)
        self.dice.shuffle(kinds)
        yield from kinds

    def strike(self, kind: Callable[[], None]) -> None:
        try:
            kind()
            self.done[kind.__name__] += 1
        except (*BROKER_ERRORS, Away):
            # The broker was still coming back from the blow before.
            self.done[f"{kind.__name__} (missed)"] += 1

    def decide(self, events: int) -> None:
        """Wait until that many events more were decided, and lend a hand while the processes come back."""
        enough = min(self.head() + events, EVENTS)
        alone = time.monotonic() + 1.5
        while self.head() < enough and time.monotonic() < alone:
            time.sleep(0.02)
        while self.head() < enough:
            try:
                several = self.dice.sample(range(CASES), 5)
                meta = Meta(happened_on=date(2026, 10, 15))
                self.counter.transact(meta, lambda unit, several=several: count_in(self.counter, unit, several))
            except StoreUnavailable:
                # Its own connection was cut; whether the last commit landed, the log knows.
                self.done["own commits cut"] += 1

    def kill_a_process(self) -> None:
        process = self.dice.choice(self.around.processes)
        process.kill()
        process.start()

    def purge_the_queue(self) -> None:
        with connect(self.around.broker) as connection:
            connection.channel().queue_purge(QUEUE)

    def delete_the_queue(self) -> None:
        with connect(self.around.broker) as connection:
            connection.channel().queue_delete(QUEUE)

    def send_old_messages_again(self) -> None:
        after = self.dice.randrange(max(self.head() - 200, 1))
        messages = self.feed.page(after, 200).messages
        self.dice.shuffle(messages)
        publisher = RabbitPublisher(self.around.broker, "counter", ["watcher"])
        publisher.publish(
            [Outgoing("events", one.envelope.routing_key, one.envelope.id, encode(one)) for one in messages]
        )
        publisher.close()

    def cut_database_connections(self) -> None:
        name = make_url(self.around.databases[self.dice.choice(["counter", "watcher"])]).database
        server = sa.create_engine(POSTGRES, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with server.connect() as connection:
            cut = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
            connection.execute(cut, {"name": name})

    def wipe_the_broker(self) -> None:
        brokers.wipe(self.around.broker)


def test_no_event_is_lost_or_applied_twice_whatever_breaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("CHAOS_SEED", str(time.time_ns() % 100_000)))
    with cluster(tmp_path) as around:
        counter, watcher = around.assembled("counter"), around.assembled("watcher")
        for service in ("counter", "counter", "watcher", "watcher"):
            around.process(service, COUNTING_TARGET=str(EVENTS), COUNTING_PAUSE="0.002")
        began = time.monotonic()
        hand = Hand(around, counter, random.Random(seed))
        rounds = 0
        # On a slow machine there are fewer blows, never fewer events: two rounds at least, then until the time is up.
        while rounds < 2 or (hand.head() < EVENTS and time.monotonic() - began < 120):
            for kind in hand.round():
                hand.strike(kind)
                # The next blow comes when something has happened since, not into the same ruins again and again.
                hand.decide(EVENTS // 35)
            rounds += 1
        hand.decide(EVENTS)
        until(
            lambda: watcher.inbox.position("counter").position == hand.head() >= EVENTS,
            f"seed {seed}: all is applied after the last blow",
            120,
        )
        found = defects(counter.application, watcher.application)
        parked = len(watcher.inbox.parking.events())
        record(
            f"chaos-{watcher.application.database.engine.dialect.name}",
            events=counter.application.log.head(),
            parked=parked,
            blows=dict(sorted(hand.done.items())),
            **found,
        )
        with capsys.disabled():
            blows = ", ".join(f"{name} {number}" for name, number in sorted(hand.done.items()))
            print(
                f"\nchaos: seed {seed}, {counter.application.log.head()} events in {time.monotonic() - began:.0f} s; "
                f"{found['lost']} lost, {found['twice']} applied twice, {found['disorder']} out of order, "
                f"{parked} parked; {blows}"
            )
        counter.close()
        watcher.close()
    assert found == NO_DEFECTS
    assert parked == 0

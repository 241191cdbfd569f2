"""The hand that breaks things: processes, lines, clocks, the broker, the database server, and the past itself."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from typing import TypeVar, cast

from sqlalchemy.exc import DBAPIError

from shared.delivery.errors import Away
from shared.delivery.feed import Feed
from shared.delivery.follower import Follower
from shared.delivery.message import encode
from shared.delivery.ports import Outgoing
from shared.eventstore.errors import StoreUnavailable
from shared.eventstore.metadata import Meta
from shared.runtime.assembly import Assembled
from shared.runtime.rabbit import BROKER_ERRORS, RabbitPublisher, connect
from shared.runtime.topology import follower_queue
from tests import brokers
from tests.chaos.site import Post, Site
from tests.counting import CASES, CounterApplication, count_in
from tests.processes import Process
from tests.waiting import until

QUEUE = follower_queue("watcher", "counter")
AN_HOUR = 3600
BACK_WITHIN_S = 120
BACKLOG = 5_000
CATCH_UP_S = 600
T = TypeVar("T")
Blow = Callable[[], None]
Cure = Callable[[], object]


class Hand:
    """Strikes, and heals after a while what does not heal by itself; several things may be broken at once."""

    def __init__(self, site: Site, counter: Assembled, watcher: Assembled, dice: random.Random) -> None:
        self.site = site
        self.dice = dice
        self.counter = cast(CounterApplication, counter.application)
        self.feed = Feed(counter.application.log, counter.publication)
        self.watcher = watcher
        self.done: Counter[str] = Counter()
        self._ailing: list[tuple[float, Cure]] = []
        self.kinds: list[Blow] = [
            self.kill_a_process,
            self.kill_a_process,
            self.stop_a_process_for_a_while,
            self.purge_the_queue,
            self.delete_the_queue,
            self.send_old_messages_again,
            self.wipe_the_broker,
            self.end_database_connections,
            self.crash_the_database_server,
            self.cut_a_line,
            self.darken_a_line,
            self.slow_a_line,
            self.set_a_process_clock_back,
            self.set_the_database_clock_back,
        ]

    def round(self) -> Iterator[Blow]:
        """Each kind once, in an order of its own; an old backup is restored in the middle."""
        kinds = list(self.kinds)
        self.dice.shuffle(kinds)
        kinds.insert(len(kinds) // 2, self.restore_an_old_backup)
        yield from kinds

    def strike(self, blow: Blow) -> None:
        try:
            blow()
            self.done[blow.__name__] += 1
        except (*BROKER_ERRORS, Away):
            # The broker was still coming back from the blow before.
            self.done[f"{blow.__name__} (missed)"] += 1

    def heal(self, *, all_of_it: bool = False) -> None:
        """End what has lasted long enough."""
        now = time.monotonic()
        due = [cure for moment, cure in self._ailing if all_of_it or moment <= now]
        self._ailing = [] if all_of_it else [each for each in self._ailing if each[0] > now]
        for cure in due:
            cure()

    def head(self) -> int:
        return self._patiently(self.counter.log.head)

    def decide(self, events: int) -> None:
        """Wait until that many events more were decided, and lend a hand while the processes cannot."""
        enough = self.head() + events
        alone, patience = time.monotonic() + 3, time.monotonic() + BACK_WITHIN_S
        while (head := self.head()) < enough or (
            # Writers are faster than who applies: what piles up would only make every blow fall on the same backlog.
            head - self._reached() > BACKLOG and time.monotonic() < patience
        ):
            self.heal()
            if head >= enough:
                time.sleep(0.1)
                continue
            if time.monotonic() < alone:
                time.sleep(0.02)
                continue
            several = self.dice.sample(range(CASES), 20)
            with suppress(StoreUnavailable, DBAPIError):
                # Its own connection was cut, perhaps; whether that commit landed, the log knows.
                meta = Meta(happened_on=date(2026, 10, 15))
                self.counter.transact(meta, lambda unit, several=several: count_in(self.counter, unit, several))

    def rest(self) -> None:
        """Everything is mended, and the processes decide nothing more: they only pass on what was decided."""
        self.heal(all_of_it=True)
        for post in self.site.of("counter"):
            post.process.kill()
            post.process.environment["COUNTING_TARGET"] = "0"
            post.process.start()

    # Processes

    def kill_a_process(self) -> None:
        process = self._any().process
        process.kill()
        process.start()

    def stop_a_process_for_a_while(self) -> None:
        process = self._any().process
        process.pause()
        self._later(process.resume)

    # The broker

    def purge_the_queue(self) -> None:
        with connect(self.site.around.broker) as connection:
            connection.channel().queue_purge(QUEUE)

    def delete_the_queue(self) -> None:
        with connect(self.site.around.broker) as connection:
            connection.channel().queue_delete(QUEUE)

    def send_old_messages_again(self) -> None:
        after = self.dice.randrange(max(self.head() - 200, 1))
        messages = self._patiently(lambda: self.feed.page(after, 200)).messages
        self.dice.shuffle(messages)
        publisher = RabbitPublisher(self.site.around.broker, "counter", ["watcher"])
        publisher.publish(
            [Outgoing("events", one.envelope.routing_key, one.envelope.id, encode(one)) for one in messages]
        )
        publisher.close()

    def wipe_the_broker(self) -> None:
        brokers.wipe(self.site.around.broker)

    # The database server

    def end_database_connections(self) -> None:
        self.site.disconnect(self.dice.choice(["counter", "watcher"]))

    def crash_the_database_server(self) -> None:
        self.site.server.crash()
        self.site.server.start()

    # Lines, between any two

    def cut_a_line(self) -> None:
        line = self.dice.choice(list(self._any().lines.values()))
        line.cut()
        self._later(line.mend)

    def darken_a_line(self) -> None:
        line = self.dice.choice(list(self._any().lines.values()))
        line.darken()
        # Half of the time what was under way arrives late, else never.
        self._later(line.mend if self.dice.random() < 0.5 else lambda: (line.cut(), line.mend()))

    def slow_a_line(self) -> None:
        line = self.dice.choice(list(self._any().lines.values()))
        line.slow(0.2)
        self._later(line.mend)

    # Clocks

    def set_a_process_clock_back(self) -> None:
        clock = self._any().clock
        clock.set(-AN_HOUR)
        self._later(lambda: clock.set(0))

    def set_the_database_clock_back(self) -> None:
        clock = self.site.server.clock
        clock.set(-AN_HOUR)
        self._later(lambda: clock.set(0))

    # The past

    def restore_an_old_backup(self) -> None:
        """The counter is put back to an earlier copy and grows again; its followers must notice and apply nothing of
        it. Then the true log is put back, as a restore does it: under a new epoch, which is adopted by hand."""
        self.heal(all_of_it=True)
        name = self.site.name("counter")
        deciders = [post.process for post in self.site.of("counter")]
        self._away(deciders)
        copied = self.head()
        self._away([])
        self.site.administer(f'CREATE DATABASE "{name}_old" TEMPLATE "{name}"')
        for process in deciders:
            process.start()
        self.decide(100)
        # Who has not yet come as far as the copy loses nothing by it, and there is nothing to notice.
        until(lambda: self._reached() > copied + 50, "the followers pass the moment of the copy", CATCH_UP_S)

        for process in deciders:
            process.kill()
        true_head = self.head()
        self._away(deciders)
        self.site.administer(
            f'ALTER DATABASE "{name}" RENAME TO "{name}_true"', f'ALTER DATABASE "{name}_old" RENAME TO "{name}"'
        )
        for process in deciders:
            process.start()
        for post in self.site.of("watcher"):
            until(lambda post=post: _stopped(post), "a follower notices another past", BACK_WITHIN_S)  # type: ignore[misc]
        assert self._reached() <= true_head, "the follower went on into the other past"

        self._away(deciders)
        self.site.administer(f'DROP DATABASE "{name}" WITH (FORCE)', f'ALTER DATABASE "{name}_true" RENAME TO "{name}"')
        self._patiently(self.counter.log.begin_epoch)
        self._patiently(Follower("counter", self.feed, self.watcher.inbox).adopt)
        for process in deciders:
            process.start()
        self.done["old backups noticed"] += 1

    def _away(self, processes: list[Process]) -> None:
        """Nobody is connected to the counter's database any more."""
        for process in processes:
            process.kill()
        self.counter.database.engine.dispose()
        self.site.disconnect("counter")

    def _reached(self) -> int:
        return self._patiently(lambda: self.watcher.inbox.position("counter")).position

    def _any(self) -> Post:
        return self.dice.choice(self.site.posts)

    def _later(self, cure: Cure) -> None:
        self._ailing.append((time.monotonic() + self.dice.uniform(1, 4), cure))

    def _patiently(self, ask: Callable[[], T]) -> T:
        """The answer, once the database server is back from whatever was done to it."""
        deadline = time.monotonic() + BACK_WITHIN_S
        while True:
            try:
                return ask()
            except (DBAPIError, StoreUnavailable):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)


def _stopped(post: Post) -> bool:
    return bool(post.process.health()["followers"]["counter"]["state"] == "stopped")

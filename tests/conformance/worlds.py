"""The two counting services and what carries events between them: one `World` a transport, with the same handles.

A consumer of the broker's worlds runs in a thread over a store connection, cache and follower of its own, as a process
would; nothing is shared with its competitors but the database and the queue.
"""

from __future__ import annotations

import shutil
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from shared.delivery.feed import Feed
from shared.delivery.follower import Follower
from shared.delivery.message import Beacon, encode
from shared.delivery.parking import Parking
from shared.delivery.ports import Outgoing, Publisher
from shared.delivery.relay import Relay, RelayCursor
from shared.delivery.telemetry import Counts
from shared.eventstore.tracking import Position
from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Assembled, Place, assemble
from shared.runtime.embedded import EmbeddedHost
from shared.runtime.queue_consumer import QueueConsumer
from shared.runtime.rabbit import RabbitPublisher
from tests import brokers
from tests.counting import COUNTER, SERVICES, WATCHER, CounterApplication, WatcherApplication, count, defects, receipts
from tests.databases import POSTGRES, database_url


class LossyPublisher:
    """A broker that loses what ``loses`` says, without a word."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self.loses: Callable[[Outgoing], bool] = lambda _one: False

    def publish(self, batch: Sequence[Outgoing]) -> None:
        self._publisher.publish([one for one in batch if not self.loses(one)])

    def beacon(self, beacon: Beacon) -> None:
        self._publisher.beacon(beacon)


class World(ABC):
    """``open`` gives the services, ``start`` lets events flow, ``stop`` ends both; then it may open again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.telemetry = Counts()
        self.followers: list[Follower] = []
        self.watchers: list[Assembled] = []
        self.counter: Assembled

    @property
    def deciding(self) -> CounterApplication:
        application = self.counter.application
        assert isinstance(application, CounterApplication)
        return application

    @property
    def watching(self) -> WatcherApplication:
        application = self.watchers[0].application
        assert isinstance(application, WatcherApplication)
        return application

    @property
    def parking(self) -> Parking:
        return self.watchers[0].inbox.parking

    @property
    def position(self) -> Position:
        return self.watchers[0].inbox.position("counter")

    @property
    def arrived(self) -> bool:
        """True when the position stands at the head."""
        return self.position.position == self.deciding.log.head()

    def count(self, cases: Sequence[int]) -> None:
        count(self.deciding, cases)

    def defects(self) -> dict[str, int]:
        return defects(self.deciding, self.watching)

    def applied(self) -> int:
        """How many events have taken effect."""
        with self.watching.database.read() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(receipts)).scalar_one())

    def dislike(self, *what: tuple[object, int]) -> None:
        """Make these numbers of these cases indigestible for every consumer; none: all is well again."""
        for watcher in self.watchers:
            watcher.application.distaste = set(what)  # type: ignore[attr-defined]

    def feed(self) -> Feed:
        return Feed(self.counter.application.log, self.counter.publication)

    @abstractmethod
    def open(self) -> None: ...

    @abstractmethod
    def start(self, consumers: int = 1) -> None: ...

    @abstractmethod
    def stop(self) -> None: ...

    @abstractmethod
    def lose(self, which: Callable[[int], bool]) -> None:
        """From now on lose the message (or prompt) of the entries that ``which`` names by sequence."""

    @abstractmethod
    def repeat(self, after: int, limit: int) -> None:
        """Deliver old messages once more."""

    @abstractmethod
    def wipe(self) -> None:
        """Lose all that is in transit, and what carries it."""

    @abstractmethod
    def backup(self) -> object:
        """Copy the counter's database. Only while stopped."""

    @abstractmethod
    def restore(self, backup: object) -> None:
        """Put the copy back. Only while stopped."""


class EmbeddedWorld(World):
    """The embedded host: SQLite, threads, no broker."""

    host: EmbeddedHost | None = None

    def open(self) -> None:
        if self.host is not None:
            return
        self.stopping = threading.Event()
        self.threads: list[threading.Thread] = []
        self.host = EmbeddedHost(self.folder / "data", services=SERVICES, catalogue=_NO_CATALOGUE)
        self.counter = self.host.services["counter"]
        self.watchers = [self.host.services["watcher"]]
        self.followers = [self.host.followers["watcher", "counter"]]
        self.telemetry = self.host.telemetry["watcher"]

    def start(self, consumers: int = 1) -> None:
        self.open()
        assert self.host is not None
        for _ in range(consumers - 1):
            rival = _assemble("watcher", Place.under(self.folder / "data" / "watcher"), self.host.master)
            follower = Follower("counter", self.feed(), rival.inbox, telemetry=self.telemetry)
            self.watchers.append(rival)
            self.followers.append(follower)
            wake = threading.Event()
            self.counter.application.committed.append(lambda _done, wake=wake: wake.set())
            self.threads.append(_spawn(lambda f=follower, w=wake: f.run(self.stopping, w, every=0.2)))
        self.host.start()

    def stop(self) -> None:
        if self.host is None:
            return
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)
        self.host.stop()
        for rival in self.watchers[1:]:
            rival.close()
        self.host = None

    def lose(self, which: Callable[[int], bool]) -> None:
        # A prompt that does not come is all that can be lost here; the host's own prompts go with it.
        listeners = self.counter.application.committed
        kept = list(listeners)
        listeners[:] = [lambda done: [tell(done) for tell in kept if not any(which(each) for each in done.ids)]]

    def repeat(self, after: int, limit: int) -> None:
        rival = _assemble("watcher", Place.under(self.folder / "data" / "watcher"), self._master())
        Follower("counter", self.feed(), rival.inbox, telemetry=self.telemetry).receive(
            self.feed().page(after, limit).messages
        )
        rival.close()

    def wipe(self) -> None:
        self.counter.application.committed.clear()

    def backup(self) -> object:
        source, copy = self.folder / "data" / "counter", self.folder / "backup"
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("keys*"))
        return copy

    def restore(self, backup: object) -> None:
        for old in (self.folder / "data" / "counter").glob("events.db*"):
            old.unlink()
        shutil.copytree(Path(str(backup)), self.folder / "data" / "counter", dirs_exist_ok=True)

    def _master(self) -> MasterKey:
        assert self.host is not None
        return self.host.master


class BrokeredWorld(World):
    """RabbitMQ between the services, each over a database of ``dialect``."""

    def __init__(self, folder: Path, broker: str, databases: dict[str, str]) -> None:
        super().__init__(folder)
        self.broker = broker
        self.databases = databases
        self.master = MasterKey.create(folder / "master.key")
        self.publisher: LossyPublisher | None = None

    def open(self) -> None:
        if self.publisher is not None:
            return
        self.stopping = threading.Event()
        self.threads: list[threading.Thread] = []
        self.counter = self._assembled("counter")
        self.watchers = [self._assembled("watcher")]
        self.followers = []
        self.rabbit = RabbitPublisher(self.broker, "counter", ["watcher"])
        self.publisher = LossyPublisher(self.rabbit)

    def start(self, consumers: int = 1) -> None:
        self.open()
        assert self.publisher is not None
        cursor = RelayCursor(self.counter.application.database)
        relay = Relay(self.deciding.log, self.counter.publication, self.publisher, cursor, beacon_every=0.5)
        prompt = threading.Event()
        self.counter.application.committed.append(lambda _done: prompt.set())
        self.threads.append(_spawn(lambda: relay.run(self.stopping, prompt, poll=0.2)))
        while len(self.watchers) < consumers:
            self.watchers.append(self._assembled("watcher"))
        for watcher in self.watchers:
            follower = Follower("counter", self.feed(), watcher.inbox, telemetry=self.telemetry)
            self.followers.append(follower)
            consumer = QueueConsumer(self.broker, "watcher", "counter", follower.receive, follower.tick)
            self.threads.append(_spawn(lambda c=consumer: c.run(self.stopping)))

    def stop(self) -> None:
        if self.publisher is None:
            return
        self.stopping.set()
        for thread in self.threads:
            thread.join(15)
            assert not thread.is_alive(), "a consumer or relay does not stop"
        self.rabbit.close()
        for one in (self.counter, *self.watchers):
            one.close()
        self.publisher = None

    def lose(self, which: Callable[[int], bool]) -> None:
        assert self.publisher is not None
        self.publisher.loses = lambda one: one.exchange == "events" and which(int(one.id.split(":")[1]))

    def repeat(self, after: int, limit: int) -> None:
        messages = self.feed().page(after, limit).messages
        old = [Outgoing("events", one.envelope.routing_key, one.envelope.id, encode(one)) for one in messages]
        self.rabbit.publish(old)

    def wipe(self) -> None:
        brokers.wipe(self.broker)

    def backup(self) -> object:
        return _copy(self.databases["counter"])

    def restore(self, backup: object) -> None:
        _copy(str(backup), self.databases["counter"])

    def _assembled(self, name: str) -> Assembled:
        (self.folder / name).mkdir(exist_ok=True)
        keys = f"sqlite:///{self.folder / name / 'keys.db'}"
        return _assemble(name, Place(self.databases[name], keys, self.folder / name / "files"), self.master)


_NO_CATALOGUE: object = object()


def _assemble(name: str, place: Place, master: MasterKey) -> Assembled:
    return assemble({"counter": COUNTER, "watcher": WATCHER}[name], place, master, _NO_CATALOGUE, create=True)


def _spawn(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def _copy(source: str, target: str | None = None) -> str:
    """A copy of a database, under ``target`` or beside it; nobody may be connected."""
    url = make_url(source)
    if url.get_backend_name() == "sqlite":
        destination = target or f"{source}.backup"
        for suffix in ("", "-wal", "-shm"):
            file, copy = Path(f"{url.database}{suffix}"), Path(f"{make_url(destination).database}{suffix}")
            copy.unlink(missing_ok=True)
            if file.exists():
                shutil.copy(file, copy)
        return destination
    wanted = make_url(target).database if target else f"{url.database}_backup"
    server = sa.create_engine(POSTGRES, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{wanted}" WITH (FORCE)'))
        connection.execute(sa.text(f'CREATE DATABASE "{wanted}" TEMPLATE "{url.database}"'))
        if target is not None:
            connection.execute(sa.text(f'DROP DATABASE "{url.database}" WITH (FORCE)'))
    return url.set(database=wanted).render_as_string(hide_password=False)


@contextmanager
def embedded(folder: Path, _dialect: str) -> Iterator[World]:
    yield EmbeddedWorld(folder)


@contextmanager
def rabbitmq(folder: Path, dialect: str) -> Iterator[World]:
    with ExitStack() as stack:
        databases = {name: stack.enter_context(database_url(dialect, folder)) for name in SERVICES}
        yield BrokeredWorld(folder, stack.enter_context(brokers.virtual_host()), databases)


TRANSPORTS = {
    "embedded-sqlite": (embedded, "sqlite"),
    "rabbitmq-sqlite": (rabbitmq, "sqlite"),
    "rabbitmq-postgresql": (rabbitmq, "postgresql"),
}
"""Whoever adds a transport adds a row: the suite is the same for all."""

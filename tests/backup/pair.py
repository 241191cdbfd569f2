"""The two counting services in a circle (each follows the other), in databases of their own, to back up and restore."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from shared.backup.sites import Site
from shared.delivery.feed import Feed
from shared.delivery.follower import Follower
from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Assembled, Place, assemble
from shared.runtime.definition import ServiceDefinition
from tests.counting import WATCHER, CounterApplication, Mirror, Tally, count
from tests.databases import database_url

COUNTER = ServiceDefinition("counter", CounterApplication, follows=("watcher",))
CIRCLE = {"counter": COUNTER, "watcher": WATCHER}
CASES = 20


class Pair:
    """Both services over ``sites``; `open` before use. ``decide`` counts, ``settle`` lets both followers catch up."""

    def __init__(self, sites: dict[str, Site], master: MasterKey) -> None:
        self.sites = sites
        self.master = master
        self.services: dict[str, Assembled] = {}

    def open(self, *, create: bool = False) -> Pair:
        for name, definition in CIRCLE.items():
            site = self.sites[name]
            place = Place(site.database_url, site.keys_url, site.files)
            self.services[name] = assemble(definition, place, self.master, None, create=create)  # type: ignore[arg-type]
        self.followers = [
            Follower(upstream, Feed(self.services[upstream].application.log, self.services[upstream].publication), box)
            for upstream, box in (
                ("counter", self.services["watcher"].inbox),
                ("watcher", self.services["counter"].inbox),
            )
        ]
        return self

    def close(self) -> None:
        for service in self.services.values():
            service.close()
        self.services = {}

    @property
    def counter(self) -> CounterApplication:
        application: Any = self.services["counter"].application
        return application

    def decide(self, number: int) -> None:
        """That many counts, going round the cases."""
        count(self.counter, (each % CASES for each in range(number)))

    def settle(self) -> None:
        """Follow until nothing is left."""
        while any([follower.tick() for follower in self.followers]):
            pass

    def heads(self) -> dict[str, int]:
        return {name: service.application.log.head() for name, service in self.services.items()}

    def balance(self) -> tuple[Counter[Any], Counter[Any]]:
        """Every count that was decided, and every one that the watcher's own events say it applied."""
        counted = self._numbers("counter", Tally.Counted)
        mirrored = self._numbers("watcher", Mirror.Mirrored)
        return counted, mirrored

    def _numbers(self, name: str, kind: type) -> Counter[Any]:
        application: Any = self.services[name].application
        opened = (application.mapper.open(entry)[0] for entry in application.log.entries(0, 1_000_000))
        return Counter((event.originator_id, event.number) for event in opened if isinstance(event, kind))

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Two threads decide and two follow, until the block ends."""
        stop = threading.Event()
        failed: list[BaseException] = []

        def decide(begin: int) -> None:
            number = begin
            while not stop.is_set():
                count(self.counter, [number % CASES])
                number += 2

        def follow(follower: Follower) -> None:
            while not stop.is_set():
                follower.tick()

        def run(work: Any, *arguments: Any) -> None:
            try:
                work(*arguments)
            except BaseException as error:
                failed.append(error)

        works = [(decide, 0), (decide, 1), *((follow, follower) for follower in self.followers)]
        threads = [threading.Thread(target=run, args=work) for work in works]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join(60)
        assert not failed, failed


@contextmanager
def empty_sites(dialect: str, folder: Path) -> Iterator[dict[str, Site]]:
    """Databases of both services that nobody else uses, empty."""
    with ExitStack() as stack:
        found = {}
        for name, definition in CIRCLE.items():
            place = folder / name
            place.mkdir(parents=True, exist_ok=True)
            database, keys = (stack.enter_context(database_url(dialect, place)) for _ in range(2))
            found[name] = Site(name, database, keys, place / "files", views=definition.application.views)
        yield found


@contextmanager
def pair(dialect: str, folder: Path) -> Iterator[Pair]:
    """A fresh pair that serves."""
    folder.mkdir(parents=True, exist_ok=True)
    with empty_sites(dialect, folder) as sites:
        made = Pair(sites, MasterKey.create(folder / "master.key")).open(create=True)
        try:
            yield made
        finally:
            made.close()

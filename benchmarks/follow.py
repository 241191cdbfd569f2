"""Applying events: one transaction each against batches. ``python -m benchmarks.follow [--postgresql]``."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.delivery.feed import Feed
from shared.delivery.follower import Follower
from shared.eventstore import tracking
from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Assembled, Place, assemble
from tests.counting import SERVICES, count
from tests.databases import database_url
from tests.figures import record


def made(name: str, url: str, folder: Path, master: MasterKey) -> Assembled:
    place = Place(url, f"sqlite:///{folder / name}-keys.db", folder / name)
    return assemble(SERVICES[name], place, master, None, create=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=4_000)
    parser.add_argument("--postgresql", action="store_true")
    chosen = parser.parse_args()
    dialect = "postgresql" if chosen.postgresql else "sqlite"
    with TemporaryDirectory() as where, database_url(dialect, Path(where)) as upstream:
        folder = Path(where)
        master = MasterKey.create(folder / "master.key")
        counter = made("counter", upstream, folder, master)
        count(counter.application, (number % 400 for number in range(chosen.events)))
        feed = Feed(counter.application.log, counter.publication)
        messages = [
            message for after in range(0, counter.application.log.head(), 1000) for message in feed.page(after).messages
        ]
        rates: dict[str, int] = {}
        for batch in (1, 10, 100, 1_000):
            with database_url(dialect, folder) as downstream:
                (folder / f"b{batch}").mkdir()
                watcher = made("watcher", downstream, folder / f"b{batch}", master)
                share = messages if batch > 1 else messages[:1_000]
                began = time.perf_counter()
                Follower("counter", feed, watcher.inbox, batch=batch).receive(share)
                took = time.perf_counter() - began
                with watcher.application.database.read() as connection:
                    assert tracking.position_of(connection, "counter").position == len(share)
                print(f"{dialect}, {batch:>5} a transaction: {len(share) / took:>7,.0f} events/s")
                rates[f"{batch} a transaction"] = round(len(share) / took)
                watcher.close()
        counter.close()
    record(f"follow-{dialect}", events_per_second=rates, baseline="1 a transaction")


if __name__ == "__main__":
    main()

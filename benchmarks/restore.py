"""How long a backup, a backup of what is new, and a restore take. ``python -m benchmarks.restore [--postgresql]``.

Two services that follow each other hold ``--events`` entries together, a seventh of the counts with a personal remark.
The restore is measured until both services are open again, their read models made anew: what a recovery takes beside
starting processes.
"""

from __future__ import annotations

import argparse
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.backup.restoring import restore
from shared.backup.taking import take
from shared.backup.verifying import verify
from shared.eventstore.metadata import Meta
from shared.privacy.keys import MasterKey
from tests.backup.pair import Pair, empty_sites
from tests.counting import count_in
from tests.figures import record

CASES = 2_000
NEW = 1_000
RUN_EVERY_S = 240
"""What docs/operations.md advises; with the time of a run this is the most that can be lost."""


def fill(living: Pair, events: int) -> None:
    """Count in round after round of cases until both logs hold ``events`` entries together."""
    meta, begin = Meta(happened_on=date(2026, 10, 15)), 0
    while sum(living.heads().values()) < events:
        numbers = [number % CASES for number in range(begin, begin + 100)]
        living.counter.transact(meta, lambda unit, numbers=numbers: count_in(living.counter, unit, numbers))
        begin += 100
        if begin % 1_000 == 0:
            living.settle()
    living.settle()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--postgresql", action="store_true")
    chosen = parser.parse_args()
    dialect = "postgresql" if chosen.postgresql else "sqlite"
    seconds: dict[str, float] = {}

    def measured(what: str, began: float) -> None:
        seconds[what] = round(time.perf_counter() - began, 2)
        print(f"{dialect}: {what}: {seconds[what]:.2f} s", flush=True)

    with TemporaryDirectory() as where, empty_sites(dialect, Path(where) / "living") as sites:
        folder = Path(where)
        events, keys = folder / "copy" / "datos", folder / "copy" / "claves"
        living = Pair(sites, MasterKey.create(folder / "master.key")).open(create=True)
        fill(living, chosen.events)
        entries = sum(living.heads().values())
        began = time.perf_counter()
        take([*sites.values()], events, keys)
        measured("backup", began)
        fill(living, entries + NEW)
        began = time.perf_counter()
        again = take([*sites.values()], events, keys)
        measured(f"backup of {again.new_entries:,} new entries", began)
        began = time.perf_counter()
        assert verify(events, keys).sound
        measured("verify", began)
        size = sum(path.stat().st_size for path in (folder / "copy").rglob("*") if path.is_file())
        living.close()
        with empty_sites(dialect, folder / "restored") as places:
            began = time.perf_counter()
            done = restore([*places.values()], events, keys)
            measured("restore and check", began)
            restored = Pair(places, living.master).open()
            restored.settle()
            measured("restore until both serve", began)
            assert done.entries == again.entries
            restored.close()
    run = max(value for name, value in seconds.items() if name.endswith("new entries"))
    record(
        f"restore-{dialect}",
        entries=again.entries,
        seconds=seconds,
        megabytes=round(size / 1e6, 1),
        recovery_point_s=round(RUN_EVERY_S + run),
        recovery_time_s=seconds["restore until both serve"],
    )


if __name__ == "__main__":
    main()

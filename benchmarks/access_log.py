"""Noting accesses: what an entry costs alone and among others, and how long a search of a long log takes.

``python -m benchmarks.access_log [ENTRIES] [--postgresql]``; a hundred thousand entries to search by default, on
SQLite.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

from shared.eventstore.access_log import AccessLog
from shared.eventstore.commit import Committer
from shared.eventstore.database import Database
from shared.eventstore.schema import create_store
from tests.databases import database_url
from tests.figures import record

ALONE = 1_000
THREADS, EACH = 16, 250
AT_ONCE = 1_000


def one(access: AccessLog, person: UUID) -> float:
    """Note one look at a case; seconds."""
    began = time.perf_counter()
    access.keep([access.entry("personal_data_read", person=person, role="caseworker", case_id=uuid4(), classes="ics")])
    return time.perf_counter() - began


def among_others(access: AccessLog) -> float:
    """Entries a second, of so many threads that note one after the other."""

    def run(_number: int) -> None:
        for _ in range(EACH):
            one(access, uuid4())

    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(run, range(THREADS)))
    return THREADS * EACH / (time.perf_counter() - began)


def fill(access: AccessLog, total: int) -> None:
    for first in range(0, total, AT_ONCE):
        count = min(AT_ONCE, total - first)
        access.keep([access.entry("read", person=uuid4(), case_id=uuid4(), act="case") for _ in range(count)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("entries", nargs="?", type=int, default=100_000)
    parser.add_argument("--postgresql", action="store_true")
    chosen = parser.parse_args()
    dialect = "postgresql" if chosen.postgresql else "sqlite"
    with tempfile.TemporaryDirectory() as folder, database_url(dialect, Path(folder)) as url:
        database = Database(url)
        create_store(database)
        access, person = AccessLog("bench", Committer(database)), uuid4()
        alone = [one(access, person) for _ in range(ALONE)]
        rate = among_others(access)
        fill(access, chosen.entries)
        began = time.perf_counter()
        found = access.search(person=person, limit=50)
        searched = time.perf_counter() - began
        assert len(found) == 50
        record(
            f"access-log-{dialect}",
            noted_ms_p50=round(statistics.median(alone) * 1000, 2),
            noted_ms_p95=round(statistics.quantiles(alone, n=100)[94] * 1000, 2),
            noted_a_second_16_threads=round(rate),
            entries=access.log.head(),
            oldest_of_a_person_found_ms=round(searched * 1000),
        )
        database.close()


if __name__ == "__main__":
    main()

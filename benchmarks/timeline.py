"""How long the timeline of a case takes in a store of many events: ``python -m benchmarks.timeline [EVENTS]``.

A million events by default in the read model of reporting (SQLite, or ``--postgresql``), of cases with about 37 events
each, every one caused by the one before. Asked are cases at random, each as the API asks it: in causal order, both
clocks, with what reporting itself did for the case.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

from benchmarks.monthly_report import EVENTS, events
from services.reporting.definition import SERVICE
from services.reporting.views import cases, timeline
from shared.catalogue.catalogue import Catalogue
from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Place, assemble
from shared.runtime.tokens import GrantInForce, Who
from tests.databases import database_url
from tests.figures import record

EACH = len(EVENTS) + 5
ASKED = 500
BLOCK = 20_000
WHO = Who.of(uuid4(), (GrantInForce("coordinator", "coordinator"),))


def caused(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The same events, each caused by what was recorded of its case before it."""
    last: dict[UUID, str] = {}
    for row in rows:
        yield {**row, "causation_id": last.get(row["case_id"], "")}
        last[row["case_id"]] = f"{row['service']}:{row['sequence']}"


def fill(application: Any, total: int, chance: Random) -> list[UUID]:
    """Store about ``total`` events; the ids of their cases."""
    rows, known = caused(events(max(1, total // EACH), chance)), dict.fromkeys(())
    while block := list(islice(rows, BLOCK)):
        new = [case for case in dict.fromkeys(row["case_id"] for row in block) if case not in known]
        known |= dict.fromkeys(new)
        state = {"state": "in_assistance", "since": 0, "activity": 17}
        with application.database.write() as connection:
            connection.execute(timeline.insert(), block)
            if new:
                connection.execute(cases.insert(), [{"case_id": case, **state} for case in new])
    return list(known)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("events", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--postgresql", action="store_true")
    chosen = parser.parse_args(arguments)
    dialect = "postgresql" if chosen.postgresql else "sqlite"
    chance = Random(20261121)
    with tempfile.TemporaryDirectory() as folder, database_url(dialect, Path(folder)) as url:
        place = Place.under(Path(folder) / "reporting")
        one = assemble(
            SERVICE, Place(url, place.keys_url, place.files), MasterKey(bytes(32)), Catalogue.load(), create=True
        )
        known = fill(one.application, chosen.events, chance)
        took, lines = [], 0
        for _ in range(ASKED):
            asked = {"case_id": str(chance.choice(known))}
            began = time.perf_counter()
            answer = SERVICE.queries["timeline"](one.application, asked, WHO)
            took.append(time.perf_counter() - began)
            lines += answer["total"]
        one.close()
    record(
        f"timeline-{dialect}",
        events=len(known) * EACH,
        cases=len(known),
        lines_of_a_case=round(lines / ASKED, 1),
        p50_ms=round(statistics.median(took) * 1000, 2),
        p95_ms=round(statistics.quantiles(took, n=100)[94] * 1000, 2),
    )


if __name__ == "__main__":
    main()

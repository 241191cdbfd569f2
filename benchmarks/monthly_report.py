"""How long a monthly report takes to be counted, counted again and printed.

    python -m benchmarks.monthly_report [cases]

Cases with about 40 events each over six months, in a SQLite store of its own; the report is that of the last month.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

from services.reporting.application.counting import positions_at, span_of
from services.reporting.definition import SERVICE
from services.reporting.views import cases, timeline
from shared.catalogue.catalogue import Catalogue
from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Place, assemble

MONTH = "2026-10"
START = date(2026, 5, 1)
EVENTS = (
    *(("assistance", "TrainingHoursRecorded", 12, {"hours": "5", "hours_total": "40"}),) * 8,
    *(("assistance", "ComponentActivityRecorded", 17, {"component": "b", "topic": "marketing", "hours": "4"}),) * 15,
    *(("assistance", "FollowUpVisited", 20, {"visit_id": str(uuid4()), "phase": "materialisation"}),) * 6,
    *(("inventory", "IncentiveDelivered", 19, {"lines": [{"item": "a", "lot": "1", "qty": "2", "unit": "m"}]}),) * 3,
)


def events(number: int, chance: Random) -> Iterator[dict[str, Any]]:
    """The events of ``number`` cases, each log in the order of its recording."""
    told: list[tuple[date, str, UUID, str, int, dict[str, Any]]] = []
    for _ in range(number):
        case, opened = uuid4(), START + timedelta(days=chance.randrange(30))
        told.append(
            (opened, "intake", case, "CandidateIdentified", 1, {"source": "hemi", "candidate_id": str(uuid4())})
        )
        told.append((opened, "intake", case, "EligibilityCommunicated", 2, {"result": "met"}))
        told.append((opened, "profiling", case, "ProfileApproved", 4, {"matrix_version": "1"}))
        told.append((opened, "assistance", case, "HandoverAccepted", 16, {"call_id": "c"}))
        told.append((opened, "assistance", case, "PhaseStarted", 17, {"phase": "materialisation"}))
        for service, kind, activity, data in EVENTS:
            told.append((opened + timedelta(days=chance.randrange(1, 150)), service, case, kind, activity, data))
    sequences: dict[str, int] = {}
    for day, service, case, kind, activity, data in sorted(told, key=lambda each: each[0]):
        sequences[service] = sequences.get(service, 0) + 1
        moment = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=20)
        yield {
            "service": service,
            "sequence": sequences[service],
            "case_id": case,
            "type": kind,
            "activity": activity,
            "happened_on": day,
            "recorded_at": int(moment.timestamp() * 1_000_000),
            "actor": None,
            "role": "",
            "causation_id": "",
            "correlation_id": case,
            "procedure_version": "01",
            "late": False,
            "data": json.dumps(data),
        }


def main(number: int) -> None:
    """Print the seconds of each part."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place.under(Path(folder))
        opened = assemble(SERVICE, place, MasterKey(bytes(32)), Catalogue.load(), create=True)
        rows = list(events(number, Random(156)))
        known = [{"case_id": each, "state": "in_assistance", "since": 0, "activity": 17} for each in _cases(rows)]
        with opened.application.database.write() as connection:
            connection.execute(cases.insert(), known)
            for at in range(0, len(rows), 1000):
                connection.execute(timeline.insert(), rows[at : at + 1000])
        app: Any = opened.application
        counting = app.counting(MONTH)
        with app.database.read() as connection:
            now = positions_at(connection, app.cut_off(span_of(MONTH).last))
            then = positions_at(connection, app.cut_off(span_of("2026-09").last))
            started = time.perf_counter()
            counted = counting.run(connection, MONTH, now, then)
        seconds = time.perf_counter() - started
        print(f"{number} cases, {len(rows)} events: {len(counted.served)} served, {len(counted.numbers)} numbers")
        print(f"counted in {seconds:.2f} s")
        opened.close()


def _cases(rows: list[dict[str, Any]]) -> list[UUID]:
    return sorted({row["case_id"] for row in rows})


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)

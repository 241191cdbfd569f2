"""How long a monthly report takes to be counted, and whether it equals a recount of the events by plain SQL.

    python -m benchmarks.monthly_report [cases]

Cases with about 40 events each over six months, in a SQLite store of its own; the report is that of the last month. The
baseline is the recount: one statement for each kind of event, in the same run. What the owners of facts count besides
(REP-4) is theirs to measure and left out.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from services.reporting.application.counting import positions_at, span_of
from services.reporting.definition import SERVICE
from services.reporting.domain.figures import Count, Key
from services.reporting.views import cases, timeline
from shared.catalogue.catalogue import Catalogue
from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Place, assemble
from tests.figures import record

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
    """Measure, compare and record."""
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
            counted = counting.run(connection, MONTH, now, then, lambda asks: [{} for _ in asks])
            seconds = time.perf_counter() - started
            started = time.perf_counter()
            found = {kind: _recounted(connection, kind, app.cut_off(span_of(MONTH).last)) for kind in RECOUNTED}
            recount_seconds = time.perf_counter() - started
        opened.close()
    differences = [
        f"{figure} {line}: {ours} and by SQL {theirs}"
        for kind, (figure, line, column) in RECOUNTED.items()
        for ours, theirs in ((_total(counted.numbers, figure, line), found[kind][column]),)
        if ours != theirs
    ]
    record(
        "monthly-report",
        cases=number,
        events=len(rows),
        served=len(counted.served),
        seconds=round(seconds, 2),
        recount_seconds=round(recount_seconds, 2),
        baseline="recount by SQL",
        compared=len(RECOUNTED),
        differences=len(differences),
    )
    if differences:
        sys.exit("; ".join(differences))


RECOUNTED = {
    "TrainingHoursRecorded": ("FIG-09", "hours", "hours"),
    "FollowUpVisited": ("FIG-16", "done", "events"),
    "ComponentActivityRecorded": ("FIG-14", "hours", "hours"),
    "IncentiveDelivered": ("FIG-15", "cases", "people"),
}
"""By kind of event, the number of the report that it makes and the column of the recount that must equal it."""
RECOUNT = """
SELECT COUNT(*) AS events, COUNT(DISTINCT case_id) AS people, SUM(json_extract(data, '$.hours')) AS hours
FROM timeline
WHERE type = :kind AND happened_on BETWEEN :first AND :last AND recorded_at < :cut_off
"""


def _recounted(connection: sa.Connection, kind: str, cut_off: datetime) -> dict[str, Decimal]:
    span = span_of(MONTH)
    limit = int(cut_off.timestamp() * 1_000_000)
    asked = {"kind": kind, "first": span.first.isoformat(), "last": span.last.isoformat(), "cut_off": limit}
    row = connection.execute(sa.text(RECOUNT), asked).one()
    return {name: Decimal(str(value or 0)) for name, value in row._mapping.items()}


def _total(numbers: Mapping[Key, Count], figure: str, line: str) -> Decimal:
    """The sum of a line over what it is broken down by; of cases, how many different ones there are."""
    found = [count for (code, name, _), count in numbers.items() if (code, name) == (figure, line)]
    if line == "cases":
        return Decimal(len(set().union(*(count.cases for count in found))))
    return sum((count.value for count in found), Decimal(0))


def _cases(rows: list[dict[str, Any]]) -> list[UUID]:
    return sorted({row["case_id"] for row in rows})


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)

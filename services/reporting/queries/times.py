"""How long each activity takes, measured from the events of the cases (X-07)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.reporting.application import PROCEDURE, ReportingApplication
from services.reporting.queries.reading import check_reader, uuid_of
from services.reporting.views import cases, timeline
from shared.contracts.wording import has_words
from shared.runtime.clock import BOGOTA
from shared.runtime.tokens import Who

STANDARD = "P-10"


def activity_times(app: ReportingApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """By activity: its cases, days from its first act to its last, and days waited since the case's act before it.

    The standard time stands beside what was measured; it is empty until somebody publishes one.
    """
    check_reader(who, "Consultar los tiempos del procedimiento")
    table = timeline.c
    query = sa.select(table.case_id, table.activity, table.happened_on, table.type).where(table.activity > 0)
    query = query.where(table.case_id.in_(_cases(params)))
    days: dict[UUID, dict[int, list[date]]] = defaultdict(lambda: defaultdict(list))
    with app.database.read() as connection:
        for row in connection.execute(query):
            if has_words(row.type):
                days[row.case_id][row.activity].append(row.happened_on)
    lasted: dict[int, list[int]] = defaultdict(list)
    waited: dict[int, list[int]] = defaultdict(list)
    for acts in days.values():
        for activity, own in acts.items():
            first = min(own)
            lasted[activity].append((max(own) - first).days)
            before = [day for other, found in acts.items() if other < activity for day in found if day <= first]
            if before:
                waited[activity].append((first - max(before)).days)
    today = app.now().astimezone(BOGOTA).date()
    return {
        "unit": "days",
        "items": [
            {
                "activity": activity.number,
                "name": activity.name,
                "cases": len(lasted[activity.number]),
                "lasted": _summary(lasted[activity.number]),
                "waited": _summary(waited[activity.number]),
                "standard_hours": _text(standard_hours(app, activity.number, today)),
            }
            for activity in app.catalogue.procedure(PROCEDURE, today).activities
        ],
    }


def _cases(params: Mapping[str, Any]) -> sa.Select[Any]:
    # Calls, contracts and lists have acts too; only cases have a time of their own.
    query = sa.select(cases.c.case_id)
    if params.get("call"):
        query = query.where(cases.c.call_id == uuid_of(params["call"], "call"))
    return query


def _summary(found: list[int]) -> dict[str, Any] | None:
    if not found:
        return None
    return {
        "median": median(found),
        "mean": round(sum(found) / len(found), 1),
        "longest": max(found),
    }


def _text(hours: Decimal | None) -> str | None:
    return None if hours is None else str(hours)


def standard_hours(app: ReportingApplication, activity: int, on: date) -> Decimal | None:
    """The standard time of an activity: its own where the procedure gives one, else P-10; None without (X-07)."""
    numbers = {each.number: each.standard_time for each in app.catalogue.procedure(PROCEDURE, on).activities}
    own = numbers.get(activity)
    general = app.catalogue.parameter(STANDARD, on)
    return own if own is not None else None if general is None else Decimal(str(general))

"""The work programme against what happened: goals of the plan in force, and the cases that reached them (OBJ-7).

The fact of an activity is the number of cases of the programme's calls with something recorded of that activity in the
programme's period, as far as it was known and had happened. Of two programmes of the same period that share a call, the
one approved later is in force.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.reporting.application import PROCEDURE, ReportingApplication
from services.reporting.application.counting import Positions, within
from services.reporting.views import timeline
from shared.catalogue.periods import days_of

Reached = Mapping[tuple[str, str], frozenset[UUID]]


@dataclass(frozen=True)
class Programme:
    """An approved programme; ``goals`` in cases by the number of the activity."""

    id: str
    period: str
    calls: frozenset[str]
    goals: Mapping[int, int]

    @property
    def days(self) -> tuple[date, date]:
        return days_of(self.period)


def programmes_in_force(connection: Connection, positions: Positions, on: date) -> list[Programme]:
    """The approved programmes whose period holds the day ``on``, by period."""
    columns = timeline.c
    query = (
        sa.select(columns.data)
        .where(columns.type == "WorkProgrammeApproved", within(positions), columns.happened_on <= on)
        .order_by(columns.recorded_at, columns.sequence)
    )
    found: list[Programme] = []
    for row in connection.execute(query):
        new = _read(json.loads(row.data))
        if new.days[0] <= on <= new.days[1]:
            found = [one for one in found if one.period != new.period or not one.calls & new.calls]
            found.append(new)
    return sorted(found, key=lambda one: (one.period, one.id))


def reached(connection: Connection, positions: Positions, programmes: list[Programme], on: date) -> Reached:
    """The cases that stand behind each goal, by programme and activity."""
    if not programmes:
        return {}
    calls, columns = _calls(connection, positions, on), timeline.c
    found: dict[tuple[str, str], set[UUID]] = defaultdict(set)
    for one in programmes:
        first, last = one.days
        query = sa.select(columns.case_id, columns.activity).distinct()
        in_period = columns.happened_on.between(first, min(last, on))
        for row in connection.execute(query.where(columns.activity.in_(one.goals), in_period, within(positions))):
            if calls.get(row.case_id) in one.calls:
                found[one.id, str(row.activity)].add(row.case_id)
    return {key: frozenset(cases) for key, cases in found.items()}


def goal_rows(app: ReportingApplication, programmes: list[Programme], facts: Reached, on: date) -> list[dict[str, Any]]:
    """A row for each goal: plan, fact, and the filter that lists the cases of the fact on the board."""
    procedure = app.catalogue.procedure(PROCEDURE, on)
    return [
        {
            "code": str(activity),
            "label": procedure.activity(activity).name,
            "period": one.period,
            "programme": one.id,
            "goal": goal,
            "value": len(facts.get((one.id, str(activity)), ())),
            "percent": round(100 * len(facts.get((one.id, str(activity)), ())) / goal) if goal else None,
            "filter": {"programme": one.id, "planned_activity": str(activity)},
        }
        for one in programmes
        for activity, goal in sorted(one.goals.items())
    ]


def plan_against_fact(
    app: ReportingApplication, connection: Connection, positions: Positions, on: date
) -> list[dict[str, Any]]:
    """The rows of `goal_rows` for the day ``on`` as known at ``positions``."""
    programmes = programmes_in_force(connection, positions, on)
    return goal_rows(app, programmes, reached(connection, positions, programmes, on), on)


def _read(data: Mapping[str, Any]) -> Programme:
    goals: dict[int, int] = defaultdict(int)
    for code, count in zip(data["activity_codes"], data["goal_counts"], strict=True):
        goals[int(code)] += int(count)
    return Programme(str(data["work_programme_id"]), data["period"], frozenset(map(str, data["call_ids"])), dict(goals))


def _calls(connection: Connection, positions: Positions, on: date) -> dict[UUID, str]:
    columns = timeline.c
    query = (
        sa.select(columns.case_id, columns.data)
        .where(columns.type.in_(("CandidateIdentified", "NextCallEnrolled")), within(positions))
        .where(columns.happened_on <= on)
        .order_by(columns.happened_on, columns.recorded_at, columns.service, columns.sequence)
    )
    return {row.case_id: str(json.loads(row.data).get("call_id")) for row in connection.execute(query)}

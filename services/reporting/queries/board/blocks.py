"""The numbers over the cases; each says with which filter the board lists them (BRD-2, BRD-3)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from services.reporting.application import PROCEDURE, ReportingApplication
from services.reporting.domain.hemi import STATES as HEMI_STATES
from services.reporting.queries.board.rows import FLAGS, Row
from services.reporting.queries.reading import words_for

FOLLOW_UPS = {"due": "Programadas", "done": "Realizadas", "overdue": "Vencidas"}
Rows = Mapping[UUID, Row]
Numbers = list[dict[str, Any]]


def funnel(app: ReportingApplication, rows: Rows, happened: date) -> Numbers:
    """Cases by state, in the order of the procedure."""
    procedure = app.catalogue.procedure(PROCEDURE, happened)
    counts = Counter(row.standing.state for row in rows.values())
    return [
        {"code": state, "label": procedure.label(state), "value": counts[state], "filter": {"state": state}}
        for state in procedure.states
        if counts[state]
    ]


def activities(app: ReportingApplication, rows: Rows, happened: date) -> Numbers:
    """The funnel by activity: the cases that have come to it, and those whose latest act is of it."""
    at = Counter(row.activity for row in rows.values())
    came = Counter(number for row in rows.values() for number in row.reached)
    return [
        {"code": str(each.number), "label": each.name, "value": came[each.number]}
        | {"filter": {"reached": str(each.number)}, "standing": at[each.number]}
        | {"standing_filter": {"activity": str(each.number)}}
        for each in app.catalogue.procedure(PROCEDURE, happened).activities
    ]


def follow_ups(app: ReportingApplication, rows: Rows, happened: date) -> Numbers:
    """Visits by phase; ``cases`` is how many the filter lists: a case may have several visits."""
    visits: Counter[tuple[str, str]] = Counter()
    cases: Counter[tuple[str, str]] = Counter()
    for row in rows.values():
        own = [(phase, state) for state, phase, _ in row.visits.values()]
        visits.update(own)
        cases.update(set(own))
    return [
        {"code": state, "phase": phase, "label": FOLLOW_UPS[state], "value": value, "cases": cases[phase, state]}
        | {"phase_label": words_for(app, "phase", phase, happened)}
        | {"filter": {"follow_up": state, "visit_phase": phase}}
        for (phase, state), value in sorted(visits.items())
    ]


def operators(app: ReportingApplication, rows: Rows, ratings: Mapping[tuple[str, str], str], happened: date) -> Numbers:
    """The operators with their latest rating by aspect, and the cases that each has."""
    cases = Counter(row.operator for row in rows.values() if row.operator)
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for (contract, aspect), rating in ratings.items():
        found[contract][aspect] = words_for(app, "rating", rating, happened)
    return [
        {"contract_id": contract, "ratings": found[contract], "value": cases[contract]}
        | {"filter": {"operator": contract}}
        for contract in sorted({*found, *cases})
    ]


def hemi(rows: Rows, outside: Counter[str]) -> Numbers:
    """Entries by state; ``outside`` are those of no case (a contract's follow-up)."""
    entries: Counter[str] = Counter(outside)
    for row in rows.values():
        entries.update(row.hemi)
    return [
        {"code": code, "label": label.capitalize(), "value": entries[code], "filter": {"hemi": code}}
        | {"cases": sum(code in row.hemi for row in rows.values())}
        for code, label in HEMI_STATES.items()
    ]


def exceptions(rows: Rows) -> Numbers:
    """Cases by flag."""
    return [
        {"code": code, "label": label, "value": sum(code in row.flags for row in rows.values())}
        | {"filter": {"flag": code}}
        for code, label in FLAGS.items()
    ]

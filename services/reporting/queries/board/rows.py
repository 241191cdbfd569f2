"""The cases of the board, folded from the events as of both clocks (BRD-1, CASE-7)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.reporting.application import ReportingApplication
from services.reporting.application.counting import Positions, within
from services.reporting.domain.figures import Standing
from services.reporting.domain.progress import TRACKS
from services.reporting.queries.board.hemi import Entries
from services.reporting.queries.times import standard_hours
from services.reporting.views import timeline
from shared.catalogue.working_days import add_working_days

FLAGS = {
    "late_entry": "Registro tardío (P-41)",
    "step_overdue": "Paso fuera del tiempo estándar",
    "follow_up_overdue": "Seguimiento vencido",
    "duplicate": "Posible duplicidad",
    "household": "Segundo beneficio en el núcleo familiar",
    "hemi_rejected": "Registro HEMI rechazado",
    "hemi_late": "Registro HEMI pendiente (P-40)",
    "data_request": "Solicitud sobre los datos en trámite",
    "legal_hold": "Retención legal vigente",
    "restricted": "Tratamiento de datos restringido",
}
STANDS = {
    "DataRequestOpened": ("data_request", 1),
    "DataRequestAnswered": ("data_request", -1),
    "DataRequestLapsed": ("data_request", -1),
    "LegalHoldPlaced": ("legal_hold", 1),
    "LegalHoldLifted": ("legal_hold", -1),
    "ProcessingRestricted": ("restricted", 1),
    "RestrictionLifted": ("restricted", -1),
}
"""What begins and ends over the person's data; there may be several at once, and each class is restricted by itself."""
TERMS = {
    "not_eligible": ("P-30", "Vence el plazo de reconsideración"),
    "referred": ("P-31", "Vence la respuesta a la remisión"),
    "handover_pending": ("P-32", "Vence la respuesta a la entrega formal"),
}
"""The term that runs from the day on which a case came into a state, in working days."""
_SETS = {"OfferAccepted": "route", "HandedOver": "contract_id", "HandoverAccepted": "contract_id"}


@dataclass
class Row:
    """One case on the board."""

    opened: date
    standing: Standing
    since: date
    activity: int = 0
    reached: set[int] = field(default_factory=set)
    call: str | None = None
    route: str | None = None
    caseworker: str | None = None
    operator: str | None = None
    locality: str | None = None
    products: set[str] = field(default_factory=set)
    hours: Decimal = Decimal(0)
    tracks: dict[str, str] = field(default_factory=dict)
    visits: dict[str, tuple[str, str, date]] = field(default_factory=dict)
    """By visit: due, done or overdue; its phase; the day planned or made."""
    flags: set[str] = field(default_factory=set)
    hemi: Counter[str] = field(default_factory=Counter)
    stands: Counter[str] = field(default_factory=Counter)
    due: tuple[date, str] | None = None

    def days(self, state: str) -> list[date]:
        return sorted(day for found, _, day in self.visits.values() if found == state)


@dataclass(frozen=True)
class Board:
    """What there is to show: cases, ratings of operators by contract and aspect, and entries of HEMI."""

    rows: dict[UUID, Row]
    ratings: dict[tuple[str, str], str]


def folded(
    app: ReportingApplication, connection: Connection, positions: Positions, happened: date, entries: Entries
) -> Board:
    """Every case as it stood at the end of the day ``happened``, by what the logs held at ``positions``."""
    table = timeline.c
    standings = app.counting(happened.strftime("%Y-%m")).standings_since(connection, positions, happened)
    columns = (table.case_id, table.type, table.activity, table.happened_on, table.late, table.data, table.actor)
    query = (
        sa.select(*columns)
        .where(within(positions), table.happened_on <= happened)
        .order_by(table.happened_on, table.recorded_at, table.service, table.sequence)
    )
    rows: dict[UUID, Row] = {}
    ratings: dict[tuple[str, str], str] = {}
    for line in connection.execute(query):
        if line.type == "OperatorComplianceAssessed":
            data = json.loads(line.data)
            ratings[str(data.get("contract_id")), str(data.get("aspect"))] = str(data.get("rating"))
        if line.case_id not in standings:
            continue
        row = rows.get(line.case_id)
        if row is None:
            row = rows[line.case_id] = Row(line.happened_on, *standings[line.case_id])
        _fold(row, line)
    _add_entries(app, rows, entries, happened)
    for row in rows.values():
        _mark_due(app, row, happened)
    return Board(rows, ratings)


def _fold(row: Row, line: Any) -> None:
    if line.activity:
        row.activity = line.activity
        row.reached.add(line.activity)
    if line.late:
        row.flags.add("late_entry")
    if line.type == "HouseholdSecondBenefitFlagged":
        row.flags.add("household")
    if line.type in STANDS:
        flag, change = STANDS[line.type]
        row.stands[flag] += change
    if line.type in TRACKS:
        track, value = TRACKS[line.type]
        row.tracks[track] = value
    data: dict[str, Any] = json.loads(line.data) if line.data != "{}" else {}
    if data.get("product_type"):
        row.products.add(str(data["product_type"]))
    if line.type in ("CandidateIdentified", "NextCallEnrolled"):
        row.call = data.get("call_id") or row.call
        if line.type == "CandidateIdentified" and line.actor is not None:
            row.caseworker = row.caseworker or str(line.actor)
    elif line.type in _SETS:
        name = "operator" if _SETS[line.type] == "contract_id" else _SETS[line.type]
        setattr(row, name, data.get(_SETS[line.type]) or getattr(row, name))
    elif line.type == "ExecutorTransferred":
        row.operator = data.get("new_contract_id")
    elif line.type == "CaseworkerAssigned":
        row.caseworker = data.get("actor_id")
    elif line.type == "TrainingHoursRecorded":
        row.hours = Decimal(str(data.get("hours_total") or 0))
    elif line.type.startswith("FollowUp"):
        _fold_visit(row, line, data)


def _fold_visit(row: Row, line: Any, data: Mapping[str, Any]) -> None:
    visit, phase = data["visit_id"], data["phase"]
    if line.type == "FollowUpScheduled":
        row.visits[visit] = ("due", phase, date.fromisoformat(data["planned_on"]))
    elif line.type == "FollowUpVisited":
        row.visits[visit] = ("done", phase, line.happened_on)
    elif line.type == "FollowUpOverdue" and row.visits.get(visit, ("due",))[0] != "done":
        row.visits[visit] = ("overdue", phase, row.visits[visit][2] if visit in row.visits else line.happened_on)


def _add_entries(app: ReportingApplication, rows: Mapping[UUID, Row], entries: Entries, happened: date) -> None:
    for case_id, state, queued_on in entries:
        row = None if case_id is None else rows.get(case_id)
        if row is None:
            continue
        row.hemi[state] += 1
        if state == "rejected":
            row.flags.add("hemi_rejected")
        elif state != "receipted" and app.hemi_late(queued_on, happened):
            row.flags.add("hemi_late")


def _mark_due(app: ReportingApplication, row: Row, happened: date) -> None:
    """The flags of what is late, and the step that is due next: a visit, a term of the state, the standard time."""
    row.flags |= {flag for flag, count in row.stands.items() if count > 0}
    if row.days("overdue"):
        row.flags.add("follow_up_overdue")
    if row.tracks.get("duplicate") == "suspected":
        row.flags.add("duplicate")
    if row.standing.state in app.states.final:
        return
    waiting = sorted([*row.days("due"), *row.days("overdue")])
    found = [(waiting[0], "Visita de seguimiento")] if waiting else []
    if row.standing.state in TERMS:
        parameter, label = TERMS[row.standing.state]
        days = app.catalogue.parameter(parameter, row.since)
        if days is not None:
            found.append((add_working_days(row.since, int(days), app.catalogue.calendar("CO", row.since)), label))
    standard = standard_hours(app, row.activity, happened)
    if standard is not None:
        # Acts have a day and no hour: a part of a day that the standard gives ends with that day.
        until = row.since.fromordinal(row.since.toordinal() + int(-(-standard // 24)))
        found.append((until, "Tiempo estándar de la actividad"))
        if happened > until:
            row.flags.add("step_overdue")
    row.due = min(found, default=None)

"""The control board (*tablero de control*): every case and the numbers over them, as of both clocks (6.3)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.reporting.application import PROCEDURE, ReportingApplication
from services.reporting.application.counting import Positions, positions_at, within
from services.reporting.domain.figures import Standing
from services.reporting.domain.hemi import STATES as HEMI_STATES
from services.reporting.domain.progress import TRACKS
from services.reporting.queries.programme import goal_rows, programmes_in_force, reached
from services.reporting.queries.reading import check_reader, words_for
from services.reporting.views import hemi_entries, timeline
from shared.catalogue.refusals import FieldInvalid
from shared.runtime.clock import BOGOTA
from shared.runtime.paging import offset_of
from shared.runtime.tokens import Who

PAGE, MAX_PAGE = 50, 200
FLAGS = {
    "late_entry": "Registro tardío (P-41)",
    "follow_up_overdue": "Seguimiento vencido",
    "duplicate": "Posible duplicidad",
    "household": "Segundo beneficio en el núcleo familiar",
    "hemi_rejected": "Registro HEMI rechazado",
    "hemi_late": "Registro HEMI pendiente (P-40)",
}
FOLLOW_UPS = {"due": "Programadas", "done": "Realizadas", "overdue": "Vencidas"}
_SETS = {"OfferAccepted": "route", "HandedOver": "contract_id", "HandoverAccepted": "contract_id"}


@dataclass
class Row:
    """One case on the board."""

    opened: date
    standing: Standing
    activity: int = 0
    call: str | None = None
    route: str | None = None
    caseworker: str | None = None
    operator: str | None = None
    hours: Decimal = Decimal(0)
    tracks: dict[str, str] = field(default_factory=dict)
    visits: dict[str, tuple[str, str, date]] = field(default_factory=dict)
    """By visit: due, done or overdue; its phase; the day planned or made."""
    flags: set[str] = field(default_factory=set)
    hemi: Counter[str] = field(default_factory=Counter)

    def days(self, state: str) -> list[date]:
        return sorted(day for found, _, day in self.visits.values() if found == state)


def board(app: ReportingApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Rows and blocks; every number of a block says with which filters its cases are listed (BRD-3)."""
    check_reader(who, "Consultar el tablero de control")
    happened = _day(params.get("happened_until")) or app.now().astimezone(BOGOTA).date()
    known = _moment(params.get("recorded_until")) or app.now()
    with app.database.read() as connection:
        positions = positions_at(connection, known)
        rows, ratings = _rows(app, connection, positions, happened)
        hemi = _hemi(app, connection, rows, happened)
        programmes = programmes_in_force(connection, positions, happened)
        facts = reached(connection, positions, programmes, happened)
    chosen = {case: row for case, row in rows.items() if _wanted(row, params)}
    if params.get("programme"):
        behind = facts.get((str(params["programme"]), str(params.get("planned_activity"))), frozenset())
        chosen = {case: row for case, row in chosen.items() if case in behind}
    limit, offset = min(int(params.get("limit") or PAGE), MAX_PAGE), offset_of(params)
    shown = sorted(chosen, key=lambda case: (chosen[case].opened, str(case)))[offset : offset + limit]
    return {
        "as_of": {"happened_until": happened.isoformat(), "recorded_until": known.isoformat(timespec="seconds")},
        "total": len(chosen),
        "items": [_shown(app, case, chosen[case], happened) for case in shown],
        "next": str(offset + limit) if len(chosen) > offset + limit else None,
        "blocks": {
            "funnel": _funnel(app, chosen, happened),
            "follow_ups": _follow_ups(app, chosen, happened),
            "operators": _operators(app, ratings, happened),
            "programme": goal_rows(app, programmes, facts, happened),
            "hemi": [
                {"code": code, "label": HEMI_STATES[code].capitalize(), "value": hemi[code]} for code in HEMI_STATES
            ],
            "exceptions": [
                {"code": code, "label": label, "value": sum(code in row.flags for row in chosen.values())}
                | {"filter": {"flag": code}}
                for code, label in FLAGS.items()
            ],
        },
    }


def _rows(
    app: ReportingApplication, connection: Connection, positions: Positions, happened: date
) -> tuple[dict[UUID, Row], dict[tuple[str, str], str]]:
    table = timeline.c
    standings = app.counting(happened.strftime("%Y-%m")).standings(connection, positions, happened)
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
            row = rows[line.case_id] = Row(line.happened_on, standings[line.case_id])
        _fold(row, line)
    for row in rows.values():
        _mark_overdue(row)
    return rows, ratings


def _fold(row: Row, line: Any) -> None:
    row.activity = line.activity or row.activity
    if line.late:
        row.flags.add("late_entry")
    if line.type == "HouseholdSecondBenefitFlagged":
        row.flags.add("household")
    if line.type in TRACKS:
        track, value = TRACKS[line.type]
        row.tracks[track] = value
    data: dict[str, Any] = json.loads(line.data) if line.data != "{}" else {}
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
    elif line.type == "FollowUpScheduled":
        row.visits[data["visit_id"]] = ("due", data["phase"], date.fromisoformat(data["planned_on"]))
    elif line.type == "FollowUpVisited":
        row.visits[data["visit_id"]] = ("done", data["phase"], line.happened_on)
    elif line.type == "FollowUpOverdue" and row.visits.get(data["visit_id"], ("due",))[0] != "done":
        day = row.visits[data["visit_id"]][2] if data["visit_id"] in row.visits else line.happened_on
        row.visits[data["visit_id"]] = ("overdue", data["phase"], day)


def _mark_overdue(row: Row) -> None:
    if row.days("overdue"):
        row.flags.add("follow_up_overdue")
    if row.tracks.get("duplicate") == "suspected":
        row.flags.add("duplicate")


def _hemi(app: ReportingApplication, connection: Connection, rows: Mapping[UUID, Row], happened: date) -> Counter[str]:
    table, found = hemi_entries.c, Counter[str]()
    for entry in connection.execute(sa.select(table.case_id, table.state, table.queued_on)):
        found[entry.state] += 1
        row = rows.get(entry.case_id)
        if row is not None:
            row.hemi[entry.state] += 1
            if entry.state == "rejected":
                row.flags.add("hemi_rejected")
            elif entry.state != "receipted" and app.hemi_late(entry.queued_on, happened):
                row.flags.add("hemi_late")
    return found


def _wanted(row: Row, params: Mapping[str, Any]) -> bool:
    asked = {name: str(params[name]) for name in ("state", "call", "operator", "route", "phase") if params.get(name)}
    has = {"state": row.standing.state, "phase": row.standing.phase}
    has |= {"call": row.call or "", "operator": row.operator or "", "route": row.route or ""}
    if any(has[name] != value for name, value in asked.items()):
        return False
    if params.get("flag") and params["flag"] not in row.flags:
        return False
    visit, phase = params.get("follow_up"), params.get("visit_phase")
    return not visit or any(state == visit and phase in (None, "", own) for state, own, _ in row.visits.values())


def _shown(app: ReportingApplication, case_id: UUID, row: Row, happened: date) -> dict[str, Any]:
    done, waiting = row.days("done"), sorted([*row.days("due"), *row.days("overdue")])
    return {
        "case_id": str(case_id),
        "state": row.standing.state,
        "state_label": app.catalogue.procedure(PROCEDURE, happened).label(row.standing.state),
        "activity": row.activity,
        "phase": row.standing.phase or None,
        "age_days": (happened - row.opened).days,
        "call_id": row.call,
        "route": row.route,
        "caseworker": row.caseworker,
        "operator": row.operator,
        "training_hours": str(row.hours),
        "last_visit": done[-1].isoformat() if done else None,
        "next_visit": waiting[0].isoformat() if waiting else None,
        "tracks": row.tracks,
        "hemi": dict(row.hemi),
        "flags": [{"code": code, "label": FLAGS[code]} for code in FLAGS if code in row.flags],
    }


def _funnel(app: ReportingApplication, rows: Mapping[UUID, Row], happened: date) -> list[dict[str, Any]]:
    procedure = app.catalogue.procedure(PROCEDURE, happened)
    counts = Counter(row.standing.state for row in rows.values())
    return [
        {"code": state, "label": procedure.label(state), "value": counts[state], "filter": {"state": state}}
        for state in procedure.states
        if counts[state]
    ]


def _follow_ups(app: ReportingApplication, rows: Mapping[UUID, Row], happened: date) -> list[dict[str, Any]]:
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows.values():
        counts.update((phase, state) for state, phase, _ in row.visits.values())
    return [
        {"code": state, "phase": phase, "label": FOLLOW_UPS[state], "value": value}
        | {"phase_label": words_for(app, "phase", phase, happened)}
        | {"filter": {"follow_up": state, "visit_phase": phase}}
        for (phase, state), value in sorted(counts.items())
    ]


def _operators(
    app: ReportingApplication, ratings: Mapping[tuple[str, str], str], happened: date
) -> list[dict[str, Any]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for (contract, aspect), rating in ratings.items():
        found[contract][aspect] = words_for(app, "rating", rating, happened)
    return [
        {"contract_id": contract, "ratings": found[contract], "filter": {"operator": contract}}
        for contract in sorted(found)
    ]


def _day(value: Any) -> date | None:
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise FieldInvalid(field="happened_until", explanation="escriba la fecha como AAAA-MM-DD.") from None


def _moment(value: Any) -> datetime | None:
    """Up to a moment, to the millisecond as it is shown."""
    if value in (None, ""):
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise FieldInvalid(field="recorded_until", explanation="escriba el instante en ISO 8601, con zona.") from None
    if moment.tzinfo is None:
        raise FieldInvalid(field="recorded_until", explanation="diga la zona del instante, por ejemplo -05:00.")
    return moment + timedelta(milliseconds=1)

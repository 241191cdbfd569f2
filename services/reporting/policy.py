"""What reporting does with every event that arrives: a line of the timeline, and where the case now stands."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from services.reporting.application import ReportingApplication
from services.reporting.domain.progress import JOINS, OPENS_AGAIN, RETURNS_TO_CHECK, TRACKS, StateTable
from services.reporting.views import cases, timeline
from shared.casework import destroying, restriction
from shared.casework.destruction import ORDER
from shared.contracts.envelope import Envelope
from shared.eventstore.unit_of_work import UnitOfWork
from shared.runtime.clock import BOGOTA

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FACTS: dict[str, dict[str, str]] = {
    "CandidateIdentified": {"candidate_id": "candidate_id", "call_id": "call_id"},
    "OfferAccepted": {"route": "route"},
    "CaseworkerAssigned": {"caseworker": "actor_id"},
    "NextCallEnrolled": {"call_id": "call_id"},
    "HandedOver": {"contract_id": "contract_id"},
    "HandoverRejected": {"contract_id": ""},
    "ExecutorTransferred": {"contract_id": "new_contract_id"},
}
"""Columns of a case by the event that sets them, and the name in its payload."""
_SET_BY_SEVERAL = {"call_id": "call_since", "incentive": "incentive_since"}
"""Columns that events of more than one service set, and the column of when that event was recorded: the services' logs
arrive side by side, and the latest event holds, not the last to come."""
_ENDS_CONTRACT = frozenset({"HandoverRejected", "ExecutorTransferred"})
"""After these the case may be of no contract: its former operator must not find it by the old one (ROL-02)."""


def record(application: ReportingApplication, unit: UnitOfWork, event: Envelope) -> None:
    """Put ``event`` on the timeline of its case and move the case on. No query: a batch of a thousand is one commit."""
    moment = _microseconds(event.recorded_at)
    line = {
        "service": event.source,
        "sequence": event.sequence,
        "case_id": event.subject,
        "type": event.type,
        "activity": event.activity,
        "happened_on": event.happened_on,
        "recorded_at": moment,
        "actor": event.actor,
        "role": event.actor_role,
        "causation_id": event.causation_id,
        "correlation_id": event.correlation_id,
        "procedure_version": event.procedure_version,
        "late": application.is_late(event.happened_on, _day(event.recorded_at)),
        "data": json.dumps(event.data, ensure_ascii=False, sort_keys=True),
    }
    unit.insert(timeline, line)
    state = application.states.state_after(event.type, event.data)
    if event.type == "CandidateIdentified":
        unit.write(lambda connection: _open(connection, event.subject, moment))
    # Of two cases that are joined, or parted again, it is the other one that ends and opens.
    subject = UUID(event.data["other_case"]) if event.type in JOINS else event.subject
    if state is not None:
        unit.write(lambda connection: _move(connection, subject, state, event.activity, moment))
    if event.type in OPENS_AGAIN:
        unit.write(lambda connection: _open_again(connection, application.states, subject, event.activity, moment))
    if event.type == "RecheckRequested":
        unit.write(lambda connection: _back_to_check(connection, event.subject, moment))
    changes = _changes(event)
    if changes:
        unit.write(lambda connection: _set(connection, event.subject, changes, moment))
    application.ask_for_hemi_entry(unit, event)


def _changes(event: Envelope) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for column, name in _FACTS.get(event.type, {}).items():
        value = event.data.get(name)
        if value is not None or event.type in _ENDS_CONTRACT:
            changes[column] = UUID(value) if column in ("candidate_id", "call_id", "caseworker") else value
    if event.type == "CandidateIdentified" and event.actor is not None:
        # CASE-9: who identified the candidate answers for the case until another person is assigned.
        changes["caseworker"] = event.actor
    if event.type in TRACKS:
        track, value = TRACKS[event.type]
        changes[track] = value
    return changes


def _insert(connection: Connection) -> Any:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(cases)


def _open(connection: Connection, case_id: UUID, moment: int) -> None:
    values = {"case_id": case_id, "state": "identified", "since": moment, "activity": 1}
    connection.execute(_insert(connection).values(values).on_conflict_do_nothing())


def _move(connection: Connection, case_id: UUID, state: str, activity: int, moment: int) -> None:
    # The services' logs arrive side by side: an earlier event of one may come after a later one of another.
    insert = _insert(connection).values(case_id=case_id, state=state, since=moment, activity=activity)
    new = {"state": insert.excluded.state, "since": insert.excluded.since, "activity": insert.excluded.activity}
    connection.execute(
        insert.on_conflict_do_update(index_elements=["case_id"], set_=new, where=cases.c.since <= insert.excluded.since)
    )


def _back_to_check(connection: Connection, case_id: UUID, moment: int) -> None:
    connection.execute(
        cases.update()
        .where(cases.c.case_id == case_id, cases.c.state.in_(RETURNS_TO_CHECK), cases.c.since <= moment)
        .values(state="identified", since=moment, activity=2)
    )


def _open_again(connection: Connection, states: StateTable, case_id: UUID, activity: int, moment: int) -> None:
    """Where the case stood before it ended, by its timeline: an end that is taken back leaves no state of its own."""
    query = sa.select(timeline.c.type, timeline.c.data, timeline.c.activity)
    query = query.where(timeline.c.case_id == case_id, timeline.c.recorded_at < moment)
    stood = states.before_the_end(
        (row.type, json.loads(row.data), row.activity)
        for row in connection.execute(query.order_by(timeline.c.recorded_at, timeline.c.service, timeline.c.sequence))
    )
    if stood is not None:
        _move(connection, case_id, stood[0], stood[1] or activity, moment)


def _set(connection: Connection, case_id: UUID, changes: dict[str, Any], moment: int) -> None:
    values: dict[str, Any] = {}
    for column, value in changes.items():
        if (since := _SET_BY_SEVERAL.get(column)) is None:
            values[column] = value
        else:
            latest = sa.func.coalesce(cases.c[since], 0) <= moment
            values[column] = sa.case((latest, sa.literal(value, cases.c[column].type)), else_=cases.c[column])
            values[since] = sa.case((latest, moment), else_=cases.c[since])
    _open_if_unknown = _insert(connection).values(case_id=case_id, state="identified", since=0, activity=1)
    connection.execute(_open_if_unknown.on_conflict_do_nothing())
    connection.execute(cases.update().where(cases.c.case_id == case_id).values(values))


def _microseconds(moment: datetime) -> int:
    elapsed = moment - _EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds


def _day(moment: datetime) -> date:
    return moment.astimezone(BOGOTA).date()


def key_destroyed(application: ReportingApplication, unit: UnitOfWork, event: Envelope) -> None:
    """A line of the timeline as any other, and this service's part of the erasure."""
    record(application, unit, event)
    destroying.key_destroyed(application, unit, event)


def processing_restricted(application: ReportingApplication, unit: UnitOfWork, event: Envelope) -> None:
    """A line of the timeline as any other, and from now on this service keeps the person's data and no more."""
    record(application, unit, event)
    restriction.REACTIONS[event.topic](application, unit, event)


REACTIONS = {
    "*": record,
    ORDER: key_destroyed,
    **dict.fromkeys(restriction.REACTIONS, processing_restricted),
}

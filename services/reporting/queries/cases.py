"""The list of cases, a case's timeline, counts by state."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.reporting.application import PROCEDURE, ReportingApplication
from services.reporting.domain.causality import Happening, causal_order
from services.reporting.views import cases, hemi_entries, timeline
from shared.casework.evidence import case_pack
from shared.catalogue.refusals import FieldInvalid, NotFound
from shared.contracts.wording import event_label, facts, has_words
from shared.eventstore.log import instant
from shared.eventstore.tables import tracking
from shared.runtime.clock import recorded_until, today
from shared.runtime.paging import offset_of
from shared.runtime.tokens import Who

PAGE, MAX_PAGE = 50, 200
Params = Mapping[str, Any]


def list_cases(app: ReportingApplication, params: Params, who: Who) -> dict[str, Any]:
    """Cases newest change first, filtered by state, call, caseworker or the beginning of the id."""
    limit = min(int(params.get("limit") or PAGE), MAX_PAGE)
    wanted = [*_visible(who), *_filters(params)]
    query = sa.select(cases).where(*wanted).order_by(cases.c.since.desc(), cases.c.case_id).limit(limit + 1)
    if params.get("cursor"):
        since, case_id = _cursor(str(params["cursor"]))
        query = query.where(sa.or_(cases.c.since < since, sa.and_(cases.c.since == since, cases.c.case_id > case_id)))
    with app.database.read() as connection:
        rows = connection.execute(query).all()
        total = connection.execute(sa.select(sa.func.count()).select_from(cases).where(*wanted)).scalar_one()
    more = rows[limit - 1] if len(rows) > limit else None
    return {
        "items": [_case(app, row) for row in rows[:limit]],
        "next": None if more is None else _encode(more.since, more.case_id),
        "total": total,
    }


def case_timeline(app: ReportingApplication, params: Params, who: Who) -> dict[str, Any]:
    """Every event of one case, causes before effects, with both clocks; up to two limits when given (X-17)."""
    case_id = _id(params.get("case_id"))
    query = sa.select(timeline).where(timeline.c.case_id == case_id)
    if params.get("happened_until"):
        query = query.where(timeline.c.happened_on <= _day(params["happened_until"], "happened_until"))
    if params.get("recorded_until"):
        query = query.where(timeline.c.recorded_at <= _moment(params["recorded_until"]))
    with app.database.read() as connection:
        case = connection.execute(sa.select(cases).where(cases.c.case_id == case_id, *_visible(who))).first()
        if case is None:
            raise NotFound(what="el caso", field="id")
        rows = connection.execute(query).all()
        heads = {row.upstream: row.position for row in connection.execute(sa.select(tracking))}
    own = hemi_lines(app, case_id, params)
    ordered = causal_order(
        Happening(
            f"{row.service}:{row.sequence}", row.service, row.sequence, instant(row.recorded_at), row.causation_id, row
        )
        for row in (*rows, *own)
    )
    offset = offset_of(params)
    limit = min(int(params.get("limit") or MAX_PAGE), MAX_PAGE)
    shown = ordered[offset : offset + limit]
    return {
        "items": [_line(each.what) for each in shown],
        "next": None if offset + limit >= len(ordered) else str(offset + limit),
        "total": len(ordered),
        "state": case.state,
        "head": heads,
    }


def entries_of(app: ReportingApplication, case_id: UUID) -> list[UUID]:
    """The entries of HEMI that reporting keeps of a case."""
    table = hemi_entries.c
    with app.database.read() as connection:
        query = sa.select(table.entry_id).where(table.case_id == case_id).order_by(table.entry_id)
        return list(connection.scalars(query))


def _check_visible(app: ReportingApplication, case_id: UUID, who: Who) -> None:
    with app.database.read() as connection:
        found = connection.execute(sa.select(cases.c.case_id).where(cases.c.case_id == case_id, *_visible(who))).first()
    if found is None:
        raise NotFound(what="el caso", field="id")


CASE_PACK = case_pack(_check_visible, {}, entries_of)


def hemi_lines(app: ReportingApplication, case_id: UUID, params: Params) -> list[Any]:
    """What became of the case's entries in HEMI, as lines of its timeline (HEM-6)."""
    happened = _day(params["happened_until"], "happened_until") if params.get("happened_until") else None
    recorded = _moment(params["recorded_until"]) if params.get("recorded_until") else None
    lines = []
    for entry in (each for entry_id in entries_of(app, case_id) for each in app.log.of_aggregate(entry_id)):
        event, meta = app.mapper.open(entry)
        moment = microseconds(entry.recorded_at)
        if (happened is None or meta.happened_on <= happened) and (recorded is None or moment <= recorded):
            lines.append(_own_line(app, entry, event, meta, moment))
    return lines


def _own_line(app: ReportingApplication, entry: Any, event: Any, meta: Any, moment: int) -> Any:
    receipt = getattr(event, "receipt_id", None)
    return SimpleNamespace(
        service=app.name,
        sequence=entry.sequence,
        type=entry.topic.partition(".")[2],
        activity=getattr(event, "activity", None) or meta.activity,
        happened_on=meta.happened_on,
        recorded_at=moment,
        actor=meta.actor,
        role=meta.role,
        causation_id=meta.causation_id,
        correlation_id=meta.correlation_id,
        procedure_version=meta.procedure_version,
        late=False,
        data=json.dumps({"receipt_id": receipt} if receipt else {}),
    )


def counts(app: ReportingApplication, params: Params, who: Who) -> dict[str, Any]:
    """How many cases stand in each state, in the order of the procedure."""
    wanted = [*_visible(who), *_filters({"call": params.get("call")})]
    query = sa.select(cases.c.state, sa.func.count().label("count")).where(*wanted).group_by(cases.c.state)
    with app.database.read() as connection:
        found = {row.state: row.count for row in connection.execute(query)}
    procedure = app.catalogue.procedure(PROCEDURE, today())
    items = [
        {"state": state, "label": procedure.label(state), "count": found[state]}
        for state in procedure.states
        if state in found
    ]
    return {"total": sum(found.values()), "items": items, "as_of": datetime.now(UTC).isoformat(timespec="milliseconds")}


def _visible(who: Who) -> list[sa.ColumnElement[bool]]:
    # ROL-02: staff of an operator see the cases of their own contract and no other.
    return [cases.c.contract_id.in_(who.contracts)] if who.contracts else []


def _filters(params: Params) -> list[sa.ColumnElement[bool]]:
    wanted: list[sa.ColumnElement[bool]] = []
    if params.get("state"):
        wanted.append(cases.c.state == str(params["state"]))
    if params.get("states"):
        wanted.append(cases.c.state.in_(str(params["states"]).split(",")))
    if params.get("duplicate"):
        wanted.append(cases.c.duplicate == str(params["duplicate"]))
    if params.get("call"):
        wanted.append(cases.c.call_id == _id(params["call"], "call"))
    if params.get("caseworker"):
        wanted.append(cases.c.caseworker == _id(params["caseworker"], "caseworker"))
    if params.get("text"):
        beginning = str(params["text"]).strip().lower().replace("-", "")
        if not all(letter in "0123456789abcdef" for letter in beginning):
            wanted.append(sa.false())
        elif beginning:
            low, high = UUID(beginning[:32].ljust(32, "0")), UUID(beginning[:32].ljust(32, "f"))
            wanted.append(cases.c.case_id.between(low, high))
    return wanted


def _case(app: ReportingApplication, row: Any) -> dict[str, Any]:
    procedure = app.catalogue.procedure(PROCEDURE, today())
    return {
        "case_id": str(row.case_id),
        "state": row.state,
        "state_label": procedure.label(row.state),
        "since": instant(row.since).isoformat(),
        "activity": row.activity,
        "call_id": None if row.call_id is None else str(row.call_id),
        "call_code": None,
        "route": row.route,
        "caseworker": None if row.caseworker is None else str(row.caseworker),
        "contract_id": row.contract_id,
        "tracks": {name: getattr(row, name) for name in ("training", "duplicate", "incentive") if getattr(row, name)},
    }


def _line(row: Any) -> dict[str, Any]:
    data = json.loads(row.data)
    return {
        "id": f"{row.service}:{row.sequence}",
        "service": row.service,
        "sequence": row.sequence,
        "type": row.type,
        "label": event_label(row.type),
        "activity": row.activity,
        "happened_on": row.happened_on.isoformat(),
        "recorded_at": instant(row.recorded_at).isoformat(timespec="milliseconds"),
        "actor": None if row.actor is None else str(row.actor),
        "role": row.role,
        "causation_id": row.causation_id,
        "correlation_id": str(row.correlation_id),
        "procedure_version": row.procedure_version,
        "channel": None,
        "facts": facts(data),
        "data": data,
        "documents": [],
        "late": bool(row.late),
        # What a service noted for itself of another's news: part of the record, not of the story.
        "internal": not has_words(row.type),
    }


def _id(value: Any, field: str = "case_id") -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise FieldInvalid(field=field, explanation="indique un identificador válido (UUID).") from None


def _day(value: Any, field: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise FieldInvalid(field=field, explanation="escriba la fecha como AAAA-MM-DD.") from None


def _moment(value: Any) -> int:
    moment = recorded_until(value)
    elapsed = moment - datetime(1970, 1, 1, tzinfo=UTC)
    # Moments are shown to the millisecond and kept to the microsecond: what is shown as this moment is within it.
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds // 1000 * 1000 + 999


def microseconds(moment: datetime) -> int:
    """A moment as the read models keep it."""
    elapsed = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds


def _encode(since: int, case_id: UUID) -> str:
    return base64.urlsafe_b64encode(f"{since}|{case_id.hex}".encode()).decode()


def _cursor(text: str) -> tuple[int, UUID]:
    try:
        since, _, case_id = base64.urlsafe_b64decode(text.encode()).decode().partition("|")
        moment = int(since)
        if not 0 <= moment < 2**63:
            raise ValueError("no instant that the column could hold")
        return moment, UUID(case_id)
    except ValueError:
        raise FieldInvalid(field="cursor", explanation="use el cursor tal como vino en la página anterior.") from None

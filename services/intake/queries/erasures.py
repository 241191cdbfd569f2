"""Erasures as a list, with what each service has confirmed of them; without who they are about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.intake.application import IntakeApplication
from services.intake.queries.paging import id_of, limit_of, next_of, offset_of
from services.intake.views.rights_tables import erasures, key_executions, key_orders
from shared.catalogue.refusals import NotAuthorised, NotFound
from shared.eventstore.metadata import Meta
from shared.runtime.clock import today
from shared.runtime.tokens import Who

READERS = frozenset({"privacy_officer", "subdirector", "auditor"})
SERVICES = ("intake", "profiling", "assistance", "inventory", "reporting", "gateway")
"""Everyone who keeps data of people, and so carries out every order."""
STATES = ("requested", "ready", "ordered", "done", "cancelled")


def check_reader(who: Who, what: str) -> None:
    """Raise `NotAuthorised` unless the caller answers for data protection, or looks after those who do."""
    if not who.roles & READERS:
        raise NotAuthorised(command=what, roles="protección de datos, subdirección o control interno")


def several(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Erasures, the latest first; ``state``: requested (it waits), ready, ordered, done, cancelled."""
    check_reader(who, "Ver supresiones")
    limit, offset, wanted = limit_of(params), offset_of(params), str(params.get("state") or "")
    query = sa.select(erasures).order_by(erasures.c.requested_at.desc(), erasures.c.id)
    if wanted in STATES:
        stored = {"ready": "requested", "done": "ordered"}.get(wanted, wanted)
        query = query.where(erasures.c.state == stored)
    with app.database.read() as connection:
        rows = connection.execute(query).all()
        items = [_item(app, connection, row) for row in rows]
    items = [each for each in items if wanted not in STATES or each["state"] == wanted]
    page = items[offset : offset + limit + 1]
    return {"items": page[:limit], "next": next_of(offset, limit, len(page))}


def one(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """An erasure with each key: which service has confirmed its destruction, and when."""
    check_reader(who, "Ver una supresión")
    asked = id_of(params)
    with app.database.read() as connection:
        row = connection.execute(sa.select(erasures).where(erasures.c.id == asked)).first()
        if row is None:
            raise NotFound(what="la supresión", field="id")
        return _item(app, connection, row) | {"keys": _keys(connection, row.id)}


def destruction_orders(app: IntakeApplication, payload: Mapping[str, Any]) -> dict[str, Any]:
    """See `ServiceDefinition.orders`."""
    service = str(payload["service"])
    for each in payload.get("executed") or ():
        meta = Meta(happened_on=today(), command="NoteKeyDestruction", causation_id=f"{service}:orders")
        case_id, subject, at = UUID(each["case_id"]), UUID(each["subject"]), datetime.fromisoformat(each["at"])
        app.transact(
            meta,
            lambda uow, c=case_id, s=subject, k=each["kind"], t=at: app.note_execution(uow, service, c, s, k, t),
        )
    found = app.open_orders(service)
    return {"orders": [{"case_id": str(row.case_id), "subject": str(row.subject), "kind": row.kind} for row in found]}


def _item(app: IntakeApplication, connection: Connection, row: Any) -> dict[str, Any]:
    wait = timedelta(hours=int(app.catalogue.value("P-52", today())))
    ready = _utc(row.requested_at) + wait
    orders = connection.scalar(sa.select(sa.func.count()).where(key_orders.c.erasure_id == row.id)) or 0
    done = {
        each.service: (each.keys, _utc(each.last))
        for each in connection.execute(
            sa.select(
                key_executions.c.service,
                sa.func.count().label("keys"),
                sa.func.max(key_executions.c.executed_at).label("last"),
            )
            .join(key_orders, _same_key())
            .where(key_orders.c.erasure_id == row.id)
            .group_by(key_executions.c.service)
        )
    }
    confirmed = [name for name in SERVICES if orders and done.get(name, (0, None))[0] == orders]
    state = row.state
    if state == "requested" and app.now() >= ready:
        state = "ready"
    if state == "ordered" and len(confirmed) == len(SERVICES):
        state = "done"
    return {
        "id": str(row.id),
        "version": row.version,
        "label": f"Supresión pedida el {row.requested_on}",
        "case": str(row.case_id),
        "state": state,
        "legal_basis": row.legal_basis,
        "data_classes": list(row.data_classes),
        "requested_on": row.requested_on.isoformat(),
        "ready_at": ready.isoformat(),
        "ordered_at": _utc(row.ordered_at).isoformat() if row.ordered_at else None,
        "confirmed": {name: done[name][1].isoformat() for name in confirmed},
        "missing": [name for name in SERVICES if name not in confirmed] if orders else [],
        "decidable": state in ("requested", "ready"),
    }


def _keys(connection: Connection, erasure_id: UUID) -> list[dict[str, Any]]:
    query = (
        sa.select(key_orders, key_executions.c.service, key_executions.c.executed_at)
        .outerjoin(key_executions, _same_key())
        .where(key_orders.c.erasure_id == erasure_id)
        .order_by(key_orders.c.case_id, key_orders.c.subject, key_orders.c.kind, key_executions.c.service)
    )
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in connection.execute(query):
        key = (row.case_id, row.subject, row.kind)
        names = {"case": str(row.case_id), "subject": str(row.subject), "data_class": row.kind}
        known = found.setdefault(key, names | {"confirmed": {}})
        if row.service is not None:
            known["confirmed"][row.service] = _utc(row.executed_at).isoformat()
    return list(found.values())


def _same_key() -> sa.ColumnElement[bool]:
    return sa.and_(*(key_orders.c[name] == key_executions.c[name] for name in ("case_id", "subject", "kind")))


def _utc(moment: datetime) -> datetime:
    # SQLite gives back no zone.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)

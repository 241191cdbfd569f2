"""Calls and their lists: ``calls`` and ``call``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from services.intake.application import IntakeApplication
from services.intake.queries.paging import check_staff, id_of, limit_of, next_of, offset_of
from services.intake.queries.versions import versions
from services.intake.views import call_lists, calls, cases, documents
from shared.catalogue.refusals import NotFound
from shared.runtime.tokens import Who

_CANDIDATES = sa.select(sa.func.count()).where(cases.c.call_id == calls.c.id).scalar_subquery().label("candidates")


def several(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Calls, the latest first, by state and by text of code or name."""
    check_staff(who, "Ver convocatorias")
    limit, offset = limit_of(params), offset_of(params)
    query = sa.select(calls, _CANDIDATES).order_by(calls.c.opens_on.desc(), calls.c.code)
    if params.get("state") == "open":
        query = query.where(calls.c.closed_on.is_(None))
    elif params.get("state") == "closed":
        query = query.where(calls.c.closed_on.is_not(None))
    if params.get("text"):
        text = str(params["text"])
        query = query.where(
            calls.c.code.icontains(text, autoescape=True) | calls.c.name.icontains(text, autoescape=True)
        )
    with app.database.read() as connection:
        rows = connection.execute(query.limit(limit + 1).offset(offset)).all()
        known = versions(connection, [row.id for row in rows])
    items = [_item(row, known[row.id]) for row in rows[:limit]]
    return {"items": items, "next": next_of(offset, limit, len(rows))}


def one(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """A call with its lists. Raises `NotFound`."""
    check_staff(who, "Ver convocatorias")
    call_id = id_of(params)
    lists = sa.select(call_lists).where(call_lists.c.call_id == call_id).order_by(call_lists.c.list_no)
    with app.database.read() as connection:
        row = connection.execute(sa.select(calls, _CANDIDATES).where(calls.c.id == call_id)).first()
        if row is None:
            raise NotFound(what="la convocatoria", field="id")
        frozen = connection.execute(lists).all()
        minutes = connection.execute(sa.select(documents).where(documents.c.call_id == call_id)).all()
        version = versions(connection, [call_id])[call_id]
    return _item(row, version) | {
        "product_types": row.product_types,
        "routes": row.routes,
        "localities": row.localities,
        "executor_kind": row.executor_kind,
        "minutes": [
            {"id": str(one.id), "number": one.number, "issued_on": one.issued_on.isoformat()} for one in minutes
        ],
        "lists": [
            {
                "number": each.list_no,
                "file_name": each.file_name,
                "frozen_on": each.frozen_on.isoformat(),
                "candidates": each.candidates,
            }
            for each in frozen
        ],
    }


def _item(row: Any, version: int) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "version": version,
        "code": row.code,
        "name": row.name,
        "service": row.service,
        "state": "open" if row.closed_on is None else "closed",
        "opens_on": row.opens_on.isoformat(),
        "closes_on": row.closes_on.isoformat(),
        "cohort_quota": row.cohort_quota,
        "candidates": row.candidates,
    }

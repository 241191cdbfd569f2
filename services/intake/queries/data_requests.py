"""Requests of data subjects as a list, the first to fall due first, and one with what it says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.application import IntakeApplication
from services.intake.domain.data_request import DataRequest
from services.intake.queries.erasures import check_reader
from services.intake.queries.paging import id_of, limit_of, next_of, offset_of
from services.intake.queries.personal import Reveal
from services.intake.views.rights_tables import data_request_files, data_requests
from shared.catalogue.refusals import NotFound
from shared.privacy.personal import Personal
from shared.runtime.clock import today
from shared.runtime.tokens import Who

RECEIVED = {"query": "Consulta recibida", "claim": "Reclamo recibido", "erasure": "Solicitud de supresión recibida"}
ASKED_BY = {"successor": "causahabiente", "attorney": "apoderado"}
OUTCOMES = {"granted": "Concedida", "partly": "Concedida en parte", "refused": "Negada"}
_DAYS = (
    "received_on",
    "opened_on",
    "due_on",
    "extendable_until",
    "completion_until",
    "legend_by",
    "lapses_on",
    "extended_on",
    "answered_on",
)


def several(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Requests by their last day; ``state``: due, overdue, incomplete, to_erase, to_restrict, answered, lapsed."""
    check_reader(who, "Ver solicitudes de titulares")
    limit, offset, day = limit_of(params), offset_of(params), today()
    query = sa.select(data_requests, _state(day).label("stands")).order_by(data_requests.c.due_on, data_requests.c.id)
    if wanted := str(params.get("state") or ""):
        query = query.where(_state(day) == wanted)
    with app.database.read() as connection:
        rows = connection.execute(query.limit(limit + 1).offset(offset)).all()
    return {"items": [_item(row) for row in rows[:limit]], "next": next_of(offset, limit, len(rows))}


def one(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """A request with its texts, masked unless ``reveal`` asks for class i, and the files attached to it."""
    check_reader(who, "Ver una solicitud de un titular")
    request_id = id_of(params)
    files = sa.select(data_request_files.c.file_id).where(data_request_files.c.owner_id == request_id)
    with app.database.read() as connection:
        query = sa.select(data_requests, _state(today()).label("stands")).where(data_requests.c.id == request_id)
        row = connection.execute(query).first()
        if row is None:
            raise NotFound(what="la solicitud", field="id")
        attached = list(connection.scalars(files.order_by(data_request_files.c.number)))
    reveal = Reveal(who, params.get("reveal") or (), "data_request")
    texts = [
        {"on": on.isoformat(), "what": what, "text": reveal.shown(text, row.case_id)}
        for what, on, text in texts_of(app, request_id)
    ]
    return _item(row) | {"texts": texts, "files": attached}


def texts_of(app: IntakeApplication, request_id: UUID) -> list[tuple[str, date, Personal]]:
    """What was asked, what was missing, why it took longer and what was answered, in order."""
    found: list[tuple[str, date, Personal]] = []
    for event in app.events.get(request_id):
        match event:
            case DataRequest.DataRequestOpened():
                found.append(("request", event.received_on, event.text))
            case DataRequest.DataRequestCompletionAsked():
                found.append(("missing", event.asked_on, event.missing))
            case DataRequest.DataRequestExtended():
                found.append(("extension", event.notified_on, event.reason))
            case DataRequest.DataRequestAnswered():
                found.append(("answer", event.answered_on, event.text))
    return found


def _state(day: date) -> sa.ColumnElement[str]:
    """Where a request stands on ``day``; one that is answered may still want its erasure, or a restriction."""
    columns = data_requests.c
    asked = sa.and_(columns.state == "answered", columns.kind == "erasure")
    return sa.case(
        (sa.and_(columns.state == "open", columns.due_on < day), "overdue"),
        (columns.state == "open", "due"),
        (sa.and_(asked, columns.outcome != "refused", columns.erasure_id.is_(None)), "to_erase"),
        (sa.and_(asked, columns.outcome == "refused", columns.restriction_id.is_(None)), "to_restrict"),
        else_=columns.state,
    )


def _item(row: Any) -> dict[str, Any]:
    days = {name: getattr(row, name).isoformat() if getattr(row, name) else None for name in _DAYS}
    asked_by = "" if row.asked_by == "holder" else f", la presenta un {ASKED_BY[row.asked_by]}"
    return days | {
        "id": str(row.id),
        "version": row.version,
        "label": f"{RECEIVED[row.kind]} el {row.received_on}{asked_by}",
        "case": str(row.case_id),
        "kind": row.kind,
        "asked_by": row.asked_by,
        "channel": row.channel,
        "state": row.stands,
        # The day that counts: of an incomplete claim that on which it lapses.
        "next_on": days["lapses_on"] if row.stands == "incomplete" else days["due_on"],
        "outcome": row.outcome,
        "ground": row.ground,
        "late": row.late,
        "legend_late": row.legend_by is not None and row.opened_on > row.legend_by,
        "extendable": row.state == "open" and row.extended_on is None,
        "erasure": str(row.erasure_id) if row.erasure_id else None,
        "restriction": str(row.restriction_id) if row.restriction_id else None,
    }

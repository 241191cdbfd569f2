"""Queries of profiling: the page of a case and the list of cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.profiling import case_page, papers, views
from services.profiling.application import ProfilingApplication
from services.profiling.domain import ProfilingCase
from shared.casework.as_of import case_as_of
from shared.casework.attachments import Attachments
from shared.casework.evidence import case_pack
from shared.casework.papers import paper_choices, told
from shared.catalogue.refusals import FieldInvalid, NotFound
from shared.runtime.definition import Query
from shared.runtime.paging import offset_of
from shared.runtime.papers import names_in
from shared.runtime.tokens import Who

Params = Mapping[str, Any]
MOST = 200
READY = "ready"
"""The list of cases that may start profiling: eligible and authorised, not started."""


def _visible(_application: ProfilingApplication, _case_id: UUID, who: Who) -> None:
    """Operators have nothing to see here (ROL-02)."""
    if who.contracts:
        raise NotFound(what="el caso", field="id")


ATTACHMENTS = Attachments(views.attachments, "profiling", _visible)


def case(application: ProfilingApplication, params: Params, who: Who) -> dict[str, Any]:
    """The part of a case that this service has, for who asks. Operators have nothing to see here (ROL-02)."""
    found = None if who.contracts else application.loader.get(ProfilingCase, _id(params, "id"))
    if found is None:
        raise NotFound(what="el caso", field="id")
    with application.database.read() as connection:
        papers = connection.execute(
            sa.select(views.documents)
            .where(views.documents.c.case_id == found.id)
            .order_by(views.documents.c.issued_on)
        ).all()
        history = connection.execute(
            sa.select(views.acts).where(views.acts.c.case_id == found.id).order_by(views.acts.c.version)
        ).all()
    page = case_page.page(application, found, who, set(params.get("reveal") or ()))
    papers_shown = [
        {
            "id": str(row.document_id),
            "code": row.code,
            "number": row.number,
            "name": application.catalogue.code_list("document", row.issued_on).label(row.code),
            "issued_on": row.issued_on.isoformat(),
            "service": "profiling",
        }
        for row in papers
    ]
    with application.database.read() as connection:
        papers_shown += ATTACHMENTS.of_case(connection, found.id, application.catalogue)
    page["documents"] = told(found, papers_shown, [row.document_id for row in papers if row.corrects])
    page["acts"] = [
        {
            "version": row.version,
            "type": row.type,
            "activity": row.activity,
            "happened_on": row.happened_on.isoformat(),
            "actor": str(row.actor) if row.actor else None,
            "role": row.role,
        }
        for row in history
    ]
    return page


def cases(application: ProfilingApplication, params: Params, who: Who) -> dict[str, Any]:
    """Cases in profiling by ``state``, longest in it first; ``ready`` lists those that may start."""
    table = views.cases
    state = str(params.get("state") or "")
    query = sa.select(table).order_by(table.c.since, table.c.case_id)
    if state == READY:
        query = query.where(table.c.state == "", table.c.eligible.is_(True), table.c.consented.is_(True))
    elif state:
        query = query.where(table.c.state == state)
    else:
        query = query.where(table.c.state != "")
    if who.contracts:
        query = query.where(sa.false())
    limit = min(max(int(params.get("limit") or 50), 1), MOST)
    start = offset_of(params)
    with application.database.read() as connection:
        rows = connection.execute(query.limit(limit + 1).offset(start)).all()
    items = [
        {
            "case_id": str(row.case_id),
            "state": row.state or None,
            "since": row.since.isoformat() if row.since else None,
            "call_id": str(row.call_id) if row.call_id else None,
            "flags": ["manual_decision"] if row.manual_decision and row.state == "profiled" else [],
        }
        for row in rows[:limit]
    ]
    return {"items": items, "next": str(start + limit) if len(rows) > limit else None}


def _id(params: Params, name: str) -> UUID:
    try:
        return UUID(str(params.get(name)))
    except ValueError:
        raise FieldInvalid(field=name, explanation=f"«{name}» no es un identificador válido.") from None


def referrals(application: ProfilingApplication, params: Params, who: Who) -> dict[str, Any]:
    """Referrals, the one due first on top; ``state``: waiting, overdue, acknowledged, rejected, unanswered."""
    table = views.referrals
    query = sa.select(table).order_by(table.c.reply_due, table.c.referral_id)
    state = str(params.get("state") or "")
    if state in ("waiting", "overdue"):
        query = query.where(table.c.reply.is_(None))
        query = query.where(table.c.overdue.is_(True)) if state == "overdue" else query
    elif state:
        query = query.where(table.c.reply == state)
    if who.contracts:
        query = query.where(sa.false())
    limit = min(max(int(params.get("limit") or 50), 1), MOST)
    start = offset_of(params)
    with application.database.read() as connection:
        rows = connection.execute(query.limit(limit + 1).offset(start)).all()
    items = [
        {
            "id": str(row.referral_id),
            "case_id": str(row.case_id),
            "kind": row.kind,
            "target": row.target_code,
            "issued_on": row.issued_on.isoformat(),
            "reply_due": row.reply_due.isoformat(),
            "state": row.reply or ("overdue" if row.overdue else "waiting"),
        }
        for row in rows[:limit]
    ]
    return {"items": items, "next": str(start + limit) if len(rows) > limit else None}


def document(application: ProfilingApplication, params: Params, who: Who) -> dict[str, Any]:
    """A filed form or an issued letter as PDF. Raises `NotFound`, `NotAuthorised`."""
    document_id = _id(params, "id")
    return ATTACHMENTS.opened(application, document_id, who) or papers.document(
        application, document_id, who, names=names_in(params)
    )


def choices(application: ProfilingApplication, params: Params, who: Who) -> dict[str, Any]:
    """What a reference field of a command on a case may name: its papers, its results, the person's exclusions."""
    if params.get("to") not in ("voidable", "correctable", "application", "exclusion"):
        raise NotFound(what="esa lista de opciones", field="to")
    case_id = _id(params, "case_id" if params.get("case_id") else "id")
    if params["to"] == "application":
        results = case(application, {"id": str(case_id)}, who)["targets"]
        return {"items": [{"id": each["id"], "label": each["label"]} for each in results], "next": None}
    if params["to"] == "exclusion":
        known = None if who.contracts else application.loader.get(ProfilingCase, case_id)
        if known is None:
            raise NotFound(what="el caso", field="id")
        items = [{"id": str(one), "label": f"Desde {first}"} for one, (first, _) in known.exclusions.items()]
        return {"items": items, "next": None}
    listed = case(application, {"id": str(case_id)}, who)["documents"]
    found = application.loader.get(ProfilingCase, case_id)
    assert found is not None
    return {"items": paper_choices(found, listed, str(params["to"]), application.CORRECTABLE), "next": None}


CASE_AS_OF = case_as_of(
    ProfilingCase,
    _visible,
    lambda application, at, who: case_page.described(application, at.aggregate, who, set()),
)
QUERIES: dict[str, Query] = {
    "case": case,
    "case_as_of": CASE_AS_OF,
    # Class {p} is closed to who takes evidence away (PRO-10, SOD-9).
    "case_pack": case_pack(_visible, {}),
    "cases": cases,
    "choices": choices,
    "referrals": referrals,
    "document": document,
}

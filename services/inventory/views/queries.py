"""What the warehouse answers about its goods: items, warehouses, stock, receipts, withdrawals, documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.inventory.views.case_page import case_as_of, case_pack, case_page, choices
from services.inventory.views.closings import closed_periods
from services.inventory.views.corrections import corrections_query
from services.inventory.views.counts import adjustments_query, counts_query
from services.inventory.views.files import PROVERS, READERS
from services.inventory.views.kardex import kardex
from services.inventory.views.kardex_workbook import kardex_workbook
from services.inventory.views.paging import page
from services.inventory.views.stock import stock, valuation
from services.inventory.views.stock_as_of import stock_as_of
from services.inventory.views.tables import documents, items, warehouses, withdrawals
from services.inventory.views.transfers import transfers_query
from services.inventory.views.unmatched import expiring, unmatched
from services.inventory.views.write_offs import write_offs_query
from shared.catalogue.refusals import NotFound
from shared.eventstore.tables import claims, events
from shared.runtime.definition import Query
from shared.runtime.tokens import Who

Params = Mapping[str, Any]
Answer = dict[str, Any]


def items_query(application: Any, params: Params, _who: Who) -> Answer:
    """Items by code; ``text`` is looked for in code and name."""
    query = sa.select(items)
    if params.get("kind"):
        query = query.where(items.c.kind == str(params["kind"]))
    if params.get("text"):
        text = str(params["text"])
        query = query.where(
            sa.or_(items.c.code.icontains(text, autoescape=True), items.c.name.icontains(text, autoescape=True))
        )
    with application.database.read() as connection:
        rows, following = page(connection, query, items.c.code, params)
    names = ("code", "name", "kind", "unit", "decimals", "lot_tracked", "expiry_tracked", "version")
    return {"items": [{"id": str(r.id), **{n: getattr(r, n) for n in names}} for r in rows], "next": following}


def warehouses_query(application: Any, params: Params, _who: Who) -> Answer:
    """Warehouses by code."""
    with application.database.read() as connection:
        rows, following = page(connection, sa.select(warehouses), warehouses.c.code, params)
    found = [{"id": str(r.id), "version": r.version, "code": r.code, "name": r.name, "place": r.place} for r in rows]
    return {"items": found, "next": following}


def receipts(application: Any, params: Params, _who: Who) -> Answer:
    """FO-110 part A documents by number. ``state``: forms_pending until the signed original is handed in."""
    query = sa.select(documents).where(documents.c.part == "A")
    with application.database.read() as connection:
        rows, following = page(connection, query, documents.c.number, params)
    found = [
        {
            "id": str(row.id),
            "version": row.version,
            "number": row.number,
            "label": f"FO-110 n.º {row.number}",
            "warehouse_id": str(row.warehouse),
            "received_on": row.issued_on.isoformat(),
            "state": "complete" if row.forms_received_on else "forms_pending",
        }
        for row in rows
    ]
    return {"items": found, "next": following}


def withdrawals_query(application: Any, params: Params, who: Who) -> Answer:
    """Requests and what became of them: requested, refused, withdrawn, closed."""
    if who.contracts:
        return {"items": [], "next": None}
    query = sa.select(withdrawals)
    if params.get("state"):
        query = query.where(withdrawals.c.state == str(params["state"]))
    key = sa.cast(withdrawals.c.since, sa.String) + "/" + sa.cast(withdrawals.c.id, sa.String)
    with application.database.read() as connection:
        rows, following = page(connection, query, key, params)
    found = [
        {
            "id": str(row.withdrawal or row.id),
            "request": str(row.id),
            "version": row.version,
            "number": row.number,
            "label": f"FO-128 n.º {row.number}" if row.number else "Solicitud de retiro",
            "case_id": str(row.case_id),
            "since": row.since.isoformat(),
            "state": row.state,
        }
        for row in rows
    ]
    return {"items": found, "next": following}


def document(application: Any, params: Params, who: Who) -> Answer:
    """Where a printed document's file is. Raises `NotFound`, also for those who may not see it."""
    query = sa.select(documents).where(documents.c.id == _id(params.get("id")))
    with application.database.read() as connection:
        row = connection.execute(query).first()
    if row is None or not who.roles & READERS or who.contracts:
        raise NotFound(what="ese documento", field="id")
    name = f"{row.code}-{row.number}.pdf"
    return {"file_id": row.file, "name": name, "media_type": "application/pdf", "code": row.code, "number": row.number}


def document_event(application: Any, params: Params, who: Who) -> Answer:
    """The number of the event that issued a document. Raises `NotFound`; it tells nothing of what the document says."""
    query = sa.select(documents).where(documents.c.id == _id(params.get("id")))
    with application.database.read() as connection:
        row = connection.execute(query).first()
        if row is None or not who.roles & {*READERS, *PROVERS} or who.contracts:
            raise NotFound(what="ese documento", field="id")
        owner = sa.select(claims.c.owner).where(claims.c.kind == "document", claims.c.key == row.number)
        event = sa.select(events.c.id).where(
            events.c.originator_id == owner.scalar_subquery(), events.c.originator_version == row.version
        )
        return {"sequence": connection.execute(event).scalar_one(), "code": row.code, "number": row.number}


def _id(value: Any) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise NotFound(what="ese documento", field="id") from None


QUERIES: dict[str, Query] = {
    "case": case_page,
    "document_event": document_event,
    "case_as_of": case_as_of,
    "case_pack": case_pack,
    "choices": choices,
    "items": items_query,
    "warehouses": warehouses_query,
    "stock": stock,
    "stock_as_of": stock_as_of,
    "valuation": valuation,
    "kardex": kardex,
    "kardex_workbook": kardex_workbook,
    "closed_periods": closed_periods,
    "unmatched": unmatched,
    "expiring": expiring,
    "counts": counts_query,
    "adjustments": adjustments_query,
    "write_offs": write_offs_query,
    "corrections": corrections_query,
    "receipts": receipts,
    "withdrawals": withdrawals_query,
    "transfers": transfers_query,
    "document": document,
}

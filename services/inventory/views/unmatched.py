"""What waits for its counterpart and since when, and what will soon be unusable (INV-11, INV-4; P-37, P-38)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.inventory.domain.quantities import plain
from services.inventory.domain.second_person import PROPOSED
from services.inventory.views.clocks import Until, at_its_event
from services.inventory.views.counts import SEES_DIFFERENCES
from services.inventory.views.paging import limit_of
from services.inventory.views.tables import (
    Quantity,
    adjustments,
    count_lines,
    counts,
    documents,
    lots,
    movements,
    warehouses,
)
from shared.catalogue.working_days import working_days_between
from shared.eventstore.tables import events
from shared.runtime.clock import today
from shared.runtime.tokens import Who

Answer = dict[str, Any]
Found = Iterator[tuple[date, Any, Decimal | None]]
"""Since when, the row, and how much of it waits (None where it is not a quantity)."""
TERM, EXPIRY_ALERT = "P-37", "P-38"
WITH_TERM = frozenset({"assignment", "withdrawal", "forms"})
TO_HAND_IN = ("FO-110", "FO-128")


def unmatched(application: Any, params: Mapping[str, Any], who: Who) -> Answer:
    """Lines without their counterpart at the end of ``as_of`` (default: today), the oldest first.

    ``recorded_until`` asks for what was known at a moment; then ``as_of`` is by default the day of that (INV-7).
    ``kind``: receipt (never assigned), assignment (not withdrawn), withdrawal (no signed delivery), forms (not handed
    in) or count (a difference without a decision). ``age`` is in working days; ``overdue``: more than P-37, None where
    no term is set. For the store's own people and the auditor.
    """
    if not who.roles & SEES_DIFFERENCES or who.contracts:
        return {"items": [], "next": None}
    until, day = _asked(params)
    term = application.catalogue.parameter(TERM, day)
    calendar = application.catalogue.calendar("CO", day)
    found = []
    with application.database.read() as connection:
        for kind, since, row, qty in waiting(connection, until):
            age = working_days_between(since, day, calendar)
            overdue = age > term if kind in WITH_TERM and term is not None else None
            found.append(_line(kind, since, row, qty) | {"age": age, "overdue": overdue})
    for name in ("kind", "warehouse"):
        if params.get(name):
            found = [each for each in found if each[_SHOWN_AS.get(name, name)] == str(params[name])]
    return {**_page(found, params), "term": term}


def waiting(connection: Connection, until: Until) -> Iterator[tuple[str, date, Any, Decimal | None]]:
    """Every line without its counterpart as of ``until``, which names a day: its kind, since when, its row and how
    much."""
    for kind, find in _KINDS.items():
        yield from ((kind, *found) for found in find(connection, until))


def _asked(params: Mapping[str, Any]) -> tuple[Until, date]:
    """Both clocks as they are asked for, and the day (today's where none is)."""
    until = Until.asked(params)
    day = until.happened or today()
    return replace(until, happened=day), day


def expiring(application: Any, params: Mapping[str, Any], who: Who) -> Answer:
    """Lots in a warehouse that are usable no longer than P-38 days after ``as_of`` (default: today), expired ones too,
    as far as it was recorded by ``recorded_until``.

    ``days`` are left up to and including the last usable day; below zero it has passed. Without a P-38 only expired
    lots are told of. Operator staff get nothing.
    """
    if who.contracts:
        return {"items": [], "next": None}
    until, day = _asked(params)
    term = application.catalogue.parameter(EXPIRY_ALERT, day)
    last = day + timedelta(days=-1 if term is None else term)
    moved = until.moved("moved")
    on_hand = sa.func.sum(moved.c.on_hand)
    query = (
        _lines_of_lots(moved, on_hand.label("qty"))
        .where(lots.c.expires_on <= last)
        .group_by(*lots.c, warehouses.c.code)
        .having(on_hand > 0)
    )
    with application.database.read() as connection:
        rows = connection.execute(query).all()
    found = [
        {
            "since": row.expires_on.isoformat(),
            "expires_on": row.expires_on.isoformat(),
            "days": (row.expires_on - day).days,
            "expired": row.expires_on < day,
            "warehouse_code": row.warehouse_code,
            "lot": str(row.id),
            "lot_name": row.name,
            "item_code": row.item,
            "qty": plain(row.qty),
            "unit": row.unit,
        }
        for row in rows
    ]
    return {**_page(found, params), "term": term}


def _never_assigned(connection: Connection, until: Until) -> Found:
    """Lots in stock of which nothing is or was assigned."""
    moved = until.moved("moved")
    on_hand = sa.func.sum(moved.c.on_hand)
    reserved = sa.func.sum(sa.case((moved.c.kind.in_(("assignment", "release")), moved.c.assigned), else_=0))
    received = sa.func.min(sa.case((moved.c.kind == "receipt", moved.c.happened_on)))
    query = (
        sa.select(lots, on_hand.label("qty"), received.label("since"), warehouses.c.code.label("warehouse_code"))
        .join_from(moved, lots, lots.c.id == moved.c.lot)
        .join(documents, documents.c.id == lots.c.receipt)
        .join(warehouses, warehouses.c.id == documents.c.warehouse)
        .add_columns(documents.c.number, documents.c.id.label("paper"))
        .group_by(*lots.c, warehouses.c.code, documents.c.number, documents.c.id)
        .having(on_hand > 0, reserved == 0)
    )
    yield from ((row.since, row, row.qty) for row in connection.execute(query) if row.since is not None)


def _never_withdrawn(connection: Connection, until: Until) -> Found:
    """Lines of an assignment with something neither withdrawn nor released."""
    moved = until.moved("later")
    reserved = sa.select(moved.c.reserved, sa.func.sum(moved.c.assigned).label("qty")).where(
        moved.c.reserved.is_not(None)
    )
    yield from _first_lines(connection, until, "assignment", "reserved", reserved.group_by(moved.c.reserved))


def _never_delivered(connection: Connection, until: Until) -> Found:
    """Lines of an FO-128 with something in custody, neither delivered and signed for nor returned."""
    moved = until.moved("later")
    line = sa.case((moved.c.kind == "withdrawal", moved.c.line), else_=moved.c.source)
    held = sa.select(line.label("line"), sa.func.sum(moved.c.custody).label("qty")).where(moved.c.custody != 0)
    yield from _first_lines(connection, until, "withdrawal", "line", held.group_by(line))


def _first_lines(connection: Connection, until: Until, kind: str, named: str, sums: sa.Select[Any]) -> Found:
    """The movements of ``kind`` whose line, in the column ``named``, still has a sum above zero in ``sums``."""
    moved, left = until.moved("moved"), sums.subquery()
    key = moved.c[named]
    query = (
        _lines_of_lots(moved, moved.c.happened_on, moved.c.number, moved.c.case_id, left.c.qty)
        .join(left, key == left.c[0])
        .outerjoin(documents, documents.c.number == moved.c.number)
        .add_columns(documents.c.id.label("paper"), key.label("line"), moved.c.custodian)
        .where(moved.c.kind == kind, left.c.qty > 0)
    )
    yield from ((row.happened_on, row, row.qty) for row in connection.execute(query))


def _not_handed_in(connection: Connection, until: Until) -> Found:
    """FO-110 and FO-128 whose signed original is not in the warehouse."""
    told = (events.c.originator_id == documents.c.handed_in) & (
        events.c.originator_version == documents.c.handed_in_version
    )
    # A document is known from the movement of its number on: each has one.
    issued = sa.select(movements.c.number).join(events, at_its_event).where(*until.known())
    query = (
        sa.select(documents, documents.c.id.label("paper"), warehouses.c.code.label("warehouse_code"))
        .join(warehouses, warehouses.c.id == documents.c.warehouse)
        .where(
            documents.c.code.in_(TO_HAND_IN),
            documents.c.issued_on <= until.happened,
            documents.c.number.in_(issued),
            sa.or_(
                documents.c.forms_received_on.is_(None),
                documents.c.forms_received_on > until.happened,
                ~sa.exists().where(told, *until.known()),
            ),
        )
    )
    yield from ((row.issued_on, row, None) for row in connection.execute(query))


def _undecided(connection: Connection, until: Until) -> Found:
    """Differences of a count that nobody decided on: not proposed yet, or proposed and waiting."""
    decision = events.alias("decision")
    query = (
        sa.select(
            lots,
            sa.type_coerce(count_lines.c.counted - count_lines.c.expected, Quantity).label("qty"),
            counts.c.counted_on,
            counts.c.id.label("count_id"),
            warehouses.c.code.label("warehouse_code"),
        )
        .join_from(count_lines, counts, counts.c.id == count_lines.c.count)
        .join(events, (events.c.originator_id == counts.c.id) & (events.c.originator_version == counts.c.version))
        .join(lots, lots.c.id == count_lines.c.lot)
        .join(warehouses, warehouses.c.id == counts.c.warehouse)
        .outerjoin(adjustments, adjustments.c.id == count_lines.c.adjustment)
        .where(
            *until.known(),
            counts.c.counted_on <= until.happened,
            count_lines.c.counted != count_lines.c.expected,
            sa.or_(
                adjustments.c.id.is_(None),
                adjustments.c.state == PROPOSED,
                adjustments.c.since > until.happened,
                ~sa.exists().where(
                    decision.c.originator_id == adjustments.c.id,
                    decision.c.originator_version == adjustments.c.version,
                    *until.known(decision),
                ),
            ),
        )
    )
    yield from ((row.counted_on, row, row.qty) for row in connection.execute(query))


_KINDS: dict[str, Callable[[Connection, Until], Found]] = {
    "receipt": _never_assigned,
    "assignment": _never_withdrawn,
    "withdrawal": _never_delivered,
    "forms": _not_handed_in,
    "count": _undecided,
}
_SHOWN_AS = {"warehouse": "warehouse_code"}


def _lines_of_lots(moved: sa.Subquery, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return (
        sa.select(lots, warehouses.c.code.label("warehouse_code"), *columns)
        .join_from(moved, lots, lots.c.id == moved.c.lot)
        .join(warehouses, warehouses.c.id == moved.c.warehouse)
    )


def _line(kind: str, since: date, row: Any, qty: Decimal | None) -> Answer:
    known = row._mapping
    of_lot = "supplier_lot" in known
    return {
        "kind": kind,
        "since": since.isoformat(),
        "warehouse_code": row.warehouse_code,
        "number": known.get("number"),
        "line": str(known["line"]) if known.get("line") else None,
        "document": str(known["paper"]) if known.get("paper") else None,
        "count": str(known["count_id"]) if "count_id" in known else None,
        "case_id": str(known["case_id"]) if known.get("case_id") else None,
        "custodian": str(known["custodian"]) if known.get("custodian") else None,
        "lot": str(row.id) if of_lot else None,
        "lot_name": row.name if of_lot else None,
        "item_code": row.item if of_lot else None,
        "qty": None if qty is None else plain(qty),
        "unit": row.unit if of_lot else None,
    }


def _page(found: list[Answer], params: Mapping[str, Any]) -> Answer:
    """By day, then by what tells two lines of a day apart; together they are the cursor."""
    lines = sorted((_key(line), line) for line in found)
    after = [line for line in lines if line[0] > str(params.get("cursor") or "")]
    limit = limit_of(params.get("limit"))
    shown = after[:limit]
    return {"items": [line for _, line in shown], "next": shown[-1][0] if len(after) > limit else None}


def _key(line: Answer) -> str:
    return "/".join(str(line.get(name) or "") for name in ("since", *_TOLD_APART_BY))


_TOLD_APART_BY = ("kind", "warehouse_code", "number", "line", "lot", "count")

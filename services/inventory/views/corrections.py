"""Corrections in the read model: what is proposed, what became of it, and what had already used the wrong entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.inventory.domain.movement import entries
from services.inventory.domain.papers import Rows
from services.inventory.domain.quantities import plain
from services.inventory.domain.second_person import APPROVED, PROPOSED, REJECTED
from services.inventory.views.counts import SEES_DIFFERENCES
from services.inventory.views.moving import KINDS
from services.inventory.views.paging import page
from services.inventory.views.tables import corrections, lots, movements, warehouses
from shared.eventstore.read_model import ReadModel
from shared.runtime.tokens import Who

Answer = dict[str, Any]
Row = tuple[UUID, Mapping[str, Any], dict[str, Any]]
"""A lot, what changes on hand where and when, and the trace of its cost."""
_MOST_CHOICES = 200
_OF_A_CASE = ("withdrawal", "delivery", "return")


def proposed(model: ReadModel, event: Any) -> None:
    """A proposal waits for the controller."""
    lines = [
        {
            "lot": str(line["lot"]),
            "item_code": line["item"],
            "unit": line["unit"],
            **{name: plain(line[name]) for name in ("was", "right")},
            "unit_cost": None if line["unit_cost"] is None else plain(line["unit_cost"]),
        }
        for line in event.lines
    ]
    model.insert(
        corrections,
        {
            "id": event.originator_id,
            "version": event.originator_version,
            "movement": event.corrected_movement,
            "kind": event.kind,
            "number": event.number,
            "was": _place(event.was),
            "right": _place(event.right),
            "state": PROPOSED,
            "since": event.proposed_on,
            "reason_code": event.reason_code,
            "proposed_by": event.proposed_by,
            "lines": lines,
        },
    )


def approved(model: ReadModel, event: Any) -> None:
    """Reversal and right entry stand; `projection` adds the movements."""
    _decide(model, event, APPROVED, event.corrected_on)


def rows(model: ReadModel, event: Any) -> Iterator[Row]:
    """Reversal and right entry as movements."""
    for line in event.lines:
        lot = line["lot"]
        if line["was"]:
            source = _line_of(model, event.corrected_movement, lot)
            yield from _taken_back(
                lot, entries(event.was, -line["was"]), source, uuid5(event.movement_id, f"{lot}/back")
            )
        if line["right"]:
            yield from _put_right(lot, entries(event.right, line["right"]), uuid5(event.movement_id, str(lot)), line)


def _taken_back(lot: UUID, parts: Rows, source: UUID | None, line: UUID) -> Iterator[Row]:
    """At the cost it had; of a transfer what arrived first, so that its value goes back with it."""
    for entry in reversed(parts):
        yield lot, entry, {"source": source, "line": line}
        source, line = line, uuid5(line, "in")


def _put_right(lot: UUID, parts: Rows, line: UUID, row: Mapping[str, Any]) -> Iterator[Row]:
    trace: dict[str, Any] = {"cost": row["total"]}
    for entry in parts:
        yield lot, entry, {**trace, "line": line}
        trace, line = {"source": line}, uuid5(line, "in")


def _line_of(model: ReadModel, document: UUID, lot: UUID) -> UUID | None:
    """The line by which the last part of a movement of ``lot`` is named: its arrival, or its right entry."""
    query = (
        sa.select(movements.c.line)
        .where(movements.c.document == document, movements.c.lot == lot)
        .order_by(movements.c.position.desc())
        .limit(1)
    )
    found: UUID | None = model.execute(query, movements).scalar()
    return found


def rejected(model: ReadModel, event: Any) -> None:
    """The movement stands as it is."""
    _decide(model, event, REJECTED, event.rejected_on)


def corrections_query(application: Any, params: Mapping[str, Any], who: Who) -> Answer:
    """Corrections by the day of their last step; ``state``: proposed, approved or rejected.

    ``affected`` lists what had used the lots since the wrong entry: none of it is undone by itself (X-10).
    """
    if not who.roles & SEES_DIFFERENCES or who.contracts:
        return {"items": [], "next": None}
    query = sa.select(corrections)
    if params.get("state"):
        query = query.where(corrections.c.state == str(params["state"]))
    key = sa.cast(corrections.c.since, sa.String) + "/" + sa.cast(corrections.c.id, sa.String)
    with application.database.read() as connection:
        rows, following = page(connection, query, key, params)
        found = [_shown(connection, row, who) for row in rows]
    return {"items": found, "next": following}


def correctable(application: Any) -> list[Answer]:
    """The latest movements that may be corrected, as choices."""
    query = (
        sa.select(movements.c.movement, movements.c.kind, movements.c.number, sa.func.max(movements.c.happened_on))
        .where(movements.c.movement.is_not(None))
        .group_by(movements.c.movement, movements.c.kind, movements.c.number)
        .order_by(sa.func.max(movements.c.happened_on).desc(), movements.c.number, movements.c.movement)
        .limit(_MOST_CHOICES)
    )
    with application.database.read() as connection:
        rows = connection.execute(query).all()
    return [{"id": str(movement), "label": _label(kind, number, on)} for movement, kind, number, on in rows]


def moved_lines(application: Any) -> list[Answer]:
    """The latest lines of what cases took, gave and brought back: a lot may be on several of one document."""
    query = (
        sa.select(
            movements.c.line, movements.c.kind, movements.c.number, movements.c.happened_on, lots.c.item, lots.c.name
        )
        .join(lots, lots.c.id == movements.c.lot)
        .where(movements.c.kind.in_(_OF_A_CASE), movements.c.movement.is_not(None), movements.c.line.is_not(None))
        .order_by(movements.c.happened_on.desc(), movements.c.number, movements.c.position)
        .limit(_MOST_CHOICES)
    )
    with application.database.read() as connection:
        rows = connection.execute(query).all()
    return [
        {"id": str(row.line), "label": f"{row.item} · {row.name} · {_label(row.kind, row.number, row.happened_on)}"}
        for row in rows
    ]


def known_lots(application: Any) -> list[Answer]:
    """The latest lots, whether anything of them is left or not, as choices."""
    query = sa.select(lots.c.id, lots.c.item, lots.c.name).order_by(lots.c.name.desc()).limit(_MOST_CHOICES)
    with application.database.read() as connection:
        rows = connection.execute(query).all()
    return [{"id": str(row.id), "label": f"{row.item} · {row.name}"} for row in rows]


def _label(kind: str, number: str | None, on: Any) -> str:
    return f"{KINDS[kind]}{f' n.º {number}' if number else ''} del {on.isoformat()}"


def _shown(connection: Connection, row: Any, who: Who) -> Answer:
    codes: dict[str, str] = {str(key): code for key, code in connection.execute(_CODES)}
    return {
        "id": str(row.id),
        "version": row.version,
        "movement": str(row.movement),
        "kind": row.kind,
        "number": row.number,
        "was": _with_codes(row.was, codes),
        "right": _with_codes(row.right, codes),
        "state": row.state,
        "since": row.since.isoformat(),
        "reason_code": row.reason_code,
        "lines": row.lines,
        "affected": _affected(connection, row),
        "decidable": row.state == PROPOSED and row.proposed_by != who.person,
    }


def _affected(connection: Connection, row: Any) -> list[Answer]:
    """Movements of the same lots since the first of both days, but for the corrected one and this correction."""
    first = min(row.was["on"], row.right["on"])
    query = (
        sa.select(movements.c.kind, movements.c.number, movements.c.case_id, movements.c.happened_on)
        .where(
            movements.c.lot.in_([UUID(line["lot"]) for line in row.lines]),
            sa.cast(movements.c.happened_on, sa.String) >= first,
            sa.or_(movements.c.movement.is_(None), movements.c.movement.not_in([row.movement, row.id])),
        )
        .distinct()
        .order_by(movements.c.happened_on, movements.c.number, movements.c.kind)
    )
    return [
        {
            "kind": each.kind,
            "number": each.number,
            "case_id": str(each.case_id) if each.case_id else None,
            "happened_on": each.happened_on.isoformat(),
        }
        for each in connection.execute(query)
    ]


_CODES = sa.select(warehouses.c.id, warehouses.c.code)


def _place(place: dict[str, Any]) -> Answer:
    return {"on": place["on"].isoformat(), **{name: _text(place[name]) for name in ("warehouse", "to_warehouse")}}


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _with_codes(place: Answer, codes: dict[str, str]) -> Answer:
    return {
        "on": place["on"],
        "warehouse_code": codes[place["warehouse"]],
        "to_warehouse_code": codes.get(place["to_warehouse"] or ""),
    }


def _decide(model: ReadModel, event: Any, state: str, since: Any) -> None:
    changed = {"version": event.originator_version, "state": state, "since": since}
    model.update(corrections, event.originator_id, changed)

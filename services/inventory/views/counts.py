"""What the warehouse answers about counts and adjustments, blind where a count must be (SOD-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from services.inventory.domain.quantities import plain
from services.inventory.domain.second_person import PROPOSED
from services.inventory.views.paging import page
from services.inventory.views.tables import adjustments, count_lines, counts, lots, warehouses
from shared.runtime.tokens import Who

Answer = dict[str, Any]
SEES_DIFFERENCES = frozenset({"stock_controller", "warehouse_registrar", "warehouse_keeper", "coordinator", "auditor"})


def counts_query(application: Any, params: Mapping[str, Any], who: Who) -> Answer:
    """Counts by day. ``state``: open, recorded or undecided (a difference without a proposal, INV-11).

    Others than the store's own people and the auditor see only the counts they are named for, and no difference.
    """
    sees = bool(who.roles & SEES_DIFFERENCES) and not who.contracts
    query = sa.select(counts, warehouses.c.code).join_from(counts, warehouses, warehouses.c.id == counts.c.warehouse)
    if not sees:
        query = query.where(counts.c.counter == who.person)
    open_difference = sa.exists().where(
        count_lines.c.count == counts.c.id,
        count_lines.c.counted != count_lines.c.expected,
        count_lines.c.adjustment.is_(None),
    )
    states = {
        "open": counts.c.counted_on.is_(None),
        "recorded": counts.c.counted_on.is_not(None),
        "undecided": open_difference,
    }
    if params.get("state"):
        query = query.where(states.get(str(params["state"]), sa.false()))
    key = sa.cast(counts.c.started_on, sa.String) + "/" + sa.cast(counts.c.id, sa.String)
    with application.database.read() as connection:
        rows, following = page(connection, query, key, params)
        lines = _lines(connection, [row.id for row in rows])
    return {"items": [_count(row, lines.get(row.id, []), sees) for row in rows], "next": following}


def adjustments_query(application: Any, params: Mapping[str, Any], who: Who) -> Answer:
    """Adjustments by the day of their last step; ``state``: proposed, approved or rejected."""
    if not who.roles & SEES_DIFFERENCES or who.contracts:
        return {"items": [], "next": None}
    query = sa.select(adjustments, warehouses.c.code).join(warehouses, warehouses.c.id == adjustments.c.warehouse)
    if params.get("state"):
        query = query.where(adjustments.c.state == str(params["state"]))
    key = sa.cast(adjustments.c.since, sa.String) + "/" + sa.cast(adjustments.c.id, sa.String)
    with application.database.read() as connection:
        rows, following = page(connection, query, key, params)
    found = [
        {
            "id": str(row.id),
            "version": row.version,
            "count": str(row.count),
            "warehouse_code": row.code,
            "state": row.state,
            "since": row.since.isoformat(),
            "reason_code": row.reason_code,
            "decidable": row.state == PROPOSED and row.proposed_by != who.person,
        }
        for row in rows
    ]
    return {"items": found, "next": following}


def _lines(connection: Any, ids: list[Any]) -> dict[Any, list[Any]]:
    query = (
        sa.select(count_lines, lots.c.name, lots.c.item, lots.c.unit)
        .join(lots, lots.c.id == count_lines.c.lot)
        .where(count_lines.c.count.in_(ids))
        .order_by(lots.c.item, lots.c.name)
    )
    found: dict[Any, list[Any]] = {}
    for row in connection.execute(query):
        found.setdefault(row.count, []).append(row)
    return found


def _count(row: Any, lines: list[Any], sees: bool) -> Answer:
    return {
        "id": str(row.id),
        "version": row.version,
        "label": f"Conteo {row.code} del {row.started_on.isoformat()}",
        "warehouse_code": row.code,
        "counter": str(row.counter),
        "started_on": row.started_on.isoformat(),
        "counted_on": row.counted_on.isoformat() if row.counted_on else None,
        "state": "recorded" if row.counted_on else "open",
        "lines": [_line(line, sees) for line in lines],
    }


def _line(line: Any, sees: bool) -> Answer:
    shown = {"lot": str(line.lot), "lot_name": line.name, "item_code": line.item, "unit": line.unit}
    if line.counted is None:
        return shown
    shown["counted"] = plain(line.counted)
    if sees:
        shown |= {"expected": plain(line.expected), "difference": plain(line.counted - line.expected)}
        shown["adjustment"] = str(line.adjustment) if line.adjustment else None
    return shown

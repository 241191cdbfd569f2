"""The balance of every lot as of a point on two clocks, replayed from the lots' own events (INV-1, INV-7, X-17).

The page of the stock asks a read model; this asks none, and says what changed between two points.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.inventory.domain.lot import Lot
from services.inventory.domain.quantities import plain
from services.inventory.views.tables import warehouses
from shared.casework.as_of import asked
from shared.eventstore.replay import Fact, Point, replay, stored_facts
from shared.eventstore.tables import events
from shared.runtime.tokens import Who

Answer = dict[str, Any]
Balances = dict[tuple[UUID, UUID], Answer]
QUANTITIES = (("on_hand", "Existencia"), ("assigned", "Asignado"), ("free", "Libre"))


def stock_as_of(application: Any, params: Mapping[str, Any], _who: Who) -> Answer:
    """On hand, assigned and free by warehouse and lot at the point of `shared.casework.as_of.asked`.

    With a second point also what differs from that one, as fields and in words (es-CO).
    """
    places = _places(application)
    lots = [stored_facts(application, lot) for lot in _lots(application)]
    at = _balances(lots, asked(params), places)
    answer: Answer = {"items": list(at.values()), "difference": None}
    if params.get("from_known_by") or params.get("from_happened_by"):
        changed = _changes(_balances(lots, asked(params, "from_"), places), at)
        answer["difference"] = {"fields": changed, "words": [each["words"] for each in changed]}
    return answer


def _lots(application: Any) -> list[UUID]:
    query = sa.select(events.c.originator_id).where(events.c.topic == Lot.Received.TOPIC).order_by(events.c.id)
    with application.database.read() as connection:
        return list(connection.scalars(query))


def _places(application: Any) -> dict[UUID, str]:
    """The codes of the warehouses, for people to read: they never change."""
    with application.database.read() as connection:
        return {row.id: row.code for row in connection.execute(sa.select(warehouses.c.id, warehouses.c.code))}


def _balances(lots: list[list[Fact]], point: Point, places: Mapping[UUID, str]) -> Balances:
    found: Balances = {}
    # A movement's own day says when it happened: a correction of one in October happened in October, whatever the day
    # of the correction. So the lot is replayed as far as it was known, and its ledger asked for the day.
    known, day = Point(point.known_by), point.happened_by or date.max
    for facts in lots:
        lot = replay(Lot, facts, known).aggregate
        for warehouse, ledger in lot.ledgers.items() if lot is not None else ():
            on_hand, assigned = ledger.at(day)
            if any(each <= day for each in ledger.days):
                found[warehouse, lot.id] = _row(lot, warehouse, places, on_hand, assigned)
    return dict(sorted(found.items(), key=lambda pair: (pair[1]["warehouse_code"], pair[1]["lot_name"], pair[0])))


def _row(lot: Lot, warehouse: UUID, places: Mapping[UUID, str], on_hand: Decimal, assigned: Decimal) -> Answer:
    return {
        "warehouse_id": str(warehouse),
        "warehouse_code": places.get(warehouse, str(warehouse)),
        "lot": str(lot.id),
        "lot_name": lot.name,
        "item_code": lot.item,
        "unit": lot.unit,
        "on_hand": plain(on_hand),
        "assigned": plain(assigned),
        "free": plain(on_hand - assigned),
    }


def _changes(before: Balances, after: Balances) -> list[Answer]:
    found = []
    for key in [*before, *(key for key in after if key not in before)]:
        row = after.get(key) or before[key]
        for name, label in QUANTITIES:
            was, now = (side[key][name] if key in side else "0" for side in (before, after))
            if was != now:
                what = f"{row['item_code']}, lote {row['lot_name']} en {row['warehouse_code']}"
                words = f"{what}. {label}: de {was} a {now} {row['unit']}."
                named = {part: row[part] for part in ("warehouse_id", "lot", "item_code")}
                found.append({**named, "label": label, "name": name, "before": was, "after": now, "words": words})
    return found

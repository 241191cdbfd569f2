"""Movement (*movimiento*): what one document did to on hand, as it is right now, after whatever corrected it (X-10)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.inventory.domain.papers import Rows

RECEIPT, TRANSFER, ADJUSTMENT, WRITE_OFF = "receipt", "transfer", "adjustment", "write_off"


@dataclass(frozen=True)
class Movement:
    """A receipt, transfer, adjustment or write-off. ``id``: of the document, or correction, that tells it.

    ``quantities``: by lot, signed as the movement has it: above zero what comes into ``warehouse``, or what goes from
    ``warehouse`` to ``to_warehouse``; below zero what leaves the books. ``authors``: who answers for it, those of
    corrected versions included. ``unit_costs``: by lot, COP, of a receipt.
    """

    id: UUID
    kind: str
    number: str | None
    on: date
    warehouse: UUID
    to_warehouse: UUID | None
    quantities: dict[UUID, Decimal]
    authors: frozenset[UUID]
    unit_costs: dict[UUID, Decimal] = field(default_factory=dict)

    def at(self, on: date, warehouse: UUID, to_warehouse: UUID | None) -> Movement:
        """The same quantities on another day or elsewhere."""
        return replace(self, on=on, warehouse=warehouse, to_warehouse=to_warehouse)

    def place(self) -> dict[str, Any]:
        """Day and warehouses, as an event holds them."""
        return {"on": self.on, "warehouse": self.warehouse, "to_warehouse": self.to_warehouse}


def entries(place: dict[str, Any], qty: Decimal) -> Rows:
    """What ``qty`` of a movement at ``place`` changes on hand: ``warehouse``, ``on`` and ``qty``, signed."""
    if place["to_warehouse"] is None:
        return [{"warehouse": place["warehouse"], "on": place["on"], "qty": qty}]
    return [
        {"warehouse": place["warehouse"], "on": place["on"], "qty": -qty},
        {"warehouse": place["to_warehouse"], "on": place["on"], "qty": qty},
    ]

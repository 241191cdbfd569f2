"""Lot: one line of an FO-110 receipt, and every movement of its goods (INV-1, INV-3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.inventory.domain.ledger import Ledger
from services.inventory.domain.papers import Rows
from services.inventory.domain.quantities import NONE, check_quantity, plain
from services.inventory.domain.refusals import LotExpired, StockInsufficient


class Lot(Aggregate):
    """The goods of one receipt line, wherever they are.

    It alone decides whether goods may move: whoever assigns or takes them writes here, so that of two who want the
    last metre one loses, in whatever process they run. Its events carry the line of the document behind them.
    """

    TOPIC = "inventory.Lot"

    class Event(Aggregate.Event):
        def apply(self, aggregate: Any) -> None: ...

    class Received(Event, Aggregate.Created):
        """Line ``line`` of receipt ``receipt`` came in (FO-110 part A)."""

        TOPIC = "inventory.LotReceived"
        receipt: UUID
        receipt_no: str
        line: int
        warehouse: UUID
        item: str
        unit: str
        decimals: int
        qty: Decimal
        unit_cost: Decimal
        supplier_lot: str
        expires_on: date | None
        received_on: date
        booked_by: UUID

    Created = Received

    class Moved(Event):
        """A movement of ``qty`` in ``warehouse``, for the line ``line`` of the document that explains it."""

        TOPIC = "inventory.LotMoved"
        warehouse: UUID
        line: UUID
        qty: Decimal
        moved_on: date

    class Assigned(Moved):
        TOPIC = "inventory.LotAssigned"

        def apply(self, aggregate: Lot) -> None:
            aggregate.ledgers[self.warehouse].move(self.moved_on, assigned=self.qty)

    class Freed(Moved):
        TOPIC = "inventory.LotFreed"

        def apply(self, aggregate: Lot) -> None:
            aggregate.ledgers[self.warehouse].move(self.moved_on, assigned=-self.qty)

    class Withdrawn(Moved):
        TOPIC = "inventory.LotWithdrawn"

        def apply(self, aggregate: Lot) -> None:
            aggregate.ledgers[self.warehouse].move(self.moved_on, on_hand=-self.qty, assigned=-self.qty)

    class Returned(Moved):
        TOPIC = "inventory.LotReturned"

        def apply(self, aggregate: Lot) -> None:
            aggregate.ledgers.setdefault(self.warehouse, Ledger()).move(self.moved_on, on_hand=self.qty)

    class Adjusted(Moved):
        """The books follow what was found; ``qty`` is signed."""

        TOPIC = "inventory.LotAdjusted"

        def apply(self, aggregate: Lot) -> None:
            aggregate.ledgers.setdefault(self.warehouse, Ledger()).move(self.moved_on, on_hand=self.qty)

    class Transferred(Moved):
        """The goods are in ``to_warehouse`` now."""

        TOPIC = "inventory.LotTransferred"
        to_warehouse: UUID

        def apply(self, aggregate: Lot) -> None:
            aggregate.ledgers[self.warehouse].move(self.moved_on, on_hand=-self.qty)
            aggregate.ledgers.setdefault(self.to_warehouse, Ledger()).move(self.moved_on, on_hand=self.qty)

    class Corrected(Event):
        """A movement of the lot was entered wrong: ``entries`` (``warehouse``, ``on``, signed ``qty``, and ``assigned``
        if that changes too) take it back and put it right. Of a receipt: ``received_on`` its right day,
        ``booked_by`` who stands for it too (SOD-3)."""

        TOPIC = "inventory.LotCorrected"
        line: UUID
        entries: Rows
        received_on: date | None
        booked_by: UUID | None

        def apply(self, aggregate: Lot) -> None:
            for entry in self.entries:
                ledger = aggregate.ledgers.setdefault(entry["warehouse"], Ledger())
                ledger.move(entry["on"], on_hand=entry["qty"], assigned=entry.get("assigned", NONE))
            aggregate.received_on = self.received_on or aggregate.received_on
            if self.booked_by is not None:
                aggregate.bookers |= {self.booked_by}

    def __init__(
        self,
        receipt: UUID,
        receipt_no: str,
        line: int,
        warehouse: UUID,
        item: str,
        unit: str,
        decimals: int,
        qty: Decimal,
        expires_on: date | None,
        received_on: date,
        booked_by: UUID,
    ) -> None:
        self.name = f"{receipt_no}-{line}"
        """What people call it: number and line of its receipt."""
        self.receipt = receipt
        self.item = item
        self.unit = unit
        self.decimals = decimals
        self.expires_on = expires_on
        self.received_on = received_on
        self.booked_by = booked_by
        self.bookers = frozenset({booked_by})
        self.ledgers = {warehouse: Ledger()}
        self.ledgers[warehouse].move(received_on, on_hand=qty)

    @classmethod
    def receive(cls, id: UUID, **facts: Any) -> Lot:
        """A new lot with the facts of `Received`; quantity and cost are checked by the receipt."""
        return cls._create(event_class=cls.Received, id=id, **facts)

    def ledger(self, warehouse: UUID) -> Ledger:
        """The lot's ledger in that warehouse; empty if it never was there."""
        return self.ledgers.get(warehouse) or Ledger()

    def assign(self, warehouse: UUID, line: UUID, qty: Decimal, on: date) -> None:
        """Reserve free stock. Raises `StockInsufficient` if free stock would be below zero on ``on`` or later."""
        check_quantity(qty, self.decimals, self.unit)
        self._check_room(warehouse, on, qty, assigned=qty)
        self._move(self.Assigned, warehouse, line, qty, on)

    def free(self, warehouse: UUID, line: UUID, qty: Decimal, on: date) -> None:
        """Give back a reservation."""
        self._move(self.Freed, warehouse, line, qty, on)

    def withdraw(self, warehouse: UUID, line: UUID, qty: Decimal, on: date) -> None:
        """Take reserved goods out. Raises `LotExpired` (usable up to and including its date) or `StockInsufficient`."""
        if self.expires_on is not None and self.expires_on < on:
            raise LotExpired(lot=self.name, item=self.item, expired=self.expires_on.isoformat())
        self._check_room(warehouse, on, qty, on_hand=-qty, assigned=-qty)
        self._move(self.Withdrawn, warehouse, line, qty, on)

    def take_back(self, warehouse: UUID, line: UUID, qty: Decimal, on: date) -> None:
        """Goods come back: free stock of the same lot again (INV-10)."""
        self._move(self.Returned, warehouse, line, qty, on)

    def adjust(self, warehouse: UUID, line: UUID, qty: Decimal, on: date) -> None:
        """Change what is on hand by the signed ``qty``. Raises `StockInsufficient`: what is assigned stays covered."""
        if qty < NONE:
            self.check_leaves(warehouse, -qty, on)
        self._move(self.Adjusted, warehouse, line, qty, on)

    def transfer(self, warehouse: UUID, to_warehouse: UUID, line: UUID, qty: Decimal, on: date) -> None:
        """Free goods go to another warehouse. Raises `StockInsufficient`."""
        self.check_leaves(warehouse, qty, on)
        self._move(self.Transferred, warehouse, line, qty, on, to_warehouse=to_warehouse)

    def correct(self, line: UUID, entries: Rows, *, received_on: date | None, booked_by: UUID | None) -> None:
        """Take back a wrong movement and make the right one. Raises `StockInsufficient`."""
        self.check_correction(entries)
        more = {"received_on": received_on, "booked_by": booked_by}
        self.trigger_event(self.Corrected, line=line, entries=entries, **more)

    def check_correction(self, entries: Rows) -> None:
        """Refuse with `StockInsufficient` if after ``entries`` anything were below zero on any day (INV-3)."""
        for warehouse in dict.fromkeys(entry["warehouse"] for entry in entries):
            here = [entry for entry in entries if entry["warehouse"] == warehouse]
            after = self.ledger(warehouse).after(here)
            day, on_hand, free = after.lowest_from(min(entry["on"] for entry in here))
            low = min(on_hand, free)
            if low < NONE:
                asked = -sum((entry["qty"] for entry in here if entry["on"] <= day), NONE)
                self._refuse(day, asked + low, asked)

    def check_leaves(self, warehouse: UUID, qty: Decimal, on: date) -> None:
        """Refuse with `StockInsufficient` unless ``qty`` of free stock could leave on ``on`` (INV-3)."""
        self._check_room(warehouse, on, qty, on_hand=-qty)

    def _move(self, kind: type[Lot.Moved], warehouse: UUID, line: UUID, qty: Decimal, on: date, **more: UUID) -> None:
        self.trigger_event(kind, warehouse=warehouse, line=line, qty=qty, moved_on=on, **more)

    def _check_room(
        self, warehouse: UUID, on: date, asked: Decimal, *, on_hand: Decimal = NONE, assigned: Decimal = NONE
    ) -> None:
        day, least_on_hand, least_free = self.ledger(warehouse).lowest_from(on)
        if least_on_hand + on_hand >= NONE and least_free + on_hand - assigned >= NONE:
            return
        self._refuse(day, least_on_hand if on_hand else least_free, asked)

    def _refuse(self, day: date, available: Decimal, asked: Decimal) -> None:
        raise StockInsufficient(
            field="qty",
            item=self.item,
            unit=self.unit,
            day=day.isoformat(),
            available=plain(max(available, NONE)),
            asked=plain(asked),
        )

"""What the goods are worth: weighted average by item and warehouse, in posting order (INV-5).

Folded from the movements, never stored beside them; only a closed month keeps its figures (`period`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from uuid import UUID

from services.inventory.domain.quantities import NONE

CENT, MILLIONTH = Decimal("0.01"), Decimal("0.000001")


@dataclass(frozen=True)
class Movement:
    """Goods of one lot that moved. ``place`` is its place in the log: movements are told apart and ordered by it.

    ``on_hand`` and ``custody`` are what it changed, signed. ``cost`` is what a receipt paid (COP). ``source`` names
    the movement (its ``line``) that these goods left with, and whose cost they keep: a return, the arrival of a
    transfer, a delivery; or the one that a correction takes back, at the cost it had.
    """

    place: tuple[int, int]
    posted_on: date
    warehouse: UUID
    item: str
    lot: UUID
    on_hand: Decimal
    custody: Decimal = NONE
    cost: Decimal | None = None
    line: UUID | None = None
    source: UUID | None = None

    @property
    def qty(self) -> Decimal:
        """How much moved, unsigned."""
        return abs(self.on_hand or self.custody)

    @property
    def comes_first(self) -> bool:
        """True for what comes in, and for what takes an entry back: nothing goes out at a price that was wrong."""
        return self.on_hand > NONE or (self.on_hand < NONE and self.source is not None)


@dataclass(frozen=True)
class Valued:
    """A movement with its ``amount`` (COP, unsigned), and the item's balance in that warehouse after it."""

    movement: Movement
    amount: Decimal
    on_hand: Decimal
    value: Decimal
    average: Decimal

    @property
    def change(self) -> Decimal:
        """By how much the movement changed the value of the stock, signed."""
        if not self.movement.on_hand:
            return NONE
        return self.amount if self.movement.on_hand > NONE else -self.amount


@dataclass
class Account:
    """An item in a warehouse. The average outlives the stock: goods found where none were left are worth it."""

    on_hand: Decimal = NONE
    value: Decimal = NONE
    average: Decimal = NONE
    lots: dict[UUID, Decimal] = field(default_factory=dict)
    """What is there of each lot. A lot has no value of its own: it is worth its part of the item's."""

    def value_of_lots(self) -> dict[UUID, Decimal]:
        """The value over the lots by quantity, to the cent. The parts add up to it; an empty lot is worth nothing."""
        left = Left(self.on_hand, self.value)
        return {lot: left.take(qty) if qty else NONE for lot, qty in self.lots.items()}

    def enter(self, qty: Decimal, amount: Decimal) -> None:
        self.on_hand += qty
        self.value += amount
        self._average_anew()

    def leave(self, qty: Decimal, amount: Decimal | None = None) -> Decimal:
        """Take ``qty`` out at the average, or at ``amount``; answers what it was worth.

        What brings the quantity to zero takes the whole remaining value, so that no cents stay on an empty shelf.
        """
        worth = cents(qty * self.average) if amount is None else amount
        worth = self.value if qty == self.on_hand else min(worth, self.value)
        self.on_hand -= qty
        self.value -= worth
        if amount is not None:
            self._average_anew()
        return worth

    def _average_anew(self) -> None:
        if self.on_hand > NONE:
            self.average = (self.value / self.on_hand).quantize(MILLIONTH, ROUND_HALF_UP)


@dataclass
class Left:
    """What is left of the goods of a line, at the cost they left with."""

    qty: Decimal
    amount: Decimal

    def take(self, qty: Decimal) -> Decimal:
        """The cost of ``qty`` of them; the last part takes the rest."""
        whole = qty >= self.qty
        unit = NONE if not self.qty else (self.amount / self.qty).quantize(MILLIONTH, ROUND_HALF_UP)
        worth = self.amount if whole else min(cents(qty * unit), self.amount)
        self.qty -= qty
        self.amount -= worth
        return worth


@dataclass
class Books:
    """The accounts of every item and warehouse, and what each line of goods that left still carries."""

    accounts: dict[tuple[UUID, str], Account] = field(default_factory=dict)
    carried: dict[UUID, Left] = field(default_factory=dict)

    def post(self, movements: Iterable[Movement]) -> Iterator[Valued]:
        """Value ``movements`` in posting order; each is answered once, in that order."""
        ordered = sorted(movements, key=lambda each: (each.posted_on, not each.comes_first, each.place))
        for _, day in groupby(ordered, key=lambda each: each.posted_on):
            waiting = list(day)
            while waiting:
                # In before out, but nothing comes back on a day before it left on it.
                following = next((n for n, each in enumerate(waiting) if self._is_ready(each)), 0)
                yield self._value(waiting.pop(following))

    def account(self, warehouse: UUID, item: str) -> Account:
        return self.accounts.setdefault((warehouse, item), Account())

    def _is_ready(self, movement: Movement) -> bool:
        if movement.source is not None and movement.source not in self.carried:
            return False
        return movement.on_hand >= NONE or self.account(movement.warehouse, movement.item).on_hand >= movement.qty

    def _value(self, movement: Movement) -> Valued:
        account = self.account(movement.warehouse, movement.item)
        if movement.on_hand:
            account.lots[movement.lot] = account.lots.get(movement.lot, NONE) + movement.on_hand
        left = None if movement.source is None else self.carried.get(movement.source)
        amount = None if left is None else left.take(movement.qty)
        if movement.on_hand < NONE:
            amount = account.leave(movement.qty, amount)
        else:
            if amount is None:
                amount = cents(movement.qty * account.average) if movement.cost is None else movement.cost
            if movement.on_hand:
                account.enter(movement.qty, amount)
        if movement.line is not None:
            # What a correction gives back to a line is carried on top of what that one has left.
            carried = self.carried.setdefault(movement.line, Left(NONE, NONE))
            carried.qty, carried.amount = carried.qty + movement.qty, carried.amount + amount
        return Valued(movement, amount, account.on_hand, account.value, account.average)


def cents(amount: Decimal) -> Decimal:
    """``amount`` to two places, half up."""
    return amount.quantize(CENT, ROUND_HALF_UP)

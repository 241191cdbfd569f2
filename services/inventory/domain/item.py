"""Item (*elemento*): a kind of goods that the warehouse keeps. In kind only: money is no item (INV-13)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.inventory.domain.refusals import ItemInUse
from shared.catalogue.refusals import FieldInvalid
from shared.catalogue.types import Act

KINDS = ("raw_material", "supply", "didactic_material", "tangible")
MOST_DECIMALS = 3
FIXED_ONCE_MOVED = ("kind", "unit", "decimals", "lot_tracked", "expiry_tracked")


class Item(Aggregate):
    """A kind of goods, known by its ``code``. Its unit and tracking are fixed from its first movement on."""

    TOPIC = "inventory.Item"

    class Event(Aggregate.Event):
        def apply(self, aggregate: Any) -> None: ...

    class Registered(Event, Aggregate.Created):
        TOPIC = "inventory.ItemRegistered"
        code: str
        name: str
        kind: str
        unit: str
        decimals: int
        lot_tracked: bool
        expiry_tracked: bool
        registered_on: date

    Created = Registered

    class Amended(Event):
        """The same item described anew; only while it has no movement, but for its name."""

        TOPIC = "inventory.ItemAmended"
        name: str
        kind: str
        unit: str
        decimals: int
        lot_tracked: bool
        expiry_tracked: bool

        def apply(self, aggregate: Item) -> None:
            for name in ("name", *FIXED_ONCE_MOVED):
                setattr(aggregate, name, getattr(self, name))

    class PutInUse(Event):
        """The item has its first movement."""

        TOPIC = "inventory.ItemPutInUse"
        used_on: date

        def apply(self, aggregate: Item) -> None:
            aggregate.in_use = True

    def __init__(
        self, code: str, name: str, kind: str, unit: str, decimals: int, lot_tracked: bool, expiry_tracked: bool
    ) -> None:
        self.code = code
        self.name = name
        self.kind = kind
        self.unit = unit
        self.decimals = decimals
        self.lot_tracked = lot_tracked
        self.expiry_tracked = expiry_tracked
        self.in_use = False

    @classmethod
    def register(cls, act: Act, id: UUID, *, code: str, **described: Any) -> Item:
        """A new item; the caller claims ``code`` as unique. Raises `FieldInvalid`."""
        _check(described)
        return cls._create(event_class=cls.Registered, id=id, code=code, registered_on=act.on, **described)

    def amend(self, **described: Any) -> None:
        """Describe the item anew. Raises `ItemInUse` if what is fixed by movements would change."""
        _check(described)
        if self.in_use and any(described[name] != getattr(self, name) for name in FIXED_ONCE_MOVED):
            raise ItemInUse(field="unit", item=self.code)
        if any(described[name] != getattr(self, name) for name in ("name", *FIXED_ONCE_MOVED)):
            self.trigger_event(self.Amended, **described)

    def put_in_use(self, on: date) -> None:
        """Note the first movement; later ones change nothing, so that receipts of one item do not collide."""
        if not self.in_use:
            self.trigger_event(self.PutInUse, used_on=on)


def _check(described: dict[str, Any]) -> None:
    if described["kind"] not in KINDS:
        explanation = "el incentivo es en especie; elija materia prima, insumo, material didáctico u otro tangible."
        raise FieldInvalid(field="kind", explanation=explanation)
    if not 0 <= described["decimals"] <= MOST_DECIMALS:
        raise FieldInvalid(field="decimals", explanation="una cantidad admite de 0 a 3 decimales.")

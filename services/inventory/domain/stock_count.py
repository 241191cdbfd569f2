"""Physical count (*conteo físico*): what somebody who does not keep the goods found, against the books (SOD-4)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.inventory.domain.asked import Stock
from services.inventory.domain.papers import Rows
from services.inventory.domain.quantities import check_counted
from services.inventory.domain.refusals import AlreadyDecided, CountIncomplete, NotCounter
from services.inventory.domain.second_person import check_not_keeper
from shared.catalogue.refusals import FieldInvalid, StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


class StockCount(Aggregate):
    """A count of some lots of one warehouse. It is blind: no expected quantity is kept before it is recorded."""

    TOPIC = "inventory.StockCount"

    class Event(Aggregate.Event):
        def apply(self, aggregate: Any) -> None: ...

    class CountStarted(Event, Aggregate.Created):
        """``counter`` is to count ``lots`` in ``warehouse``."""

        TOPIC = "inventory.CountStarted"
        warehouse: UUID
        lots: list[UUID]
        counter: UUID
        started_on: date
        started_by: UUID

    Created = CountStarted

    class CountRecorded(Event):
        """What was found. Each line has ``lot``, ``lot_name``, ``item``, ``unit``, ``counted``, ``expected`` (on hand
        at the end of the day of the count, as known now) and ``difference`` (counted less expected)."""

        TOPIC = "inventory.CountRecorded"
        lines: Rows
        counted_on: date
        counted_by: UUID
        remarks: Personal | None

        def apply(self, aggregate: StockCount) -> None:
            aggregate.counted_on = self.counted_on
            aggregate.lines = {line["lot"]: line for line in self.lines}

    def __init__(self, warehouse: UUID, lots: list[UUID], counter: UUID, started_on: date) -> None:
        self.warehouse = warehouse
        self.lots = lots
        self.counter = counter
        self.started_on = started_on
        self.counted_on: date | None = None
        self.lines: dict[UUID, dict[str, Any]] = {}

    @classmethod
    def start(cls, act: Act, id: UUID, *, warehouse: UUID, lots: Collection[UUID], counter: UUID) -> StockCount:
        """A count of ``lots`` by ``counter``. Raises `FieldInvalid` if there is nothing to count."""
        check_not_keeper(act, "abre el conteo")
        if not lots:
            raise FieldInvalid(field="lots", explanation="en ese almacén no hay bienes por contar en esa fecha.")
        return cls._create(
            event_class=cls.CountStarted,
            id=id,
            warehouse=warehouse,
            lots=list(dict.fromkeys(lots)),
            counter=counter,
            started_on=act.on,
            started_by=act.person,
        )

    def record(self, act: Act, *, found: list[tuple[UUID, Decimal]], stock: Stock, remarks: Personal | None) -> None:
        """Every lot of the count, once, with what is there; zero is an answer.

        Raises `NotCounter`, `SeparationOfDuties` (SOD-4), `AlreadyDecided`, `CountIncomplete`.
        """
        check_not_keeper(act, "cuenta")
        if act.person != self.counter:
            raise NotCounter()
        if self.counted_on is not None:
            raise AlreadyDecided(what="este conteo")
        act.check_not_before(self.started_on)
        counted = dict(found)
        if len(counted) != len(found) or set(counted) - set(self.lots):
            raise FieldInvalid(field="lines", explanation="cada lote del conteo va una sola vez, y ningún otro.")
        missing = [stock(lot).name for lot in self.lots if lot not in counted]
        if missing:
            raise CountIncomplete(field="lines", missing=", ".join(missing))
        self.trigger_event(
            self.CountRecorded,
            lines=[self._line(act.on, lot, counted[lot], stock) for lot in self.lots],
            counted_on=act.on,
            counted_by=act.person,
            remarks=remarks,
        )

    def differences(self, lots: Collection[UUID]) -> Rows:
        """The lines of ``lots`` (none named: of all) where count and books differ.

        Raises `StepOutOfOrder` before the count is recorded, `FieldInvalid` if there is no difference.
        """
        if self.counted_on is None:
            raise StepOutOfOrder(missing="el registro del conteo por la persona designada")
        lines = [line for line in self.lines.values() if line["difference"] and (not lots or line["lot"] in lots)]
        if not lines or len(lines) < len(set(lots)):
            raise FieldInvalid(field="lots", explanation="solo se ajustan lotes con diferencia en este conteo.")
        return lines

    def _line(self, on: date, lot_id: UUID, counted: Decimal, stock: Stock) -> dict[str, Any]:
        lot = stock(lot_id)
        check_counted(counted, lot.decimals, lot.unit, field="lines")
        expected, _ = lot.ledger(self.warehouse).at(on)
        named = {"lot": lot_id, "lot_name": lot.name, "item": lot.item, "unit": lot.unit}
        return {**named, "counted": counted, "expected": expected, "difference": counted - expected}

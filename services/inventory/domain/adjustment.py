"""Stock adjustment (*ajuste de inventario*): the books follow a count, if a second person agrees (SOD-4)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.inventory.domain.asked import Stock
from services.inventory.domain.movement import ADJUSTMENT, Movement
from services.inventory.domain.papers import Rows
from services.inventory.domain.second_person import APPROVED, PROPOSED, REJECTED, check_decision
from services.inventory.domain.stock_count import StockCount
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

THIS = "este ajuste"


class Adjustment(Aggregate):
    """A proposal to bring the books to what a count found, and what became of it."""

    TOPIC = "inventory.Adjustment"

    class Event(Aggregate.Event):
        def apply(self, aggregate: Any) -> None: ...

    class AdjustmentProposed(Event, Aggregate.Created):
        """Each line has ``lot``, ``item``, ``unit`` and ``qty``: signed, below zero for a loss."""

        TOPIC = "inventory.AdjustmentProposed"
        warehouse: UUID
        count_id: UUID
        lines: Rows
        reason_code: str
        reason: Personal
        proposed_on: date
        proposed_by: UUID

    Created = AdjustmentProposed

    class StockAdjusted(Event):
        """The movement happened: on hand of each lot changed by its signed ``qty``."""

        TOPIC = "inventory.StockAdjusted"
        movement_id: UUID
        warehouse: UUID
        lines: Rows
        reason_code: str
        adjusted_on: date
        approved_by: UUID

        def apply(self, aggregate: Adjustment) -> None:
            aggregate.state = APPROVED
            aggregate.adjusted_on = self.adjusted_on

    class AdjustmentRejected(Event):
        """The books stay as they are; the difference is open again."""

        TOPIC = "inventory.AdjustmentRejected"
        rejected_on: date
        rejected_by: UUID
        reason: Personal

        def apply(self, aggregate: Adjustment) -> None:
            aggregate.state = REJECTED

    def __init__(
        self, warehouse: UUID, count_id: UUID, lines: Rows, reason_code: str, proposed_on: date, proposed_by: UUID
    ) -> None:
        self.warehouse = warehouse
        self.count_id = count_id
        self.lines = lines
        self.reason_code = reason_code
        self.proposed_on = proposed_on
        self.proposed_by = proposed_by
        self.state = PROPOSED
        self.adjusted_on: date | None = None

    @classmethod
    def propose(
        cls, act: Act, id: UUID, *, count: StockCount, lots: Collection[UUID], reason_code: str, reason: Personal
    ) -> Adjustment:
        """Propose the differences that ``count`` found in ``lots`` (none named: in all of them)."""
        differences = count.differences(lots)
        act.check_not_before(count.counted_on)
        return cls._create(
            event_class=cls.AdjustmentProposed,
            id=id,
            warehouse=count.warehouse,
            count_id=count.id,
            lines=[
                {"lot": each["lot"], "item": each["item"], "unit": each["unit"], "qty": each["difference"]}
                for each in differences
            ],
            reason_code=reason_code,
            reason=reason,
            proposed_on=act.on,
            proposed_by=act.person,
        )

    def approve(self, act: Act, *, movement_id: UUID, stock: Stock) -> None:
        """The stock changes on the day of the act. Raises `SeparationOfDuties`, `StockInsufficient` (INV-3)."""
        check_decision(act, self.state, self.proposed_by, THIS)
        act.check_not_before(self.proposed_on)
        for line in self.lines:
            stock(line["lot"]).adjust(self.warehouse, movement_id, line["qty"], act.on)
        self.trigger_event(
            self.StockAdjusted,
            movement_id=movement_id,
            warehouse=self.warehouse,
            lines=self.lines,
            reason_code=self.reason_code,
            adjusted_on=act.on,
            approved_by=act.person,
        )

    @property
    def movement(self) -> Movement | None:
        """What it did, as it may be corrected; None until it is approved."""
        if self.adjusted_on is None:
            return None
        quantities = {line["lot"]: line["qty"] for line in self.lines}
        authors = frozenset({self.proposed_by})
        return Movement(self.id, ADJUSTMENT, None, self.adjusted_on, self.warehouse, None, quantities, authors)

    def reject(self, act: Act, *, reason: Personal) -> None:
        """Nothing changes. Raises `SeparationOfDuties`."""
        check_decision(act, self.state, self.proposed_by, THIS)
        act.check_not_before(self.proposed_on)
        self.trigger_event(self.AdjustmentRejected, rejected_on=act.on, rejected_by=act.person, reason=reason)

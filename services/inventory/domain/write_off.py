"""Write-off (*baja de inventario*): goods that expired, broke or are lost leave the books, by two people (SOD-4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.inventory.domain.asked import Asked, Stock, summed
from services.inventory.domain.lot import Lot
from services.inventory.domain.movement import WRITE_OFF, Movement
from services.inventory.domain.papers import Rows
from services.inventory.domain.quantities import check_quantity
from services.inventory.domain.second_person import APPROVED, PROPOSED, REJECTED, check_decision
from shared.catalogue.refusals import FieldInvalid
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

THIS = "esta baja"
EXPIRED = "expired"


class WriteOff(Aggregate):
    """A proposal to take goods off the books, and what became of it."""

    TOPIC = "inventory.WriteOff"

    class Event(Aggregate.Event):
        def apply(self, aggregate: Any) -> None: ...

    class WriteOffProposed(Event, Aggregate.Created):
        """Each line has ``lot``, ``item``, ``unit`` and ``qty``: signed as its movement will be, below zero.
        ``evidence``: ids of the files that show it."""

        TOPIC = "inventory.WriteOffProposed"
        warehouse: UUID
        lines: Rows
        reason_code: str
        reason: Personal
        evidence: list[str]
        proposed_on: date
        proposed_by: UUID

    Created = WriteOffProposed

    class StockWrittenOff(Event):
        """The goods are off the books: on hand of each lot changed by its signed ``qty``."""

        TOPIC = "inventory.StockWrittenOff"
        movement_id: UUID
        warehouse: UUID
        lines: Rows
        reason_code: str
        written_off_on: date
        approved_by: UUID

        def apply(self, aggregate: WriteOff) -> None:
            aggregate.state = APPROVED
            aggregate.written_off_on = self.written_off_on

    class WriteOffRejected(Event):
        """The goods stay on the books."""

        TOPIC = "inventory.WriteOffRejected"
        rejected_on: date
        rejected_by: UUID
        reason: Personal

        def apply(self, aggregate: WriteOff) -> None:
            aggregate.state = REJECTED

    def __init__(self, warehouse: UUID, lines: Rows, reason_code: str, proposed_on: date, proposed_by: UUID) -> None:
        self.warehouse = warehouse
        self.lines = lines
        self.reason_code = reason_code
        self.proposed_on = proposed_on
        self.proposed_by = proposed_by
        self.state = PROPOSED
        self.written_off_on: date | None = None

    @classmethod
    def propose(
        cls,
        act: Act,
        id: UUID,
        *,
        warehouse: UUID,
        lots: Asked,
        stock: Stock,
        reason_code: str,
        reason: Personal,
        evidence: list[str],
    ) -> WriteOff:
        """Propose to write off ``lots``. Raises `StockInsufficient` already now if they are not free."""
        return cls._create(
            event_class=cls.WriteOffProposed,
            id=id,
            warehouse=warehouse,
            lines=[_line(act, warehouse, stock(lot), qty, reason_code) for lot, qty in summed(lots)],
            reason_code=reason_code,
            reason=reason,
            evidence=evidence,
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
            self.StockWrittenOff,
            movement_id=movement_id,
            warehouse=self.warehouse,
            lines=self.lines,
            reason_code=self.reason_code,
            written_off_on=act.on,
            approved_by=act.person,
        )

    @property
    def movement(self) -> Movement | None:
        """What it did, as it may be corrected; None until it is approved."""
        if self.written_off_on is None:
            return None
        quantities = {line["lot"]: line["qty"] for line in self.lines}
        authors = frozenset({self.proposed_by})
        return Movement(self.id, WRITE_OFF, None, self.written_off_on, self.warehouse, None, quantities, authors)

    def reject(self, act: Act, *, reason: Personal) -> None:
        """Nothing changes. Raises `SeparationOfDuties`."""
        check_decision(act, self.state, self.proposed_by, THIS)
        act.check_not_before(self.proposed_on)
        self.trigger_event(self.WriteOffRejected, rejected_on=act.on, rejected_by=act.person, reason=reason)


def _line(act: Act, warehouse: UUID, lot: Lot, qty: Decimal, reason_code: str) -> dict[str, Any]:
    check_quantity(qty, lot.decimals, lot.unit, field="lines")
    act.check_not_before(lot.received_on)
    if reason_code == EXPIRED and (lot.expires_on is None or lot.expires_on >= act.on):
        explanation = f"el lote {lot.name} no está vencido en esa fecha; elija otro motivo."
        raise FieldInvalid(field="reason_code", explanation=explanation)
    lot.check_leaves(warehouse, qty, act.on)
    return {"lot": lot.id, "item": lot.item, "unit": lot.unit, "qty": -qty}

"""FO-128 between warehouses (*traslado entre almacenes*): goods change their place and stay goods of the same lot."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.inventory.domain.asked import Asked, Stock, summed
from services.inventory.domain.duties import BOOKED, RELEASED, REQUESTED, check_apart
from services.inventory.domain.forms import DocumentEvent, WarehouseFormsReceived, hand_in
from services.inventory.domain.lot import Lot
from services.inventory.domain.movement import TRANSFER, Movement
from services.inventory.domain.papers import Issue, Rows
from services.inventory.domain.quantities import check_quantity
from services.inventory.domain.signatures import Signature, check_signed
from shared.catalogue.refusals import FieldInvalid
from shared.catalogue.types import Act


class StockTransfer(Aggregate):
    """An FO-128 with purpose site_transfer. It never changes; corrections are documents of their own."""

    TOPIC = "inventory.StockTransfer"

    Event = DocumentEvent

    class StockTransferred(DocumentEvent, Aggregate.Created):
        """Free goods left ``warehouse`` and came into ``to_warehouse`` the same day. Each line has ``lot``,
        ``lot_name``, ``item``, ``qty``, ``unit``."""

        TOPIC = "inventory.StockTransferred"
        movement_id: UUID
        fo128_no: str
        warehouse: UUID
        to_warehouse: UUID
        lines: Rows
        reason_code: str | None
        transferred_on: date
        requested_by: UUID
        released_by: UUID
        carried_by: UUID
        release_signature: Signature | None
        carrier_signature: Signature
        document: dict[str, Any]

    Created = StockTransferred

    WarehouseFormsReceived = WarehouseFormsReceived

    def __init__(
        self,
        fo128_no: str,
        warehouse: UUID,
        to_warehouse: UUID,
        lines: Rows,
        transferred_on: date,
        requested_by: UUID,
        released_by: UUID,
        carried_by: UUID,
    ) -> None:
        self.number = fo128_no
        self.warehouse = warehouse
        self.to_warehouse = to_warehouse
        self.lines = lines
        self.transferred_on = transferred_on
        self.requested_by = requested_by
        self.released_by = released_by
        self.carried_by = carried_by
        self.documents: dict[str, date | None] = {fo128_no: None}
        """Its number, and since when the signed original is in the warehouse."""

    @classmethod
    def transfer(
        cls,
        act: Act,
        id: UUID,
        *,
        warehouse: UUID,
        to_warehouse: UUID,
        lots: Asked,
        stock: Stock,
        reason_code: str | None,
        requested_by: UUID,
        carried_by: UUID,
        carrier: Signature | None,
        released_by: Signature | None,
        issue: Issue,
    ) -> StockTransfer:
        """Move ``lots`` out of ``warehouse`` on the day of the act; ``carrier`` signs for what was taken.

        Raises `FieldInvalid` for one and the same warehouse, SOD-3, `StockInsufficient`, `SignatureRequired`.
        """
        if warehouse == to_warehouse:
            raise FieldInvalid(field="to_warehouse", explanation="elija un almacén distinto del de origen.")
        check_apart(act.person, "autoriza el FO-128", (REQUESTED, [requested_by]))
        check_apart(carried_by, "retira los bienes", (RELEASED, [act.person]))
        rows: Rows = []
        for lot_id, qty in summed(lots):
            lot = stock(lot_id)
            act.check_not_before(lot.received_on)
            check_quantity(qty, lot.decimals, lot.unit, field="lines")
            _check_not_booker(act, lot, requested_by, carried_by)
            lot.transfer(warehouse, to_warehouse, id, qty, act.on)
            rows.append({"lot": lot_id, "lot_name": lot.name, "item": lot.item, "qty": qty, "unit": lot.unit})
        signed = check_signed(carrier, "la de quien retira y lleva los bienes", field="withdrawn_by")
        issued = issue(rows)
        return cls._create(
            event_class=cls.StockTransferred,
            id=id,
            movement_id=id,
            fo128_no=issued.number,
            warehouse=warehouse,
            to_warehouse=to_warehouse,
            lines=rows,
            reason_code=reason_code,
            transferred_on=act.on,
            requested_by=requested_by,
            released_by=act.person,
            carried_by=carried_by,
            release_signature=released_by,
            carrier_signature=signed,
            document=issued.document,
        )

    @property
    def movement(self) -> Movement:
        """What it did, as it may be corrected."""
        place = (self.transferred_on, self.warehouse, self.to_warehouse)
        quantities = {line["lot"]: line["qty"] for line in self.lines}
        return Movement(self.id, TRANSFER, self.number, *place, quantities, frozenset({self.released_by}))

    def confirm_forms(self, act: Act, numbers: list[str], evidence: list[str]) -> None:
        """The signed FO-128 is handed in; a second time changes nothing."""
        hand_in(self, act, numbers, evidence, {self.number: self.transferred_on})


def _check_not_booker(act: Act, lot: Lot, requested_by: UUID, carried_by: UUID) -> None:
    booked = (BOOKED, lot.bookers)
    check_apart(requested_by, "solicita el traslado", booked)
    check_apart(act.person, "autoriza el FO-128", booked)
    check_apart(carried_by, "retira los bienes", booked)

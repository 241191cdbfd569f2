"""Stock receipt (*alta de almacén*, FO-110 part A): goods come in, each line a lot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.inventory.domain.forms import DocumentEvent, WarehouseFormsReceived, hand_in
from services.inventory.domain.item import Item
from services.inventory.domain.movement import RECEIPT, Movement
from services.inventory.domain.papers import Issue, Rows
from services.inventory.domain.quantities import NONE, check_quantity
from services.inventory.domain.refusals import LotRequired
from services.inventory.domain.signatures import Signature
from shared.catalogue.refusals import FieldInvalid, FormIncomplete
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

CENT = Decimal("0.01")
BOUGHT = ("operator_contract", "ipes_purchase")


@dataclass(frozen=True)
class Origin:
    """Where the goods come from (INV-2). A contract's goods name it; bought goods name the supplier's document."""

    kind: str
    contract_id: UUID | None
    supplier: str
    delivery_note: str

    def check(self) -> None:
        if self.kind == "operator_contract" and self.contract_id is None:
            raise FormIncomplete(field="contract", form="FO-110", missing="el contrato del operador")
        if self.kind in BOUGHT and not self.delivery_note:
            missing = "el documento del proveedor (remisión o factura)"
            raise FormIncomplete(field="delivery_note", form="FO-110", missing=missing)


class StockReceipt(Aggregate):
    """An FO-110 part A. It never changes; corrections are documents of their own."""

    TOPIC = "inventory.StockReceipt"

    Event = DocumentEvent

    class StockReceived(DocumentEvent, Aggregate.Created):
        """Goods came into ``warehouse``. Each line has ``lot`` (the lot's id), ``line`` (its number), ``item``,
        ``qty``, ``unit``, ``unit_cost`` and ``total`` (COP), ``supplier_lot``, ``expires_on``, ``description``."""

        TOPIC = "inventory.StockReceived"
        fo110_no: str
        warehouse: UUID
        contract_id: UUID | None
        origin: str
        supplier: str
        delivery_note: str
        lines: Rows
        received_on: date
        booked_by: UUID
        received_by: Signature
        remarks: Personal | None
        document: dict[str, Any]

    Created = StockReceived

    WarehouseFormsReceived = WarehouseFormsReceived

    def __init__(self, fo110_no: str, warehouse: UUID, lines: Rows, received_on: date, booked_by: UUID) -> None:
        self.number = fo110_no
        self.warehouse = warehouse
        self.lines = lines
        self.received_on = received_on
        self.booked_by = booked_by
        self.documents: dict[str, date | None] = {fo110_no: None}
        """Its number, and since when the signed original is in the warehouse."""

    @classmethod
    def receive(
        cls,
        act: Act,
        id: UUID,
        *,
        warehouse: UUID,
        origin: Origin,
        lines: Rows,
        items: Callable[[str], Item],
        received_by: Signature,
        remarks: Personal | None,
        issue: Issue,
    ) -> StockReceipt:
        """Receive ``lines`` (``lot``, ``item``, ``qty``, ``unit_cost`` and attributes) on the day of the act.

        Raises `FormIncomplete`, `FieldInvalid`, `LotRequired`.
        """
        origin.check()
        checked = [_line(number, row, items(row["item"])) for number, row in enumerate(lines, start=1)]
        issued = issue(checked)
        return cls._create(
            event_class=cls.StockReceived,
            id=id,
            fo110_no=issued.number,
            warehouse=warehouse,
            contract_id=origin.contract_id,
            origin=origin.kind,
            supplier=origin.supplier,
            delivery_note=origin.delivery_note,
            lines=checked,
            received_on=act.on,
            booked_by=act.person,
            received_by=received_by,
            remarks=remarks,
            document=issued.document,
        )

    @property
    def movement(self) -> Movement:
        """What it did, as it may be corrected."""
        quantities = {line["lot"]: line["qty"] for line in self.lines}
        unit_costs = {line["lot"]: line["unit_cost"] for line in self.lines}
        place = (self.received_on, self.warehouse, None)
        return Movement(
            self.id, RECEIPT, self.number, *place, quantities, frozenset({self.booked_by}), unit_costs=unit_costs
        )

    def confirm_forms(self, act: Act, numbers: list[str], evidence: list[str]) -> None:
        """The signed FO-110 is handed in; a second time changes nothing."""
        hand_in(self, act, numbers, evidence, {self.number: self.received_on})


def _line(number: int, row: dict[str, Any], item: Item) -> dict[str, Any]:
    at = f"lines.{number - 1}"
    check_quantity(row["qty"], item.decimals, item.unit, field=f"{at}.qty")
    if row["unit_cost"] < NONE:
        raise FieldInvalid(field=f"{at}.unit_cost", explanation="el costo unitario no puede ser negativo.")
    if row.get("unit") not in (None, item.unit):
        explanation = f"el elemento {item.code} se maneja en {item.unit}."
        raise FieldInvalid(field=f"{at}.unit", explanation=explanation)
    if item.lot_tracked and not row.get("supplier_lot"):
        raise LotRequired(field=f"{at}.supplier_lot", item=item.code, missing="el lote del proveedor", line=number)
    if item.expiry_tracked and row.get("expires_on") is None:
        raise LotRequired(field=f"{at}.expires_on", item=item.code, missing="la fecha de vencimiento", line=number)
    return {
        "line": number,
        "lot": row["lot"],
        "item": item.code,
        "description": row.get("description") or item.name,
        "supplier_lot": row.get("supplier_lot") or "",
        "expires_on": row.get("expires_on"),
        "qty": row["qty"],
        "unit": item.unit,
        "unit_cost": row["unit_cost"],
        "total": (row["qty"] * row["unit_cost"]).quantize(CENT, ROUND_HALF_UP),
    }

"""Use cases about the warehouse itself: warehouses, items, receipts, signed forms handed in."""

from __future__ import annotations

import re
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from services.inventory.application.base import InventoryBase
from services.inventory.application.papers import DOCUMENT, ITEM, Paper
from services.inventory.domain.case_incentive import CaseIncentive
from services.inventory.domain.item import Item
from services.inventory.domain.lot import Lot
from services.inventory.domain.receipt import Origin, StockReceipt
from services.inventory.domain.refusals import CodeTaken
from services.inventory.domain.series import FO_110_A
from services.inventory.domain.stock_transfer import StockTransfer
from services.inventory.domain.warehouse import Warehouse
from shared.catalogue.refusals import FieldInvalid, NotFound
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign

WAREHOUSE = "warehouse"


class StoreUseCases(InventoryBase):
    """What the registrar and the keeper do that belongs to no single case."""

    def register_warehouse(
        self, uow: UnitOfWork, act: Act, *, code: str, name: str, place: str | None
    ) -> dict[str, Any]:
        """A new warehouse; its code is unique."""
        if not re.fullmatch(r"[A-Z0-9][A-Z0-9-]{0,11}", code):
            raise FieldInvalid(field="code", explanation="use mayúsculas, cifras y guion, máximo 12; por ejemplo BOG1.")
        if uow.claimed(WAREHOUSE, code) is not None:
            raise CodeTaken(field="code", what="un almacén", taken=code)
        warehouse = Warehouse.register(act, uuid4(), code=code, name=name, place=place or "")
        uow.add(warehouse)
        uow.claim(WAREHOUSE, code, warehouse.id)
        return {"id": str(warehouse.id)}

    def register_item(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        code: str,
        name: str,
        kind: str,
        unit: str,
        decimals: int | None,
        lot_tracked: bool | None,
        expiry_tracked: bool | None,
    ) -> dict[str, Any]:
        """A new item, or the one of that code described anew (refused as `ItemInUse` where movements fixed it)."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}", code):
            raise FieldInvalid(field="code", explanation="use letras, cifras, punto y guion; por ejemplo TELA-01.")
        described = {
            "name": name,
            "kind": kind,
            "unit": unit,
            "decimals": self._decimals(unit, act) if decimals is None else decimals,
            "lot_tracked": bool(lot_tracked),
            "expiry_tracked": bool(expiry_tracked),
        }
        known = uow.claimed(ITEM, code)
        if known is not None:
            uow.get(Item, known).amend(**described)
            return {"id": str(known)}
        item = Item.register(act, uuid4(), code=code, **described)
        uow.add(item)
        uow.claim(ITEM, code, item.id)
        return {"id": str(item.id)}

    def receive_stock(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        warehouse: UUID,
        origin: str,
        contract: UUID | None,
        supplier: str | None,
        delivery_note: str | None,
        lines: list[dict[str, Any]],
        received_by: dict[str, Any],
        remarks: Personal | None,
        period: str | None,
    ) -> dict[str, Any]:
        """FO-110 part A: a receipt, and a lot for each of its lines."""
        self.check_posting(uow, act, period)
        place = self.warehouse(uow, warehouse)
        receipt_id = uuid4()
        signed = assign(received_by, act.person)
        noted = assign(remarks, act.person)
        source = Origin(origin, contract, supplier or "", delivery_note or "")
        facts = {
            "received_on": act.on,
            "warehouse": place.name,
            "origin": origin,
            "contract": contract,
            "supplier": supplier,
            "delivery_note": delivery_note,
            "received_by": signed,
            "booked_by": act.person,
            "remarks": noted,
        }
        paper = Paper(FO_110_A, receipt_id, receipt_id, act.person, place, facts)
        receipt = StockReceipt.receive(
            act,
            receipt_id,
            warehouse=warehouse,
            origin=source,
            lines=[{**line, "supplier_lot": line.get("lot"), "lot": uuid4()} for line in lines],
            items=partial(self._item, uow),
            received_by=signed,
            remarks=noted,
            issue=partial(paper.issue, self, uow, act),
        )
        uow.add(receipt)
        for line in receipt.lines:
            item = self._item(uow, line["item"])
            item.put_in_use(act.on)
            uow.add(
                Lot.receive(
                    line["lot"],
                    receipt=receipt_id,
                    receipt_no=receipt.number,
                    line=line["line"],
                    warehouse=warehouse,
                    item=item.code,
                    unit=item.unit,
                    decimals=item.decimals,
                    qty=line["qty"],
                    unit_cost=line["unit_cost"],
                    supplier_lot=line["supplier_lot"],
                    expires_on=line["expires_on"],
                    received_on=act.on,
                    booked_by=act.person,
                )
            )
        return {"id": str(receipt_id), "number": receipt.number, "lots": [str(line["lot"]) for line in receipt.lines]}

    def confirm_forms_received(
        self, uow: UnitOfWork, act: Act, warehouse_id: UUID, *, documents: list[str], scans: list[str]
    ) -> dict[str, Any]:
        """Signed FO-110 and FO-128 are in the warehouse; each number leads to its receipt, transfer or case."""
        place = self.warehouse(uow, warehouse_id)
        by_owner: dict[UUID, list[str]] = {}
        for number in dict.fromkeys(documents):
            owner = uow.claimed(DOCUMENT, number) if number.startswith(f"{place.code}-") else None
            if owner is None:
                raise NotFound(what=f"el documento {number} de este almacén", field="documents")
            by_owner.setdefault(owner, []).append(number)
        for owner, numbers in by_owner.items():
            issuer = uow.find(StockReceipt, owner) or uow.find(StockTransfer, owner) or uow.get(CaseIncentive, owner)
            issuer.confirm_forms(act, numbers, scans)
        return {"id": str(warehouse_id), "documents": sorted(documents)}

    def _item(self, uow: UnitOfWork, code: str) -> Item:
        item_id = uow.claimed(ITEM, code)
        if item_id is None:
            raise NotFound(what=f"el elemento {code}; regístrelo primero", field="lines")
        return uow.get(Item, item_id)

    def _decimals(self, unit: str, act: Act) -> int:
        entry = self.catalogue.code_list("unit_of_measure", act.on).entries[unit]
        return int(entry.attributes.get("decimals", 0))

"""Use cases about goods that go from one warehouse to another (FO-128, purpose site_transfer)."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID, uuid4

from services.inventory.application.base import InventoryBase, stock_of
from services.inventory.application.papers import Paper
from services.inventory.domain.series import FO_128
from services.inventory.domain.stock_transfer import StockTransfer
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import assign


class TransferUseCases(InventoryBase):
    """What the keeper of the warehouse that the goods leave does."""

    def transfer_stock(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        warehouse: UUID,
        to_warehouse: UUID,
        lines: list[dict[str, Any]],
        reason_code: str | None,
        requested_by: UUID,
        professional: UUID | None,
        withdrawn_by: dict[str, Any] | None,
        released_by: dict[str, Any] | None,
        period: str | None,
    ) -> dict[str, Any]:
        """FO-128: free goods of ``warehouse`` are in ``to_warehouse``; who takes them there signs."""
        self.check_posting(uow, act, period)
        place, destination = self.warehouse(uow, warehouse), self.warehouse(uow, to_warehouse, "to_warehouse")
        carrier = professional or requested_by
        transfer_id = uuid4()
        signed, released = assign(withdrawn_by, carrier), assign(released_by, act.person)
        facts = {
            "withdrawn_on": act.on,
            "purpose": "site_transfer",
            "from_warehouse": place.name,
            "to": destination.name,
            "requested_by": requested_by,
            "released_by": released,
            "withdrawn_by": signed,
        }
        paper = Paper(FO_128, transfer_id, transfer_id, act.person, place, facts)
        transfer = StockTransfer.transfer(
            act,
            transfer_id,
            warehouse=warehouse,
            to_warehouse=to_warehouse,
            lots=[(line["lot"], line["qty"]) for line in lines],
            stock=stock_of(uow),
            reason_code=reason_code,
            requested_by=requested_by,
            carried_by=carrier,
            carrier=signed,
            released_by=released,
            issue=partial(paper.issue, self, uow, act),
        )
        uow.add(transfer)
        return {"id": str(transfer_id), "number": transfer.number}

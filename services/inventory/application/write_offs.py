"""Use cases about goods that are no good any more, or gone (SOD-4)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from services.inventory.application.base import InventoryBase, stock_of
from services.inventory.domain.write_off import WriteOff
from shared.catalogue.refusals import NotFound
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign


class WriteOffUseCases(InventoryBase):
    """What the registrar or keeper proposes and the controller decides."""

    def propose_write_off(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        warehouse: UUID,
        lines: list[dict[str, Any]],
        reason_code: str,
        reason: Personal,
        evidence: list[str],
    ) -> dict[str, Any]:
        """Propose to take free goods of ``warehouse`` off the books, with the files that show why."""
        self.warehouse(uow, warehouse)
        proposed = WriteOff.propose(
            act,
            uuid4(),
            warehouse=warehouse,
            lots=[(line["lot"], line["qty"]) for line in lines],
            stock=stock_of(uow),
            reason_code=reason_code,
            reason=assign(reason, act.person),
            evidence=evidence,
        )
        uow.add(proposed)
        return {"id": str(proposed.id)}

    def approve_write_off(self, uow: UnitOfWork, act: Act, write_off_id: UUID, *, period: str | None) -> dict[str, Any]:
        """A second person agrees: the stock changes."""
        self.check_posting(uow, act, period)
        movement_id = uuid4()
        _write_off(uow, write_off_id).approve(act, movement_id=movement_id, stock=stock_of(uow))
        return {"id": str(write_off_id), "movement": str(movement_id)}

    def reject_write_off(self, uow: UnitOfWork, act: Act, write_off_id: UUID, *, reason: Personal) -> dict[str, Any]:
        """A second person does not agree: the goods stay on the books."""
        _write_off(uow, write_off_id).reject(act, reason=assign(reason, act.person))
        return {"id": str(write_off_id)}


def _write_off(uow: UnitOfWork, write_off_id: UUID) -> WriteOff:
    write_off = uow.find(WriteOff, write_off_id)
    if write_off is None:
        raise NotFound(what="esa baja", field="id")
    return write_off

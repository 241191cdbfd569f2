"""What all use cases of the warehouse share: its place, its cases, and one queue before the numbering."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

from services.inventory.domain.asked import Stock
from services.inventory.domain.lot import Lot
from services.inventory.domain.warehouse import Warehouse
from services.inventory.views import VIEWS
from services.inventory.views.valuing import calendar_of
from shared.catalogue.refusals import NotFound
from shared.catalogue.types import Act
from shared.eventstore.application import Committed, ServiceApplication
from shared.eventstore.metadata import Meta
from shared.eventstore.unit_of_work import UnitOfWork

ISSUING = frozenset({"ReceiveStock", "AssignStock", "ReleaseWithdrawal", "DeliverIncentive", "TransferStock"})
"""Commands that allot a number and make a PDF."""


class InventoryBase(ServiceApplication):
    """The application's store, and the queue before its counter."""

    views = VIEWS

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._counter = threading.Lock()

    def transact(self, meta: Meta, decide: Callable[[UnitOfWork], dict[str, Any] | None], **how: Any) -> Committed:
        """As the base does it, but documents are issued one at a time.

        Two that take the same next number cannot both commit, and the loser would make its PDF anew: in one process
        they queue instead. Between processes the store's conflict decides.
        """
        if meta.command not in ISSUING:
            return super().transact(meta, decide, **how)
        with self._counter:
            return super().transact(meta, decide, **how)

    def warehouse(self, uow: UnitOfWork, warehouse_id: UUID, field: str = "warehouse") -> Warehouse:
        """The warehouse. Raises `NotFound`."""
        warehouse = uow.find(Warehouse, warehouse_id)
        if warehouse is None:
            raise NotFound(what="ese almacén", field=field)
        return warehouse

    def check_posting(self, uow: UnitOfWork, act: Act, period: str | None) -> None:
        """Refuse to post the act into ``period`` unless it is due there; None: wherever it is due (INV-9)."""
        if period is not None:
            uow.query(calendar_of).check_posting(act.on, period)


def stock_of(uow: UnitOfWork) -> Stock:
    """How a domain step finds a lot in this unit of work. The answer raises `NotFound`."""

    def find(lot_id: UUID) -> Lot:
        lot = uow.find(Lot, lot_id)
        if lot is None:
            raise NotFound(what="ese lote; debe venir de un alta (FO-110 parte A)", field="lines")
        return lot

    return find

"""Production orders, sized to what the unit can make (PR-156 act. 17 d; FRM-21)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.assistance.domain.conduct import Order
from services.assistance.domain.execution import ExecutionActs, ExecutorsFact
from services.assistance.domain.refusals import CapacityExceeded
from services.assistance.domain.state import CaseState
from shared.catalogue.refusals import FieldInvalid, NotFound, StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

DAYS = {"day": Decimal(1), "week": Decimal(7), "month": Decimal(30)}


class ProductionOrderCreated(ExecutorsFact):
    """FRM-21, sized to the installed capacity (A17-2)."""

    TOPIC = "assistance.ProductionOrderCreated"
    order_id: UUID
    order_no: str
    product_type: str
    qty: Decimal
    form_version: str
    form: dict[str, Any]

    def change(self, aggregate: CaseState) -> None:
        made = {"product": self.form["product"], "unit": self.form["unit"]}
        order = Order(self.product_type, self.qty, self.form["starts"], self.form["due"], **made)
        aggregate.conduct.orders[self.order_id] = order


class ProductionOrderCompleted(ExecutorsFact):
    TOPIC = "assistance.ProductionOrderCompleted"
    order_id: UUID
    product_type: str
    qty: Decimal
    remarks: Personal | None

    def change(self, aggregate: CaseState) -> None:
        aggregate.conduct.orders[self.order_id].completed_on = self.happened_on


class ProductionActs(ExecutionActs):
    """Orders to the unit, and what came of them."""

    def create_production_order(
        self,
        act: Act,
        *,
        order_id: UUID,
        order_no: str,
        form_version: str,
        form: dict[str, Any],
        accountable: UUID,
    ) -> None:
        """Order goods: with the orders under way, never more than the latest installed capacity of the days (A17-2)."""
        self._check_work(act, "d")
        if form["due"] < form["starts"]:
            raise FieldInvalid(field="form.due", explanation="la entrega no puede ser anterior al inicio.")
        most = self._room_for(form["product"], form["unit"], form["starts"], form["due"])
        if form["quantity"] > most:
            raise CapacityExceeded(asked=form["quantity"], most=f"{most.normalize():f}")
        self.trigger_event(
            ProductionOrderCreated,
            order_id=order_id,
            order_no=order_no,
            product_type=form["product_type"],
            qty=form["quantity"],
            form_version=form_version,
            form=form,
            **self._by(act, accountable),
        )

    def complete_production_order(
        self, act: Act, *, order_id: UUID, qty: Decimal, remarks: Personal | None, accountable: UUID
    ) -> None:
        """Say what was made of an order."""
        self.check_open(act)
        self.check_executor(act)
        order = self.conduct.orders.get(order_id)
        if order is None:
            raise NotFound(what="la orden de producción", field="order")
        if order.completed_on is not None:
            raise StepOutOfOrder(missing="nada: esa orden ya terminó")
        act.check_not_before(order.starts)
        self.trigger_event(
            ProductionOrderCompleted,
            order_id=order_id,
            product_type=order.product_type,
            qty=qty,
            remarks=remarks,
            **self._by(act, accountable),
        )

    def _room_for(self, product: str, unit: str, starts: date, due: date) -> Decimal:
        """What can still be ordered from ``starts`` to ``due``, both included.

        Two orders may share days. They fit when in no span of days that begins with one order and ends with one the
        orders within it come to more than the capacity of the span.
        """
        under_way = [
            order
            for order in self.conduct.orders.values()
            if order.completed_on is None and order.unit == unit and _same(order.product, product)
        ]
        room = self._capacity_for(product, unit, starts, due)
        for first in {starts, *(order.starts for order in under_way if order.starts < starts)}:
            for last in {due, *(order.due for order in under_way if order.due > due)}:
                taken = sum((one.qty for one in under_way if first <= one.starts and one.due <= last), Decimal(0))
                room = min(room, self._capacity_for(product, unit, first, last) - taken)
        return max(room, Decimal(0))

    def _capacity_for(self, product: str, unit: str, starts: date, due: date) -> Decimal:
        """What the unit can make from ``starts`` to ``due``, both included, by the latest capacity on record."""
        rows = self.conduct.capacity or (self.valuations[-1].capacity if self.valuations else [])
        for row in rows:
            if _same(str(row["product"]), product) and row["unit"] == unit:
                days = Decimal((due - starts).days + 1)
                return Decimal(str(row["qty"])) * days / DAYS[str(row["per"])]
        known = ", ".join(f"{row['product']} ({row['unit']})" for row in rows) or "ninguno"
        raise FieldInvalid(
            field="form.product", explanation=f"no hay capacidad instalada de ese producto y unidad; hay: {known}."
        )


def _same(one: str, other: str) -> bool:
    return one.casefold().strip() == other.casefold().strip()

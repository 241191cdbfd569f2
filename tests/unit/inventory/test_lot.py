"""A lot never goes below zero, on any day, in whatever order its movements are written down (INV-3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from services.inventory.domain.lot import Lot
from services.inventory.domain.refusals import LotExpired, StockInsufficient
from shared.catalogue.refusals import FieldInvalid

BOGOTA, SOACHA = uuid4(), uuid4()


def day(number: int) -> date:
    return date(2026, 11, number)


def lot(qty: str = "10", *, received: int = 2, expires: int | None = None) -> Lot:
    return Lot.receive(
        uuid4(),
        receipt=uuid4(),
        receipt_no="BOG1-110A-2026-000001",
        line=1,
        warehouse=BOGOTA,
        item="TELA-01",
        unit="m",
        decimals=2,
        qty=Decimal(qty),
        unit_cost=Decimal(12000),
        supplier_lot="",
        expires_on=day(expires) if expires else None,
        received_on=day(received),
        booked_by=uuid4(),
    )


def assign(goods: Lot, qty: str, on: int, warehouse: UUID = BOGOTA) -> None:
    goods.assign(warehouse, uuid4(), Decimal(qty), day(on))


def withdraw(goods: Lot, qty: str, on: int) -> None:
    goods.withdraw(BOGOTA, uuid4(), Decimal(qty), day(on))


def test_a_lot_is_named_by_its_receipt_and_line() -> None:
    assert lot().name == "BOG1-110A-2026-000001-1"


def test_free_stock_is_on_hand_less_assigned() -> None:
    goods = lot()
    assign(goods, "4", 3)
    ledger = goods.ledger(BOGOTA)
    assert (ledger.on_hand, ledger.assigned, ledger.free) == (Decimal(10), Decimal(4), Decimal(6))


def test_the_same_metre_is_not_assigned_twice() -> None:
    goods = lot()
    assign(goods, "6", 3)
    with pytest.raises(StockInsufficient):
        assign(goods, "4.01", 3)
    assign(goods, "4", 3)


def test_goods_are_not_assigned_before_they_came() -> None:
    with pytest.raises(StockInsufficient):
        assign(lot(received=5), "1", 4)


def test_a_late_withdrawal_that_would_make_an_earlier_day_negative_is_refused() -> None:
    """Ten went out on the 5th and came back on the 10th: on the 6th there was nothing to take."""
    goods = lot()
    assign(goods, "10", 3)
    withdraw(goods, "10", 5)
    goods.take_back(BOGOTA, uuid4(), Decimal(10), day(10))
    assign(goods, "10", 10)
    with pytest.raises(StockInsufficient):
        withdraw(goods, "10", 6)
    withdraw(goods, "10", 10)
    assert goods.ledger(BOGOTA).on_hand == 0


def test_a_late_assignment_that_a_later_day_has_used_is_refused() -> None:
    goods = lot()
    assign(goods, "10", 8)
    with pytest.raises(StockInsufficient):
        assign(goods, "1", 3)


def test_within_a_day_what_comes_in_counts_before_what_goes_out() -> None:
    goods = lot(received=5)
    assign(goods, "10", 5)
    withdraw(goods, "10", 5)
    goods.take_back(BOGOTA, uuid4(), Decimal(4), day(5))
    assign(goods, "4", 5)
    assert goods.ledger(BOGOTA).free == 0


def test_what_is_freed_can_be_assigned_from_that_day_on() -> None:
    goods = lot()
    assign(goods, "10", 3)
    goods.free(BOGOTA, uuid4(), Decimal(10), day(6))
    with pytest.raises(StockInsufficient):
        assign(goods, "1", 5)
    assign(goods, "10", 6)


def test_a_lot_is_usable_up_to_and_including_its_date() -> None:
    goods = lot(expires=6)
    assign(goods, "10", 3)
    withdraw(goods, "5", 6)
    with pytest.raises(LotExpired):
        withdraw(goods, "5", 7)


def test_each_warehouse_has_a_balance_of_its_own() -> None:
    goods = lot()
    with pytest.raises(StockInsufficient):
        assign(goods, "1", 3, SOACHA)


@pytest.mark.parametrize("qty", ["0", "-1", "1.005"])
def test_a_quantity_is_above_zero_and_as_fine_as_its_unit(qty: str) -> None:
    with pytest.raises(FieldInvalid):
        assign(lot(), qty, 3)


def test_a_refused_movement_leaves_no_event() -> None:
    goods = lot()
    before = len(goods.pending_events)
    with pytest.raises(StockInsufficient):
        assign(goods, "11", 3)
    assert len(goods.pending_events) == before

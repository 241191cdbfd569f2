"""Goods are neither made nor lost, whatever is asked of a lot and on whatever day (INV-1, INV-3)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.inventory.domain.lot import Lot
from services.inventory.domain.refusals import StockInsufficient

FIRST = date(2026, 11, 1)
STEPS = st.tuples(st.sampled_from(["assign", "free", "withdraw"]), st.integers(1, 8), st.integers(0, 9))


@given(received=st.integers(1, 30), steps=st.lists(STEPS, max_size=30))
def test_what_was_received_is_on_hand_or_withdrawn_on_every_day(
    received: int, steps: list[tuple[str, int, int]]
) -> None:
    """INV-1, INV-3: no day ends below zero, a refused movement changes nothing, and the sum is kept."""
    warehouse, line = uuid4(), uuid4()
    lot = Lot.receive(
        uuid4(),
        receipt=uuid4(),
        receipt_no="BOG1-110A-2026-000001",
        line=1,
        warehouse=warehouse,
        item="TELA-01",
        unit="m",
        decimals=0,
        qty=Decimal(received),
        unit_cost=Decimal(1),
        supplier_lot="",
        expires_on=None,
        received_on=FIRST,
        booked_by=uuid4(),
    )
    out = reserved = Decimal(0)
    for what, number, later in steps:
        qty, on = Decimal(number), FIRST + timedelta(days=later)
        if what == "free" and (qty > reserved or on < FIRST + timedelta(days=9)):
            continue
        before = (lot.version, lot.ledger(warehouse).on_hand, lot.ledger(warehouse).assigned)
        if what == "withdraw" and qty > reserved:
            continue
        try:
            getattr(lot, what)(warehouse, line, qty, on)
        except StockInsufficient:
            assert before == (lot.version, lot.ledger(warehouse).on_hand, lot.ledger(warehouse).assigned)
            continue
        reserved += qty if what == "assign" else -qty
        out += qty if what == "withdraw" else 0
    ledger = lot.ledger(warehouse)
    assert (ledger.on_hand + out, ledger.assigned) == (received, reserved)
    assert all(ledger.at(FIRST + timedelta(days=day))[0] >= 0 for day in range(10))

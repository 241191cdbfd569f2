"""Weighted average by item and warehouse in posting order, worked by hand (INV-5)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.inventory.domain.valuation import Account, Books, Movement, Valued

BOGOTA, SUBA = uuid4(), uuid4()
LOT, OTHER_LOT = uuid4(), uuid4()
WITHDRAWN, DELIVERED, SENT = uuid4(), uuid4(), uuid4()
_places = count(1)


def move(
    day: int, on_hand: str, *, custody: str = "0", warehouse: UUID = BOGOTA, lot: UUID = LOT, **more: Any
) -> Movement:
    if "cost" in more:
        more["cost"] = Decimal(more["cost"])
    return Movement(
        place=(next(_places), 0),
        posted_on=date(2026, 11, day),
        warehouse=warehouse,
        item="TELA-01",
        lot=lot,
        on_hand=Decimal(on_hand),
        custody=Decimal(custody),
        **more,
    )


def posted(*movements: Movement) -> tuple[Account, list[Valued]]:
    books = Books()
    valued = list(books.post(movements))
    return books.account(BOGOTA, "TELA-01"), valued


def seen(valued: list[Valued]) -> list[tuple[str, str, str, str]]:
    return [(str(each.amount), str(each.on_hand), str(each.value), str(each.average)) for each in valued]


def test_a_worked_example_by_hand() -> None:
    """INV-5: two prices, an issue, a return at the cost it left with, a gain, a loss, and the last one takes the rest.

    3 m at 1000 and 4 m at 1100: 7400 / 7 = 1057.142857. Out 5: 5285.71 (5285.714285), left 2114.29. Back 2 of the 5
    at 5285.71 / 5 = 1057.142: 2114.28, so 4 m are worth 4228.57: 1057.1425. Received 1 m at 2000: 6228.57 / 5 =
    1245.714. Found 1: 1245.71, 7474.28 / 6 = 1245.713333. Lost 2: 2491.43. The last 4 take what is left, 4982.85.
    """
    account, valued = posted(
        move(2, "3", cost="3000"),
        move(3, "4", cost="4400", lot=OTHER_LOT),
        move(4, "-5", custody="5", line=WITHDRAWN),
        move(5, "2", custody="-2", source=WITHDRAWN),
        move(6, "1", cost="2000"),
        move(7, "1"),
        move(8, "-2"),
        move(9, "-4"),
    )
    assert seen(valued) == [
        ("3000", "3", "3000", "1000.000000"),
        ("4400", "7", "7400", "1057.142857"),
        ("5285.71", "2", "2114.29", "1057.142857"),
        ("2114.28", "4", "4228.57", "1057.142500"),
        ("2000", "5", "6228.57", "1245.714000"),
        ("1245.71", "6", "7474.28", "1245.713333"),
        ("2491.43", "4", "4982.85", "1245.713333"),
        ("4982.85", "0", "0.00", "1245.713333"),
    ]
    assert (account.on_hand, account.value) == (0, 0)


def test_no_cents_stay_on_an_empty_shelf() -> None:
    """INV-5: 10 / 3 = 3.333333; two leave at 3.33 and the last at 3.34, the whole remaining value."""
    account, valued = posted(move(2, "3", cost="10"), move(3, "-1"), move(4, "-1"), move(5, "-1"))
    assert [str(each.amount) for each in valued] == ["10", "3.33", "3.33", "3.34"]
    assert account.value == 0


def test_halves_are_rounded_up() -> None:
    """INV-5: half a metre at 0.01 is 0.005: one cent."""
    _, valued = posted(move(2, "3", cost="0.03"), move(3, "-0.5"))
    assert str(valued[1].amount) == "0.01"


def test_in_comes_before_out_within_a_day_but_nothing_returns_before_it_left() -> None:
    """INV-5, INV-3: the order of a day is not the order in which it was written down."""
    out = move(2, "-4", custody="4", line=WITHDRAWN)
    back = move(2, "1", custody="-1", source=WITHDRAWN)
    received = move(2, "4", cost="400")
    _, valued = posted(back, out, received)
    assert [each.movement for each in valued] == [received, out, back]
    assert [str(each.amount) for each in valued] == ["400", "400", "100.00"]


def test_a_delivery_and_what_the_beneficiary_returns_keep_the_cost_they_left_with() -> None:
    """INV-5, FIG-15: a dearer receipt between does not change what was delivered; a delivery changes no stock."""
    account, valued = posted(
        move(2, "10", cost="1000"),
        move(3, "-6", custody="6", line=WITHDRAWN),
        move(4, "10", cost="9000"),
        move(5, "0", custody="-4", line=DELIVERED, source=WITHDRAWN),
        move(6, "1", source=DELIVERED),
        move(7, "2", custody="-2", source=WITHDRAWN),
    )
    assert [str(each.amount) for each in valued[3:]] == ["400.00", "100.00", "200.00"]
    assert [str(each.change) for each in valued[1:4]] == ["-600.00", "9000", "0"]
    assert (account.on_hand, account.value) == (17, Decimal("9700.00"))


def test_a_transfer_arrives_at_the_cost_it_left_with() -> None:
    """INV-5: each warehouse has its own average, and moving goods makes nobody richer."""
    books = Books()
    arrives = move(4, "5", warehouse=SUBA, source=SENT)
    list(
        books.post(
            [
                arrives,
                move(2, "10", cost="1000"),
                move(2, "5", cost="1000", warehouse=SUBA),
                move(4, "-5", line=SENT),
            ]
        )
    )
    here, there = books.account(BOGOTA, "TELA-01"), books.account(SUBA, "TELA-01")
    assert (here.value, there.value) == (500, 1500)
    assert str(there.average) == "150.000000"


def test_what_is_found_on_an_empty_shelf_is_worth_the_last_average() -> None:
    """INV-5: gains at the current average."""
    account, _ = posted(move(2, "2", cost="300"), move(3, "-2"), move(4, "1"))
    assert (account.on_hand, account.value) == (1, 150)


QUANTITIES = st.decimals(min_value="0.001", max_value="50", places=3)
COSTS = st.decimals(min_value=0, max_value=900000, places=2)


@given(st.lists(st.tuples(st.booleans(), QUANTITIES, COSTS, st.sampled_from([LOT, OTHER_LOT])), max_size=40))
def test_value_follows_quantity_in_any_history(steps: list[tuple[bool, Decimal, Decimal, UUID]]) -> None:
    """INV-5: quantity 0 means value 0, value is never negative, and the lots' parts add up to the whole."""
    there: dict[UUID, Decimal] = {}
    history: list[Movement] = []
    for place, (comes, asked, cost, lot) in enumerate(steps):
        qty = asked if comes else -min(asked, there.get(lot, Decimal(0)))
        there[lot] = there.get(lot, Decimal(0)) + qty
        if qty:
            history.append(
                Movement((place, 0), date(2026, 11, 2), BOGOTA, "TELA-01", lot, qty, cost=cost if comes else None)
            )
    books = Books()
    for each in books.post(history):
        assert each.value >= 0
        assert each.on_hand > 0 or each.value == 0
    account = books.account(BOGOTA, "TELA-01")
    parts = account.value_of_lots()
    assert sum(parts.values(), Decimal(0)) == account.value
    assert all(parts[lot] == 0 for lot, qty in account.lots.items() if not qty)
    assert account.lots == {lot: qty for lot, qty in there.items() if lot in account.lots}

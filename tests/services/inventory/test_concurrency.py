"""Many people at once: never below zero, never a number twice, never a hole (INV-3, X-18)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from services.inventory.domain.lot import Lot
from shared.eventstore.metadata import Meta
from tests.databases import DIALECTS, database_url
from tests.services.inventory.desk import Office, Refused, office

AT_ONCE = 16


@pytest.fixture(params=DIALECTS)
def any_office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    with database_url(request.param, tmp_path) as url, office(tmp_path / "place", url) as opened:
        yield opened


def outcome(act: object) -> str:
    try:
        return str(act()["number"])  # type: ignore[operator]
    except Refused as refused:
        return refused.code


def test_a_thousand_withdrawals_at_once_from_one_lot_never_go_below_zero(tmp_path: Path) -> None:
    """Each moves the same lot through the real store; 600 units for 1,000 takers who all come at once."""
    with office(tmp_path) as opened:
        warehouse = UUID(opened.warehouse())
        opened.item(unit="unit")
        lot = UUID(opened.receive(str(warehouse), qty="600")["lots"][0])
        day, one = date(2026, 11, 10), Decimal(1)

        def take(_: int) -> bool:
            def decide(unit: object) -> dict[str, object]:
                goods = unit.get(Lot, lot)  # type: ignore[attr-defined]
                line = uuid4()
                goods.assign(warehouse, line, one, day)
                goods.withdraw(warehouse, line, one, day)
                return {}

            try:
                opened.application.transact(Meta(happened_on=day), decide, subject=lot)
            except Exception as error:
                assert getattr(error, "code", "") == "STOCK_INSUFFICIENT", error
                return False
            return True

        with ThreadPoolExecutor(AT_ONCE) as pool:
            taken = Counter(pool.map(take, range(1000)))

        assert taken == {True: 600, False: 400}
        left = Decimal(600)
        for entry in opened.application.log.entries(0, 5000):
            if entry.topic == "inventory.LotWithdrawn":
                left -= opened.application.mapper.open(entry)[0].qty
                assert left >= 0
        assert left == opened.application.loader.get(Lot, lot).ledger(warehouse).on_hand == 0


def test_cases_that_want_the_last_goods_at_once_get_no_more_than_there_is(any_office: Office) -> None:
    """Forty cases assign from one lot through the desk; 25 units are there. Numbers have no hole nor repeat."""
    warehouse = any_office.warehouse()
    any_office.item(unit="unit")
    lot = any_office.receive(warehouse, qty="25")["lots"][0]
    cases = [any_office.case("1", unit="unit") for _ in range(40)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        got = list(pool.map(lambda c: outcome(lambda: any_office.assign(c[0], c[1], warehouse, lot, "1")), cases))

    assert got.count("STOCK_INSUFFICIENT") == 15
    numbers = sorted(number for number in got if number != "STOCK_INSUFFICIENT")
    assert numbers == [f"BOG1-110B-2026-{n:06d}" for n in range(1, 26)]
    (row,) = any_office.ask("stock")["items"]
    assert (row["on_hand"], row["assigned"], row["free"]) == ("25", "25", "0")


def test_two_processes_that_number_at_once_leave_no_hole(tmp_path: Path) -> None:
    """Two applications over one database share no lock: the store alone keeps the series whole."""
    with (
        database_url("postgresql", tmp_path) as url,
        office(tmp_path / "place", url) as first,
        office(tmp_path / "place", url) as second,
    ):
        warehouse = first.warehouse()
        first.item()
        second.people = first.people
        with ThreadPoolExecutor(2) as pool:
            work = [(each, n) for n in range(10) for each in (first, second)]
            numbers = list(pool.map(lambda each: outcome(lambda: each[0].receive(warehouse)), work))
        assert sorted(numbers) == [f"BOG1-110A-2026-{n:06d}" for n in range(1, 21)]


def test_a_refused_act_leaves_no_hole_in_the_numbers(any_office: Office) -> None:
    warehouse = any_office.warehouse()
    any_office.item(lot_tracked=True)
    numbers = [any_office.receive(warehouse, lot="L-1")["number"]]
    with pytest.raises(Refused):
        any_office.receive(warehouse)
    numbers.append(any_office.receive(warehouse, lot="L-2")["number"])
    assert numbers == ["BOG1-110A-2026-000001", "BOG1-110A-2026-000002"]


def test_each_part_warehouse_and_year_has_its_own_numbers(any_office: Office) -> None:
    any_office.item()
    first, second = any_office.warehouse("BOG1"), any_office.warehouse("BOG2")
    assert any_office.receive(first)["number"] == "BOG1-110A-2026-000001"
    assert any_office.receive(second)["number"] == "BOG2-110A-2026-000001"
    assert any_office.receive(first, on="2025-12-30")["number"] == "BOG1-110A-2025-000001"
    assert any_office.receive(first)["number"] == "BOG1-110A-2026-000002"


def test_the_same_request_released_twice_at_once_takes_the_goods_once(any_office: Office) -> None:
    warehouse = any_office.warehouse()
    any_office.item()
    lot = any_office.receive(warehouse)["lots"][0]
    case, decision = any_office.case("10")
    line = any_office.assign(case, decision, warehouse, lot, "5")["lines"][0]["line"]
    request = any_office.request(case, line, "5")
    with ThreadPoolExecutor(4) as pool:
        got = Counter(pool.map(lambda _: outcome(lambda: any_office.release(case, request)), range(4)))
    assert got == {"BOG1-128-2026-000001": 1, "NOT_FOUND": 3}

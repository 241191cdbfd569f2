"""Transfers between warehouses: the same lot, another place, an FO-128 of its own (INV-1, INV-3, SOD-3)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from services.inventory.definition import SERVICE
from shared.runtime.rebuild import rebuild
from shared.runtime.tokens import GrantInForce, Who
from tests.databases import DIALECTS, database_url
from tests.services.inventory.desk import Office, Refused, office, sign
from tests.services.inventory.test_main_line import events


def stocked(opened: Office, **line: Any) -> dict[str, Any]:
    """Two warehouses, ten metres of cloth in the first; answers the body of a transfer of four of them."""
    warehouse, other = opened.warehouse("BOG1"), opened.warehouse("BOG2")
    opened.item()
    lot = opened.receive(warehouse, **line)["lots"][0]
    return {
        "warehouse": warehouse,
        "to_warehouse": other,
        "lines": [{"lot": lot, "qty": "4"}],
        "requested_by": str(opened.person("caseworker")),
        "withdrawn_by": sign("Pedro Campo"),
    }


def transfer(opened: Office, body: dict[str, Any], who: str = "keeper", on: str = "2026-11-05") -> Any:
    return opened.act(who, "TransferStock", on=on, **body)


def refusal(opened: Office, body: dict[str, Any], who: str = "keeper", on: str = "2026-11-05") -> str:
    with pytest.raises(Refused) as refused:
        transfer(opened, body, who, on)
    return refused.value.code


def by_warehouse(opened: Office) -> dict[str, tuple[str, str]]:
    return {row["warehouse_code"]: (row["on_hand"], row["free"]) for row in opened.ask("stock")["items"]}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_goods_change_their_place_and_stay_goods_of_their_receipt_line(dialect: str, tmp_path: Any) -> None:
    """INV-1, INV-8: both warehouses' kardex shows it; the lot, its receipt and its expiry are the same."""
    with database_url(dialect, tmp_path) as url, office(tmp_path / "place", url) as opened:
        body = stocked(opened, expires_on="2027-01-31")
        moved = transfer(opened, body)
        assert by_warehouse(opened) == {"BOG1": ("6", "6"), "BOG2": ("4", "4")}
        names = {(row["lot"], row["lot_name"], row["expires_on"]) for row in opened.ask("stock")["items"]}
        assert names == {(body["lines"][0]["lot"], "BOG1-110A-2026-000001-1", "2027-01-31")}
        for warehouse, changed in ((body["warehouse"], "-4"), (body["to_warehouse"], "4")):
            (line,) = [
                each for each in opened.ask("kardex", warehouse=warehouse)["items"] if each["kind"] == "transfer"
            ]
            assert (line["on_hand"], line["number"], line["case_id"]) == (changed, moved["number"], None)
            assert opened.ask("document", id=line["document"])["number"] == moved["number"]
        (row,) = opened.ask("transfers")["items"]
        assert (row["warehouse_code"], row["to_warehouse_code"], row["lines"][0]["qty"]) == ("BOG1", "BOG2", "4")


def test_what_was_transferred_is_assigned_and_withdrawn_where_it_is_now(warehouse_office: Office) -> None:
    """INV-1, INV-10: each FO-128 line leads to one FO-110 line, wherever the goods were in between."""
    body = stocked(warehouse_office)
    transfer(warehouse_office, body)
    case, decision = warehouse_office.case("10")
    lot = body["lines"][0]["lot"]
    with pytest.raises(Refused) as refused:
        warehouse_office.assign(case, decision, body["to_warehouse"], lot, "5", on="2026-11-06")
    assert refused.value.code == "STOCK_INSUFFICIENT"
    assigned = warehouse_office.assign(case, decision, body["to_warehouse"], lot, "4", on="2026-11-06")
    request = warehouse_office.request(case, assigned["lines"][0]["line"], "4", on="2026-11-06")
    withdrawn = warehouse_office.release(case, request, on="2026-11-06")
    assert withdrawn["number"] == "BOG2-128-2026-000001"
    assert by_warehouse(warehouse_office) == {"BOG1": ("6", "6"), "BOG2": ("0", "0")}


def test_the_fo_128_is_printed_with_its_purpose_and_its_signed_original_handed_in(warehouse_office: Office) -> None:
    """INV-15, FO-128, A19-2: a number of the warehouse that the goods leave; pending until it is handed in."""
    body = stocked(warehouse_office)
    moved = transfer(warehouse_office, body)
    assert moved["number"] == "BOG1-128-2026-000001"
    found = warehouse_office.ask("document", id=moved["id"])
    head, pieces = warehouse_office.desk.fetch({"id": found["file_id"], "token": "keeper"})
    assert "ok" in head, head
    assert b"".join(pieces).startswith(b"%PDF")
    assert warehouse_office.ask("transfers")["items"][0]["state"] == "forms_pending"
    confirm = {"documents": [moved["number"]]}
    with pytest.raises(Refused) as refused:
        warehouse_office.act("keeper", "ConfirmFormsReceived", body["warehouse"], on="2026-11-04", **confirm)
    assert refused.value.code == "DATE_BEFORE_PRECONDITION"
    for _ in range(2):
        warehouse_office.act("keeper", "ConfirmFormsReceived", body["warehouse"], **confirm)
    assert warehouse_office.ask("transfers")["items"][0]["state"] == "complete"
    assert len(events(warehouse_office, "inventory.WarehouseFormsReceived")) == 1


def test_transfers_and_withdrawals_of_a_warehouse_share_their_numbers(warehouse_office: Office) -> None:
    """X-18: FO-128 is one series a warehouse and year, whatever its purpose; a refused transfer leaves no hole."""
    body = stocked(warehouse_office)
    numbers = [transfer(warehouse_office, {**body, "lines": [{**body["lines"][0], "qty": "1"}]})["number"]]
    assert refusal(warehouse_office, {**body, "lines": [{**body["lines"][0], "qty": "10"}]}) == "STOCK_INSUFFICIENT"
    case, decision = warehouse_office.case("10")
    line = warehouse_office.assign(case, decision, body["warehouse"], body["lines"][0]["lot"], "2")["lines"][0]["line"]
    numbers.append(warehouse_office.release(case, warehouse_office.request(case, line, "2"))["number"])
    numbers.append(transfer(warehouse_office, body)["number"])
    back = {**body, "warehouse": body["to_warehouse"], "to_warehouse": body["warehouse"]}
    numbers.append(transfer(warehouse_office, back, on="2026-11-06")["number"])
    assert numbers == [*(f"BOG1-128-2026-{n:06d}" for n in (1, 2, 3)), "BOG2-128-2026-000001"]


def test_others_learn_lot_item_quantity_and_unit_and_no_person(warehouse_office: Office) -> None:
    """EVT-2: no case is behind it."""
    body = stocked(warehouse_office)
    moved = transfer(warehouse_office, {**body, "reason_code": "not_needed"})
    (published,) = events(warehouse_office, "inventory.StockTransferred")
    line = {"lot": body["lines"][0]["lot"], "item": "TELA-01", "qty": "4", "unit": "m"}
    assert published == {"movement_id": moved["id"], "lines": [line], "reason_code": "not_needed"}


def test_no_transfer_takes_what_is_not_there_not_free_or_wanted_on_a_later_day(warehouse_office: Office) -> None:
    """INV-3: a transfer written down late must leave enough for what has happened since."""
    body = stocked(warehouse_office)
    (line,) = body["lines"]
    twice = {**body, "lines": [{**line, "qty": "6"}, {**line, "qty": "6"}]}
    assert refusal(warehouse_office, twice) == "STOCK_INSUFFICIENT"
    assert refusal(warehouse_office, body, on="2026-11-01") == "DATE_BEFORE_PRECONDITION"
    case, decision = warehouse_office.case("10")
    warehouse_office.assign(case, decision, body["warehouse"], line["lot"], "7", on="2026-11-10")
    assert refusal(warehouse_office, body, on="2026-11-05") == "STOCK_INSUFFICIENT"
    back = {**body, "warehouse": body["to_warehouse"], "to_warehouse": body["warehouse"]}
    assert refusal(warehouse_office, back) == "STOCK_INSUFFICIENT"
    transfer(warehouse_office, {**body, "lines": [{**line, "qty": "3"}]})
    assert by_warehouse(warehouse_office) == {"BOG1": ("7", "0"), "BOG2": ("3", "3")}


def test_a_transfer_back_does_not_empty_the_other_warehouse_on_an_earlier_day(warehouse_office: Office) -> None:
    """INV-3: what arrived on the 8th cannot have left on the 7th."""
    body = stocked(warehouse_office)
    transfer(warehouse_office, body, on="2026-11-08")
    back = {**body, "warehouse": body["to_warehouse"], "to_warehouse": body["warehouse"]}
    assert refusal(warehouse_office, back, on="2026-11-07") == "STOCK_INSUFFICIENT"
    transfer(warehouse_office, back, on="2026-11-08")
    assert by_warehouse(warehouse_office) == {"BOG1": ("10", "10"), "BOG2": ("0", "0")}


def test_who_booked_the_goods_asks_for_them_or_releases_them_is_three_people(warehouse_office: Office) -> None:
    """SOD-3: for every lot on the FO-128, whatever grant they use; the releaser does not carry the goods either."""
    body = stocked(warehouse_office)
    registrar, keeper = (str(warehouse_office.person(name)) for name in ("registrar", "keeper"))
    assert refusal(warehouse_office, {**body, "requested_by": keeper}) == "SOD_VIOLATION"
    assert refusal(warehouse_office, {**body, "requested_by": registrar}) == "SOD_VIOLATION"
    assert refusal(warehouse_office, {**body, "professional": keeper}) == "SOD_VIOLATION"
    assert refusal(warehouse_office, {**body, "professional": registrar}) == "SOD_VIOLATION"
    booked = warehouse_office.act(
        "everything",
        "ReceiveStock",
        on="2026-11-02",
        warehouse=body["warehouse"],
        origin="donation",
        lines=[{"item": "TELA-01", "qty": "5", "unit_cost": "0"}],
        received_by=sign("Rosa Almacén"),
    )
    own = {"lot": booked["lots"][0], "qty": "1"}
    assert refusal(warehouse_office, {**body, "lines": [*body["lines"], own]}, who="everything") == "SOD_VIOLATION"
    assert transfer(warehouse_office, body, who="everything")["number"] == "BOG1-128-2026-000001"


def test_a_transfer_needs_two_warehouses_a_signature_and_a_keeper(warehouse_office: Office) -> None:
    """A19-1: nothing leaves a warehouse unsigned."""
    body = stocked(warehouse_office)
    assert refusal(warehouse_office, {**body, "to_warehouse": body["warehouse"]}) == "FIELD_INVALID"
    assert refusal(warehouse_office, {**body, "to_warehouse": str(uuid4())}) == "NOT_FOUND"
    unsigned = {name: value for name, value in body.items() if name != "withdrawn_by"}
    assert refusal(warehouse_office, unsigned) == "SIGNATURE_REQUIRED"
    assert refusal(warehouse_office, {**body, "lines": [{**body["lines"][0], "qty": "0"}]}) == "FIELD_INVALID"
    for who in ("registrar", "caseworker", "controller", "auditor"):
        assert refusal(warehouse_office, body, who=who) == "NOT_AUTHORISED"


def test_operator_staff_see_no_transfers_and_a_rebuilt_read_model_says_the_same(warehouse_office: Office) -> None:
    """INV-8, ROL-02."""
    transfer(warehouse_office, stocked(warehouse_office))
    staff = Who.of(uuid4(), (GrantInForce("operator", "caseworker", contract=str(uuid4())),))
    warehouse_office.people["operator"] = staff
    assert warehouse_office.ask("transfers", who="operator")["items"] == []
    queries = ("stock", "kardex", "transfers")
    before = [warehouse_office.ask(query) for query in queries]
    rebuild(warehouse_office.application, SERVICE)
    assert [warehouse_office.ask(query) for query in queries] == before


def test_a_lot_in_two_warehouses_is_one_choice_that_says_what_is_free_where(warehouse_office: Office) -> None:
    body = stocked(warehouse_office)
    transfer(warehouse_office, body)
    (choice,) = warehouse_office.ask("choices", to="lot")["items"]
    assert choice["id"] == body["lines"][0]["lot"]
    assert "6 m libres en BOG1, 4 m libres en BOG2" in choice["label"]


def test_transfers_at_once_take_no_more_than_there_is(tmp_path: Any) -> None:
    """INV-3, X-18: two processes over one database; ten metres, twelve who want one."""
    with (
        database_url("postgresql", tmp_path) as url,
        office(tmp_path / "place", url) as first,
        office(tmp_path / "place", url) as second,
    ):
        second.people = first.people
        body = stocked(first)
        one = {**body, "lines": [{**body["lines"][0], "qty": "1"}]}

        def take(each: Office) -> str:
            try:
                return str(transfer(each, one)["number"])
            except Refused as refused:
                return refused.code

        with ThreadPoolExecutor(4) as pool:
            got = list(pool.map(take, [first, second] * 6))
        numbers = sorted(number for number in got if number != "STOCK_INSUFFICIENT")
        assert numbers == [f"BOG1-128-2026-{n:06d}" for n in range(1, 11)]
        assert sum(Decimal(row["on_hand"]) for row in first.ask("stock")["items"]) == 10

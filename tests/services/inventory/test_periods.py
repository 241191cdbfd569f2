"""A month is closed once, in order, for all warehouses; what comes late is posted to the open one (INV-9)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from services.inventory.application import periods
from services.inventory.definition import SERVICE
from services.inventory.views.closings import figures
from shared.runtime.rebuild import rebuild
from tests.databases import DIALECTS, database_url
from tests.services.inventory.desk import Office, Refused, office, sign
from tests.services.inventory.test_main_line import events

NOVEMBER_2 = "2026-11-02"


def opened_in_september(opened: Office) -> str:
    """Cloth received in September and October; answers the warehouse."""
    warehouse = opened.warehouse()
    opened.item()
    opened.receive(warehouse, "10", on="2026-09-20")
    opened.receive(warehouse, "10", on="2026-10-05", unit_cost="6000")
    return warehouse


def close(opened: Office, period: str, who: str = "controller", on: str = NOVEMBER_2) -> Any:
    return opened.act(who, "ClosePeriod", on=on, period=period)


def refusal(opened: Office, *args: Any, **body: Any) -> str:
    with pytest.raises(Refused) as refused:
        opened.act(*args, **body)
    return refused.value.code


def closed(opened: Office, period: str) -> Any:
    return opened.ask("closed_periods", who="auditor", period=period)["items"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_late_fact_is_posted_to_the_open_month_and_closed_figures_stay(dialect: str, tmp_path: Path) -> None:
    """INV-9, INV-6, INV-5: on both databases, and in a read model that is made anew."""
    with database_url(dialect, tmp_path) as url, office(tmp_path / "place", url) as opened:
        warehouse = opened_in_september(opened)
        close(opened, "2026-09")
        close(opened, "2026-10")
        (september,), (october,) = closed(opened, "2026-09"), closed(opened, "2026-10")
        assert [(row["on_hand"], row["value"]) for row in september["items"]] == [("10", "120000.00")]
        assert october["items"] == [
            {"item_code": "TELA-01", "on_hand": "20", "value": "180000.00", "average": "9000.000000"}
        ]
        assert [(lot["on_hand"], lot["value"]) for lot in october["lots"]] == [("10", "90000.00"), ("10", "90000.00")]
        opened.receive(warehouse, "10", on="2026-10-20", unit_cost="1000")
        late = opened.ask("kardex")["items"][-1]
        assert (late["happened_on"], late["posted_on"], late["late_period"]) == ("2026-10-20", "2026-11-01", "2026-10")
        assert [line["late_period"] for line in opened.ask("kardex")["items"][:2]] == [None, None]
        assert (closed(opened, "2026-09"), closed(opened, "2026-10")) == ([september], [october])
        by_day = opened.ask("valuation", as_of="2026-10-31")["items"][0]
        assert (by_day["on_hand"], by_day["value"], by_day["provisional"]) == ("30", "190000.00", False)
        answers = [opened.ask("kardex"), opened.ask("valuation"), closed(opened, "2026-10")]
        rebuild(opened.application, SERVICE)
        assert [opened.ask("kardex"), opened.ask("valuation"), closed(opened, "2026-10")] == answers


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_late_cheaper_receipt_changes_the_worth_of_what_left_only_while_the_month_is_open(
    warehouse_office: Office, is_closed: bool
) -> None:
    """INV-9, INV-6, INV-5: 4 m left at 12000 each; known in time, the receipt of the day before makes it 9000."""
    warehouse = warehouse_office.warehouse()
    warehouse_office.item()
    lot = warehouse_office.receive(warehouse, "10", on="2026-10-05")["lots"][0]
    lines = [{"lot": lot, "qty": "4"}]
    body = {
        "warehouse": warehouse,
        "lines": lines,
        "reason_code": "damaged",
        "reason": "Se mojó.",
        "evidence": ["a" * 64],
    }
    proposed = warehouse_office.act("keeper", "ProposeWriteOff", on="2026-10-10", **body)
    warehouse_office.act("controller", "ApproveWriteOff", proposed["id"], on="2026-10-10")
    if is_closed:
        close(warehouse_office, "2026-10")
    warehouse_office.receive(warehouse, "10", on="2026-10-09", unit_cost="6000")
    (gone,) = [line for line in warehouse_office.ask("kardex")["items"] if line["kind"] == "write_off"]
    assert gone["amount"] == ("48000.00" if is_closed else "36000.00")
    (account,) = warehouse_office.ask("valuation", as_of="2026-10-31")["items"]
    assert (account["on_hand"], account["provisional"]) == ("16", not is_closed)


def test_months_are_closed_in_order_and_after_they_ended(warehouse_office: Office) -> None:
    """INV-9: the first is that of the first movement, then one after the other; a month goes on to its last day."""
    opened_in_september(warehouse_office)
    assert refusal(warehouse_office, "controller", "ClosePeriod", period="2026-10") == "STEP_OUT_OF_ORDER"
    assert refusal(warehouse_office, "controller", "ClosePeriod", period="2026-08") == "STEP_OUT_OF_ORDER"
    assert refusal(warehouse_office, "controller", "ClosePeriod", on="2026-09-30", period="2026-09") == (
        "PERIOD_NOT_ENDED"
    )
    close(warehouse_office, "2026-09", on="2026-10-01")
    assert refusal(warehouse_office, "controller", "ClosePeriod", period="2026-11") == "STEP_OUT_OF_ORDER"
    close(warehouse_office, "2026-10")
    assert refusal(warehouse_office, "controller", "ClosePeriod", period="2026-11") == "PERIOD_NOT_ENDED"


def test_a_closed_month_is_not_closed_again_nor_posted_into(warehouse_office: Office) -> None:
    """INV-9: who asks for the closed month is refused; who asks for none, or for the open one, is posted there."""
    warehouse = opened_in_september(warehouse_office)
    close(warehouse_office, "2026-09")
    assert refusal(warehouse_office, "controller", "ClosePeriod", on=NOVEMBER_2, period="2026-09") == "PERIOD_CLOSED"
    received = {
        "warehouse": warehouse,
        "origin": "donation",
        "lines": [{"item": "TELA-01", "qty": "1", "unit_cost": "0"}],
        "received_by": {"signer": "Rosa", "capacity": "P", "method": "handwritten_scan", "signed_on": NOVEMBER_2},
    }
    late: dict[str, Any] = {"on": "2026-09-25", **received}
    assert refusal(warehouse_office, "registrar", "ReceiveStock", **late, period="2026-09") == "PERIOD_CLOSED"
    assert refusal(warehouse_office, "registrar", "ReceiveStock", **late, period="2026-11") == "FIELD_INVALID"
    warehouse_office.act("registrar", "ReceiveStock", **late, period="2026-10")
    assert warehouse_office.ask("kardex", as_of="2026-09-30")["items"][-1]["posted_on"] == "2026-10-01"


def test_only_a_controller_who_keeps_no_warehouse_closes(warehouse_office: Office) -> None:
    """INV-9, SOD-4."""
    opened_in_september(warehouse_office)
    assert refusal(warehouse_office, "controller_and_keeper", "ClosePeriod", period="2026-09") == "SOD_VIOLATION"
    assert refusal(warehouse_office, "keeper", "ClosePeriod", period="2026-09") == "NOT_AUTHORISED"
    assert warehouse_office.ask("closed_periods", who="caseworker")["items"] == []


def test_every_warehouse_is_closed_and_others_learn_month_and_warehouse_only(warehouse_office: Office) -> None:
    """INV-9: goods that went from one warehouse to another are closed in both at once."""
    first = opened_in_september(warehouse_office)
    second = warehouse_office.warehouse("BOG2")
    assert close(warehouse_office, "2026-09")["warehouses"] == [first, second]
    assert [(row["warehouse_code"], len(row["items"])) for row in closed(warehouse_office, "2026-09")] == [
        ("BOG1", 1),
        ("BOG2", 0),
    ]
    published = events(warehouse_office, "inventory.PeriodClosed")
    assert published == [{"period": "2026-09", "warehouse": each} for each in (first, second)]


def test_without_a_warehouse_there_is_nothing_to_close(warehouse_office: Office) -> None:
    """INV-9."""
    assert refusal(warehouse_office, "controller", "ClosePeriod", period="2026-10") == "FIELD_INVALID"


def test_a_movement_written_down_while_a_month_is_closed_is_late_and_not_lost(
    warehouse_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-9: it came after the figures were read, so it is not in them, and posted to the month that stays open."""
    warehouse = opened_in_september(warehouse_office)

    def meanwhile(*args: Any) -> Any:
        found = figures(*args)
        warehouse_office.receive(warehouse, "5", on="2026-09-25")
        return found

    monkeypatch.setattr(periods, "figures", meanwhile)
    close(warehouse_office, "2026-09")
    assert [row["on_hand"] for row in closed(warehouse_office, "2026-09")[0]["items"]] == ["10"]
    late = [line for line in warehouse_office.ask("kardex")["items"] if line["late_period"]]
    assert [(line["on_hand"], line["posted_on"], line["late_period"]) for line in late] == [
        ("5", "2026-10-01", "2026-09")
    ]


def test_of_two_who_close_a_month_at_once_one_is_refused(warehouse_office: Office) -> None:
    """INV-9: each warehouse has one closing of a month."""
    opened_in_september(warehouse_office)

    def attempt(_: int) -> str:
        try:
            close(warehouse_office, "2026-09")
        except Refused as refused:
            return refused.code
        return "closed"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(attempt, range(4)))
    assert outcomes == ["PERIOD_CLOSED"] * 3 + ["closed"]
    assert len(closed(warehouse_office, "2026-09")) == 1


def test_no_act_that_moves_stock_is_posted_into_a_closed_month(warehouse_office: Office) -> None:
    """INV-9: a return, a transfer, an adjustment and a write-off that ask for the closed month are refused alike."""
    case, withdrawal = warehouse_office.withdrawn("6")
    (row,) = warehouse_office.ask("stock")["items"]
    warehouse_office.receive(row["warehouse_id"], on="2026-10-05")
    close(warehouse_office, "2026-10")
    other = warehouse_office.warehouse("BOG2")
    lines = [{"lot": row["lot"], "qty": "1"}]
    lost = {"warehouse": row["warehouse_id"], "lines": lines, "reason_code": "lost", "reason": "No aparece."}
    write_off = warehouse_office.act("keeper", "ProposeWriteOff", evidence=["a" * 64], **lost)["id"]
    counter = str(warehouse_office.person("caseworker"))
    body = {"warehouse": row["warehouse_id"], "counter": counter, "lots": [row["lot"]]}
    count = warehouse_office.act("controller", "StartCount", **body)["id"]
    warehouse_office.act("caseworker", "RecordCount", count, lines=[{"lot": row["lot"], "qty": "3"}])
    found = {"count": count, "reason_code": "count_difference", "reason": "Falta tela."}
    adjustment = warehouse_office.act("registrar", "ProposeAdjustment", **found)["id"]
    moved = {"warehouse": row["warehouse_id"], "to_warehouse": other, "lines": lines, "requested_by": counter}
    back = {
        "withdrawal": withdrawal["withdrawal"],
        "lines": [{"line": withdrawal["lines"][0]["line"], "qty": "1"}],
        "reason_code": "not_needed",
    }
    for who, command, target, more in (
        ("keeper", "ReturnStock", case, back),
        ("keeper", "TransferStock", None, {**moved, "withdrawn_by": sign("Pedro Campo")}),
        ("controller", "ApproveAdjustment", adjustment, {}),
        ("controller", "ApproveWriteOff", write_off, {}),
    ):
        assert refusal(warehouse_office, who, command, target, **more, period="2026-10") == "PERIOD_CLOSED"
        warehouse_office.act(who, command, target, **more, period="2026-11")

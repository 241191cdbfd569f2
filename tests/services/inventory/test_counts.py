"""Counts and adjustments: blind, by two people, never by the keeper, never below zero (SOD-4, INV-3)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from shared.runtime.tokens import GrantInForce, Who
from tests.databases import DIALECTS, database_url
from tests.services.inventory.desk import Office, Refused, office

LOST = {"reason_code": "count_difference", "reason": "Faltan dos metros en la estantería."}


def started(opened: Office, counter: str = "caseworker", **more: Any) -> tuple[str, str, str]:
    """A warehouse with ten metres of cloth and an open count; answers warehouse, lot and count."""
    warehouse = opened.warehouse()
    opened.item()
    lot = opened.receive(warehouse)["lots"][0]
    return warehouse, lot, start(opened, warehouse, counter, **more)


def start(opened: Office, warehouse: str, counter: str = "caseworker", on: str = "2026-11-05", **more: Any) -> str:
    body = {"warehouse": warehouse, "counter": str(opened.person(counter)), **more}
    return str(opened.act("controller", "StartCount", on=on, **body)["id"])


def record(opened: Office, count: str, lot: str, qty: str, who: str = "caseworker", on: str = "2026-11-06") -> Any:
    return opened.act(who, "RecordCount", count, on=on, lines=[{"lot": lot, "qty": qty}])


def proposed(opened: Office, found: str = "8", who: str = "registrar") -> tuple[str, str, str]:
    """A recorded count and an adjustment that waits; answers lot, count and adjustment."""
    _, lot, count = started(opened)
    record(opened, count, lot, found)
    return lot, count, str(opened.act(who, "ProposeAdjustment", on="2026-11-07", count=count, **LOST)["id"])


def refusal(opened: Office, *args: Any, **body: Any) -> dict[str, Any]:
    with pytest.raises(Refused) as refused:
        opened.act(*args, **body)
    return refused.value.refusal


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("found", "change"), [("8", "-2"), ("12.5", "2.5"), ("0", "-10")])
def test_the_books_follow_a_count_when_a_second_person_agrees(
    dialect: str, found: str, change: str, tmp_path: Any
) -> None:
    """SOD-4, INV-1, INV-10: the difference is a movement of its own, with its day, in stock and kardex."""
    with database_url(dialect, tmp_path) as url, office(tmp_path / "place", url) as opened:
        _, _, adjustment = proposed(opened, found)
        assert opened.ask("stock")["items"][0]["on_hand"] == "10"
        opened.act("controller", "ApproveAdjustment", adjustment, on="2026-11-08")
        assert opened.ask("stock")["items"][0]["on_hand"] == found
        last = opened.ask("kardex")["items"][-1]
        assert (last["kind"], last["on_hand"], last["happened_on"]) == ("adjustment", change, "2026-11-08")
        assert last["case_id"] is None
        assert opened.ask("stock", as_of="2026-11-07")["items"][0]["on_hand"] == "10"
        (row,) = opened.ask("adjustments", who="auditor", state="approved")["items"]
        assert row["id"] == adjustment


def test_a_count_is_blind(warehouse_office: Office) -> None:
    """SOD-4: neither the open count nor the answer to the counter says what the books expect."""
    _, lot, count = started(warehouse_office)
    for who in ("caseworker", "controller"):
        (seen,) = warehouse_office.ask("counts", who=who, state="open")["items"]
        assert [set(line) for line in seen["lines"]] == [{"lot", "lot_name", "item_code", "unit"}]
    assert warehouse_office.ask("counts", who="second_caseworker")["items"] == []
    answer = record(warehouse_office, count, lot, "8")
    assert not {"expected", "difference"} & set(answer)
    assert "expected" not in warehouse_office.ask("counts")["items"][0]["lines"][0]
    (line,) = warehouse_office.ask("counts", who="auditor")["items"][0]["lines"]
    assert (line["counted"], line["expected"], line["difference"]) == ("8", "10", "-2")


def test_a_difference_without_decision_stays_on_the_list(warehouse_office: Office) -> None:
    """INV-11: until an adjustment is proposed, and again after it is rejected."""
    _, lot, count = started(warehouse_office)
    assert warehouse_office.ask("counts", who="controller", state="undecided")["items"] == []
    record(warehouse_office, count, lot, "8")
    assert len(warehouse_office.ask("counts", who="controller", state="undecided")["items"]) == 1
    adjustment = warehouse_office.act("keeper", "ProposeAdjustment", on="2026-11-07", count=count, **LOST)["id"]
    assert warehouse_office.ask("counts", who="controller", state="undecided")["items"] == []
    assert refusal(warehouse_office, "registrar", "ProposeAdjustment", count=count, **LOST)["code"] == (
        "ADJUSTMENT_PENDING"
    )
    warehouse_office.act("controller", "RejectAdjustment", adjustment, on="2026-11-08", reason="Cuente de nuevo.")
    assert len(warehouse_office.ask("counts", who="controller", state="undecided")["items"]) == 1
    assert warehouse_office.ask("stock")["items"][0]["on_hand"] == "10"
    warehouse_office.act("registrar", "ProposeAdjustment", count=count, lots=[lot], **LOST)


def test_who_keeps_the_goods_neither_counts_nor_decides(warehouse_office: Office) -> None:
    """SOD-4: the person is tested, whatever grant they use."""
    _, lot, count = started(warehouse_office, counter="keeper")
    assert refusal(warehouse_office, "keeper", "RecordCount", count, lines=[{"lot": lot, "qty": "8"}])["code"] == (
        "SOD_VIOLATION"
    )
    warehouse = warehouse_office.ask("warehouses")["items"][0]["id"]
    body = {"warehouse": warehouse, "counter": str(warehouse_office.person("caseworker"))}
    assert refusal(warehouse_office, "controller_and_keeper", "StartCount", **body)["code"] == "SOD_VIOLATION"
    count = start(warehouse_office, warehouse)
    record(warehouse_office, count, lot, "8")
    adjustment = warehouse_office.act("registrar", "ProposeAdjustment", on="2026-11-07", count=count, **LOST)["id"]
    for command, more in (("ApproveAdjustment", {}), ("RejectAdjustment", {"reason": "No."})):
        assert refusal(warehouse_office, "controller_and_keeper", command, adjustment, **more)["code"] == (
            "SOD_VIOLATION"
        )


def test_who_proposed_does_not_decide(warehouse_office: Office) -> None:
    """SOD-4: a second account of the same natural person is the same person."""
    _, _, adjustment = proposed(warehouse_office, who="controller_and_registrar")
    other = Who.of(warehouse_office.person("controller_and_registrar"), (GrantInForce("other", "stock_controller"),))
    warehouse_office.people["other_account"] = other
    for who in ("controller_and_registrar", "other_account"):
        for command, more in (("ApproveAdjustment", {}), ("RejectAdjustment", {"reason": "No."})):
            assert refusal(warehouse_office, who, command, adjustment, **more)["code"] == "SOD_VIOLATION"
    assert warehouse_office.ask("stock")["items"][0]["on_hand"] == "10"


def test_an_adjustment_is_decided_once_and_by_the_controller(warehouse_office: Office) -> None:
    """ROL, SOD-4: wrong role and wrong state."""
    _, _, adjustment = proposed(warehouse_office)
    assert refusal(warehouse_office, "caseworker", "ApproveAdjustment", adjustment)["code"] == "NOT_AUTHORISED"
    warehouse_office.act("controller", "ApproveAdjustment", adjustment, on="2026-11-08")
    for command, more in (("ApproveAdjustment", {}), ("RejectAdjustment", {"reason": "No."})):
        assert refusal(warehouse_office, "controller", command, adjustment, **more)["code"] == "STATE_NOT_ALLOWED"
    assert refusal(warehouse_office, "controller", "ApproveAdjustment", uuid4())["code"] == "NOT_FOUND"


def test_no_adjustment_makes_stock_negative(warehouse_office: Office) -> None:
    """INV-3: goods that a case holds assigned stay covered, on that day and on every later one."""
    lot, _, adjustment = proposed(warehouse_office, "4")
    warehouse = warehouse_office.ask("warehouses")["items"][0]["id"]
    case, decision = warehouse_office.case("10")
    warehouse_office.assign(case, decision, warehouse, lot, "5", on="2026-11-09")
    assert refusal(warehouse_office, "controller", "ApproveAdjustment", adjustment, on="2026-11-08")["code"] == (
        "STOCK_INSUFFICIENT"
    )
    (row,) = warehouse_office.ask("adjustments", who="controller")["items"]
    assert (row["state"], row["decidable"]) == ("proposed", True)


def test_a_count_is_whole_by_the_person_named_and_recorded_once(warehouse_office: Office) -> None:
    """SOD-4: the counter is named when the count starts."""
    _, lot, count = started(warehouse_office)
    line = {"lot": lot, "qty": "8"}
    assert refusal(warehouse_office, "second_caseworker", "RecordCount", count, lines=[line])["code"] == (
        "NOT_AUTHORISED"
    )
    for lines in ([line, line], [line, {"lot": str(uuid4()), "qty": "1"}], [{"lot": lot, "qty": "8.123"}]):
        assert refusal(warehouse_office, "caseworker", "RecordCount", count, lines=lines)["code"] == "FIELD_INVALID"
    assert refusal(warehouse_office, "registrar", "ProposeAdjustment", count=count, **LOST)["code"] == (
        "STEP_OUT_OF_ORDER"
    )
    record(warehouse_office, count, lot, "10")
    assert refusal(warehouse_office, "caseworker", "RecordCount", count, lines=[line])["code"] == "STATE_NOT_ALLOWED"
    assert refusal(warehouse_office, "registrar", "ProposeAdjustment", count=count, **LOST)["code"] == "FIELD_INVALID"


def test_a_lot_left_out_makes_the_count_incomplete(warehouse_office: Office) -> None:
    """SOD-4: what was not looked for is not counted as nothing."""
    warehouse, lot, _ = started(warehouse_office)
    second = warehouse_office.receive(warehouse, on="2026-11-03")["lots"][0]
    count = start(warehouse_office, warehouse)
    assert refusal(warehouse_office, "caseworker", "RecordCount", count, lines=[{"lot": lot, "qty": "8"}])["code"] == (
        "FORM_INCOMPLETE"
    )
    only = start(warehouse_office, warehouse, lots=[second])
    record(warehouse_office, only, second, "9")


def test_days_of_counts_and_adjustments_follow_one_another(warehouse_office: Office) -> None:
    """X-08: a count before its start, a proposal before the count, a decision before the proposal."""
    _, lot, count = started(warehouse_office)
    early = "DATE_BEFORE_PRECONDITION"
    lines = [{"lot": lot, "qty": "8"}]
    assert refusal(warehouse_office, "caseworker", "RecordCount", count, on="2026-11-04", lines=lines)["code"] == early
    record(warehouse_office, count, lot, "8")
    body = {"count": count, **LOST}
    assert refusal(warehouse_office, "registrar", "ProposeAdjustment", on="2026-11-05", **body)["code"] == early
    adjustment = warehouse_office.act("registrar", "ProposeAdjustment", on="2026-11-07", **body)["id"]
    for command, more in (("ApproveAdjustment", {}), ("RejectAdjustment", {"reason": "No."})):
        refused = refusal(warehouse_office, "controller", command, adjustment, on="2026-11-06", **more)
        assert refused["code"] == early


def test_an_empty_warehouse_has_nothing_to_count(warehouse_office: Office) -> None:
    """SOD-4."""
    warehouse = warehouse_office.warehouse()
    body = {"warehouse": warehouse, "counter": str(warehouse_office.person("caseworker"))}
    assert refusal(warehouse_office, "controller", "StartCount", **body)["code"] in ("FIELD_INVALID", "NOT_FOUND")
    assert refusal(warehouse_office, "registrar", "StartCount", **body)["code"] == "NOT_AUTHORISED"

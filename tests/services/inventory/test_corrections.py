"""Corrections: nothing stored changes; the wrong entry is taken back and the right one made, by two people (X-10)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.databases import DIALECTS, database_url
from tests.services.inventory.correcting import WHY, correct, of, on_hand, propose, received, refusal, transferred
from tests.services.inventory.desk import Office, office
from tests.services.inventory.test_main_line import events


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_receipt_is_put_right_on_its_own_day_and_the_original_stays_visible(dialect: str, tmp_path: Any) -> None:
    """X-10, INV-6, INV-10, SOD-4: reversal and right entry in one act, each with its day, beside the receipt."""
    with database_url(dialect, tmp_path) as url, office(tmp_path / "place", url) as opened:
        body = received(opened)
        correction = propose(opened, body)
        (row,) = opened.ask("corrections", who="controller", state="proposed")["items"]
        assert (row["id"], row["decidable"], row["lines"][0]["was"], row["lines"][0]["right"]) == (
            correction,
            True,
            "10",
            "12",
        )
        assert on_hand(opened) == {"BOG1": "10"}
        opened.act("controller", "CorrectMovement", correction, on="2026-11-09")
        assert on_hand(opened) == on_hand(opened, as_of="2026-11-02") == {"BOG1": "12"}
        lines = [(each["kind"], each["on_hand"], each["happened_on"]) for each in opened.ask("kardex")["items"]]
        assert sorted(lines) == [
            ("correction", "-10", "2026-11-02"),
            ("correction", "12", "2026-11-02"),
            ("receipt", "10", "2026-11-02"),
        ]
        assert {each["number"] for each in opened.ask("kardex")["items"]} == {"BOG1-110A-2026-000001"}


def test_no_stored_event_changes_when_a_movement_is_corrected(warehouse_office: Office) -> None:
    """X-10: the log grows; every byte that was in it before is the same."""
    body = received(warehouse_office)
    before = [(entry.topic, entry.state) for entry in warehouse_office.application.log.entries(0, 1000)]
    correct(warehouse_office, body)
    after = [(entry.topic, entry.state) for entry in warehouse_office.application.log.entries(0, 1000)]
    assert after[: len(before)] == before
    assert {topic for topic, _ in after[len(before) :]} == {
        "inventory.CorrectionProposed",
        "inventory.LotCorrected",
        "inventory.MovementCorrected",
    }


def test_others_learn_what_changed_and_no_person(warehouse_office: Office) -> None:
    """EVT-2: the quantity is right less wrong."""
    body = received(warehouse_office)
    correct(warehouse_office, of(body, "7"))
    (published,) = events(warehouse_office, "inventory.MovementCorrected")
    line = {"lot": body["lines"][0]["lot"], "item": "TELA-01", "qty": "-3", "unit": "m", "origin": None}
    told = {"lines": [line], "reason_code": "wrong_entry", "kind": "receipt", "case_id": None, "decision_id": None}
    assert published == {**told, "movement_id": published["movement_id"]}  # type: ignore[index]


def test_the_right_day_and_warehouse_of_a_receipt(warehouse_office: Office) -> None:
    """X-10, INV-7: the goods came a day later, and elsewhere; on the day first written nothing was there."""
    body = received(warehouse_office)
    other = warehouse_office.warehouse("BOG2")
    correct(warehouse_office, of(body, "10", right_on="2026-11-03", warehouse=other))
    assert on_hand(warehouse_office, as_of="2026-11-02") == {"BOG1": "0"}
    assert on_hand(warehouse_office, as_of="2026-11-03") == {"BOG1": "0", "BOG2": "10"}
    assert on_hand(warehouse_office) == {"BOG1": "0", "BOG2": "10"}


def test_both_warehouses_follow_the_correction_of_a_transfer(warehouse_office: Office) -> None:
    """X-10, INV-1, INV-10: goods of the lot are neither more nor less than before."""
    body = transferred(warehouse_office)
    correct(warehouse_office, body, who="keeper")
    assert on_hand(warehouse_office) == {"BOG1": "7", "BOG2": "3"}
    lines = [each for each in warehouse_office.ask("kardex")["items"] if each["kind"] == "correction"]
    assert sorted(Decimal(each["on_hand"]) for each in lines) == [-4, -3, 3, 4]


def test_a_transfer_that_went_to_another_warehouse_or_never_happened(warehouse_office: Office) -> None:
    """X-10: a right quantity of zero takes the whole movement back."""
    body = transferred(warehouse_office)
    third = warehouse_office.warehouse("BOG3")
    correction = correct(warehouse_office, of(body, "4", to_warehouse=third), who="keeper")
    assert on_hand(warehouse_office) == {"BOG1": "6", "BOG2": "0", "BOG3": "4"}
    correct(warehouse_office, of({**body, "movement": correction}, "0"), who="keeper")
    assert on_hand(warehouse_office) == {"BOG1": "10", "BOG2": "0", "BOG3": "0"}


def test_write_offs_and_adjustments_are_corrected_in_the_direction_they_had(warehouse_office: Office) -> None:
    """X-10, INV-10: two metres were written off, it was one."""
    body = received(warehouse_office)
    lot = body["lines"][0]["lot"]
    warehouse = warehouse_office.ask("receipts")["items"][0]["warehouse_id"]
    written_off = warehouse_office.act(
        "keeper",
        "ProposeWriteOff",
        on="2026-11-05",
        warehouse=warehouse,
        lines=[{"lot": lot, "qty": "2"}],
        reason_code="damaged",
        reason="Se mojó.",
        evidence=[uuid4().hex * 2],
    )["id"]
    proposal = {"movement": written_off, "lines": [{"lot": lot, "qty": "1"}], **WHY}
    assert refusal(warehouse_office, "keeper", "ProposeCorrection", **proposal) == "NOT_FOUND"
    warehouse_office.act("controller", "ApproveWriteOff", written_off, on="2026-11-06")
    correct(warehouse_office, proposal, who="keeper")
    assert on_hand(warehouse_office) == {"BOG1": "9"}
    started = warehouse_office.act(
        "controller",
        "StartCount",
        on="2026-11-09",
        warehouse=warehouse,
        counter=str(warehouse_office.person("caseworker")),
    )["id"]
    warehouse_office.act("caseworker", "RecordCount", started, lines=[{"lot": lot, "qty": "6"}])
    adjustment = warehouse_office.act("keeper", "ProposeAdjustment", count=started, **WHY)["id"]
    warehouse_office.act("controller", "ApproveAdjustment", adjustment)
    assert on_hand(warehouse_office) == {"BOG1": "6"}
    right = {"movement": adjustment, "lines": [{"lot": lot, "qty": "2"}], **WHY}
    correction = warehouse_office.act("registrar", "ProposeCorrection", on="2026-11-11", **right)["id"]
    warehouse_office.act("controller", "CorrectMovement", correction, on="2026-11-11")
    assert on_hand(warehouse_office) == {"BOG1": "7"}
    assert on_hand(warehouse_office, as_of="2026-11-09") == {"BOG1": "9"}


def test_a_receipt_corrected_is_worth_what_was_really_paid(warehouse_office: Office) -> None:
    """X-10, INV-5: quantity and cost; what left since, the same day included, leaves at the right cost."""
    _, withdrawal = warehouse_office.withdrawn("6")
    receipt = warehouse_office.ask("receipts")["items"][0]["id"]
    lot = withdrawal["lines"][0]["lot"]
    body = {"movement": receipt, "lines": [{"lot": lot, "qty": "12", "unit_cost": "10000"}], **WHY}
    correction = correct(warehouse_office, body, who="second_registrar")
    (balance,) = warehouse_office.ask("stock")["items"]
    assert (balance["on_hand"], balance["value"]) == ("6", "60000.00")
    again = {**body, "movement": correction, "lines": [{"lot": lot, "qty": "12", "unit_cost": "11000"}]}
    correct(warehouse_office, again, who="second_registrar")
    (balance,) = warehouse_office.ask("stock")["items"]
    assert (balance["on_hand"], balance["value"]) == ("6", "66000.00")


def test_value_follows_goods_through_the_correction_of_a_transfer_and_of_a_loss(warehouse_office: Office) -> None:
    """X-10, INV-5: nothing becomes dearer or cheaper because a quantity was mistyped."""
    body = transferred(warehouse_office)
    warehouse_office.receive(
        warehouse_office.ask("stock", warehouse="BOG2")["items"][0]["warehouse_id"],
        qty="4",
        on="2026-11-05",
        unit_cost="20000",
    )
    correct(warehouse_office, body, who="keeper")
    values = {row["warehouse_code"]: Decimal(0) for row in warehouse_office.ask("stock")["items"]}
    for row in warehouse_office.ask("stock")["items"]:
        values[row["warehouse_code"]] += Decimal(row["value"])
    assert values == {"BOG1": Decimal(84000), "BOG2": Decimal(116000)}


def test_only_a_receipt_has_a_cost_to_correct_and_never_below_zero(warehouse_office: Office) -> None:
    """X-10, INV-5."""
    body = transferred(warehouse_office)
    priced = {**body, "lines": [{**body["lines"][0], "unit_cost": "1"}]}
    assert refusal(warehouse_office, "keeper", "ProposeCorrection", **priced) == "FIELD_INVALID"
    receipt = warehouse_office.ask("receipts")["items"][0]["id"]
    below = {**priced, "movement": receipt, "lines": [{**body["lines"][0], "unit_cost": "-1"}]}
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **below) == "FIELD_INVALID"
    same = {**below, "lines": [{"lot": body["lines"][0]["lot"], "qty": "10", "unit_cost": "12000"}]}
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **same) == "FIELD_INVALID"

"""Corrections: nothing stored changes; the wrong entry is taken back and the right one made, by two people (X-10)."""

from __future__ import annotations

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

WHY = {"reason_code": "wrong_entry", "reason": "Se digitó mal la remisión."}
DECISIONS: tuple[tuple[str, dict[str, str]], ...] = (("CorrectMovement", {}), ("RejectCorrection", {"reason": "No."}))


def received(opened: Office, **line: Any) -> dict[str, Any]:
    """Ten metres of cloth received on the 2nd; answers a proposal: they were twelve."""
    warehouse = opened.warehouse()
    opened.item()
    receipt = opened.receive(warehouse, **line)
    return {"movement": receipt["id"], "lines": [{"lot": receipt["lots"][0], "qty": "12"}], **WHY}


def propose(opened: Office, body: dict[str, Any], who: str = "registrar", on: str = "2026-11-08") -> str:
    return str(opened.act(who, "ProposeCorrection", on=on, **body)["id"])


def correct(opened: Office, body: dict[str, Any], who: str = "registrar", on: str = "2026-11-09") -> str:
    correction = propose(opened, body, who)
    opened.act("controller", "CorrectMovement", correction, on=on)
    return correction


def of(body: dict[str, Any], qty: str, **more: Any) -> dict[str, Any]:
    """The proposal with another right quantity."""
    return {**body, "lines": [{**body["lines"][0], "qty": qty}], **more}


def refusal(opened: Office, *args: Any, **body: Any) -> str:
    with pytest.raises(Refused) as refused:
        opened.act(*args, **body)
    return refused.value.code


def on_hand(opened: Office, **params: str) -> dict[str, str]:
    return {row["warehouse_code"]: row["on_hand"] for row in opened.ask("stock", **params)["items"]}


def transferred(opened: Office, qty: str = "4") -> dict[str, Any]:
    """Four of ten metres went from BOG1 to BOG2 on the 5th; answers a proposal: they were three."""
    body = received(opened)
    warehouse = opened.ask("receipts")["items"][0]["warehouse_id"]
    lot = body["lines"][0]["lot"]
    moved = opened.act(
        "keeper",
        "TransferStock",
        on="2026-11-05",
        warehouse=warehouse,
        to_warehouse=opened.warehouse("BOG2"),
        lines=[{"lot": lot, "qty": qty}],
        requested_by=str(opened.person("caseworker")),
        withdrawn_by=sign("Pedro Campo"),
    )
    return {"movement": moved["id"], "lines": [{"lot": lot, "qty": "3"}], **WHY}


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


def test_a_movement_is_corrected_once_and_then_its_correction(warehouse_office: Office) -> None:
    """X-10: one proposal at a time; a rejected one leaves room for another."""
    body = received(warehouse_office)
    correction = propose(warehouse_office, body)
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **of(body, "11")) == "CORRECTION_PENDING"
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **of(body, "9", movement=correction)) == (
        "NOT_FOUND"
    )
    warehouse_office.act("controller", "RejectCorrection", correction, on="2026-11-08", reason="Son diez.")
    assert on_hand(warehouse_office) == {"BOG1": "10"}
    second = correct(warehouse_office, of(body, "11"))
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **of(body, "9")) == "CORRECTION_PENDING"
    correct(warehouse_office, of(body, "9", movement=second))
    assert on_hand(warehouse_office) == {"BOG1": "9"}
    states = [row["state"] for row in warehouse_office.ask("corrections", who="auditor")["items"]]
    assert sorted(states) == ["approved", "approved", "rejected"]


def test_neither_who_proposed_nor_who_made_the_movement_nor_a_keeper_decides(warehouse_office: Office) -> None:
    """SOD-4: the person is tested, whatever grant they use; the author of the wrong version counts."""
    body = received(warehouse_office)
    own = propose(warehouse_office, body, who="controller_and_registrar")
    for who in ("controller_and_registrar", "controller_and_keeper"):
        for command, more in DECISIONS:
            assert refusal(warehouse_office, who, command, own, **more) == "SOD_VIOLATION"
    for who in ("keeper", "registrar", "auditor"):
        assert refusal(warehouse_office, who, "CorrectMovement", own) == "NOT_AUTHORISED"
    booked = warehouse_office.act(
        "controller_and_registrar",
        "ReceiveStock",
        on="2026-11-02",
        warehouse=warehouse_office.ask("receipts")["items"][0]["warehouse_id"],
        origin="donation",
        lines=[{"item": "TELA-01", "qty": "5", "unit_cost": "0"}],
        received_by=sign("Rosa Almacén"),
    )
    theirs = propose(
        warehouse_office, {"movement": booked["id"], "lines": [{"lot": booked["lots"][0], "qty": "4"}], **WHY}
    )
    assert refusal(warehouse_office, "controller_and_registrar", "CorrectMovement", theirs) == "SOD_VIOLATION"
    warehouse_office.act("controller", "CorrectMovement", theirs)


def test_the_roles_and_separations_of_the_original_act_hold_for_its_correction(warehouse_office: Office) -> None:
    """X-10, SOD-3: who corrects a receipt books it, who corrects a transfer releases it."""
    transfer = transferred(warehouse_office)
    receipt = {**transfer, "movement": warehouse_office.ask("receipts")["items"][0]["id"]}
    assert refusal(warehouse_office, "keeper", "ProposeCorrection", **of(receipt, "12")) == "NOT_AUTHORISED"
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **transfer) == "NOT_AUTHORISED"
    assert refusal(warehouse_office, "caseworker", "ProposeCorrection", **transfer) == "NOT_AUTHORISED"
    keeper = warehouse_office.people["keeper"]
    both = tuple(GrantInForce(role, role) for role in ("warehouse_registrar", "warehouse_keeper"))
    warehouse_office.people["keeper"] = Who.of(keeper.person, both)
    assert refusal(warehouse_office, "keeper", "ProposeCorrection", **of(receipt, "12")) == "SOD_VIOLATION"
    registrar = warehouse_office.people["registrar"]
    warehouse_office.people["registrar"] = Who.of(registrar.person, both[1:])
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **transfer) == "SOD_VIOLATION"


def test_who_corrected_a_receipt_neither_asks_for_its_goods_nor_releases_nor_takes_them(
    warehouse_office: Office,
) -> None:
    """SOD-3: authors of the correction count as bookers, also of goods that were assigned before."""
    warehouse_office.people["other"] = Who.of(
        uuid4(),
        tuple(GrantInForce(role, role) for role in ("warehouse_registrar", "warehouse_keeper", "caseworker")),
    )
    body = received(warehouse_office)
    warehouse = warehouse_office.ask("receipts")["items"][0]["warehouse_id"]
    case, decision = warehouse_office.case("10")
    assigned = warehouse_office.assign(case, decision, warehouse, body["lines"][0]["lot"], "6")
    line = {"assignment_line": assigned["lines"][0]["line"], "qty": "2"}
    correct(warehouse_office, body, who="other")
    assert refusal(warehouse_office, "other", "RequestWithdrawal", case, lines=[line]) == "SOD_VIOLATION"
    request = warehouse_office.request(case, line["assignment_line"], "2")
    signed = {"request": request, "withdrawn_by": sign("Pedro Campo")}
    assert refusal(warehouse_office, "other", "ReleaseWithdrawal", case, **signed) == "SOD_VIOLATION"
    taker = str(warehouse_office.person("other"))
    assert refusal(warehouse_office, "keeper", "ReleaseWithdrawal", case, **signed, professional=taker) == (
        "SOD_VIOLATION"
    )
    warehouse_office.release(case, request)


def test_who_has_asked_for_goods_released_or_taken_them_does_not_correct_their_receipt(
    warehouse_office: Office,
) -> None:
    """SOD-3: the comparison holds in whichever order the two acts come."""
    _, withdrawal = warehouse_office.withdrawn("6")
    receipt = warehouse_office.ask("receipts")["items"][0]["id"]
    lot = withdrawal["lines"][0]["lot"]
    body = {"movement": receipt, "lines": [{"lot": lot, "qty": "12"}], **WHY}
    for who in ("caseworker", "keeper"):
        person = warehouse_office.person(who)
        warehouse_office.people["again"] = Who.of(person, (GrantInForce("again", "warehouse_registrar"),))
        assert refusal(warehouse_office, "again", "ProposeCorrection", **body) == "SOD_VIOLATION"
    propose(warehouse_office, body, who="second_registrar")


def test_who_corrected_an_fo_128_does_not_correct_the_receipt_of_its_goods(warehouse_office: Office) -> None:
    """SOD-3, X-10: authors of the correction count as who released; a rejected proposal is no act."""
    person = uuid4()
    roles = ("warehouse_keeper", "warehouse_registrar")
    body = transferred(warehouse_office)
    receipt = {**body, "movement": warehouse_office.ask("receipts")["items"][0]["id"]}
    warehouse_office.people["as_keeper"], warehouse_office.people["as_registrar"] = (
        Who.of(person, (GrantInForce(role, role),)) for role in roles
    )
    rejected = propose(warehouse_office, body, who="as_keeper")
    warehouse_office.act("controller", "RejectCorrection", rejected, reason="Son cuatro.")
    mistaken = propose(warehouse_office, of(receipt, "12"), who="as_registrar")
    warehouse_office.act("controller", "RejectCorrection", mistaken, reason="Son diez.")
    correct(warehouse_office, body, who="as_keeper")
    assert refusal(warehouse_office, "as_registrar", "ProposeCorrection", **of(receipt, "12")) == "SOD_VIOLATION"
    propose(warehouse_office, of(receipt, "12"), who="second_registrar")


def test_a_correction_never_makes_what_happened_since_impossible(warehouse_office: Office) -> None:
    """INV-3: on no day below zero, when it is proposed and again when it is approved; a later day is no way round."""
    body = received(warehouse_office)
    warehouse = warehouse_office.ask("receipts")["items"][0]["warehouse_id"]
    case, decision = warehouse_office.case("10")
    warehouse_office.assign(case, decision, warehouse, body["lines"][0]["lot"], "6", on="2026-11-04")
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **of(body, "5")) == "STOCK_INSUFFICIENT"
    later = of(body, "10", right_on="2026-11-05")
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **later) == "STOCK_INSUFFICIENT"
    correction = propose(warehouse_office, of(body, "7"))
    warehouse_office.assign(case, decision, warehouse, body["lines"][0]["lot"], "2", on="2026-11-08")
    assert refusal(warehouse_office, "controller", "CorrectMovement", correction) == "STOCK_INSUFFICIENT"
    assert on_hand(warehouse_office) == {"BOG1": "10"}


def test_goods_of_a_transfer_that_were_used_since_cannot_be_taken_back(warehouse_office: Office) -> None:
    """INV-3: in each warehouse by itself."""
    body = transferred(warehouse_office)
    bog2 = warehouse_office.ask("stock", warehouse="BOG2")["items"][0]["warehouse_id"]
    case, decision = warehouse_office.case("10")
    warehouse_office.assign(case, decision, bog2, body["lines"][0]["lot"], "4", on="2026-11-06")
    assert refusal(warehouse_office, "keeper", "ProposeCorrection", **body) == "STOCK_INSUFFICIENT"
    more = of(body, "11")
    assert refusal(warehouse_office, "keeper", "ProposeCorrection", **more) == "STOCK_INSUFFICIENT"


def test_a_proposal_says_what_changes_of_a_movement_that_is_there(warehouse_office: Office) -> None:
    """X-08, X-10."""
    body = received(warehouse_office)
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **of(body, "10")) == "FIELD_INVALID"
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **of(body, "12.345")) == "FIELD_INVALID"
    other = {**body, "lines": [{"lot": str(uuid4()), "qty": "1"}]}
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **other) == "FIELD_INVALID"
    twice = {**body, "lines": [body["lines"][0], {**body["lines"][0], "qty": "1"}]}
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **twice) == "FIELD_INVALID"
    later = of(body, "10", right_on="2026-11-19")
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **later) == "FIELD_INVALID"
    to = of(body, "10", to_warehouse=warehouse_office.warehouse("BOG2"))
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **to) == "FIELD_INVALID"
    unknown = {**body, "movement": str(uuid4())}
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **unknown) == "NOT_FOUND"
    nowhere = of(body, "10", warehouse=str(uuid4()))
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **nowhere) == "NOT_FOUND"
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", on="2026-11-01", **body) == (
        "DATE_BEFORE_PRECONDITION"
    )


def test_a_movement_cannot_have_been_before_its_goods_came(warehouse_office: Office) -> None:
    """X-08, INV-3."""
    body = transferred(warehouse_office)
    early = of(body, "4", right_on="2026-11-01")
    assert refusal(warehouse_office, "keeper", "ProposeCorrection", **early) == "FIELD_INVALID"
    same = warehouse_office.ask("stock", warehouse="BOG1")["items"][0]["warehouse_id"]
    assert refusal(warehouse_office, "keeper", "ProposeCorrection", **of(body, "4", to_warehouse=same)) == (
        "FIELD_INVALID"
    )


def test_a_correction_is_decided_once_and_not_before_it_was_proposed(warehouse_office: Office) -> None:
    """X-08, SOD-4."""
    correction = propose(warehouse_office, received(warehouse_office))
    for command, more in DECISIONS:
        assert refusal(warehouse_office, "controller", command, correction, on="2026-11-07", **more) == (
            "DATE_BEFORE_PRECONDITION"
        )
    warehouse_office.act("controller", "CorrectMovement", correction)
    for command, more in DECISIONS:
        assert refusal(warehouse_office, "controller", command, correction, **more) == "STATE_NOT_ALLOWED"
    assert refusal(warehouse_office, "controller", "CorrectMovement", uuid4()) == "NOT_FOUND"


def test_what_had_used_the_wrong_entry_is_listed_and_stays_as_it_is(warehouse_office: Office) -> None:
    """X-10: affected decisions are listed; none is recomputed by itself."""
    case, withdrawal = warehouse_office.withdrawn("6")
    receipt = warehouse_office.ask("receipts")["items"][0]["id"]
    correct(
        warehouse_office,
        {"movement": receipt, "lines": [{"lot": withdrawal["lines"][0]["lot"], "qty": "12"}], **WHY},
        who="second_registrar",
    )
    (row,) = warehouse_office.ask("corrections", who="controller")["items"]
    assert [(each["kind"], each["case_id"]) for each in row["affected"]] == [
        ("assignment", str(case)),
        ("withdrawal", str(case)),
    ]
    assert row["affected"][1]["number"] == withdrawal["number"]
    (balance,) = warehouse_office.ask("stock")["items"]
    assert (balance["on_hand"], balance["custody"]) == ("6", "6")


def test_movements_to_correct_are_offered_by_number_and_day(warehouse_office: Office) -> None:
    body = transferred(warehouse_office)
    offered = {each["id"]: each["label"] for each in warehouse_office.ask("choices", to="movement")["items"]}
    assert offered[body["movement"]] == "Traslado n.º BOG1-128-2026-000001 del 2026-11-05"
    assert len(offered) == 2
    named = {line["movement"] for line in warehouse_office.ask("kardex")["items"]}
    assert named == set(offered)
    (lot,) = warehouse_office.ask("choices", to="known_lot")["items"]
    assert lot == {"id": body["lines"][0]["lot"], "label": "TELA-01 · BOG1-110A-2026-000001-1"}


def test_a_line_of_a_document_of_a_case_is_chosen_by_its_lot_and_its_document(warehouse_office: Office) -> None:
    """X-10: where a lot is on several lines of one document, the line says which of them was wrong."""
    _, withdrawal = warehouse_office.withdrawn("6")
    (line,) = warehouse_office.ask("choices", to="moved_line")["items"]
    assert line["id"] == withdrawal["lines"][0]["line"]
    assert line["label"] == f"TELA-01 · BOG1-110A-2026-000001-1 · Retiro n.º {withdrawal['number']} del 2026-11-05"
    (movement,) = (
        each for each in warehouse_office.ask("choices", to="movement")["items"] if each["label"].startswith("Retiro")
    )
    body = {"movement": movement["id"], "lines": [{"line": line["id"], "qty": "5"}], **WHY}
    propose(warehouse_office, body, who="keeper")


def test_corrections_are_seen_by_the_stores_own_people_and_a_rebuilt_read_model_says_the_same(
    warehouse_office: Office,
) -> None:
    """X-10, ROL-02."""
    correct(warehouse_office, transferred(warehouse_office), who="keeper")
    assert warehouse_office.ask("corrections", who="caseworker")["items"] == []
    before = [warehouse_office.ask(query, who="controller") for query in ("stock", "kardex", "corrections")]
    rebuild(warehouse_office.application, SERVICE)
    after = [warehouse_office.ask(query, who="controller") for query in ("stock", "kardex", "corrections")]
    assert after == before

"""Who may propose and confirm a correction, when it is no longer possible, and what people see of it (X-10)."""

from __future__ import annotations

from uuid import uuid4

from services.inventory.definition import SERVICE
from shared.runtime.rebuild import rebuild
from shared.runtime.tokens import GrantInForce, Who
from tests.services.inventory.correcting import (
    DECISIONS,
    WHY,
    correct,
    of,
    on_hand,
    propose,
    received,
    refusal,
    transferred,
)
from tests.services.inventory.desk import Office, sign


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

"""Corrections of what a case's documents say: less was withdrawn, delivered or returned (X-10, INV-10, INV-12)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from services.inventory.definition import SERVICE
from services.inventory.domain.case_incentive import CaseIncentive
from shared.runtime.rebuild import rebuild
from shared.runtime.tokens import GrantInForce, Who
from tests.databases import DIALECTS, database_url
from tests.services.inventory.correcting import WHY, refusal
from tests.services.inventory.desk import Office, office, sign
from tests.services.inventory.test_main_line import events, the_stock

OTHER = "second_keeper"


def begun(opened: Office) -> tuple[UUID, Any]:
    """Ten metres, six of them in custody of the caseworker; a second keeper is there to correct."""
    opened.people[OTHER] = Who.of(uuid4(), (GrantInForce(OTHER, "warehouse_keeper"),))
    return opened.withdrawn("6", decided="6")


def proposal(movement: Any, lot: str, qty: str, **more: Any) -> dict[str, Any]:
    return {"movement": str(movement), "lines": [{"lot": lot, "qty": qty, **more}], **WHY}


def correct(opened: Office, body: dict[str, Any], who: str = OTHER) -> str:
    correction = opened.act(who, "ProposeCorrection", on="2026-11-12", **body)["id"]
    opened.act("controller", "CorrectMovement", correction, on="2026-11-13")
    return str(correction)


def give_back(opened: Office, case: UUID, withdrawal: Any, line: str, qty: str, on: str = "2026-11-08") -> str:
    body = {"withdrawal": withdrawal["withdrawal"], "lines": [{"line": line, "qty": qty}], "reason_code": "not_needed"}
    return str(opened.act("keeper", "ReturnStock", case, on=on, **body)["movement"])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_less_was_withdrawn_than_the_fo_128_says(dialect: str, tmp_path: Any) -> None:
    """X-10, INV-10, INV-6: the goods are on hand and assigned as they were, from the day of the FO-128 on."""
    with database_url(dialect, tmp_path) as url, office(tmp_path / "place", url) as opened:
        case, withdrawal = begun(opened)
        lot = withdrawal["lines"][0]["lot"]
        correct(opened, proposal(withdrawal["withdrawal"], lot, "4"))
        now = {"on_hand": "6", "assigned": "2", "free": "4", "custody": "4"}
        assert the_stock(opened) == the_stock(opened, as_of="2026-11-05") == now
        line = next(line for line in opened.ask("kardex", case=str(case))["items"] if line["kind"] == "correction")
        assert (line["on_hand"], line["assigned"], line["custody"], line["number"]) == (
            "2",
            "2",
            "-2",
            withdrawal["number"],
        )
        assert line["value"] == "24000.00"
        assert refusal(opened, "caseworker", "DeliverIncentive", case, **delivery(withdrawal, "5")) == (
            "CUSTODY_EXCEEDED"
        )
        opened.deliver(case, withdrawal, "4")
        assert opened.ask("withdrawals")["items"][0]["state"] == "closed"


def delivery(withdrawal: Any, qty: str) -> dict[str, Any]:
    lines = [{"withdrawal_line": withdrawal["lines"][0]["line"], "qty": qty}]
    return {"withdrawal": withdrawal["withdrawal"], "lines": lines, "beneficiary": sign("Ana Beneficiaria")}


def test_less_was_delivered_than_the_receipt_says_and_the_rest_is_in_custody(warehouse_office: Office) -> None:
    """X-10, INV-12: nothing of it came back to the warehouse; it may be delivered, or returned at its cost."""
    case, withdrawal = begun(warehouse_office)
    delivered = warehouse_office.deliver(case, withdrawal, "6")
    assert warehouse_office.ask("withdrawals")["items"][0]["state"] == "closed"
    lot = withdrawal["lines"][0]["lot"]
    correct(warehouse_office, proposal(delivered["delivery"], lot, "5"))
    assert the_stock(warehouse_office) == {"on_hand": "4", "assigned": "0", "free": "4", "custody": "1"}
    assert warehouse_office.ask("case", id=str(case))["tracks"] == {"incentive": "withdrawn"}
    assert warehouse_office.ask("withdrawals")["items"][0]["state"] == "withdrawn"
    give_back(warehouse_office, case, withdrawal, withdrawal["lines"][0]["line"], "1", on="2026-11-14")
    assert warehouse_office.ask("kardex")["items"][-1]["value"] == "12000.00"
    assert the_stock(warehouse_office)["on_hand"] == "5"


def test_less_came_back_than_the_return_says(warehouse_office: Office) -> None:
    """X-10, INV-12: from custody, it is still there; from the beneficiary, it is still delivered."""
    case, withdrawal = begun(warehouse_office)
    delivered = warehouse_office.deliver(case, withdrawal, "3")
    lot, line = withdrawal["lines"][0]["lot"], withdrawal["lines"][0]["line"]
    from_custody = give_back(warehouse_office, case, withdrawal, line, "3")
    from_beneficiary = give_back(warehouse_office, case, withdrawal, delivered["lines"][0]["line"], "2")
    assert the_stock(warehouse_office) == {"on_hand": "9", "assigned": "0", "free": "9", "custody": "0"}
    correct(warehouse_office, proposal(from_custody, lot, "2"))
    assert the_stock(warehouse_office) == {"on_hand": "8", "assigned": "0", "free": "8", "custody": "1"}
    correct(warehouse_office, proposal(from_beneficiary, lot, "0"))
    assert the_stock(warehouse_office) == {"on_hand": "6", "assigned": "0", "free": "6", "custody": "1"}
    found = warehouse_office.application.loader.get(CaseIncentive, case)
    (need,) = next(iter(found.decisions.values())).needs.values()
    assert (need.delivered_net, need.in_custody, need.open) == (3, 1, 2)
    last = warehouse_office.ask("kardex")["items"][-1]
    assert last["account"]["value"] == "72000.00"


def test_others_learn_whose_document_was_corrected_and_by_how_much(warehouse_office: Office) -> None:
    """EVT-2, EVT-5, INV-12."""
    case, withdrawal = begun(warehouse_office)
    decision = events(warehouse_office, "inventory.StockAssigned")[0]["decision_id"]  # type: ignore[index]
    delivered = warehouse_office.deliver(case, withdrawal, "6")
    correct(warehouse_office, proposal(delivered["delivery"], withdrawal["lines"][0]["lot"], "5"))
    (told,) = events(warehouse_office, "inventory.MovementCorrected")
    assert (told["kind"], told["case_id"], told["decision_id"]) == ("delivery", str(case), decision)  # type: ignore[index]
    assert told["lines"][0]["qty"] == "-1"  # type: ignore[index]


def test_no_less_than_what_later_documents_have_drawn_on_it(warehouse_office: Office) -> None:
    """INV-10: when it is proposed and again when it is approved."""
    case, withdrawal = begun(warehouse_office)
    lot = withdrawal["lines"][0]["lot"]
    delivered = warehouse_office.deliver(case, withdrawal, "3")
    of_taken = proposal(withdrawal["withdrawal"], lot, "2")
    assert refusal(warehouse_office, OTHER, "ProposeCorrection", **of_taken) == "CORRECTION_BELOW_USE"
    waits = warehouse_office.act(
        OTHER, "ProposeCorrection", on="2026-11-12", **{**of_taken, "lines": [{"lot": lot, "qty": "4"}]}
    )["id"]
    assert (
        refusal(warehouse_office, OTHER, "ProposeCorrection", **of_taken | {"lines": [{"lot": lot, "qty": "5"}]})
        == "CORRECTION_PENDING"
    )
    warehouse_office.deliver(case, withdrawal, "2", on="2026-11-12")
    assert refusal(warehouse_office, "controller", "CorrectMovement", waits, on="2026-11-13") == "CORRECTION_BELOW_USE"
    give_back(warehouse_office, case, withdrawal, delivered["lines"][0]["line"], "2")
    of_given = proposal(delivered["delivery"], lot, "1")
    assert refusal(warehouse_office, OTHER, "ProposeCorrection", **of_given) == "CORRECTION_BELOW_USE"


def test_goods_that_came_back_and_were_used_again_cannot_have_stayed_away(warehouse_office: Office) -> None:
    """INV-3, INV-12: neither what is assigned anew nor more than was decided."""
    case, withdrawal = begun(warehouse_office)
    lot, line = withdrawal["lines"][0]["lot"], withdrawal["lines"][0]["line"]
    returned = give_back(warehouse_office, case, withdrawal, line, "6")
    decision = events(warehouse_office, "inventory.StockAssigned")[0]["decision_id"]  # type: ignore[index]
    warehouse = warehouse_office.ask("receipts")["items"][0]["warehouse_id"]
    warehouse_office.assign(case, decision, warehouse, lot, "2", on="2026-11-09")
    body = proposal(returned, lot, "1")
    assert refusal(warehouse_office, OTHER, "ProposeCorrection", **body) == "NOT_IN_DECISION"
    other, another = warehouse_office.case("8")
    warehouse_office.assign(other, another, warehouse, lot, "7", on="2026-11-09")
    body = proposal(returned, lot, "4")
    assert refusal(warehouse_office, OTHER, "ProposeCorrection", **body) == "STOCK_INSUFFICIENT"


def test_more_than_is_written_takes_another_signed_document(warehouse_office: Office) -> None:
    """A19-1, AMB-11, X-10: a correction never stands in for a signature; day and warehouse of a case stay."""
    _, withdrawal = begun(warehouse_office)
    lot = withdrawal["lines"][0]["lot"]
    body = proposal(withdrawal["withdrawal"], lot, "4")
    for wrong in (
        proposal(withdrawal["withdrawal"], lot, "7"),
        proposal(withdrawal["withdrawal"], lot, "6"),
        proposal(withdrawal["withdrawal"], lot, "4.123"),
        proposal(withdrawal["withdrawal"], lot, "4", unit_cost="1"),
        proposal(withdrawal["withdrawal"], str(uuid4()), "4"),
        {**body, "lines": [{"qty": "4"}]},
        {**body, "lines": [*body["lines"], {"line": withdrawal["lines"][0]["line"], "qty": "3"}]},
        {**body, "right_on": "2026-11-06"},
    ):
        assert refusal(warehouse_office, OTHER, "ProposeCorrection", **wrong) == "FIELD_INVALID"
    assert refusal(warehouse_office, OTHER, "ProposeCorrection", on="2026-11-04", **body) == "DATE_BEFORE_PRECONDITION"


def test_a_lot_on_two_lines_is_named_by_its_line(warehouse_office: Office) -> None:
    """X-10, INV-10: each line leads to its own assignment."""
    case, withdrawal = begun(warehouse_office)
    lot, line = withdrawal["lines"][0]["lot"], withdrawal["lines"][0]["line"]
    delivered = warehouse_office.act(
        "caseworker", "DeliverIncentive", case, on="2026-11-06", **delivery(withdrawal, "3")
    )
    body = {"withdrawal": withdrawal["withdrawal"], "reason_code": "defective"}
    lines = [{"line": line, "qty": "2"}, {"line": delivered["lines"][0]["line"], "qty": "1"}]
    back = warehouse_office.act("keeper", "ReturnStock", case, on="2026-11-08", lines=lines, **body)["movement"]
    assert refusal(warehouse_office, OTHER, "ProposeCorrection", **proposal(back, lot, "0")) == "FIELD_INVALID"
    named = [each["line"] for each in warehouse_office.ask("kardex")["items"] if each["kind"] == "return"]
    correct(warehouse_office, {"movement": back, "lines": [{"line": named[0], "qty": "0"}], **WHY})
    assert the_stock(warehouse_office) == {"on_hand": "5", "assigned": "0", "free": "5", "custody": "3"}


def test_the_separations_of_the_original_act_hold_and_a_second_person_decides(warehouse_office: Office) -> None:
    """SOD-3, SOD-4, X-10."""
    case, withdrawal = begun(warehouse_office)
    lot = withdrawal["lines"][0]["lot"]
    delivered = warehouse_office.deliver(case, withdrawal, "6")
    taken, given = proposal(withdrawal["withdrawal"], lot, "6"), proposal(delivered["delivery"], lot, "5")
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **taken) == "NOT_AUTHORISED"
    assert refusal(warehouse_office, "caseworker", "ProposeCorrection", **given) == "NOT_AUTHORISED"
    assert refusal(warehouse_office, "keeper", "ProposeCorrection", **given) == "SOD_VIOLATION"
    assert refusal(warehouse_office, "registrar", "ProposeCorrection", **given) == "SOD_VIOLATION"
    asked = warehouse_office.person("caseworker")
    warehouse_office.people["asked"] = Who.of(asked, (GrantInForce("asked", "warehouse_keeper"),))
    assert refusal(warehouse_office, "asked", "ProposeCorrection", **taken) == "SOD_VIOLATION"
    recorded = (GrantInForce("a", "stock_controller"),)
    correction = warehouse_office.act("second_registrar", "ProposeCorrection", on="2026-11-12", **given)["id"]
    warehouse_office.people["recorder"] = Who.of(asked, recorded)
    assert refusal(warehouse_office, "recorder", "CorrectMovement", correction) == "SOD_VIOLATION"
    warehouse_office.act("controller", "RejectCorrection", correction, on="2026-11-12", reason="Así fue.")
    assert the_stock(warehouse_office)["custody"] == "0"
    correct(warehouse_office, given)


def test_a_document_is_corrected_again_and_a_rebuilt_read_model_says_the_same(warehouse_office: Office) -> None:
    """X-10: each time below what stands then; no stored event changes."""
    case, withdrawal = begun(warehouse_office)
    lot = withdrawal["lines"][0]["lot"]
    before = [entry.state for entry in warehouse_office.application.log.entries(0, 1000)]
    for qty in ("5", "3", "0"):
        correct(warehouse_office, proposal(withdrawal["withdrawal"], lot, qty))
    assert [entry.state for entry in warehouse_office.application.log.entries(0, 1000)][: len(before)] == before
    assert the_stock(warehouse_office) == {"on_hand": "10", "assigned": "6", "free": "4", "custody": "0"}
    queries = ("stock", "kardex", "corrections", "withdrawals", "valuation")
    said = [warehouse_office.ask(query, who="controller") for query in queries]
    rebuild(warehouse_office.application, SERVICE)
    assert [warehouse_office.ask(query, who="controller") for query in queries] == said
    assert case

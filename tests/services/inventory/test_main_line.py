"""From a receipt to a signed delivery, as the people of the warehouse see it (PR-156 act. 19)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import sqlalchemy as sa

from services.inventory.definition import SERVICE
from shared.contracts import contract
from shared.runtime.rebuild import rebuild
from tests.services.inventory.desk import Office, sign
from tests.unit.documents.pdf_text import pdf_text, squeezed


def events(office: Office, topic: str) -> list[object]:
    """Payloads that others get of the events of one topic."""
    found = []
    for entry in office.application.log.entries(0, 1000):
        event, _ = office.application.mapper.open(entry)
        if entry.topic == topic:
            found.append(contract(topic).payload(event))
    return found


def the_stock(office: Office, **params: str) -> dict[str, str]:
    (row,) = office.ask("stock", **params)["items"]
    return {name: row[name] for name in ("on_hand", "assigned", "free", "custody")}


def test_goods_pass_from_receipt_to_beneficiary_and_every_balance_follows(warehouse_office: Office) -> None:
    office = warehouse_office
    case, withdrawal = office.withdrawn("6", decided="6")
    assert the_stock(office) == {"on_hand": "4", "assigned": "0", "free": "4", "custody": "6"}
    assert office.ask("case", id=str(case))["tracks"] == {"incentive": "withdrawn"}

    delivered = office.deliver(case, withdrawal, "6")

    assert delivered["complete"] is True
    assert the_stock(office) == {"on_hand": "4", "assigned": "0", "free": "4", "custody": "0"}
    assert office.ask("case", id=str(case))["tracks"] == {"incentive": "delivered"}


def test_stock_can_be_read_as_of_any_day(warehouse_office: Office) -> None:
    case, withdrawal = warehouse_office.withdrawn("6")
    warehouse_office.deliver(case, withdrawal, "6")
    assert the_stock(warehouse_office, as_of="2026-11-02") == {
        "on_hand": "10",
        "assigned": "0",
        "free": "10",
        "custody": "0",
    }
    assert the_stock(warehouse_office, as_of="2026-11-03")["assigned"] == "6"
    assert the_stock(warehouse_office, as_of="2026-11-05")["custody"] == "6"


def test_a_partial_delivery_is_not_complete_and_the_rest_stays_in_custody(warehouse_office: Office) -> None:
    """INV-12."""
    case, withdrawal = warehouse_office.withdrawn("10")
    assert warehouse_office.deliver(case, withdrawal, "4")["complete"] is False
    assert warehouse_office.deliver(case, withdrawal, "6")["complete"] is True
    (first, second) = events(warehouse_office, "inventory.IncentiveDelivered")
    assert [first["complete"], second["complete"]] == [False, True]  # type: ignore[index]


def test_a_cancelled_rest_makes_a_partial_delivery_complete(warehouse_office: Office) -> None:
    """INV-12: complete is decided = delivered net + cancelled."""
    case, withdrawal = warehouse_office.withdrawn("6", decided="10")
    decision = warehouse_office.ask("case", id=str(case))["defaults"]["AssignStock"]["decision"]
    lines = [{"item": "TELA-01", "qty": "4", "unit": "m"}]
    warehouse_office.hear(
        "assistance", "IncentiveCancelled", case, date(2026, 11, 5), decision_id=decision, decision="yes", lines=lines
    )
    assert warehouse_office.deliver(case, withdrawal, "6")["complete"] is True


def test_published_events_carry_what_the_contract_lists_and_no_cost_nor_name(warehouse_office: Office) -> None:
    """EVT-2."""
    case, withdrawal = warehouse_office.withdrawn("6")
    warehouse_office.deliver(case, withdrawal, "6")
    (received,) = events(warehouse_office, "inventory.StockReceived")
    (taken,) = events(warehouse_office, "inventory.StockWithdrawn")
    (delivered,) = events(warehouse_office, "inventory.IncentiveDelivered")
    assert set(received) == {"fo110_no", "warehouse", "contract_id", "lines"}  # type: ignore[call-overload]
    assert set(received["lines"][0]) == {"lot", "item", "qty", "unit", "expires_on"}  # type: ignore[index]
    assert taken["fo128_no"] == withdrawal["number"]  # type: ignore[index]
    assert delivered["delivered_on"] == "2026-11-06"  # type: ignore[index]
    assert not any(word in str([received, taken, delivered]) for word in ("12000", "Ana", "Pedro", "Rosa"))


def test_each_document_is_a_pdf_with_its_number_and_can_be_fetched(warehouse_office: Office) -> None:
    """INV-15, INV-2, FO-110, FO-128, FRM-10."""
    case, withdrawal = warehouse_office.withdrawn("6")
    warehouse_office.deliver(case, withdrawal, "6")
    listed = warehouse_office.ask("case", id=str(case))["documents"]
    assert [each["code"] for each in listed] == ["FO-110", "FO-128", "FRM-10"]
    receipt = warehouse_office.ask("receipts")["items"][0]
    for each in [*listed, {"id": receipt["id"], "number": receipt["number"]}]:
        found = warehouse_office.ask("document", id=each["id"])
        assert found["number"] == each["number"]
        head, pieces = warehouse_office.desk.fetch({"id": found["file_id"], "token": "caseworker"})
        assert "ok" in head, head
        assert b"".join(pieces).startswith(b"%PDF")


def test_warehouse_papers_name_goods_units_and_cases_as_people_do(warehouse_office: Office) -> None:
    """FO-110, FO-128, FRM-10: the item by name and code, the unit in words, the case by its first eight signs."""
    case, withdrawal = warehouse_office.withdrawn("6")
    warehouse_office.deliver(case, withdrawal, "6")
    for each in warehouse_office.ask("case", id=str(case))["documents"]:
        found = warehouse_office.ask("document", id=each["id"])
        _, pieces = warehouse_office.desk.fetch({"id": found["file_id"], "token": "caseworker"})
        text = squeezed(pdf_text(b"".join(pieces)))
        assert squeezed("Tela (TELA-01)") in text and "Metro" in text, each["code"]
        assert str(case)[:8] in text and squeezed(str(case)) not in text


def test_who_may_not_see_signatures_gets_no_document(warehouse_office: Office) -> None:
    case, _ = warehouse_office.withdrawn("6")
    document = warehouse_office.ask("case", id=str(case))["documents"][0]["id"]
    answer = warehouse_office.desk.query({"query": "document", "params": {"id": document}, "token": "auditor"})
    assert answer["refusal"]["code"] == "NOT_FOUND"
    file_id = warehouse_office.ask("document", id=document)["file_id"]
    head, pieces = warehouse_office.desk.fetch({"id": file_id, "token": "auditor"})
    assert head["refusal"]["code"] == "NOT_FOUND"
    assert list(pieces) == []


def test_no_name_is_in_the_clear_in_the_database(warehouse_office: Office) -> None:
    case, withdrawal = warehouse_office.withdrawn("6")
    warehouse_office.deliver(case, withdrawal, "6", place="Taller de la calle 13")
    with warehouse_office.application.database.read() as connection:
        connection.execute(sa.text("PRAGMA wal_checkpoint(FULL)"))
        path = connection.execute(sa.text("PRAGMA database_list")).first().file  # type: ignore[union-attr]
    stored = Path(path).read_bytes()
    for name in ("Rosa Almacén", "Pedro Campo", "Ana Beneficiaria", "calle 13"):
        assert name.encode() not in stored
        assert name.encode("unicode_escape") not in stored


def test_a_fingerprint_with_a_witness_is_a_signature(warehouse_office: Office) -> None:
    """AMB-11."""
    case, withdrawal = warehouse_office.withdrawn("6")
    finger = sign("Ana Beneficiaria", "fingerprint_witnessed")
    assert warehouse_office.deliver(case, withdrawal, "6", beneficiary=finger, witness="Luz Testigo")["delivery"]


def test_signed_forms_are_received_once_and_found_by_their_number(warehouse_office: Office) -> None:
    """A19-2."""
    _, withdrawal = warehouse_office.withdrawn("6")
    receipt = warehouse_office.ask("receipts")["items"][0]
    numbers = [receipt["number"], withdrawal["number"]]
    for _ in range(2):
        warehouse_office.act("keeper", "ConfirmFormsReceived", receipt["warehouse_id"], documents=numbers)
    heard = events(warehouse_office, "inventory.WarehouseFormsReceived")
    assert sorted(each["document_numbers"] for each in heard) == sorted([[n] for n in numbers])  # type: ignore[index]
    assert warehouse_office.ask("receipts")["items"][0]["state"] == "complete"


def test_returned_goods_are_free_stock_of_the_same_lot_and_need_opens_again(warehouse_office: Office) -> None:
    case, withdrawal = warehouse_office.withdrawn("10")
    delivery = warehouse_office.deliver(case, withdrawal, "6")
    line = {"withdrawal": withdrawal["withdrawal"], "reason_code": "defective"}
    back = [{"line": withdrawal["lines"][0]["line"], "qty": "4"}, {"line": delivery["lines"][0]["line"], "qty": "1"}]
    warehouse_office.act("keeper", "ReturnStock", case, lines=back, **line)
    assert the_stock(warehouse_office) == {"on_hand": "5", "assigned": "0", "free": "5", "custody": "0"}
    assert "5 por asignar" in warehouse_office.ask("case", id=str(case))["facts"][0]["value"]


def test_a_return_says_which_decision_it_opens_again_and_from_whom_the_goods_came(warehouse_office: Office) -> None:
    """INV-12, EVT-5."""
    case, withdrawal = warehouse_office.withdrawn("10")
    decision = events(warehouse_office, "inventory.StockAssigned")[0]["decision_id"]  # type: ignore[index]
    delivery = warehouse_office.deliver(case, withdrawal, "6")
    back = [{"line": withdrawal["lines"][0]["line"], "qty": "4"}, {"line": delivery["lines"][0]["line"], "qty": "1"}]
    warehouse_office.act(
        "keeper", "ReturnStock", case, lines=back, withdrawal=withdrawal["withdrawal"], reason_code="defective"
    )
    (returned,) = events(warehouse_office, "inventory.StockReturned")
    assert returned["decision_id"] == decision  # type: ignore[index]
    assert [(line["origin"], line["qty"]) for line in returned["lines"]] == [  # type: ignore[index]
        ("custody", "4"),
        ("beneficiary", "1"),
    ]


def test_an_incentive_is_complete_again_only_when_what_came_back_is_delivered_anew(warehouse_office: Office) -> None:
    """INV-12: complete is true when decided = delivered net + cancelled."""
    case, withdrawal = warehouse_office.withdrawn("6", decided="6")
    decision = events(warehouse_office, "inventory.StockAssigned")[0]["decision_id"]  # type: ignore[index]
    delivery = warehouse_office.deliver(case, withdrawal, "6")
    warehouse_office.act(
        "keeper",
        "ReturnStock",
        case,
        lines=[{"line": delivery["lines"][0]["line"], "qty": "2"}],
        withdrawal=withdrawal["withdrawal"],
        reason_code="defective",
    )
    receipt = warehouse_office.ask("receipts")["items"][0]
    assert warehouse_office.ask("case", id=str(case))["tracks"] == {"incentive": "returned"}

    def again(qty: str) -> object:
        assigned = warehouse_office.assign(
            case, decision, receipt["warehouse_id"], withdrawal["lines"][0]["lot"], qty, on="2026-11-11"
        )
        request = warehouse_office.request(case, assigned["lines"][0]["line"], qty, on="2026-11-11")
        released = warehouse_office.release(case, request, on="2026-11-11")
        return warehouse_office.deliver(case, released, qty, on="2026-11-11")["complete"]

    assert again("1") is False
    assert again("1") is True
    assert warehouse_office.ask("case", id=str(case))["tracks"] == {"incentive": "delivered"}


def test_a_case_page_says_what_is_blocked_for_whom(warehouse_office: Office) -> None:
    case, _ = warehouse_office.withdrawn("6")
    assert "DeliverIncentive" not in warehouse_office.ask("case", id=str(case))["blocked"]
    assert "DeliverIncentive" in warehouse_office.ask("case", "second_caseworker", id=str(case))["blocked"]


def test_the_read_model_made_anew_from_the_log_says_the_same(warehouse_office: Office) -> None:
    case, withdrawal = warehouse_office.withdrawn("6")
    warehouse_office.deliver(case, withdrawal, "4")
    queries = ("items", "warehouses", "stock", "receipts", "withdrawals")
    before = [warehouse_office.ask(query) for query in queries]
    rebuild(warehouse_office.application, SERVICE)
    assert [warehouse_office.ask(query) for query in queries] == before

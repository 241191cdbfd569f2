"""Write-offs: expired, damaged or lost goods leave the books by two people, never below zero (SOD-4, INV-3)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from services.inventory.definition import SERVICE
from tests.databases import DIALECTS, database_url
from tests.services.inventory.desk import Office, Refused, office


def stocked(opened: Office, **line: Any) -> dict[str, Any]:
    """A warehouse with ten metres of cloth; answers the body of a proposal to write two of them off."""
    warehouse = opened.warehouse()
    opened.item()
    lot = opened.receive(warehouse, **line)["lots"][0]
    return {
        "warehouse": warehouse,
        "lines": [{"lot": lot, "qty": "2"}],
        "reason_code": "damaged",
        "reason": "Se mojó la tela en la bodega.",
        "evidence": [uuid4().hex * 2],
    }


def propose(opened: Office, body: dict[str, Any], who: str = "keeper") -> str:
    return str(opened.act(who, "ProposeWriteOff", on="2026-11-06", **body)["id"])


def refusal(opened: Office, *args: Any, **body: Any) -> str:
    with pytest.raises(Refused) as refused:
        opened.act(*args, **body)
    return refused.value.code


DECISIONS: tuple[tuple[str, dict[str, str]], ...] = (("ApproveWriteOff", {}), ("RejectWriteOff", {"reason": "No."}))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_goods_leave_the_books_when_a_second_person_agrees(dialect: str, tmp_path: Any) -> None:
    """SOD-4, INV-1, INV-10: the write-off is a movement of its own, with its day, in stock and kardex."""
    with database_url(dialect, tmp_path) as url, office(tmp_path / "place", url) as opened:
        body = stocked(opened)
        write_off = propose(opened, body)
        (row,) = opened.ask("write_offs", who="controller", state="proposed")["items"]
        assert (row["id"], row["decidable"], row["evidence"]) == (write_off, True, body["evidence"])
        assert [line["qty"] for line in row["lines"]] == ["2"]
        assert opened.ask("stock")["items"][0]["on_hand"] == "10"
        opened.act("controller", "ApproveWriteOff", write_off, on="2026-11-08")
        assert opened.ask("stock")["items"][0]["on_hand"] == "8"
        last = opened.ask("kardex")["items"][-1]
        assert (last["kind"], last["on_hand"], last["happened_on"]) == ("write_off", "-2", "2026-11-08")
        assert opened.ask("write_offs", who="auditor", state="approved")["items"][0]["decidable"] is False
        assert opened.ask("write_offs", who="caseworker")["items"] == []


def test_who_decides_can_open_the_file_that_shows_why(warehouse_office: Office) -> None:
    """SOD-4: a second person who sees nothing would only sign."""
    body = stocked(warehouse_office)
    propose(warehouse_office, body)
    (file,) = body["evidence"]
    assert SERVICE.may_read is not None
    people = warehouse_office.people
    assert SERVICE.may_read(warehouse_office.application, people["controller"], file)
    assert not SERVICE.may_read(warehouse_office.application, people["auditor"], file)
    assert not SERVICE.may_read(warehouse_office.application, people["controller"], uuid4().hex * 2)


def test_a_write_off_needs_its_file_and_a_true_reason(warehouse_office: Office) -> None:
    """INV-4: goods are usable up to and including their date, and only then they have expired."""
    warehouse_office.warehouse("BOG2")
    body = stocked(warehouse_office, expires_on="2026-11-06")
    assert refusal(warehouse_office, "keeper", "ProposeWriteOff", **{**body, "evidence": []}) in (
        "FIELD_INVALID",
        "FORM_INCOMPLETE",
    )
    assert refusal(warehouse_office, "keeper", "ProposeWriteOff", **{**body, "reason_code": "not_needed"}) == (
        "FIELD_INVALID"
    )
    expired = {**body, "reason_code": "expired"}
    assert refusal(warehouse_office, "keeper", "ProposeWriteOff", on="2026-11-06", **expired) == "FIELD_INVALID"
    warehouse_office.act("keeper", "ProposeWriteOff", on="2026-11-07", **expired)


def test_neither_the_proposer_nor_a_keeper_decides(warehouse_office: Office) -> None:
    """SOD-4: the person is tested, whatever grant they use."""
    write_off = propose(warehouse_office, stocked(warehouse_office), who="controller_and_registrar")
    for who in ("controller_and_registrar", "controller_and_keeper"):
        for command, more in DECISIONS:
            assert refusal(warehouse_office, who, command, write_off, **more) == "SOD_VIOLATION"
    assert refusal(warehouse_office, "keeper", "ApproveWriteOff", write_off) == "NOT_AUTHORISED"


def test_a_write_off_is_decided_once_and_not_before_it_was_proposed(warehouse_office: Office) -> None:
    """X-08, SOD-4: a rejected one changes nothing."""
    write_off = propose(warehouse_office, stocked(warehouse_office))
    for command, more in DECISIONS:
        assert refusal(warehouse_office, "controller", command, write_off, on="2026-11-05", **more) == (
            "DATE_BEFORE_PRECONDITION"
        )
    warehouse_office.act("controller", "RejectWriteOff", write_off, on="2026-11-08", reason="Aún sirve.")
    for command, more in DECISIONS:
        assert refusal(warehouse_office, "controller", command, write_off, **more) == "STATE_NOT_ALLOWED"
    assert warehouse_office.ask("stock")["items"][0]["on_hand"] == "10"
    assert refusal(warehouse_office, "controller", "ApproveWriteOff", uuid4()) == "NOT_FOUND"


def test_no_write_off_takes_what_is_not_there_or_not_free(warehouse_office: Office) -> None:
    """INV-3: a line named twice counts as one; what a case holds assigned stays covered when it is approved too."""
    body = stocked(warehouse_office)
    (line,) = body["lines"]
    twice = {**body, "lines": [{**line, "qty": "6"}, {**line, "qty": "6"}]}
    assert refusal(warehouse_office, "keeper", "ProposeWriteOff", **twice) == "STOCK_INSUFFICIENT"
    assert refusal(warehouse_office, "keeper", "ProposeWriteOff", on="2026-11-01", **body) == (
        "DATE_BEFORE_PRECONDITION"
    )
    write_off = propose(warehouse_office, body)
    case, decision = warehouse_office.case("10")
    warehouse_office.assign(case, decision, body["warehouse"], line["lot"], "9", on="2026-11-09")
    assert refusal(warehouse_office, "controller", "ApproveWriteOff", write_off, on="2026-11-08") == (
        "STOCK_INSUFFICIENT"
    )

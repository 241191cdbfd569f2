"""Balance and value as of any day, as far as it was known at any moment (INV-6, INV-7)."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.inventory.definition import SERVICE
from shared.eventstore.log import instant
from shared.runtime.rebuild import rebuild
from shared.runtime.tokens import GrantInForce, Who
from tests.databases import DIALECTS, database_url
from tests.services.inventory.desk import Office, Refused, office, sign


def now(opened: Office) -> str:
    """The moment of the last thing that was written down."""
    log = opened.application.log
    return str(instant(int(log.entries(log.head() - 1, 1)[0].recorded_at.timestamp() * 1_000_000)).isoformat())


def asked(opened: Office, **clocks: str) -> tuple[Any, Any]:
    return opened.ask("stock", **clocks)["items"], opened.ask("valuation", **clocks)["items"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_late_entry_changes_the_view_by_day_and_no_past_answer(dialect: str, tmp_path: Path) -> None:
    """INV-6, INV-7, INV-5: on both databases, with the stock and what it is worth."""
    with database_url(dialect, tmp_path) as url, office(tmp_path / "place", url) as opened:
        warehouse = opened.warehouse()
        opened.item()
        opened.receive(warehouse, "10", on="2026-11-06")
        known = now(opened)
        before = asked(opened, as_of="2026-11-03", recorded_until=known), asked(opened, recorded_until=known)
        opened.receive(warehouse, "10", on="2026-11-02", unit_cost="6000")
        assert (asked(opened, as_of="2026-11-03", recorded_until=known), asked(opened, recorded_until=known)) == before
        assert before[0] == ([], [])
        (late,) = opened.ask("valuation", as_of="2026-11-03")["items"]
        assert (late["on_hand"], late["value"]) == ("10", "60000.00")
        (whole,) = opened.ask("valuation")["items"]
        assert (whole["on_hand"], whole["value"], whole["average"]) == ("20", "180000.00", "9000.000000")
        assert [row["value"] for row in opened.ask("stock")["items"]] == ["90000.00", "90000.00"]
        assert [line["happened_on"] for line in opened.ask("kardex", recorded_until=known)["items"]] == ["2026-11-06"]


def test_the_kardex_says_what_each_movement_was_worth_and_the_balance_after_it(warehouse_office: Office) -> None:
    """INV-5, INV-8: a delivery moves value that had left the stock before; a return brings it back."""
    case, withdrawal = warehouse_office.withdrawn("6")
    delivered = warehouse_office.deliver(case, withdrawal, "4")
    warehouse_office.act(
        "keeper",
        "ReturnStock",
        case,
        on="2026-11-07",
        withdrawal=withdrawal["withdrawal"],
        lines=[{"line": delivered["lines"][0]["line"], "qty": "1"}],
        reason_code="not_needed",
        reason="Sobró tela.",
    )
    lines = warehouse_office.ask("kardex")["items"]
    assert [(line["kind"], line["value"], line["amount"], line["account"]["value"]) for line in lines] == [
        ("receipt", "120000.00", "120000.00", "120000.00"),
        ("assignment", "0.00", "0.00", "120000.00"),
        ("withdrawal", "-72000.00", "72000.00", "48000.00"),
        ("delivery", "0.00", "48000.00", "48000.00"),
        ("return", "12000.00", "12000.00", "60000.00"),
    ]
    assert lines[-1]["balance"] == {"on_hand": "5", "assigned": "0", "custody": "2"}
    (row,) = warehouse_office.ask("stock")["items"]
    assert row["value"] == "60000.00"


def test_transferred_goods_are_worth_in_one_warehouse_what_they_were_in_the_other(warehouse_office: Office) -> None:
    """INV-5: they left at 12000 and come into an average of their own; the read model made anew says the same."""
    first, second = warehouse_office.warehouse(), warehouse_office.warehouse("BOG2")
    warehouse_office.item()
    lot = warehouse_office.receive(first)["lots"][0]
    warehouse_office.receive(second, "4", unit_cost="6000")
    warehouse_office.act(
        "keeper",
        "TransferStock",
        on="2026-11-05",
        warehouse=first,
        to_warehouse=second,
        lines=[{"lot": lot, "qty": "4"}],
        requested_by=str(warehouse_office.person("caseworker")),
        withdrawn_by=sign("Pedro Campo"),
    )
    answers = warehouse_office.ask("valuation"), warehouse_office.ask("kardex")
    assert [(row["value"], row["average"]) for row in answers[0]["items"]] == [
        ("72000.00", "12000.000000"),
        ("72000.00", "9000.000000"),
    ]
    rebuild(warehouse_office.application, SERVICE)
    assert (warehouse_office.ask("valuation"), warehouse_office.ask("kardex")) == answers


def test_what_is_kept_in_memory_is_never_older_than_the_last_movement(warehouse_office: Office) -> None:
    """INV-5: asked before and after each movement, of one of two items."""
    warehouse = warehouse_office.warehouse()
    for item in ("TELA-01", "HILO-7"):
        warehouse_office.item(item)
        warehouse_office.receive(warehouse, item=item)
    for times in (2, 3, 4):
        warehouse_office.receive(warehouse, unit_cost="6000")
        thread, cloth = warehouse_office.ask("valuation")["items"]
        assert (thread["value"], cloth["value"]) == ("120000.00", f"{120000 + (times - 1) * 60000}.00")
        told = warehouse_office.ask("valuation", as_of="2026-11-20")["items"]
        assert [row["value"] for row in told] == [thread["value"], cloth["value"]]


def test_a_moment_needs_its_zone_and_a_day_its_form(warehouse_office: Office) -> None:
    """INV-7."""
    for clocks in ({"as_of": "ayer"}, {"recorded_until": "ayer"}, {"recorded_until": "2026-11-20T10:00:00"}):
        with pytest.raises(Refused) as refused:
            warehouse_office.ask("stock", **clocks)
        assert refused.value.code == "FIELD_INVALID"


@pytest.mark.parametrize("query", ["stock", "valuation", "kardex", "kardex_workbook", "unmatched", "expiring"])
def test_a_moment_still_to_come_is_refused(warehouse_office: Office, query: str) -> None:
    """INV-7: what is recorded until then would change the answer."""
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    with pytest.raises(Refused) as refused:
        warehouse_office.ask(query, who="keeper", recorded_until=soon)
    assert refused.value.code == "FIELD_INVALID" and "aún no llega" in str(refused.value)


def test_operator_staff_see_no_value(warehouse_office: Office) -> None:
    """INV-5: what the entity paid is not theirs to see."""
    warehouse_office.withdrawn("6")
    staff = Who.of(uuid4(), (GrantInForce("operator", "caseworker", contract=str(uuid4())),))
    warehouse_office.people["operator"] = staff
    assert [row["value"] for row in warehouse_office.ask("stock", who="operator")["items"]] == [None]
    assert warehouse_office.ask("valuation", who="operator")["items"] == []


DAYS = st.integers(1, 49).map(lambda day: (date(2026, 10, 1) + timedelta(days=day)).isoformat())
KINDS = st.sampled_from(["receive", "take", "write_off", "close"])
STEPS = st.lists(st.tuples(KINDS, DAYS, st.integers(1, 9).map(str)), max_size=7)


@settings(max_examples=10, deadline=timedelta(seconds=60))
@given(STEPS, DAYS)
def test_no_answer_ever_changes_whatever_is_written_down_later(steps: list[tuple[str, str, str]], day: str) -> None:
    """INV-6, INV-7, INV-9: random histories with entries of any day and a month that is closed somewhere between:
    each answer given is given again at the end, the lots are worth what the item is, and a closed month is what the
    kardex says of it."""
    with tempfile.TemporaryDirectory() as folder, office(Path(folder)) as opened:
        history = History(opened)
        answers = []
        for step in steps:
            history.go_on(*step)
            known = now(opened)
            for clocks in ({"recorded_until": known}, {"recorded_until": known, "as_of": day}):
                answers.append((clocks, asked(opened, **clocks)))
        for clocks, answer in answers:
            assert asked(opened, **clocks) == answer
            rows, accounts = answer
            assert sum(Decimal(row["value"]) for row in rows) == sum(Decimal(one["value"]) for one in accounts)
        for closing in opened.ask("closed_periods", who="controller")["items"]:
            posted = [line for line in opened.ask("kardex")["items"] if line["posted_on"][:7] <= closing["period"]]
            assert {**posted[-1]["account"], "item_code": "TELA-01"} == closing["items"][0]


class History:
    """A warehouse in which things happen on any day, in any order of writing them down, or are refused."""

    def __init__(self, opened: Office) -> None:
        self.opened = opened
        self.warehouse = opened.warehouse()
        opened.item()
        self.lot = opened.receive(self.warehouse, "20", on="2026-10-01", unit_cost="1000.01")["lots"][0]
        self.case, self.decision = opened.case("100")

    def go_on(self, kind: str, on: str, qty: str) -> None:
        try:
            getattr(self, f"_{kind}")(on, qty)
        except Refused as refused:
            assert refused.code in ("STOCK_INSUFFICIENT", "DATE_BEFORE_PRECONDITION", "STEP_OUT_OF_ORDER")

    def _receive(self, on: str, qty: str) -> None:
        self.opened.receive(self.warehouse, qty, on=on, unit_cost="1500")

    def _take(self, on: str, qty: str) -> None:
        line = self.opened.assign(self.case, self.decision, self.warehouse, self.lot, qty, on=on)["lines"][0]["line"]
        self.opened.release(self.case, self.opened.request(self.case, line, qty, on=on), on=on)

    def _write_off(self, on: str, qty: str) -> None:
        lines = [{"lot": self.lot, "qty": qty}]
        body = {"warehouse": self.warehouse, "lines": lines, "reason_code": "damaged", "reason": "Se mojó."}
        proposed = self.opened.act("keeper", "ProposeWriteOff", on=on, evidence=["a" * 64], **body)
        self.opened.act("controller", "ApproveWriteOff", proposed["id"], on=on)

    def _close(self, _on: str, _qty: str) -> None:
        if not self.opened.ask("closed_periods", who="controller")["items"]:
            self.opened.act("controller", "ClosePeriod", on="2026-11-02", period="2026-10")

"""Random histories through the desk: what people see is what the log says, and it balances (INV-1, INV-7, INV-10)."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from services.inventory.definition import SERVICE
from services.inventory.domain.case_incentive import CaseIncentive
from services.inventory.domain.lot import Lot
from shared.runtime.rebuild import rebuild
from tests.services.inventory.desk import Office, Refused, office, sign
from tests.services.inventory.test_two_clocks import asked, now

DAYS = st.integers(2, 30).map(lambda day: (date(2026, 10, 10) + timedelta(days=day)).isoformat())
KINDS = ("receive", "take", "deliver", "give_back", "transfer", "write_off", "count", "correct", "correct", "close")
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), DAYS, st.integers(0, 9).map(str), st.integers(0, 99)), min_size=4, max_size=14
)
REFUSALS = {
    "STOCK_INSUFFICIENT",
    "DATE_BEFORE_PRECONDITION",
    "NOT_IN_DECISION",
    "CUSTODY_EXCEEDED",
    "RETURN_EXCEEDS",
    "FIELD_INVALID",
    "CORRECTION_PENDING",
    "CORRECTION_BELOW_USE",
    "SOD_VIOLATION",
    "NOT_ASSIGNED",
}


@settings(max_examples=15, deadline=timedelta(seconds=60))
@given(STEPS)
def test_what_people_see_balances_whatever_happens_in_whatever_order(steps: list[tuple[str, str, str, int]]) -> None:
    """INV-1, INV-2, INV-3, INV-7, INV-10, INV-12, X-10: with transfers, returns, counts, write-offs, corrections and a
    month that is closed somewhere between."""
    with tempfile.TemporaryDirectory() as folder, office(Path(folder)) as opened:
        history = History(opened)
        answers = []
        for step in steps:
            history.go_on(*step)
            known = {"recorded_until": now(opened)}
            answers.append((known, asked(opened, **known)))
        check_balances(history)
        for known, answer in answers:
            assert asked(opened, **known) == answer
            rows, accounts = answer
            assert sum(Decimal(row["value"]) for row in rows) == sum(Decimal(one["value"]) for one in accounts)
        for closing in opened.ask("closed_periods", who="controller")["items"]:
            for item in closing["items"]:
                assert item == history.posted_until(closing["period"], closing["warehouse_code"])
        queries = ("stock", "kardex", "valuation", "transfers", "corrections", "withdrawals")
        before = [opened.ask(query, who="controller") for query in queries]
        rebuild(opened.application, SERVICE)
        assert [opened.ask(query, who="controller") for query in queries] == before


def check_balances(history: History) -> None:
    """The read model, the lots and the case agree, and the equations hold in what the kardex shows."""
    opened = history.opened
    lines = opened.ask("kardex", limit="200")["items"]
    moved: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    by_place: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in lines:
        moved[line["lot"]][_side(line)] += Decimal(line["on_hand"])
        by_place[line["lot"], line["warehouse_code"]] += Decimal(line["on_hand"])
    stock = opened.ask("stock")["items"]
    for row in stock:
        ledger = opened.application.loader.get(Lot, UUID(row["lot"])).ledger(UUID(row["warehouse_id"]))
        assert Decimal(row["on_hand"]) == ledger.on_hand == by_place[row["lot"], row["warehouse_code"]] >= 0
        assert Decimal(row["assigned"]) == ledger.assigned
        assert Decimal(row["free"]) == ledger.free >= 0
    case = opened.application.loader.get(CaseIncentive, history.case)
    for lot, kinds in moved.items():
        on_hand = sum((qty for (each, _), qty in by_place.items() if each == lot), Decimal(0))
        adjusted = kinds["adjustment"] + kinds["write_off"] + kinds["correction"]
        assert kinds["transfer"] == 0
        assert kinds["receipt"] + adjusted == on_hand - kinds["withdrawal"] - kinds["return"]
        taken = [line for line in case.withdrawal_lines.values() if str(line.lot) == lot]
        assert -kinds["withdrawal"] == sum((line.qty for line in taken), Decimal(0))
    for decision in case.decisions.values():
        for need in decision.needs.values():
            given_out = [line for line in case.delivery_lines.values() if line.item == need.item]
            assert need.delivered_net == sum((line.kept for line in given_out), Decimal(0))
            assert need.open == need.wanted - need.delivered_net - need.in_custody - need.assigned_open
            assert sum(Decimal(row["custody"]) for row in stock) == need.in_custody


def _side(line: dict[str, Any]) -> str:
    """The side of the equation that a line stands on: a document of a case that is corrected stays what it was."""
    if line["kind"] != "correction" or line["case_id"] is None:
        return str(line["kind"])
    return "withdrawal" if Decimal(line["assigned"]) else "return"


class History:
    """Two warehouses and a case; what is asked for is done, or refused for a reason that the rules know."""

    def __init__(self, opened: Office) -> None:
        self.opened = opened
        self.places = [opened.warehouse("BOG1"), opened.warehouse("BOG2")]
        opened.item(unit="unit")
        self.lots = [opened.receive(self.places[0], "20", on="2026-10-10", unit_cost="1000.01")["lots"][0]]
        self.case, self.decision = opened.case("100", unit="unit")
        # Start deep: there is an FO-128, a delivery and a return to go on from.
        self._take("2026-11-01", "8", 0)
        self._deliver("2026-11-01", "5", 0)
        self._give_back("2026-11-01", "1", 0)

    def go_on(self, kind: str, on: str, qty: str, pick: int) -> None:
        try:
            getattr(self, f"_{kind}")(on, qty, pick)
        except Refused as refused:
            assert refused.code in REFUSALS, refused

    def posted_until(self, period: str, warehouse_code: str) -> dict[str, str]:
        """What the kardex says of the item in that warehouse at the end of that month."""
        lines = [
            line
            for line in self.opened.ask("kardex", limit="200")["items"]
            if line["posted_on"][:7] <= period and line["warehouse_code"] == warehouse_code
        ]
        return {**lines[-1]["account"], "item_code": "TELA-01"}

    def _lot(self, pick: int) -> str:
        return str(self.lots[pick % len(self.lots)])

    def _receive(self, on: str, qty: str, pick: int) -> None:
        place = self.places[pick % 2]
        self.lots += self.opened.receive(place, qty, on=on, unit_cost=f"{900 + pick}.37")["lots"]

    def _take(self, on: str, qty: str, pick: int) -> None:
        later = max(on, "2026-11-01")
        place = self.places[pick % 2]
        assigned = self.opened.assign(self.case, self.decision, place, self._lot(pick // 2), qty, on=later)
        line = assigned["lines"][0]["line"]
        self.opened.release(self.case, self.opened.request(self.case, line, qty, on=later), on=later)

    def _deliver(self, on: str, qty: str, pick: int) -> None:
        taken = self._case().withdrawal_lines
        if taken:
            line = list(taken.values())[pick % len(taken)]
            withdrawal = {"withdrawal": str(line.withdrawal), "lines": [{"line": str(line.id)}]}
            self.opened.deliver(self.case, withdrawal, qty, on=on)

    def _give_back(self, on: str, qty: str, pick: int) -> None:
        case = self._case()
        sources: list[Any] = [*case.withdrawal_lines.values(), *case.delivery_lines.values()]
        if sources:
            source = sources[pick % len(sources)]
            taken = case.withdrawal_lines.get(source.id) or case.withdrawal_lines[source.withdrawal_line]
            lines = [{"line": str(source.id), "qty": qty}]
            body = {"withdrawal": str(taken.withdrawal), "reason_code": "not_needed", "lines": lines}
            self.opened.act("keeper", "ReturnStock", self.case, on=on, **body)

    def _transfer(self, on: str, qty: str, pick: int) -> None:
        place = pick % 2
        self.opened.act(
            "keeper",
            "TransferStock",
            on=on,
            warehouse=self.places[place],
            to_warehouse=self.places[1 - place],
            lines=[{"lot": self._lot(pick // 2), "qty": qty}],
            requested_by=str(self.opened.person("caseworker")),
            withdrawn_by=sign("Pedro Campo"),
        )

    def _write_off(self, on: str, qty: str, pick: int) -> None:
        lines = [{"lot": self._lot(pick // 2), "qty": qty}]
        body = {"warehouse": self.places[pick % 2], "lines": lines, "reason_code": "damaged", "reason": "Se mojó."}
        proposed = self.opened.act("keeper", "ProposeWriteOff", on=on, evidence=[uuid4().hex * 2], **body)
        self.opened.act("controller", "ApproveWriteOff", proposed["id"], on=on)

    def _count(self, on: str, qty: str, pick: int) -> None:
        lot, counter = self._lot(pick // 2), str(self.opened.person("caseworker"))
        opening = {"warehouse": self.places[pick % 2], "counter": counter, "lots": [lot]}
        count = self.opened.act("controller", "StartCount", on=on, **opening)["id"]
        self.opened.act("caseworker", "RecordCount", count, on=on, lines=[{"lot": lot, "qty": qty}])
        why = {"reason_code": "count_difference", "reason": "Se contó."}
        proposed = self.opened.act("keeper", "ProposeAdjustment", on=on, count=count, **why)["id"]
        self.opened.act("controller", "ApproveAdjustment", proposed, on=on)

    def _correct(self, on: str, qty: str, pick: int) -> None:
        offered = self.opened.ask("choices", to="movement")["items"]
        wrong = offered[pick % len(offered)]
        named = [line for line in self.opened.ask("kardex", limit="200")["items"] if line["movement"] == wrong["id"]]
        body: dict[str, Any] = {"movement": wrong["id"], "lines": [{"lot": named[0]["lot"], "qty": qty}]}
        if pick % 3 == 0:
            body["right_on"] = on
        if pick % 5 == 0:
            body["warehouse"] = self.places[pick % 2]
        why = {"reason_code": "wrong_entry", "reason": "Se digitó mal."}
        try:
            proposed = self.opened.act("second_registrar", "ProposeCorrection", on="2026-11-19", **body, **why)["id"]
        except Refused as refused:
            if refused.code != "NOT_AUTHORISED":
                raise
            proposed = self.opened.act("keeper", "ProposeCorrection", on="2026-11-19", **body, **why)["id"]
        self.opened.act("controller", "CorrectMovement", proposed, on="2026-11-20")

    def _close(self, _on: str, _qty: str, _pick: int) -> None:
        if not self.opened.ask("closed_periods", who="controller")["items"]:
            self.opened.act("controller", "ClosePeriod", on="2026-11-12", period="2026-10")

    def _case(self) -> CaseIncentive:
        case: CaseIncentive = self.opened.application.loader.get(CaseIncentive, self.case)
        return case

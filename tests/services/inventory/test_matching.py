"""Whatever happens to goods: each line is matched or listed, and every document balances (INV-10, INV-11)."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.inventory.domain.case_incentive import CaseIncentive
from tests.services.inventory.desk import Office, Refused, office, sign

NONE = Decimal(0)
ON = "2026-11-10"
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["receive", "assign", "free", "withdraw", "deliver", "give_back", "transfer", "lose"]),
        st.integers(1, 6),
        st.integers(0, 3),
    ),
    min_size=6,
    max_size=16,
)


@settings(max_examples=12, deadline=timedelta(seconds=60))
@given(STEPS)
def test_every_line_is_matched_or_listed_and_the_equations_hold(steps: list[tuple[str, int, int]]) -> None:
    """INV-10, INV-11, INV-8: in random histories, some steps of which are refused."""
    with tempfile.TemporaryDirectory() as folder, office(Path(folder)) as opened:
        history = History(opened)
        for kind, qty, which in [("assign", 4, 0), ("withdraw", 3, 0), ("deliver", 2, 0), *steps]:
            try:
                getattr(history, kind)(str(qty), which)
            except Refused as refused:
                assert refused.code in (
                    "STOCK_INSUFFICIENT",
                    "NOT_ASSIGNED",
                    "NOT_IN_DECISION",
                    "CUSTODY_EXCEEDED",
                    "RETURN_EXCEEDS",
                )
        check_lots(opened)
        check_lines(opened, history.state)


def check_lots(opened: Office) -> None:
    """FO-110 A: received and net adjustments are on hand, or withdrawn and not returned."""
    lines = opened.ask("kardex", limit="200")["items"]
    for lot in {line["lot"] for line in lines}:
        by_kind: dict[str, Decimal] = {}
        for line in lines:
            if line["lot"] == lot:
                by_kind[line["kind"]] = by_kind.get(line["kind"], NONE) + Decimal(line["on_hand"])
        on_hand = sum((Decimal(row["on_hand"]) for row in opened.ask("stock")["items"] if row["lot"] == lot), NONE)
        assert by_kind.get("transfer", NONE) == 0
        came = by_kind["receipt"] + by_kind.get("write_off", NONE)
        assert came == on_hand - by_kind.get("withdrawal", NONE) - by_kind.get("return", NONE)


def check_lines(opened: Office, case: CaseIncentive) -> None:
    """FO-110 B and FO-128: what is neither done nor undone is open, and listed line by line."""
    for assigned in case.assignment_lines.values():
        assert assigned.qty == assigned.withdrawn + assigned.released + assigned.open
    for taken in case.withdrawal_lines.values():
        source = case.assignment_lines[taken.assignment_line]
        assert (taken.qty, taken.lot) == (taken.delivered + taken.returned + taken.in_custody, source.lot)
    for given_out in case.delivery_lines.values():
        assert case.withdrawal_lines[given_out.withdrawal_line].lot == given_out.lot
    listed: dict[str, dict[str, Decimal]] = {"assignment": {}, "withdrawal": {}}
    for line in opened.ask("unmatched", who="keeper", as_of="2026-11-20", limit="200")["items"]:
        if line["kind"] in listed:
            listed[line["kind"]][line["line"]] = Decimal(line["qty"])
    assert listed == {
        "assignment": {str(key): line.open for key, line in case.assignment_lines.items() if line.open},
        "withdrawal": {str(key): line.in_custody for key, line in case.withdrawal_lines.items() if line.in_custody},
    }


class History:
    """A case and a warehouse; each step picks one of the lines that it may concern, the ``which``-th."""

    def __init__(self, opened: Office) -> None:
        self.opened = opened
        self.first, self.second = opened.warehouse(), opened.warehouse("BOG2")
        opened.item()
        self.lots = [opened.receive(self.first)["lots"][0]]
        self.case, self.decision = opened.case("60")

    @property
    def state(self) -> CaseIncentive:
        found: CaseIncentive = self.opened.application.loader.get(CaseIncentive, self.case)
        return found

    def receive(self, qty: str, _which: int) -> None:
        self.lots.append(self.opened.receive(self.first, qty)["lots"][0])

    def assign(self, qty: str, which: int) -> None:
        self.opened.assign(self.case, self.decision, self.first, self.pick(self.lots, which), qty)

    def free(self, qty: str, which: int) -> None:
        line = self.pick(list(self.state.assignment_lines.values()), which)
        lines = [{"assignment_line": str(line.id), "qty": qty}]
        body = {"assignment": str(line.assignment), "lines": lines, "reason": "No se necesita."}
        self.opened.act("registrar", "ReleaseAssignment", self.case, on=ON, **body)

    def withdraw(self, qty: str, which: int) -> None:
        line = self.pick(list(self.state.assignment_lines), which)
        request = self.opened.request(self.case, str(line), qty, on=ON)
        self.opened.release(self.case, request, on=ON)

    def deliver(self, qty: str, which: int) -> None:
        line = self.pick(list(self.state.withdrawal_lines.values()), which)
        withdrawal = {"withdrawal": str(line.withdrawal), "lines": [{"line": str(line.id)}]}
        self.opened.deliver(self.case, withdrawal, qty, on=ON)

    def give_back(self, qty: str, which: int) -> None:
        state = self.state
        line: Any = self.pick([*state.withdrawal_lines.values(), *state.delivery_lines.values()], which)
        taken = state.withdrawal_lines.get(line.id) or state.withdrawal_lines[line.withdrawal_line]
        lines = [{"line": str(line.id), "qty": qty}]
        body = {"withdrawal": str(taken.withdrawal), "lines": lines, "reason_code": "not_needed", "reason": "Sobró."}
        self.opened.act("keeper", "ReturnStock", self.case, on=ON, **body)

    def transfer(self, qty: str, which: int) -> None:
        body = {
            "warehouse": self.first,
            "to_warehouse": self.second,
            "requested_by": str(self.opened.person("auditor")),
        }
        lines = [{"lot": self.pick(self.lots, which), "qty": qty}]
        self.opened.act("keeper", "TransferStock", on=ON, lines=lines, withdrawn_by=sign("Pedro Campo"), **body)

    def lose(self, qty: str, which: int) -> None:
        body = {"warehouse": self.first, "reason_code": "lost", "reason": "No aparece.", "evidence": ["a" * 64]}
        lines = [{"lot": self.pick(self.lots, which), "qty": qty}]
        proposed = self.opened.act("keeper", "ProposeWriteOff", on=ON, lines=lines, **body)
        self.opened.act("controller", "ApproveWriteOff", proposed["id"], on=ON)

    @staticmethod
    def pick(some: list[Any], which: int) -> Any:
        return some[which % len(some)]

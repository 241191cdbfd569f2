"""The equations that must always balance (INV-10, INV-12), over random histories of two cases and two lots."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.inventory.domain import assigning, delivering, withdrawing
from services.inventory.domain.case_incentive import CaseIncentive
from services.inventory.domain.lot import Lot
from services.inventory.domain.papers import Issued, Rows
from services.inventory.domain.quantities import NONE
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.refusals import Refusal
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

START = date(2026, 11, 1)
PROCEDURE = Catalogue.load().procedure("PR-156", START)
WAREHOUSE, REGISTRAR, KEEPER, CASEWORKER = uuid4(), uuid4(), uuid4(), uuid4()
ITEMS = ("TELA-01", "HILO-01")
SIGNED = {"signer": "x", "capacity": "x", "method": "drawn", "signed_on": START, "image": None}
WHY = Personal(uuid4(), "s", "x")
quantities = st.sampled_from([Decimal(qty) for qty in ("0.5", "1", "1.5", "3", "6", "12")])
days = st.sampled_from([0, 0, 0, 0, 1, 3])
"""How many days before the last act this one happened: mostly none, sometimes it is written down late."""
picks = st.integers(min_value=0, max_value=1000)


class Warehouse(RuleBasedStateMachine):
    """Whatever people try, in whatever order and with whatever dates, what is stored balances."""

    @initialize()
    def begin(self) -> None:
        self.received: dict[UUID, Decimal] = {}
        self.lots: dict[UUID, Lot] = {}
        self.cases = [CaseIncentive.open(uuid4(), uuid4()) for _ in range(2)]
        self.numbers = 0
        self.clock = 0
        for case in self.cases:
            case.learn_state("in_assistance", START)
            lines = [{"item": item, "qty": Decimal(20), "unit": "m"} for item in ITEMS]
            case.learn_decision(uuid4(), lines, START)
        for item in ITEMS:
            self.receive(item, Decimal(15), 0)
        # Start deep: one case has goods assigned, asked for, in custody and delivered already.
        self.assign(0, 0, Decimal(6), 0)
        self.request(0, 0, Decimal(3), 0)
        self.answer_request(0, 0, 0, less=False, refuse=False)
        self.deliver(0, 0, Decimal("1.5"), 0)

    def act(self, command: str, person: UUID, days_ago: int) -> Act:
        """An act some days before the clock, which every act moves on a little."""
        self.clock += 1
        return Act(command, person, "", self.day(days_ago), START + timedelta(days=99), PROCEDURE)

    def day(self, days_ago: int) -> date:
        return START + timedelta(days=max(self.clock // 2 - days_ago, 0))

    def issue(self, _rows: Rows) -> Issued:
        self.numbers += 1
        return Issued(f"N-{self.numbers}", {})

    @rule(item=st.sampled_from(ITEMS), qty=quantities, day=days)
    def receive(self, item: str, qty: Decimal, day: int) -> None:
        lot = Lot.receive(
            uuid4(),
            receipt=uuid4(),
            receipt_no="R",
            line=1,
            warehouse=WAREHOUSE,
            item=item,
            unit="m",
            decimals=1,
            qty=qty,
            unit_cost=NONE,
            supplier_lot="",
            expires_on=None,
            received_on=self.day(day),
            booked_by=REGISTRAR,
        )
        self.lots[lot.id] = lot
        self.received[lot.id] = qty

    @rule(case=picks, lot=picks, qty=quantities, day=days)
    def assign(self, case: int, lot: int, qty: Decimal, day: int) -> None:
        chosen = self.cases[case % 2]
        with self.attempt():
            assigning.assign(
                chosen,
                self.act("AssignStock", REGISTRAR, day),
                assignment_id=uuid4(),
                decision_id=next(iter(chosen.decisions)),
                warehouse=WAREHOUSE,
                lots=[(pick(self.lots, lot), qty)],
                stock=self.lots.__getitem__,
                responsible=SIGNED,
                issue=self.issue,
            )

    @rule(case=picks, line=picks, qty=quantities, day=days)
    def release_assignment(self, case: int, line: int, qty: Decimal, day: int) -> None:
        chosen = self.cases[case % 2]
        if chosen.assignment_lines:
            found = chosen.assignment_lines[pick(chosen.assignment_lines, line)]
            with self.attempt():
                assigning.release_assignment(
                    chosen,
                    self.act("ReleaseAssignment", REGISTRAR, day),
                    assignment_id=found.assignment,
                    lines=[(found.id, qty)],
                    stock=self.lots.__getitem__,
                    reason=WHY,
                )

    @rule(case=picks, line=picks, qty=quantities, day=days)
    def request(self, case: int, line: int, qty: Decimal, day: int) -> None:
        chosen = self.cases[case % 2]
        if chosen.assignment_lines:
            with self.attempt():
                withdrawing.request_withdrawal(
                    chosen,
                    self.act("RequestWithdrawal", CASEWORKER, day),
                    request_id=uuid4(),
                    lines=[(pick(chosen.assignment_lines, line), qty)],
                    stock=self.lots.__getitem__,
                )

    @rule(case=picks, request=picks, day=days, less=st.booleans(), refuse=st.booleans())
    def answer_request(self, case: int, request: int, day: int, less: bool, refuse: bool) -> None:
        chosen = self.cases[case % 2]
        waiting = {key: each for key, each in chosen.requests.items() if each.state == "requested"}
        if not waiting:
            return
        asked = waiting[pick(waiting, request)]
        line, qty = next(iter(asked.lines.items()))
        with self.attempt():
            if refuse:
                withdrawing.refuse_withdrawal(
                    chosen, self.act("RefuseWithdrawal", KEEPER, day), request_id=asked.id, reason=WHY
                )
            else:
                withdrawing.release_withdrawal(
                    chosen,
                    self.act("ReleaseWithdrawal", KEEPER, day),
                    withdrawal_id=uuid4(),
                    request_id=asked.id,
                    professional=None,
                    lines=[(line, Decimal("0.5"))] if less and qty > 1 else [],
                    stock=self.lots.__getitem__,
                    withdrawn_by=SIGNED,
                    released_by=None,
                    issue=self.issue,
                )

    @rule(case=picks, line=picks, qty=quantities, day=days)
    def deliver(self, case: int, line: int, qty: Decimal, day: int) -> None:
        chosen = self.cases[case % 2]
        if chosen.withdrawal_lines:
            found = chosen.withdrawal_lines[pick(chosen.withdrawal_lines, line)]
            with self.attempt():
                delivering.deliver(
                    chosen,
                    self.act("DeliverIncentive", CASEWORKER, day),
                    delivery_id=uuid4(),
                    withdrawal_id=found.withdrawal,
                    lines=[(found.id, qty)],
                    conditions={},
                    stock=self.lots.__getitem__,
                    beneficiary=SIGNED,
                    witness=None,
                    place=None,
                    photo=None,
                    issue=self.issue,
                )

    @rule(case=picks, line=picks, qty=quantities, day=days)
    def take_back(self, case: int, line: int, qty: Decimal, day: int) -> None:
        chosen = self.cases[case % 2]
        sources: dict[UUID, Any] = {**chosen.withdrawal_lines, **chosen.delivery_lines}
        if sources:
            found = sources[pick(sources, line)]
            taken = chosen.withdrawal_lines.get(found.id) or chosen.withdrawal_lines[found.withdrawal_line]
            with self.attempt():
                delivering.take_back(
                    chosen,
                    self.act("ReturnStock", KEEPER, day),
                    movement_id=uuid4(),
                    withdrawal_id=taken.withdrawal,
                    lines=[(found.id, qty)],
                    reason_code="not_needed",
                    reason=None,
                    stock=self.lots.__getitem__,
                )

    @rule(case=picks, item=st.sampled_from(ITEMS), day=days)
    def cancel(self, case: int, item: str, day: int) -> None:
        chosen = self.cases[case % 2]
        lines = [{"item": item, "qty": Decimal(1), "unit": "m"}]
        chosen.learn_cancellation(next(iter(chosen.decisions)), lines, self.day(day))

    def attempt(self) -> Any:
        """A refused act stores nothing: a lot that was asked before the refusal is as the last commit left it."""
        return _Undone(self)

    @invariant()
    def part_a_balances(self) -> None:
        """Per lot: received = on hand + withdrawn - returned to stock."""
        for lot_id, lot in self.lots.items():
            lines = [line for case in self.cases for line in case.withdrawal_lines.values() if line.lot == lot_id]
            given = [line for case in self.cases for line in case.delivery_lines.values() if line.lot == lot_id]
            out = sum((line.qty - line.returned for line in lines), NONE) - sum((d.returned for d in given), NONE)
            assert self.received[lot_id] == lot.ledger(WAREHOUSE).on_hand + out

    @invariant()
    def part_b_balances(self) -> None:
        """Per assignment line: assigned = withdrawn + released + open; and the lot holds back just what is open."""
        held: dict[UUID, Decimal] = {}
        for case in self.cases:
            for line in case.assignment_lines.values():
                assert line.qty == line.withdrawn + line.released + line.open
                waiting = [each for each in case.requests.values() if each.state == "requested"]
                assert line.requested == sum((each.lines.get(line.id, NONE) for each in waiting), NONE)
                assert line.open >= line.requested
                held[line.lot] = held.get(line.lot, NONE) + line.open
        for lot_id, lot in self.lots.items():
            assert lot.ledger(WAREHOUSE).assigned == held.get(lot_id, NONE)

    @invariant()
    def fo_128_balances(self) -> None:
        """Per withdrawal line: withdrawn = delivered + returned from custody + in custody, none below zero."""
        for case in self.cases:
            for line in case.withdrawal_lines.values():
                assert line.qty == line.delivered + line.returned + line.in_custody
                assert line.in_custody >= 0
                given = [each for each in case.delivery_lines.values() if each.withdrawal_line == line.id]
                assert line.delivered == sum((each.qty for each in given), NONE)

    @invariant()
    def needs_follow_from_their_lines(self) -> None:
        """INV-12, counted anew from the lines; nobody has more than was decided."""
        for case in self.cases:
            for decision in case.decisions.values():
                for need in decision.needs.values():
                    mine = [each for each in case.assignment_lines.values() if each.item == need.item]
                    taken = [each for each in case.withdrawal_lines.values() if each.item == need.item]
                    given = [each for each in case.delivery_lines.values() if each.item == need.item]
                    assert need.assigned_open == sum((each.open for each in mine), NONE)
                    assert need.in_custody == sum((each.in_custody for each in taken), NONE)
                    assert need.delivered_net == sum((each.kept for each in given), NONE)
                    assert need.delivered_net + need.in_custody + need.assigned_open <= need.decided

    @invariant()
    def no_day_is_below_zero(self) -> None:
        """INV-3 for every day of every lot, back-dated movements included."""
        for lot in self.lots.values():
            ledger = lot.ledger(WAREHOUSE)
            for day in ledger.days:
                on_hand, assigned = ledger.at(day)
                assert on_hand >= 0
                assert on_hand - assigned >= 0


class _Undone:
    """Runs an act as a unit of work does: if it is refused, nothing of it stays."""

    def __init__(self, machine: Warehouse) -> None:
        self.machine = machine
        self.before = [(agg, len(agg.pending_events)) for agg in (*machine.cases, *machine.lots.values())]

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if kind is None:
            return False
        if not issubclass(kind, Refusal):
            return False
        for aggregate, count in self.before:
            if len(aggregate.pending_events) != count:
                # A line was moved before another one was refused: a unit of work would drop the whole.
                rebuilt = replay(aggregate.pending_events[:count])
                with suppress(ValueError):
                    self.machine.cases[self.machine.cases.index(aggregate)] = rebuilt
                if aggregate.id in self.machine.lots:
                    self.machine.lots[aggregate.id] = rebuilt
        return True


def replay(events: list[Any]) -> Any:
    aggregate = None
    for event in events:
        aggregate = event.mutate(aggregate)
    assert aggregate is not None
    aggregate.pending_events.extend(events)
    return aggregate


def pick(things: dict[UUID, Any], number: int) -> UUID:
    return list(things)[number % len(things)]


TestWarehouse = Warehouse.TestCase
TestWarehouse.settings = settings(
    max_examples=60, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
)

"""Random histories of two cases: goods come in, are assigned, asked for, taken, delivered, given back, cancelled."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from services.inventory.domain import assigning, delivering, withdrawing
from services.inventory.domain.case_incentive import CaseIncentive
from services.inventory.domain.item import Item
from services.inventory.domain.lot import Lot
from services.inventory.domain.papers import Issued, Rows
from services.inventory.domain.receipt import Origin, StockReceipt
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.refusals import Refusal
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

START = date(2026, 11, 1)
PROCEDURE = Catalogue.load().procedure("PR-156", START)
WAREHOUSES = (uuid4(), uuid4())
REGISTRAR, KEEPER, CASEWORKER = uuid4(), uuid4(), uuid4()
ITEMS = ("TELA-01", "HILO-01")
SIGNED = {"signer": "x", "capacity": "x", "method": "drawn", "signed_on": START, "image": None}
WHY = Personal(uuid4(), "s", "x")
quantities = st.sampled_from([Decimal(qty) for qty in ("0.5", "1", "1.5", "3", "6", "12")])
days = st.sampled_from([0, 0, 0, 0, 1, 3])
"""How many days before the last act this one happened: mostly none, sometimes it is written down late."""
picks = st.integers(min_value=0, max_value=1000)
places = st.sampled_from([0, 0, 1])


class CaseHistories(RuleBasedStateMachine):
    """Whatever people try, in whatever order and with whatever dates; a refused act leaves nothing behind."""

    @initialize()
    def begin(self) -> None:
        self.received: dict[UUID, Decimal] = {}
        self.lots: dict[UUID, Lot] = {}
        self.documents: dict[UUID, Any] = {}
        """Receipts, transfers, adjustments, write-offs and corrections that stand."""
        self.told: dict[UUID, list[Any]] = {}
        self.items = {
            code: Item.register(
                self.first("RegisterItem"),
                uuid4(),
                code=code,
                name=code,
                kind="raw_material",
                unit="m",
                decimals=1,
                lot_tracked=False,
                expiry_tracked=False,
            )
            for code in ITEMS
        }
        self.cases = [CaseIncentive.open(uuid4(), uuid4()) for _ in range(2)]
        self.numbers = 0
        self.clock = 0
        for case in self.cases:
            case.learn_state("in_assistance", START)
            lines = [{"item": item, "qty": Decimal(20), "unit": "m"} for item in ITEMS]
            case.learn_decision(uuid4(), lines, START)
        for item in ITEMS:
            self.receive(item, Decimal(15), 0)
        # Start deep: one case has goods assigned, asked for, in custody, delivered and returned already.
        self.assign(0, 0, Decimal(6), 0)
        self.request(0, 0, Decimal(3), 0)
        self.answer_request(0, 0, 0, less=False, refuse=False)
        self.deliver(0, 0, Decimal("1.5"), 0)
        self.take_back(0, 0, Decimal(1), 0)

    def first(self, command: str) -> Act:
        """An act on the first day."""
        return Act(command, REGISTRAR, "", START, START + timedelta(days=99), PROCEDURE)

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
        act = self.act("ReceiveStock", REGISTRAR, day)
        receipt = StockReceipt.receive(
            act,
            uuid4(),
            warehouse=WAREHOUSES[0],
            origin=Origin("donation", None, "", ""),
            lines=[{"item": item, "qty": qty, "unit_cost": Decimal(12), "lot": uuid4()}],
            items=self.items.__getitem__,
            received_by=SIGNED,
            remarks=None,
            issue=self.issue,
        )
        (line,) = receipt.lines
        lot = Lot.receive(
            line["lot"],
            receipt=receipt.id,
            receipt_no=receipt.number,
            line=line["line"],
            warehouse=receipt.warehouse,
            item=item,
            unit="m",
            decimals=1,
            qty=qty,
            unit_cost=line["unit_cost"],
            supplier_lot="",
            expires_on=None,
            received_on=receipt.received_on,
            booked_by=REGISTRAR,
        )
        self.lots[lot.id] = lot
        self.received[lot.id] = qty
        self.tell(receipt)

    def tell(self, document: Any) -> None:
        self.documents[document.id] = document
        self.told[document.id] = list(document.pending_events)

    @rule(case=picks, lot=picks, qty=quantities, day=days, place=places)
    def assign(self, case: int, lot: int, qty: Decimal, day: int, place: int = 0) -> None:
        chosen = self.cases[case % 2]
        with self.attempt():
            assigning.assign(
                chosen,
                self.act("AssignStock", REGISTRAR, day),
                assignment_id=uuid4(),
                decision_id=next(iter(chosen.decisions)),
                warehouse=WAREHOUSES[place],
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


class _Undone:
    """Runs an act as a unit of work does: if it is refused, nothing of it stays."""

    def __init__(self, machine: CaseHistories) -> None:
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

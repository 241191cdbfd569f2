"""The equations that must always balance (INV-1, INV-2, INV-3, INV-10, INV-12), over random histories."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant

from services.inventory.domain.quantities import NONE
from tests.unit.inventory.case_histories import WAREHOUSES
from tests.unit.inventory.stock_histories import StockHistories


class Warehouse(StockHistories):
    """Whatever people try, in whatever order and with whatever dates, what is stored balances."""

    @invariant()
    def part_a_balances(self) -> None:
        """INV-10, INV-1: received + net adjustments = on hand + withdrawn - returned, per lot over all warehouses."""
        for lot_id, lot in self.lots.items():
            lines = [line for case in self.cases for line in case.withdrawal_lines.values() if line.lot == lot_id]
            given = [line for case in self.cases for line in case.delivery_lines.values() if line.lot == lot_id]
            out = sum((line.qty - line.returned for line in lines), NONE) - sum((d.returned for d in given), NONE)
            on_hand = sum((lot.ledger(place).on_hand for place in WAREHOUSES), NONE)
            assert self.received[lot_id] + self.adjusted(lot_id) == on_hand + out

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
            assert sum((lot.ledger(place).assigned for place in WAREHOUSES), NONE) == held.get(lot_id, NONE)

    @invariant()
    def fo_128_balances(self) -> None:
        """Per withdrawal line: withdrawn = delivered + returned from custody + in custody, none below zero."""
        for case in self.cases:
            for line in case.withdrawal_lines.values():
                assert line.qty == line.delivered + line.returned + line.in_custody
                assert line.in_custody >= 0
                given = [each for each in case.delivery_lines.values() if each.withdrawal_line == line.id]
                back = [each.qty for each in case.return_lines.values() if each.source == line.id]
                assert line.returned == sum(back, NONE)
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
            for place in WAREHOUSES:
                ledger = lot.ledger(place)
                for day in ledger.days:
                    on_hand, assigned = ledger.at(day)
                    assert on_hand >= 0
                    assert on_hand - assigned >= 0

    @invariant()
    def all_stock_leads_back_to_its_receipt(self) -> None:
        """INV-1, INV-2: wherever goods of a lot are, their lot is one line of one numbered FO-110."""
        numbers = set()
        for lot in self.lots.values():
            receipt = self.documents[lot.receipt]
            assert lot.id in receipt.movement.quantities
            assert lot.name == f"{receipt.number}-1"
            numbers.add(receipt.number)
        assert len(numbers) == len(self.lots)

    @invariant()
    def nothing_stored_is_what_a_correction_changes(self) -> None:
        """X-10: documents that were corrected say what they said."""
        for document in self.documents.values():
            assert document.pending_events[: len(self.told[document.id])] == self.told[document.id]


TestWarehouse = Warehouse.TestCase
TestWarehouse.settings = settings(
    max_examples=60, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
)

"""The economic boost in kind (PR-156 act. 18) and where its goods are (act. 19, told by the warehouse)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.assistance.domain.refusals import CashNotAllowed, ComponentNotPlanned, LinesRequired, PlanNotApproved
from services.assistance.domain.state import CaseState, Event, Goods, Incentive
from shared.catalogue.refusals import FieldInvalid, NotFound
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

MATERIALISATION = "d"


class IncentiveDecided(Event):
    """A yes or no with its reason. ``lines`` rows hold line, kind, item, qty, unit, purpose, production_order."""

    TOPIC = "assistance.IncentiveDecided"
    decision_id: UUID
    decision: str
    lines: list[dict[str, Any]]
    reason: Personal
    decided_on: date
    decided_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        lines = {row["line"]: Goods(row["item"], row["unit"], row["qty"]) for row in self.lines}
        aggregate.incentives[self.decision_id] = Incentive(self.decision_id, self.decision, self.decided_on, lines)


class IncentiveCancelled(Event):
    """Part of a decided line will not be delivered."""

    TOPIC = "assistance.IncentiveCancelled"
    decision_id: UUID
    decision: str
    line: int
    lines: list[dict[str, Any]]
    reason: Personal
    cancelled_on: date
    cancelled_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        incentive = aggregate.incentives[self.decision_id]
        incentive.lines[self.line].cancelled += self.lines[0]["qty"]
        if all(goods.cancelled >= goods.qty for goods in incentive.lines.values()):
            incentive.track = "cancelled"


class GoodsMoved(Event):
    """The warehouse made a movement of goods of this case known.

    ``movement`` is assigned, requested, withdrawn, delivered or returned; rows of ``lines`` hold lot, item, qty, and
    of a return ``origin``: custody, or beneficiary for goods that had been delivered (INV-12).
    """

    TOPIC = "assistance.GoodsMoved"
    movement: str
    source_event: str
    decision_id: UUID | None
    lines: list[dict[str, Any]]

    def apply(self, aggregate: CaseState) -> None:
        lots = {str(row["lot"]) for row in self.lines}
        _follow(aggregate, self.movement, self.lines)
        if self.movement == "assigned" and self.decision_id in aggregate.incentives:
            aggregate.incentives[self.decision_id].lots |= lots
        for incentive in aggregate.incentives.values():
            if self._concerns(incentive, lots):
                incentive.track = self.movement
                _count(incentive, self.movement, self.lines)

    def _concerns(self, incentive: Incentive, lots: set[str]) -> bool:
        if self.decision_id is not None:
            return incentive.decision_id == self.decision_id
        if self.movement == "requested":
            return incentive.track == "assigned"
        return bool(incentive.lots & lots)


class GoodsCorrected(Event):
    """The warehouse had written down too much (X-10): ``movement`` is withdrawn, delivered or returned, and ``lines``
    say by how much less it was, below zero. Where the goods stand changes, not how far they had come."""

    TOPIC = "assistance.GoodsCorrected"
    movement: str
    source_event: str
    decision_id: UUID
    lines: list[dict[str, Any]]

    def apply(self, aggregate: CaseState) -> None:
        _follow(aggregate, self.movement, self.lines)
        if self.decision_id in aggregate.incentives:
            _count(aggregate.incentives[self.decision_id], self.movement, self.lines)


def _follow(aggregate: CaseState, movement: str, lines: list[dict[str, Any]]) -> None:
    """What is in custody after ``movement``."""
    for row in lines:
        lot, qty = str(row["lot"]), row["qty"]
        held = aggregate.custody.get(lot, Decimal(0))
        if movement == "withdrawn":
            aggregate.custody[lot] = held + qty
        elif movement == "delivered" or (movement == "returned" and not _was_delivered(row)):
            aggregate.custody[lot] = max(Decimal(0), held - qty)
    aggregate.custody = {lot: qty for lot, qty in aggregate.custody.items() if qty > 0}


def _count(incentive: Incentive, movement: str, lines: list[dict[str, Any]]) -> None:
    """What the beneficiary has of ``incentive`` after ``movement``."""
    for row in lines:
        if movement == "delivered":
            incentive.deliver(row["item"], row["qty"])
        elif movement == "returned" and _was_delivered(row):
            incentive.deliver(row["item"], -row["qty"])


def _was_delivered(row: dict[str, Any]) -> bool:
    """True for goods that the beneficiary gave back; what an earlier version noted does not say, and was in custody."""
    return row.get("origin") == "beneficiary"


class IncentiveActs(CaseState):
    """What may happen in act. 18."""

    def decide_incentive(
        self, act: Act, *, decision_id: UUID, decision: str, reason: Personal, lines: list[dict[str, Any]]
    ) -> None:
        """Decide on a boost in kind; a case may have several decisions (A18-1).

        Raises `PlanNotApproved`, `LinesRequired`, `CashNotAllowed`, `ComponentNotPlanned`, `FieldInvalid`.
        """
        self.check_open(act)
        plan = self.plan
        if plan is None or not plan.approved_version:
            raise PlanNotApproved()
        act.check_not_before(plan.approved_on)
        if decision == "yes" and not lines:
            raise LinesRequired(field="lines")
        if decision == "no" and lines:
            raise FieldInvalid(field="lines", explanation="una decisión «no» no lleva elementos.")
        for position, row in enumerate(lines):
            if row["kind"] == "money":
                raise CashNotAllowed(field=f"lines[{position}].kind")
        if decision == "yes" and MATERIALISATION not in plan.approved:
            raise ComponentNotPlanned(component="materialización")
        if any(row["qty"] <= 0 for row in lines):
            raise FieldInvalid(field="lines", explanation="cada elemento lleva una cantidad mayor que cero.")
        self.trigger_event(
            IncentiveDecided,
            decision_id=decision_id,
            decision=decision,
            lines=[{"line": number, **row} for number, row in enumerate(lines, start=1)],
            reason=reason,
            decided_on=act.on,
            decided_by=act.person,
        )

    def cancel_incentive(self, act: Act, *, decision_id: UUID, line: int, qty: Decimal, reason: Personal) -> None:
        """Cancel part of a line: no more than is decided and neither cancelled nor delivered."""
        self.check_open(act)
        incentive = self.incentives.get(decision_id)
        if incentive is None or line not in incentive.lines:
            raise NotFound(field="decision", what="esa línea de la decisión")
        act.check_not_before(incentive.decided_on)
        goods = incentive.lines[line]
        open_qty = goods.qty - goods.cancelled - incentive.delivered.get(goods.item, Decimal(0))
        if qty <= 0 or qty > open_qty:
            raise FieldInvalid(field="qty", explanation=f"de esa línea se puede cancelar hasta {max(open_qty, 0)}.")
        self.trigger_event(
            IncentiveCancelled,
            decision_id=decision_id,
            decision=incentive.decision,
            line=line,
            lines=[{"item": goods.item, "qty": qty, "unit": goods.unit}],
            reason=reason,
            cancelled_on=act.on,
            cancelled_by=act.person,
        )

    def note_goods(
        self, *, movement: str, source_event: str, decision_id: UUID | None, lines: list[dict[str, Any]]
    ) -> None:
        """Note a movement that the warehouse published (act. 19)."""
        self.trigger_event(
            GoodsMoved, movement=movement, source_event=source_event, decision_id=decision_id, lines=lines
        )

    def note_correction(
        self, *, movement: str, source_event: str, decision_id: UUID, lines: list[dict[str, Any]]
    ) -> None:
        """Note that the warehouse corrected what it had published (X-10)."""
        self.trigger_event(
            GoodsCorrected, movement=movement, source_event=source_event, decision_id=decision_id, lines=lines
        )

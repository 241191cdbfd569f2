"""Read model of what is due: each thing that somebody promised or planned, until it was done (CASE-9, FUP-1, FUP-2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.assistance.contract_views import metadata
from services.assistance.domain import handover, phases, production, result, transfer, valuation
from shared.eventstore.read_model import ReadModel

due_items = sa.Table(
    "assistance_due_items",
    metadata,
    sa.Column("case_id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("item", sa.String(80), primary_key=True),
    sa.Column("due", sa.Date, nullable=False),
    sa.Column("person", sa.Uuid),
    sa.Index("assistance_due_items_by_day", "due", "case_id"),
)
"""``item`` names one thing of its kind in a case; ``person`` is who does it, None for the responsible caseworker."""


@dataclass(frozen=True)
class Opened:
    """Something became due. ``alone``: it takes the place of everything else of its kind in the case."""

    kind: str
    due: date | None
    item: str = ""
    person: UUID | None = None
    alone: bool = False


@dataclass(frozen=True)
class Settled:
    """Something is due no more; without an ``item`` nothing of that kind is."""

    kind: str
    item: str = ""


def _visited(event: Any) -> Iterator[Opened | Settled]:
    yield Settled("follow_up", str(event.visit_id))
    for row in event.settled:
        yield Settled("commitment", row["id"])
    for row in event.pledges:
        yield Opened("commitment", row["due"], row["id"])


def _met(event: Any) -> Iterator[Opened | Settled]:
    yield Settled("strengthening")
    yield Opened("strengthening", event.next_on, person=event.held_by)


CHANGES: dict[type[Any], Callable[[Any], Iterator[Opened | Settled]]] = {
    valuation.UnitVisitScheduled: lambda e: iter([Opened("unit_visit", e.planned_on, str(e.visit_id), alone=True)]),
    valuation.UnitVisited: lambda e: iter([Settled("unit_visit")]),
    result.StrengtheningMeetingHeld: _met,
    result.StrengtheningClosed: lambda e: iter([Settled("strengthening")]),
    handover.HandedOver: lambda e: iter([Opened("handover_reply", e.reply_due, person=e.team_lead, alone=True)]),
    handover.HandoverAccepted: lambda e: iter([Settled("handover_reply")]),
    handover.HandoverRejected: lambda e: iter([Settled("handover_reply")]),
    transfer.ExecutorTransferProposed: lambda e: iter(
        [Opened("handover_reply", e.reply_due, person=e.team_lead, alone=True)]
    ),
    transfer.ExecutorTransferred: lambda e: iter([Settled("handover_reply")]),
    transfer.ExecutorTransferDeclined: lambda e: iter([Settled("handover_reply")]),
    phases.FollowUpScheduled: lambda e: iter([Opened("follow_up", e.planned_on, str(e.visit_id))]),
    phases.FollowUpVisited: _visited,
    production.ProductionOrderCreated: lambda e: iter([Opened("production_order", e.form["due"], str(e.order_id))]),
    production.ProductionOrderCompleted: lambda e: iter([Settled("production_order", str(e.order_id))]),
}
"""What each fact makes due, and what it settles."""


def project(model: ReadModel, event: Any) -> None:
    """Change the read model by one event of a case."""
    change = CHANGES.get(type(event))
    for one in change(event) if change else ():
        mine = (event.originator_id, one.kind)
        if isinstance(one, Settled):
            model.delete(due_items, (*mine, one.item) if one.item else mine)
            continue
        if one.alone:
            model.delete(due_items, mine)
        if one.due is not None:
            row = {"kind": one.kind, "item": one.item, "due": one.due, "person": one.person}
            model.insert(due_items, {"case_id": event.originator_id, **row})

"""Read model of follow-up: visits of the entity, and what the executor records of its own (FUP-1, FUP-4)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.assistance.contract_views import metadata
from services.assistance.domain import execution, phases
from shared.eventstore.read_model import ReadModel

executor_follow_ups = sa.Table(
    "assistance_executor_follow_ups",
    metadata,
    sa.Column("activity_id", sa.Uuid, primary_key=True),
    sa.Column("case_id", sa.Uuid, nullable=False, index=True),
    sa.Column("held_on", sa.Date, nullable=False),
    sa.Column("hours", sa.String(12), nullable=False),
    sa.Column("executed_by", sa.Uuid, nullable=False),
)
"""Follow-up by whoever executes the case: component f, never an FO-419 of the entity (FUP-4)."""

follow_ups = sa.Table(
    "assistance_follow_ups",
    metadata,
    sa.Column("visit_id", sa.Uuid, primary_key=True),
    sa.Column("case_id", sa.Uuid, nullable=False, index=True),
    sa.Column("phase", sa.String(40), nullable=False),
    sa.Column("planned_on", sa.Date, nullable=False),
    sa.Column("visited_on", sa.Date),
    sa.Column("overdue", sa.Boolean, nullable=False, default=False),
    sa.Index("assistance_follow_ups_due", "visited_on", "planned_on"),
)


def project(model: ReadModel, event: Any) -> None:
    """Change the read model by one event of a case."""
    if isinstance(event, phases.FollowUpScheduled):
        row = {"visit_id": event.visit_id, "phase": event.phase, "planned_on": event.planned_on, "overdue": False}
        model.insert(follow_ups, {"case_id": event.originator_id, **row})
    elif isinstance(event, phases.FollowUpOverdue):
        model.update(follow_ups, event.visit_id, {"overdue": True})
    elif isinstance(event, phases.FollowUpVisited):
        made = {"visited_on": event.visited_on, "overdue": False}
        if model.holds(follow_ups, event.visit_id):
            model.update(follow_ups, event.visit_id, made)
        else:
            row = {"visit_id": event.visit_id, "phase": event.phase, "planned_on": event.visited_on, **made}
            model.insert(follow_ups, {"case_id": event.originator_id, **row})
    elif isinstance(event, execution.ComponentActivityRecorded) and event.component == execution.FOLLOW_UP:
        row = {"activity_id": event.activity_id, "held_on": event.happened_on, "hours": str(event.hours)}
        row |= {"case_id": event.originator_id, "executed_by": event.executed_by}
        model.insert(executor_follow_ups, row)

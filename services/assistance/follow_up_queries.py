"""Follow-up of act. 20 by the entity, and apart from it that of the executors (FUP-1, FUP-4)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.assistance import follow_up_views as views
from services.assistance.application import AssistanceApplication
from services.assistance.confinement import found_by
from services.assistance.paging import Params, id_of, paged
from shared.runtime.clock import today
from shared.runtime.tokens import Who


def follow_ups(application: AssistanceApplication, params: Params, who: Who) -> dict[str, Any]:
    """Visits of act. 20 by the day they were planned for; ``state``: due, overdue, done."""
    table, day = views.follow_ups, today()
    query = sa.select(table).order_by(table.c.planned_on, table.c.visit_id)
    if who.contracts:
        query = query.where(table.c.case_id.in_(found_by(who, day)))
    wanted = params.get("state")
    if wanted == "done":
        query = query.where(table.c.visited_on.is_not(None))
    elif wanted:
        late = table.c.planned_on < day if wanted == "overdue" else table.c.planned_on >= day
        query = query.where(table.c.visited_on.is_(None), late)
    return paged(
        application,
        query,
        params,
        lambda row: {
            "id": str(row.visit_id),
            "case_id": str(row.case_id),
            "phase": row.phase,
            "planned_on": row.planned_on.isoformat(),
            "visited_on": row.visited_on.isoformat() if row.visited_on else None,
            "state": "done" if row.visited_on else "overdue" if row.planned_on < day else "due",
        },
    )


def executor_follow_ups(application: AssistanceApplication, params: Params, who: Who) -> dict[str, Any]:
    """What executors recorded of their own follow-up (component f), the latest first; of one ``case`` if named."""
    table = views.executor_follow_ups
    query = sa.select(table).order_by(table.c.held_on.desc(), table.c.activity_id)
    if who.contracts:
        query = query.where(table.c.case_id.in_(found_by(who, today())))
    if params.get("case"):
        query = query.where(table.c.case_id == id_of(params, "case"))
    return paged(
        application,
        query,
        params,
        lambda row: {
            "id": str(row.activity_id),
            "case_id": str(row.case_id),
            "held_on": row.held_on.isoformat(),
            "hours": row.hours,
            "executed_by": str(row.executed_by),
        },
    )

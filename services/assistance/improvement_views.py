"""Read model of improvement actions (IMP-1)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.assistance.contract_views import metadata
from services.assistance.domain.improvement import ImprovementAction
from shared.eventstore.read_model import ReadModel

actions = sa.Table(
    "assistance_improvement_actions",
    metadata,
    sa.Column("action_id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("origin", sa.String(20), nullable=False),
    sa.Column("source_ref", sa.String(300), nullable=False),
    sa.Column("contract_id", sa.Uuid),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("opened_on", sa.Date, nullable=False),
    sa.Column("closed_on", sa.Date),
    sa.Index("assistance_improvement_actions_by_state", "state", "opened_on"),
)

tasks = sa.Table(
    "assistance_improvement_tasks",
    metadata,
    sa.Column("action_id", sa.Uuid, primary_key=True),
    sa.Column("activity", sa.String(20), primary_key=True),
    sa.Column("owner", sa.Uuid),
    sa.Column("due", sa.Date, nullable=False),
    sa.Column("done", sa.Boolean, nullable=False),
    sa.Index("assistance_improvement_tasks_due", "done", "due"),
)
"""The activities in force; those of earlier versions stand in the action itself."""


def project(model: ReadModel, event: Any) -> None:
    """Change the read model by one event of an action."""
    action_id = event.originator_id
    changed: dict[str, Any] = {"version": event.originator_version}
    if isinstance(event, ImprovementAction.ImprovementActionOpened):
        row = {name: getattr(event, name) for name in ("kind", "origin", "source_ref", "contract_id", "opened_on")}
        model.insert(actions, {"action_id": action_id, "version": 1, "state": "open", **row})
        _plan(model, action_id, event.activities)
        return
    if isinstance(event, ImprovementAction.ImprovementActionReplanned):
        model.delete(tasks, action_id)
        _plan(model, action_id, event.activities)
    elif isinstance(event, ImprovementAction.ImprovementActionFollowedUp) and event.done:
        model.update(tasks, (action_id, event.activity), {"done": True})
    elif isinstance(event, ImprovementAction.ImprovementActionClosed):
        changed |= {"state": "closed", "closed_on": event.closed_on}
    model.update(actions, action_id, changed)


def _plan(model: ReadModel, action_id: UUID, activities: list[dict[str, Any]]) -> None:
    for row in activities:
        values = {"activity": row["id"], "owner": row["owner"], "due": row["due"], "done": False}
        model.insert(tasks, {"action_id": action_id, **values})


def listed(row: Any, due: date | None, day: date) -> dict[str, Any]:
    """A row of the list. ``due``: the first day by which something is to be done; None when nothing is."""
    return {
        "id": str(row.action_id),
        "version": row.version,
        "label": f"{row.source_ref} ({row.opened_on})",
        "kind": row.kind,
        "origin": row.origin,
        "contract_id": str(row.contract_id) if row.contract_id else None,
        "state": row.state,
        "opened_on": row.opened_on.isoformat(),
        "closed_on": row.closed_on.isoformat() if row.closed_on else None,
        "due": due.isoformat() if due else None,
        "overdue": row.state == "open" and due is not None and due < day,
    }


def whole(action: ImprovementAction) -> dict[str, Any]:
    """Everything about an action: the versions of its plan side by side, follow-ups, the check of its effect."""
    return {
        "finding": action.finding,
        "cause": action.cause,
        "owner": str(action.owner) if action.owner else None,
        "evidence": [str(file) for file in action.evidence],
        "plans": [
            {
                "version": plan.version,
                "since": plan.since.isoformat(),
                "justification": plan.justification,
                "activities": [
                    {
                        "id": row["id"],
                        "text": row["text"],
                        "owner": str(row["owner"]) if row["owner"] else None,
                        "due": row["due"].isoformat(),
                        "done": row["id"] in action.done,
                    }
                    for row in plan.activities
                ],
            }
            for plan in action.plans
        ],
        "follow_ups": [
            {
                "noted_on": one.noted_on.isoformat(),
                "noted_by": str(one.noted_by),
                "activity": one.activity,
                "done": one.done,
                "findings": one.findings,
                "evidence": [str(file) for file in one.evidence],
            }
            for one in action.follow_ups
        ],
        "effective": action.effective,
        "effectiveness": action.effectiveness or None,
        "verified_by": str(action.verified_by) if action.verified_by else None,
    }

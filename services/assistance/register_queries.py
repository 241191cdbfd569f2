"""The register of improvement actions, as a list and one by one (IMP-1)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.assistance import improvement_views as views
from services.assistance.application import AssistanceApplication
from services.assistance.confinement import contracts_of
from services.assistance.domain.improvement import ImprovementAction
from services.assistance.paging import Params, id_of, paged
from shared.catalogue.refusals import NotFound
from shared.runtime.clock import today
from shared.runtime.tokens import Who


def improvement_actions(application: AssistanceApplication, params: Params, who: Who) -> dict[str, Any]:
    """Actions, the first due first; by ``state``, ``kind``, ``origin``, ``contract``, ``owner`` of what is pending."""
    actions, tasks, day = views.actions, views.tasks, today()
    pending = tasks.c.done.is_(False)
    first = sa.select(tasks.c.action_id, sa.func.min(tasks.c.due).label("due")).where(pending)
    due = first.group_by(tasks.c.action_id).subquery()
    query = (
        sa.select(actions, due.c.due)
        .outerjoin(due, due.c.action_id == actions.c.action_id)
        .order_by(actions.c.state.desc(), due.c.due.is_(None), due.c.due, actions.c.opened_on, actions.c.action_id)
    )
    for name in ("state", "kind", "origin"):
        if params.get(name):
            query = query.where(actions.c[name] == str(params[name]))
    if params.get("contract"):
        query = query.where(actions.c.contract_id == id_of(params, "contract"))
    if params.get("owner"):
        owned = sa.select(tasks.c.action_id).where(pending, tasks.c.owner == id_of(params, "owner"))
        query = query.where(actions.c.action_id.in_(owned))
    if who.contracts:
        query = query.where(actions.c.contract_id.in_(contracts_of(who)))
    return paged(application, query, params, lambda row: views.listed(row, row.due, day))


def improvement_action(application: AssistanceApplication, params: Params, who: Who) -> dict[str, Any]:
    """One action with every version of its plan. Raises `NotFound`, also for a foreign operator's."""
    action_id = id_of(params, "id")
    action = application.loader.get(ImprovementAction, action_id)
    if action is None or (who.contracts and str(action.contract_id) not in who.contracts):
        raise NotFound(what="la acción de mejora", field="id")
    tasks, actions = views.tasks, views.actions
    with application.database.read() as connection:
        row = connection.execute(sa.select(actions).where(actions.c.action_id == action_id)).one()
        undone = sa.select(sa.func.min(tasks.c.due)).where(tasks.c.action_id == action_id, tasks.c.done.is_(False))
        due = connection.scalar(undone)
    return views.listed(row, due, today()) | views.whole(action)

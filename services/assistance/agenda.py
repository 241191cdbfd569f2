"""The agenda: what is due, the first first, for one person or for all (CASE-9)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.assistance import views
from services.assistance.agenda_views import due_items
from services.assistance.application import AssistanceApplication
from services.assistance.confinement import found_by
from services.assistance.paging import Params, id_of, paged
from shared.runtime.clock import today
from shared.runtime.tokens import Who

LABELS = {
    "unit_visit": "Visita a la unidad productiva",
    "strengthening": "Próxima reunión de fortalecimiento",
    "handover_reply": "Respuesta a la entrega formal",
    "follow_up": "Visita de seguimiento (FO-419)",
    "commitment": "Compromiso de una visita de seguimiento",
    "production_order": "Entrega de una orden de producción",
}
PROCEDURE = "PR-156"


def agenda(application: AssistanceApplication, params: Params, who: Who) -> dict[str, Any]:
    """What is due in open cases by ``caseworker`` (who answers for the case, or does the thing), ``kind`` and ``state``
    (due, overdue). A case that ended has nothing due."""
    table, cases, day = due_items, views.cases, today()
    procedure = application.catalogue.procedure(PROCEDURE, day)
    ended = [state for state in procedure.states if procedure.is_final(state)]
    person = sa.func.coalesce(table.c.person, cases.c.caseworker).label("responsible")
    query = (
        sa.select(table, cases.c.caseworker, cases.c.state, person)
        .join(cases, cases.c.case_id == table.c.case_id)
        .where(cases.c.state.not_in(ended))
        .order_by(table.c.due, table.c.case_id, table.c.kind, table.c.item)
    )
    if who.contracts:
        query = query.where(table.c.case_id.in_(found_by(who, day)))
    if params.get("caseworker"):
        asked = id_of(params, "caseworker")
        query = query.where(sa.or_(cases.c.caseworker == asked, table.c.person == asked))
    if params.get("kind"):
        query = query.where(table.c.kind == str(params["kind"]))
    if params.get("state"):
        query = query.where(table.c.due < day if params["state"] == "overdue" else table.c.due >= day)
    return paged(
        application,
        query,
        params,
        lambda row: {
            "case_id": str(row.case_id),
            "kind": row.kind,
            "label": LABELS[row.kind],
            "item": row.item or None,
            "due": row.due.isoformat(),
            "overdue": row.due < day,
            "state": "overdue" if row.due < day else "due",
            "caseworker": str(row.caseworker) if row.caseworker else None,
            "responsible": str(row.responsible) if row.responsible else None,
            "case_state": row.state,
            "case_state_label": procedure.label(row.state),
        },
    )

"""Work programmes as a list, one by one, and on paper (OBJ-7, FRM-17)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.assistance.application import AssistanceApplication
from services.assistance.application.work_programmes import FORM
from services.assistance.domain.work_programme import WorkProgramme
from services.assistance.paging import Params, id_of, paged
from services.assistance.programme_views import programmes
from shared.catalogue.refusals import NotFound
from shared.runtime.papers import FiledForm, names_in, printed
from shared.runtime.tokens import Who

READS_NAMES = frozenset({"coordinator", "subdirector", "caseworker", "business_adviser", "contract_supervisor"})
"""Who may read the names of the colleagues that signed."""


def work_programmes(application: AssistanceApplication, params: Params, who: Who) -> dict[str, Any]:
    """Work programmes, the latest period first; ``state``: written, approved. Operators have none to see."""
    query = sa.select(programmes).order_by(programmes.c.period.desc(), programmes.c.written_on.desc())
    query = query.order_by(programmes.c.programme_id)
    if who.contracts:
        query = query.where(sa.false())
    if params.get("period"):
        query = query.where(programmes.c.period == str(params["period"]))
    if params.get("state"):
        approved = programmes.c.approved_on.is_not(None)
        query = query.where(approved if params["state"] == "approved" else ~approved)
    return paged(application, query, params, _listed)


def work_programme(application: AssistanceApplication, params: Params, who: Who) -> dict[str, Any]:
    """One programme with its activities. Raises `NotFound`."""
    found = _found(application, params, who)
    with application.database.read() as connection:
        row = connection.execute(sa.select(programmes).where(programmes.c.programme_id == found.id)).one()
    activities = [
        {
            **{name: one[name] for name in ("activity", "what", "goal")},
            **{name: str(one[name]) for name in ("from", "to", "responsible")},
        }
        for one in found.activities
    ]
    document = {"id": str(found.id), "code": FORM, "service": "assistance"}
    return _listed(row) | {
        "activities": activities,
        "model_version": found.model_version,
        "written_by": str(found.written_by),
        "documents": [document],
    }


def printed_programme(application: AssistanceApplication, params: Params, who: Who) -> dict[str, Any]:
    """The FRM-17 of a programme, as PDF. Raises `NotFound`, `NotAuthorised`."""
    found = _found(application, params, who)
    values = {
        "period": found.period,
        "calls": found.calls,
        "activities": found.activities,
        "written_by": found.signature,
        "approved_by": found.approval,
    }
    filed = FiledForm(FORM, found.form_version, "", found.written_on, None, values)
    return printed(application, filed, who, lambda _kind: bool(READS_NAMES & who.roles), names=names_in(params))


def _found(application: AssistanceApplication, params: Params, who: Who) -> WorkProgramme:
    found = application.loader.get(WorkProgramme, id_of(params, "id"))
    if found is None or who.contracts:
        raise NotFound(what="el documento o programa de trabajo", field="id")
    return found


def _listed(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.programme_id),
        "version": row.version,
        "label": f"Programa de trabajo {row.period}, del {row.written_on}",
        "period": row.period,
        "call_ids": row.calls,
        "activity_count": row.activities,
        "state": "approved" if row.approved_on else "written",
        "written_on": row.written_on.isoformat(),
        "approved_on": row.approved_on.isoformat() if row.approved_on else None,
    }

"""The HEMI outbox: what waits, what was answered, what was rejected (requirements 6.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from services.reporting.application import ReportingApplication
from services.reporting.domain.hemi import STATES
from services.reporting.queries.reading import check_reader, uuid_of
from services.reporting.views import hemi_entries, hemi_pauses
from shared.privacy.personal import Personal, reveal
from shared.runtime.clock import today
from shared.runtime.heeding import is_restricted
from shared.runtime.paging import offset_of
from shared.runtime.showing import RESTRICTED
from shared.runtime.tokens import Who

PAGE, MAX_PAGE = 50, 200


def hemi_list(app: ReportingApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Entries, the longest waiting first; filtered by state, case or activity. Pending beyond P-40 is ``overdue``."""
    check_reader(who, "Consultar los registros HEMI")
    limit = min(int(params.get("limit") or PAGE), MAX_PAGE)
    offset = offset_of(params)
    table = hemi_entries.c
    wanted: list[sa.ColumnElement[bool]] = []
    if params.get("state"):
        wanted.append(table.state == str(params["state"]))
    if params.get("case"):
        wanted.append(table.case_id == uuid_of(params["case"], "case"))
    if params.get("activity"):
        wanted.append(table.activity == int(params["activity"]))
    query = (
        sa.select(hemi_entries, hemi_pauses.c.failures, hemi_pauses.c.error)
        .outerjoin(hemi_pauses, hemi_pauses.c.entry_id == table.entry_id)
        .where(*wanted)
        .order_by(table.queued_on, table.entry_id)
        .offset(offset)
        .limit(limit + 1)
    )
    with app.database.read() as connection:
        rows = connection.execute(query).all()
        by_state = sa.select(table.state, sa.func.count()).group_by(table.state)
        counts = {state: number for state, number in connection.execute(by_state).all()}
    return {
        "items": [_entry(app, row) for row in rows[:limit]],
        "next": str(offset + limit) if len(rows) > limit else None,
        "counts": {state: counts.get(state, 0) for state in STATES},
    }


def _entry(app: ReportingApplication, row: Any) -> dict[str, Any]:
    return {
        "id": str(row.entry_id),
        "case_id": None if row.case_id is None else str(row.case_id),
        "about": str(row.about),
        "activity": row.activity,
        "kind": row.kind,
        "module": row.module,
        "state": row.state,
        "state_label": STATES[row.state],
        "attempt": row.attempt,
        "failures": row.failures or 0,
        "last_failure": row.error,
        "source_event": row.source_event,
        "corrects_receipt": row.corrects_receipt,
        "queued_on": row.queued_on.isoformat(),
        "sent_on": None if row.sent_on is None else row.sent_on.isoformat(),
        "receipt_id": row.receipt_id,
        "receipted_on": None if row.receipted_on is None else row.receipted_on.isoformat(),
        "overdue": row.state in ("pending", "sent") and app.hemi_late(row.queued_on, today()),
        "reason": _reason(app, row) if row.state == "rejected" else None,
        "version": row.version,
    }


def _reason(app: ReportingApplication, row: Any) -> str | None:
    """Why HEMI refused, from the log: the read model holds nothing about a person in the clear."""
    for entry in reversed(app.log.of_aggregate(row.entry_id)):
        if entry.topic.endswith(".HemiEntryRejected"):
            event, _ = app.mapper.open(entry)
            reason = getattr(event, "reason", None)
            if isinstance(reason, Personal) and is_restricted(reason.subject, reason.kind):
                return RESTRICTED
            found = reveal(reason)
            return None if found is None else str(found)
    return None

"""HEMI entries as of both clocks: replayed from reporting's own log, or read as they stand now (BRD-2, HEM-4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.reporting.application import ReportingApplication
from services.reporting.views import hemi_entries
from shared.eventstore.tables import events

Entries = Sequence[tuple[UUID | None, str, date]]
"""Case, state and the day on which each entry was queued."""

STATES = {
    "HemiEntryQueued": ("pending", "queued_on"),
    "HemiEntrySent": ("sent", "sent_on"),
    "HemiEntryReceipted": ("receipted", "receipted_on"),
    "HemiEntryRejected": ("rejected", "rejected_on"),
    "HemiEntryResent": ("pending", "resent_on"),
}


def entries_now(connection: Connection) -> Entries:
    """As they stand."""
    table = hemi_entries.c
    return [
        (row.case_id, row.state, row.queued_on)
        for row in connection.execute(sa.select(table.case_id, table.state, table.queued_on))
    ]


def entries_at(app: ReportingApplication, connection: Connection, recorded: int, happened: date) -> Entries:
    """As they stood at the end of ``happened``, by what was recorded before ``recorded`` (microseconds of UTC)."""
    held = sa.select(sa.func.max(events.c.id)).where(events.c.recorded_at < recorded)
    position = connection.execute(held).scalar_one() or 0
    found: dict[UUID, tuple[UUID | None, str, date]] = {}
    mapper: Any = app.mapper
    for entry in app.log.of_topics([f"reporting.{name}" for name in STATES], position):
        event, _ = mapper.outline(entry)
        state, dated = STATES[entry.topic.partition(".")[2]]
        if getattr(event, dated) > happened:
            continue
        if state == "pending" and entry.originator_id not in found:
            found[entry.originator_id] = (event.case_id, state, event.queued_on)
        elif entry.originator_id in found:
            case_id, _, queued_on = found[entry.originator_id]
            found[entry.originator_id] = (case_id, state, queued_on)
    return list(found.values())

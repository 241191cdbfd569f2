"""Imports and trials of the criteria: how their events change the read model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import Connection

from services.intake.directory import Directory
from services.intake.domain.import_jobs import ImportJob
from services.intake.domain.what_if import WhatIf
from services.intake.views.tables import imports, what_ifs
from shared.eventstore.metadata import Meta

Apply = Callable[[Connection, Any, Meta, Directory], None]


def _import_started(connection: Connection, event: Any, _meta: Meta, _directory: Directory) -> None:
    connection.execute(
        imports.insert().values(
            id=event.originator_id,
            call_id=event.call_id,
            file_id=event.file_id,
            file_name=event.file_name,
            sha256=event.file_hash,
            as_of=event.as_of,
            state="waiting",
            started_on=event.started_on,
            row=1,
        )
    )


def _import(**columns: Callable[[Any, Meta], Any]) -> Apply:
    def apply(connection: Connection, event: Any, meta: Meta, _directory: Directory) -> None:
        values = {name: value(event, meta) for name, value in columns.items()}
        connection.execute(imports.update().where(imports.c.id == event.originator_id).values(**values))

    return apply


def _what_if(connection: Connection, event: WhatIf.WhatIfRun, _meta: Meta, _directory: Directory) -> None:
    names = ("kind", "code", "version", "hash", "call_id", "as_of", "known_on", "looked_at", "unknown", "run_on")
    facts = {name: getattr(event, name) for name in names}
    row = {"id": event.originator_id, "changed": len(event.changes), "run_by": event.run_by, **facts}
    connection.execute(what_ifs.insert().values(row))


APPLY: dict[type, Apply] = {
    WhatIf.WhatIfRun: _what_if,
    ImportJob.ImportStarted: _import_started,
    ImportJob.ImportRetried: _import(state=lambda event, meta: "waiting", error=lambda event, meta: None),
    ImportJob.ImportListFrozen: _import(state=lambda event, meta: "running"),
    ImportJob.ImportRowsTaken: _import(
        state=lambda event, meta: "running", row=lambda event, meta: event.row, rows=lambda event, meta: event.rows
    ),
    ImportJob.ImportFinished: _import(
        state=lambda event, meta: "done",
        finished_on=lambda event, meta: meta.happened_on,
        rows=lambda event, meta: event.rows,
        row=lambda event, meta: event.rows + 1,
        accepted=lambda event, meta: event.accepted,
        rejected=lambda event, meta: event.rejected,
        duplicates=lambda event, meta: event.duplicates,
        report_file=lambda event, meta: event.report_file,
        rejected_file=lambda event, meta: event.rejected_file,
    ),
    ImportJob.ImportFailed: _import(
        state=lambda event, meta: "failed",
        finished_on=lambda event, meta: meta.happened_on,
        error=lambda event, meta: event.error,
    ),
}

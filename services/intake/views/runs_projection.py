"""Imports and trials of the criteria: how their events change the read model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from services.intake.directory import Directory
from services.intake.domain.import_jobs import ImportJob
from services.intake.domain.what_if import WhatIf
from services.intake.views.tables import imports, what_ifs
from shared.eventstore.metadata import Meta
from shared.eventstore.read_model import ReadModel

Apply = Callable[[ReadModel, Any, Meta, Directory], None]


def _import_started(model: ReadModel, event: Any, _meta: Meta, _directory: Directory) -> None:
    model.insert(
        imports,
        {
            "id": event.originator_id,
            "call_id": event.call_id,
            "file_id": event.file_id,
            "file_name": event.file_name,
            "sha256": event.file_hash,
            "as_of": event.as_of,
            "state": "waiting",
            "started_on": event.started_on,
            "row": 1,
        },
    )


def _import(**columns: Callable[[Any, Meta], Any]) -> Apply:
    def apply(model: ReadModel, event: Any, meta: Meta, _directory: Directory) -> None:
        values = {name: value(event, meta) for name, value in columns.items()}
        model.update(imports, event.originator_id, values)

    return apply


def _what_if(model: ReadModel, event: WhatIf.WhatIfRun, _meta: Meta, _directory: Directory) -> None:
    names = ("kind", "code", "version", "hash", "call_id", "as_of", "known_on", "looked_at", "unknown", "run_on")
    facts = {name: getattr(event, name) for name in names}
    counts = {"changed": len(event.changes), "waiting": len(event.waiting), "left": 0}
    model.insert(what_ifs, {"id": event.originator_id, "run_by": event.run_by, **counts, **facts})


def _what_if_went_on(model: ReadModel, event: WhatIf.WhatIfContinued, _meta: Meta, _directory: Directory) -> None:
    done = event.looked_at + event.unknown
    more = {"looked_at": event.looked_at, "unknown": event.unknown, "changed": len(event.changes), "waiting": -done}
    change = sa.update(what_ifs).where(what_ifs.c.id == event.originator_id)
    model.execute(change.values({name: what_ifs.c[name] + count for name, count in more.items()}), what_ifs)


def _what_if_was_left(model: ReadModel, event: WhatIf.WhatIfAbandoned, _meta: Meta, _directory: Directory) -> None:
    model.update(what_ifs, event.originator_id, {"waiting": 0, "left": event.left})


APPLY: dict[type, Apply] = {
    WhatIf.WhatIfRun: _what_if,
    WhatIf.WhatIfContinued: _what_if_went_on,
    WhatIf.WhatIfAbandoned: _what_if_was_left,
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

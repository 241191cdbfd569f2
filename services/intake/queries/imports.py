"""Imports and what became of them: ``imports`` and ``import``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from services.intake.application import IntakeApplication
from services.intake.queries.paging import check_staff, id_of, limit_of, next_of, offset_of
from services.intake.queries.versions import versions
from services.intake.views import calls, imports
from shared.catalogue.refusals import NotFound
from shared.runtime.tokens import Who


def several(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Imports, the latest first, of one call or of all."""
    check_staff(who, "Ver importaciones")
    limit, offset = limit_of(params), offset_of(params)
    query = _joined().order_by(imports.c.started_on.desc(), imports.c.id)
    if params.get("call"):
        query = query.where(imports.c.call_id == id_of(params, "call"))
    with app.database.read() as connection:
        rows = connection.execute(query.limit(limit + 1).offset(offset)).all()
        known = versions(connection, [row.id for row in rows])
    items = [_item(row, known[row.id]) for row in rows[:limit]]
    return {"items": items, "next": next_of(offset, limit, len(rows))}


def one(app: IntakeApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """One import, with its report once it is done. Raises `NotFound`."""
    check_staff(who, "Ver importaciones")
    import_id = id_of(params)
    with app.database.read() as connection:
        row = connection.execute(_joined().where(imports.c.id == import_id)).first()
        if row is None:
            raise NotFound(what="la importación", field="id")
        version = versions(connection, [import_id])[import_id]
    report = app.import_report(import_id)
    if report is not None:
        # The report names verdicts by document number; an answer names them by row.
        report["verdicts"] = {str(each["fila"]): each for each in report["verdicts"].values()}
    return _item(row, version) | {"report": report, "report_file": row.report_file}


def _joined() -> sa.Select[Any]:
    return sa.select(imports, calls.c.code).join(calls, calls.c.id == imports.c.call_id)


def _item(row: Any, version: int) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "version": version,
        "call_id": str(row.call_id),
        "call_code": row.code,
        "file_name": row.file_name,
        "sha256": row.sha256,
        "as_of": row.as_of.isoformat(),
        "state": row.state,
        "rows": row.rows,
        "done": row.row - 1,
        "accepted": row.accepted,
        "rejected": row.rejected,
        "duplicates": row.duplicates,
        "started_at": row.started_on.isoformat(),
        "finished_at": row.finished_on.isoformat() if row.finished_on else None,
        "error": row.error,
        "rejected_file": row.rejected_file,
    }

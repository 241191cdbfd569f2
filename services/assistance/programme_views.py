"""Read model of work programmes (OBJ-7)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.assistance.contract_views import metadata
from services.assistance.domain.work_programme import WorkProgramme
from shared.eventstore.read_model import ReadModel

programmes = sa.Table(
    "assistance_work_programmes",
    metadata,
    sa.Column("programme_id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("period", sa.String(7), nullable=False),
    sa.Column("calls", sa.JSON, nullable=False),
    sa.Column("activities", sa.Integer, nullable=False),
    sa.Column("written_on", sa.Date, nullable=False),
    sa.Column("written_by", sa.Uuid, nullable=False),
    sa.Column("approved_on", sa.Date),
    sa.Index("assistance_work_programmes_by_period", "period", "written_on"),
)


def project(model: ReadModel, event: Any) -> None:
    """Change the read model by one event of a programme."""
    if isinstance(event, WorkProgramme.WorkProgrammeWritten):
        model.insert(
            programmes,
            {
                "programme_id": event.originator_id,
                "version": 1,
                "period": event.period,
                "calls": [str(call) for call in event.calls],
                "activities": len(event.activities),
                "written_on": event.written_on,
                "written_by": event.written_by,
            },
        )
    elif isinstance(event, WorkProgramme.WorkProgrammeApproved):
        changed = {"version": event.originator_version, "approved_on": event.approved_on}
        model.update(programmes, event.originator_id, changed)

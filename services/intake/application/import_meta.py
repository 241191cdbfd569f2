"""Metadata of what an import stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from services.intake.application.base import PROGRAMME
from services.intake.domain.import_jobs import ImportJob
from shared.eventstore.metadata import Meta


def import_meta(
    catalogue: Any,
    job: ImportJob,
    *,
    activity: int,
    command: str = "ImportCandidates",
    command_id: UUID | None = None,
    versions: Mapping[str, str] | None = None,
) -> Meta:
    """Metadata of what an import stores: the act of the person who started it."""
    return Meta(
        happened_on=job.started_on,
        actor=job.started_by,
        role=job.role,
        grant=job.grant,
        channel="import",
        command=command,
        command_id=command_id or uuid4(),
        correlation_id=job.id,
        causation_id=f"import:{job.id}",
        procedure_version=catalogue.procedure(PROGRAMME, job.started_on).version,
        activity=activity,
        versions=dict(versions or {}),
    )

"""Use cases of the work programme (OBJ-7, FRM-17)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.assistance.application.base import AssistanceBase, new_id
from services.assistance.domain.work_programme import WorkProgramme
from shared.catalogue.refusals import NotFound
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import assign

FORM = "FRM-17"


class WorkProgrammeUseCases(AssistanceBase):
    """What the coordination plans and the subdirector approves."""

    def write_work_programme(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        period: str,
        calls: list[UUID],
        activities: list[dict[str, Any]],
        written_by: dict[str, Any],
    ) -> dict[str, Any]:
        for position, call in enumerate(calls):
            self.cohort(uow, call, f"calls[{position}]")
        programme_id = new_id()
        programme = WorkProgramme.write(
            act,
            programme_id,
            period=period,
            calls=calls,
            activities=activities,
            model_version=self.model(act.on).version,
            form_version=self.form_version(FORM, act),
            signature=assign(written_by, programme_id),
        )
        uow.add(programme)
        return {"id": str(programme_id)}

    def approve_work_programme(
        self, uow: UnitOfWork, act: Act, programme_id: UUID, *, approved_by: dict[str, Any]
    ) -> dict[str, Any]:
        programme = uow.find(WorkProgramme, programme_id)
        if programme is None:
            raise NotFound(what="el programa de trabajo", field="id")
        programme.approve(act, signature=assign(approved_by, programme_id))
        return {"id": str(programme_id)}

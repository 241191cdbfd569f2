"""Use cases of leaving while profiling owns the case (CASE-3)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.profiling.application.base import ProfilingBase
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign


class Exits(ProfilingBase):
    """Exclusion, death, withdrawal."""

    def exclude_beneficiary(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, exclusion: UUID, reason: Personal
    ) -> dict[str, Any]:
        """Take the case out because of an exclusion in force (CASE-3)."""
        case = self.case(uow, case_id)
        case.exclude_beneficiary(act, exclusion_id=exclusion, reason=assign(reason, case.subject()))
        return {"id": str(case_id)}

    def record_death(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, died_on: date | None, source: Personal, file: str | None
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.record_death(act, died_on=died_on, source=assign(source, case.subject()), file=file)
        return {"id": str(case_id)}

    def withdraw_case(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, reason_code: str, reason: Personal
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.withdraw_case(act, reason_code=reason_code, reason=assign(reason, case.subject()))
        return {"id": str(case_id)}

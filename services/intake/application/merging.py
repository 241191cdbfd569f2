"""Use cases of merging two cases of one person, and of parting them again (A01-3, CASE-3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.intake.application.base import IntakeBase
from services.intake.domain.cases import Case
from shared.catalogue.refusals import FieldInvalid, NotFound
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign


class Merging(IntakeBase):
    """The case named in the address goes on; the other one ends as part of it."""

    def merge_cases(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, other_case: UUID, reason: Personal
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        if other_case == case_id:
            raise FieldInvalid(field="other_case", explanation="nombre el otro caso de la persona, no este mismo.")
        other = uow.find(Case, other_case)
        if other is None:
            raise NotFound(what="el otro caso", field="other_case")
        case.take_in(act, other_case, assign(reason, case.candidate_id))
        other.merge_into(act, case_id, assign(reason, other.candidate_id))
        # Who is excluded under the one document is excluded under the other (EXC-2).
        for exclusion_id, (first, last) in other.exclusions.items():
            case.note_exclusion(exclusion_id, first, last)
        return {"id": str(case_id), "other_case": str(other_case)}

    def split_cases(self, uow: UnitOfWork, act: Act, case_id: UUID, *, reason: Personal) -> dict[str, Any]:
        other = self.case(uow, case_id)
        surviving = other.split_off(act, assign(reason, other.candidate_id))
        self.case(uow, surviving).part_from(case_id)
        for case in self.standing_line(uow, surviving):
            case.note_foreign(other.exclusions)
        return {"id": str(case_id), "surviving_case": str(surviving), "state": other.state}

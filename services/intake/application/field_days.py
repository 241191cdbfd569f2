"""Use cases of field days, and of the sheet that may be filled in there (PR-156 act. 1)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.intake.application.base import IntakeBase
from services.intake.domain.field_days import FieldDay
from services.intake.domain.socioeconomic import FO_201
from shared.catalogue.refusals import FieldInvalid, NotFound
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign


class FieldDays(IntakeBase):
    """Days in public space, and what is filled in about a household there."""

    def record_field_day(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        held_on: date,
        place: str,
        locality: str,
        team: list[UUID],
        characterisations: Personal | list[str],
    ) -> dict[str, Any]:
        """Record a field day; candidates may then name it as their source (A01-2)."""
        # A list that was left out comes empty, and nothing empty is personal.
        named = characterisations.value if isinstance(characterisations, Personal) else characterisations
        day = FieldDay.hold(
            act,
            held_on=held_on,
            place=place,
            locality=locality,
            team=team,
            characterisations=list(named or ()),
        )
        uow.add(day)
        return {"id": str(day.id)}

    def record_socioeconomic_sheet(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, form: dict[str, Any]
    ) -> dict[str, Any]:
        """File FO-201 on a case."""
        case, instance_id = self.case(uow, case_id), uuid4()
        version = self.form_version(FO_201, act.on)
        case.record_sheet(act, form_instance_id=instance_id, form_version=version, form=assign(form, case.candidate_id))
        uow.meta.versions[f"form:{FO_201}"] = version
        return {"id": str(case_id), "form_instance_id": str(instance_id)}

    def reference_of(
        self, uow: UnitOfWork, source: str | None, field_day: UUID | None, identified_on: date
    ) -> Personal | None:
        """The reference of a source that is a recorded field day; None if none was named."""
        if field_day is None:
            return None
        day = uow.find(FieldDay, field_day)
        if day is None:
            raise NotFound(what="la jornada", field="field_day")
        if source != "field_day":
            raise FieldInvalid(field="field_day", explanation="la jornada se nombra cuando ella es la fuente.")
        day.check_source_of(identified_on)
        return Personal(None, "i", str(field_day))

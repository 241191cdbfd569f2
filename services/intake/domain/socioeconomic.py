"""The general socio-economic sheet FO-201 (*ficha socioeconómica general*): optional in acts 1 to 3 (AMB-12)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.intake.domain.case_state import CaseState, Event
from shared.catalogue.refusals import ConsentMissing, FieldInvalid
from shared.catalogue.types import Act

FO_201 = "FO-201"


class SocioeconomicSheetRecorded(Event):
    """FO-201 was filed. What it says stays in this service (9.1)."""

    TOPIC = "intake.SocioeconomicSheetRecorded"
    form_instance_id: UUID
    form_version: str
    filled_on: date
    form: dict[str, Any]
    recorded_by: UUID

    def apply(self, aggregate: CaseState) -> None: ...


class SocioeconomicActs(CaseState):
    """Filing the sheet."""

    def record_sheet(self, act: Act, *, form_instance_id: UUID, form_version: str, form: dict[str, Any]) -> None:
        """File FO-201. Raises `ConsentMissing` without a legal ground (X-12)."""
        act.check_state(self.state)
        if not self.has_ground:
            raise ConsentMissing(missing="el fundamento legal para tratar los datos")
        if form["filled_on"] > act.on:
            raise FieldInvalid(field="form.filled_on", explanation="la ficha no puede ser posterior a su registro.")
        self.trigger_event(
            SocioeconomicSheetRecorded,
            form_instance_id=form_instance_id,
            form_version=form_version,
            filled_on=form["filled_on"],
            form=form,
            recorded_by=act.person,
        )

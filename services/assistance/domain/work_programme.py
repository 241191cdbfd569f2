"""The work programme (*programa de trabajo*, FRM-17): what is planned for some calls in a period (OBJ-7)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from shared.catalogue.periods import days_of
from shared.catalogue.refusals import FieldInvalid, SeparationOfDuties, StepOutOfOrder
from shared.catalogue.types import Act

Rows = list[dict[str, Any]]


class WorkProgramme(Aggregate):
    """One programme: written by the coordination, in force once the subdirector approved it."""

    TOPIC = "assistance.WorkProgramme"

    class Event(Aggregate.Event):
        def apply(self, aggregate: Any) -> None: ...

    class WorkProgrammeWritten(Event, Aggregate.Created):
        """Each activity has ``activity`` (its number in the procedure), ``what``, ``from``, ``to``, ``responsible`` and
        ``goal`` (cases). ``model_version``: the dated set of components that is the intervention model."""

        TOPIC = "assistance.WorkProgrammeWritten"
        period: str
        calls: list[UUID]
        activities: Rows
        model_version: str
        form_version: str
        signature: dict[str, Any]
        written_on: date
        written_by: UUID

    Created = WorkProgrammeWritten

    class WorkProgrammeApproved(Event):
        """The codes and goals are those of the activities, in their order."""

        TOPIC = "assistance.WorkProgrammeApproved"
        work_programme_id: UUID
        period: str
        call_ids: list[UUID]
        activity_codes: list[str]
        goal_counts: list[int]
        signature: dict[str, Any]
        approved_on: date
        approved_by: UUID

        def apply(self, aggregate: WorkProgramme) -> None:
            aggregate.approved_on, aggregate.approval = self.approved_on, self.signature

    def __init__(
        self,
        period: str,
        calls: list[UUID],
        activities: Rows,
        model_version: str,
        form_version: str,
        signature: dict[str, Any],
        written_on: date,
        written_by: UUID,
    ) -> None:
        self.period = period
        self.calls = calls
        self.activities = activities
        self.model_version = model_version
        self.form_version = form_version
        self.signature = signature
        self.written_on = written_on
        self.written_by = written_by
        self.approved_on: date | None = None
        self.approval: dict[str, Any] | None = None

    @classmethod
    def write(
        cls,
        act: Act,
        programme_id: UUID,
        *,
        period: str,
        calls: list[UUID],
        activities: Rows,
        model_version: str,
        form_version: str,
        signature: dict[str, Any],
    ) -> WorkProgramme:
        """Write a programme. Raises `FieldInvalid` for a period or dates that cannot be."""
        try:
            first, last = days_of(period)
        except ValueError:
            explanation = "escriba un año (2026) o un mes (2026-11)."
            raise FieldInvalid(field="period", explanation=explanation) from None
        for position, row in enumerate(activities):
            where = f"activities[{position}]"
            if row["to"] < row["from"]:
                raise FieldInvalid(field=f"{where}.to", explanation="la actividad termina antes de empezar.")
            if row["from"] < first or row["to"] > last:
                explanation = f"el período va del {first} al {last}."
                raise FieldInvalid(field=f"{where}.from", explanation=explanation)
        return cls._create(
            event_class=cls.WorkProgrammeWritten,
            id=programme_id,
            period=period,
            calls=calls,
            activities=activities,
            model_version=model_version,
            form_version=form_version,
            signature=signature,
            written_on=act.on,
            written_by=act.person,
        )

    def approve(self, act: Act, *, signature: dict[str, Any]) -> None:
        """Put the programme in force. Raises `SeparationOfDuties` for its writer, `StepOutOfOrder` the second time."""
        if self.approved_on is not None:
            raise StepOutOfOrder(missing="nada: ese programa ya está aprobado")
        act.check_not_before(self.written_on)
        if act.person == self.written_by:
            raise SeparationOfDuties(rule="OBJ-7", explanation="quien elaboró el programa de trabajo no lo aprueba.")
        self.trigger_event(
            self.WorkProgrammeApproved,
            work_programme_id=self.id,
            period=self.period,
            call_ids=self.calls,
            activity_codes=[str(row["activity"]) for row in self.activities],
            goal_counts=[row["goal"] for row in self.activities],
            signature=signature,
            approved_on=act.on,
            approved_by=act.person,
        )

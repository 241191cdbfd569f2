"""Field days (*jornadas de identificación*) in public space: where and when candidates were met (PR-156 act. 1)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate

from shared.catalogue.refusals import DateInFuture, FieldInvalid
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


class FieldDay(Aggregate):
    """A day of identification and characterisation in public space."""

    TOPIC = "intake.FieldDay"

    class Event(Aggregate.Event):
        def apply(self, aggregate: Any) -> None: ...

    class FieldDayHeld(Event, Aggregate.Created):
        """A field day took place. ``characterisations`` identify those whom the team characterised on that day."""

        TOPIC = "intake.FieldDayHeld"
        field_day_id: UUID
        held_on: date
        place: str
        locality: str
        team: list[UUID]
        characterisations: Personal
        candidates_count: int
        recorded_by: UUID

        def apply(self, aggregate: FieldDay) -> None:
            aggregate.held_on = self.held_on

    Created = FieldDayHeld
    held_on: date

    def __init__(self) -> None:
        """Its state comes from its record."""

    @classmethod
    def hold(
        cls, act: Act, *, held_on: date, place: str, locality: str, team: list[UUID], characterisations: list[str]
    ) -> FieldDay:
        """Record a field day. Raises `DateInFuture`, and `FieldInvalid` for a person or number named twice."""
        if held_on > act.today:
            raise DateInFuture(field="held_on", date=held_on.isoformat())
        for name, given in (("team", team), ("characterisations", characterisations)):
            if len(set(given)) < len(given):
                raise FieldInvalid(field=name, explanation="algo está repetido; nómbrelo una sola vez.")
        field_day_id = uuid4()
        return cls._create(
            event_class=cls.FieldDayHeld,
            id=field_day_id,
            field_day_id=field_day_id,
            held_on=held_on,
            place=place,
            locality=locality,
            team=team,
            characterisations=Personal(field_day_id, "s", characterisations),
            candidates_count=len(characterisations),
            recorded_by=act.person,
        )

    def check_source_of(self, identified_on: date) -> None:
        """Refuse a candidate identified before the day was held."""
        if identified_on < self.held_on:
            raise FieldInvalid(
                field="identified_on", explanation=f"la jornada fue el {self.held_on}; no puede ser anterior."
            )

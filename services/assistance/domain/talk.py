"""The awareness talk as a group act (PR-156 act. 11: charla de sensibilización, FO-078)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from shared.catalogue.refusals import FieldInvalid, StepOutOfOrder
from shared.catalogue.types import Act


class TalkEvent(Aggregate.Event):
    """A fact about one talk."""


class TalkScheduled(TalkEvent, Aggregate.Created):
    TOPIC = "assistance.TalkScheduled"
    call_id: UUID
    planned_on: date
    starts: str
    ends: str
    place: str
    facilitators: list[UUID]

    def apply(self, aggregate: AwarenessTalk) -> None:
        aggregate.begin(self.call_id)


class TalkPrepared(TalkEvent, Aggregate.Created):
    """A talk that nobody scheduled; it is recorded as held in the same act."""

    TOPIC = "assistance.TalkPrepared"
    call_id: UUID

    def apply(self, aggregate: AwarenessTalk) -> None:
        aggregate.begin(self.call_id)


class TalkHeld(TalkEvent):
    """The talk took place. Who came is a fact of each case; ``form`` is FO-078 without its rows."""

    TOPIC = "assistance.TalkHeld"
    talk_id: UUID
    form_version: str
    form: dict[str, Any]
    attendees: int
    held_on: date
    recorded_by: UUID

    def apply(self, aggregate: AwarenessTalk) -> None:
        aggregate.held_on = self.held_on


class AwarenessTalk(Aggregate):
    """One talk on the process of one call."""

    TOPIC = "assistance.AwarenessTalk"
    Event = TalkEvent
    Created = TalkScheduled
    TalkScheduled = TalkScheduled
    TalkPrepared = TalkPrepared
    TalkHeld = TalkHeld

    def begin(self, call_id: UUID) -> None:
        """A talk that has not taken place; called by its first event only."""
        self.call_id = call_id
        self.held_on: date | None = None

    @classmethod
    def schedule(
        cls,
        talk_id: UUID,
        *,
        call_id: UUID,
        planned_on: date,
        starts: str,
        ends: str,
        place: str,
        facilitators: list[UUID],
    ) -> AwarenessTalk:
        """Plan a talk; times are "HH:MM". Raises `FieldInvalid` if it ends before it starts."""
        if ends <= starts:
            raise FieldInvalid(field="ends", explanation="la charla termina antes de empezar.")
        return cls._create(
            event_class=TalkScheduled,
            id=talk_id,
            call_id=call_id,
            planned_on=planned_on,
            starts=starts,
            ends=ends,
            place=place,
            facilitators=facilitators,
        )

    @classmethod
    def prepare(cls, talk_id: UUID, call_id: UUID) -> AwarenessTalk:
        """A talk that was not scheduled."""
        return cls._create(event_class=TalkPrepared, id=talk_id, call_id=call_id)

    def hold(self, act: Act, *, form_version: str, form: dict[str, Any], attendees: int) -> None:
        """Record that the talk took place on ``act.on`` with that many attendees."""
        if self.held_on is not None:
            raise StepOutOfOrder(missing="nada: la asistencia de esta charla ya está registrada")
        self.trigger_event(
            TalkHeld,
            talk_id=self.id,
            form_version=form_version,
            form=form,
            attendees=attendees,
            held_on=act.on,
            recorded_by=act.person,
        )

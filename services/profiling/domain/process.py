"""The processes on offer: what this service knows of the calls (9.2)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from eventsourcing.domain import Aggregate


class ProcessEvent(Aggregate.Event):
    """A fact about one call."""


class CallNoted(ProcessEvent, Aggregate.Created):
    """Intake opened the call for a service."""

    TOPIC = "profiling.CallNoted"
    service: str
    opens_on: date
    closes_on: date

    def apply(self, aggregate: Process) -> None:
        aggregate.service = self.service
        aggregate.opens_on = self.opens_on
        aggregate.closes_on = self.closes_on


class CallDatesNoted(ProcessEvent):
    """Intake closed the call, or told its dates again."""

    TOPIC = "profiling.CallDatesNoted"
    opens_on: date
    closes_on: date

    def apply(self, aggregate: Process) -> None:
        aggregate.opens_on = self.opens_on
        aggregate.closes_on = self.closes_on


class Process(Aggregate):
    """One call; its id is the call id."""

    TOPIC = "profiling.Process"
    Event = ProcessEvent
    Created = CallNoted
    CallNoted = CallNoted
    CallDatesNoted = CallDatesNoted

    service = ""
    opens_on = date.min
    closes_on = date.min

    @classmethod
    def note(cls, call_id: UUID, *, service: str, opens_on: date, closes_on: date) -> Process:
        """Intake opened this call."""
        return cls._create(event_class=CallNoted, id=call_id, service=service, opens_on=opens_on, closes_on=closes_on)

    def note_dates(self, *, opens_on: date, closes_on: date) -> None:
        """Intake told the call's dates again; unchanged ones add nothing."""
        if (opens_on, closes_on) != (self.opens_on, self.closes_on):
            self.trigger_event(CallDatesNoted, opens_on=opens_on, closes_on=closes_on)

    def is_open(self, day: date) -> bool:
        """True from the opening to the closing day, both included."""
        return self.opens_on <= day <= self.closes_on

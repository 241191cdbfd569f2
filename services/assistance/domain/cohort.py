"""The cohort of a call: what this service knows of the call, and who holds a place of its quota (A16-2, AMB-07)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.assistance.domain.refusals import QuotaFull


class CohortEvent(Aggregate.Event):
    """A fact about the cohort of one call."""


class CallNoted(CohortEvent, Aggregate.Created):
    """Intake opened the call. ``quota`` in people; None: no quota."""

    TOPIC = "assistance.CallNoted"
    opens_on: date
    closes_on: date
    quota: int | None

    def apply(self, aggregate: CallCohort) -> None:
        aggregate.begin(self.opens_on, self.closes_on, self.quota)


class CallDatesNoted(CohortEvent):
    """Intake closed the call, or told its dates again."""

    TOPIC = "assistance.CallDatesNoted"
    opens_on: date
    closes_on: date
    quota: int | None

    def apply(self, aggregate: CallCohort) -> None:
        aggregate.opens_on = self.opens_on
        aggregate.closes_on = self.closes_on
        aggregate.quota = self.quota


class CohortPlaceTaken(CohortEvent):
    TOPIC = "assistance.CohortPlaceTaken"
    case_id: UUID

    def apply(self, aggregate: CallCohort) -> None:
        aggregate.places = aggregate.places | {self.case_id}


class CohortPlaceReleased(CohortEvent):
    TOPIC = "assistance.CohortPlaceReleased"
    case_id: UUID

    def apply(self, aggregate: CallCohort) -> None:
        aggregate.places = aggregate.places - {self.case_id}


class CallCohort(Aggregate):
    """One call; its id is the call id. Two hand-overs at once meet here, and the store lets one of them first."""

    TOPIC = "assistance.CallCohort"
    Event = CohortEvent
    Created = CallNoted
    CallNoted = CallNoted
    CallDatesNoted = CallDatesNoted
    CohortPlaceTaken = CohortPlaceTaken
    CohortPlaceReleased = CohortPlaceReleased

    def begin(self, opens_on: date, closes_on: date, quota: int | None) -> None:
        """A call whose cohort is empty; called by its first event only."""
        self.opens_on = opens_on
        self.closes_on = closes_on
        self.quota = quota
        self.places: frozenset[UUID] = frozenset()

    @property
    def open_places(self) -> int | None:
        """Places left; None without a quota."""
        return None if self.quota is None else self.quota - len(self.places)

    @classmethod
    def note(cls, call_id: UUID, *, opens_on: date, closes_on: date, quota: int | None) -> CallCohort:
        """Intake opened this call."""
        return cls._create(event_class=CallNoted, id=call_id, opens_on=opens_on, closes_on=closes_on, quota=quota)

    def note_dates(self, *, opens_on: date, closes_on: date, quota: int | None) -> None:
        """Intake told the call's dates again; unchanged ones add nothing."""
        if (opens_on, closes_on, quota) != (self.opens_on, self.closes_on, self.quota):
            self.trigger_event(CallDatesNoted, opens_on=opens_on, closes_on=closes_on, quota=quota)

    def is_open(self, day: date) -> bool:
        """True from the opening to the closing day, both included."""
        return self.opens_on <= day <= self.closes_on

    def take_place(self, case_id: UUID) -> None:
        """Hold a place of the quota for the case; refused with `QuotaFull` when all are taken."""
        if case_id in self.places:
            return
        if self.quota is not None and len(self.places) >= self.quota:
            raise QuotaFull(quota=self.quota)
        self.trigger_event(CohortPlaceTaken, case_id=case_id)

    def release_place(self, case_id: UUID) -> None:
        """Give the place back, when the executor did not receive the case."""
        if case_id in self.places:
            self.trigger_event(CohortPlaceReleased, case_id=case_id)

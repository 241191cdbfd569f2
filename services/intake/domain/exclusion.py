"""The register of exclusions from services of the entity, administrative or judicial (requirements 3.4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.intake.domain.case_state import CaseState, Event
from services.intake.domain.refusals import ExclusionNotInForce, ExclusionSettled
from shared.catalogue.refusals import FieldInvalid, SeparationOfDuties
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


class RegisterEvent(Aggregate.Event):
    """A fact about one exclusion."""

    def apply(self, aggregate: Any) -> None: ...


class ExclusionProposed(RegisterEvent, Aggregate.Created):
    """A coordinator entered an exclusion; it counts once somebody else approved it (EXC-1)."""

    TOPIC = "intake.ExclusionProposed"
    identity: Personal
    kind: str
    service: str
    act_no: str
    act_date: date
    body: str
    reason: Personal
    file: str | None
    from_date: date
    to_date: date | None
    proposed_on: date
    proposed_by: UUID

    def apply(self, aggregate: Exclusion) -> None:
        aggregate.proposed_by = self.proposed_by
        aggregate.proposed_on = self.proposed_on
        aggregate.from_date, aggregate.to_date = self.from_date, self.to_date
        aggregate.identity = self.identity
        aggregate.service = self.service
        aggregate.state = "proposed"


class ExclusionApproved(RegisterEvent):
    TOPIC = "intake.ExclusionApproved"
    approved_on: date
    approved_by: UUID

    def apply(self, aggregate: Exclusion) -> None:
        aggregate.state = "in_force"


class ExclusionEnded(RegisterEvent):
    """Lifted: it counts for days before ``ended_on`` only (EXC-2)."""

    TOPIC = "intake.ExclusionEnded"
    reason: Personal
    ended_on: date
    ended_by: UUID

    def apply(self, aggregate: Exclusion) -> None:
        aggregate.state = "lifted"
        aggregate.to_date = self.ended_on - timedelta(days=1)


class Exclusion(Aggregate):
    """One exclusion of one person, who need not have a case (EXC-3)."""

    TOPIC = "intake.Exclusion"
    Event = RegisterEvent
    Created = ExclusionProposed = ExclusionProposed
    ExclusionApproved = ExclusionApproved
    ExclusionEnded = ExclusionEnded

    # No annotations here: the library would turn them into constructor arguments.
    proposed_by = UUID(int=0)
    proposed_on = from_date = date.min
    to_date = cast("date | None", None)
    identity = cast("Personal", None)
    service = state = ""

    @classmethod
    def propose(cls, act: Act, exclusion_id: UUID, **facts: Any) -> Exclusion:
        """Enter an exclusion. Raises `FieldInvalid` when it ends before it begins."""
        if facts["to_date"] is not None and facts["to_date"] < facts["from_date"]:
            raise FieldInvalid(field="to_date", explanation="la exclusión no puede terminar antes de empezar.")
        return cls._create(
            event_class=ExclusionProposed, id=exclusion_id, proposed_on=act.on, proposed_by=act.person, **facts
        )

    def approve(self, act: Act) -> None:
        """Put it in force. Raises `SeparationOfDuties` for who entered it."""
        if self.state != "proposed":
            raise ExclusionSettled()
        if act.person == self.proposed_by:
            raise SeparationOfDuties(rule="EXC-1", explanation="la aprueba una persona distinta de quien la registró.")
        act.check_not_before(self.proposed_on)
        self.trigger_event(ExclusionApproved, approved_on=act.on, approved_by=act.person)

    def lift(self, act: Act, *, reason: Personal) -> None:
        """End it on the day of the act."""
        if self.state != "in_force":
            raise ExclusionNotInForce(field="id")
        act.check_not_before(self.from_date)
        self.trigger_event(ExclusionEnded, reason=reason, ended_on=act.on, ended_by=act.person)


class ExclusionRegistered(Event):
    """An approved exclusion of the person concerns this case; it feeds G10 by its dates (EXC-2)."""

    TOPIC = "intake.ExclusionRegistered"
    exclusion_id: UUID
    from_date: date
    to_date: date | None

    def apply(self, aggregate: CaseState) -> None:
        aggregate.exclusions = {**aggregate.exclusions, self.exclusion_id: (self.from_date, self.to_date)}


class ExclusionLifted(Event):
    """The exclusion was lifted; ``to_date`` is the last day on which it counted."""

    TOPIC = "intake.ExclusionLifted"
    exclusion_id: UUID
    from_date: date
    to_date: date | None

    def apply(self, aggregate: CaseState) -> None:
        aggregate.exclusions = {**aggregate.exclusions, self.exclusion_id: (self.from_date, self.to_date)}


class BeneficiaryExcluded(Event):
    """The person leaves because of an exclusion in force (CASE-3)."""

    TOPIC = "intake.BeneficiaryExcluded"
    exclusion_id: UUID
    reason: Personal
    excluded_on: date
    excluded_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.end("excluded")


class DeathRecorded(Event):
    """The person died; recorded at once (CASE-3)."""

    TOPIC = "intake.DeathRecorded"
    died_on: date | None
    source: Personal
    file: str | None
    recorded_on: date
    recorded_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.end("deceased")


class ExclusionActs(CaseState):
    """What an exclusion, or a death, does to a case that intake owns."""

    def note_exclusion(self, exclusion_id: UUID, from_date: date, to_date: date | None) -> None:
        if self.exclusions.get(exclusion_id) != (from_date, to_date):
            self.trigger_event(ExclusionRegistered, exclusion_id=exclusion_id, from_date=from_date, to_date=to_date)

    def note_lifted(self, exclusion_id: UUID, ended_on: date) -> None:
        if exclusion_id in self.exclusions:
            from_date = self.exclusions[exclusion_id][0]
            self.trigger_event(
                ExclusionLifted, exclusion_id=exclusion_id, from_date=from_date, to_date=ended_on - timedelta(days=1)
            )

    def note_foreign(self, exclusion_ids: Iterable[UUID]) -> None:
        """These exclusions are another person's after all: they never counted here."""
        for exclusion_id in exclusion_ids:
            if exclusion_id in self.exclusions:
                self.note_lifted(exclusion_id, self.exclusions[exclusion_id][0])

    def excluded_on(self, day: date) -> bool:
        """Whether an exclusion counts on ``day``: both its first and its last day do."""
        return any(first <= day and (last is None or day <= last) for first, last in self.exclusions.values())

    def exclude(self, act: Act, *, exclusion_id: UUID, reason: Personal) -> None:
        """Take the case out, naming an exclusion in force."""
        act.check_state(self.state)
        first, last = self.exclusions.get(exclusion_id, (None, None))
        if first is None or first > act.on or (last is not None and act.on > last):
            raise ExclusionNotInForce(field="exclusion")
        act.check_not_before(self.identified_on)
        self.trigger_event(
            BeneficiaryExcluded,
            exclusion_id=exclusion_id,
            reason=reason,
            excluded_on=act.on,
            excluded_by=act.person,
        )

    def record_death(self, act: Act, *, died_on: date | None, source: Personal, file: str | None) -> None:
        """Record that the person died."""
        act.check_state(self.state)
        if died_on is not None and died_on > act.on:
            raise FieldInvalid(field="died_on", explanation="no puede ser posterior a su registro.")
        self.trigger_event(
            DeathRecorded, died_on=died_on, source=source, file=file, recorded_on=act.on, recorded_by=act.person
        )

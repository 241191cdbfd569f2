"""Legal hold (*retención legal*): data that a court, an authority or a claim needs are not destroyed while it stands.

One person asks, another confirms, to place it and to lift it (SOD-8, X-12).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate

from services.intake.domain.refusals import LegalHoldSettled
from shared.catalogue.refusals import SeparationOfDuties
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

REQUESTED, PLACED, LIFT_REQUESTED, LIFTED = "requested", "placed", "lift_requested", "lifted"


class LegalHoldEvent(Aggregate.Event):
    """A fact about one hold."""

    def apply(self, aggregate: Any) -> None: ...


class LegalHoldRequested(LegalHoldEvent, Aggregate.Created):
    """``ground``: a court, an authority, a claim of the entity or against it; ``reference``: the order or the file."""

    TOPIC = "intake.LegalHoldRequested"
    case_id: UUID
    ground: str
    authority: str
    reference: str
    reason: Personal
    file: str
    requested_on: date
    requested_by: UUID

    def apply(self, aggregate: LegalHold) -> None:
        aggregate.state, aggregate.case_id = REQUESTED, self.case_id
        aggregate.asked_on, aggregate.asked_by = self.requested_on, self.requested_by


class LegalHoldPlaced(LegalHoldEvent):
    """It stands, for all cases of the person."""

    TOPIC = "intake.LegalHoldPlaced"
    case_id: UUID
    people: list[UUID]
    placed_on: date
    placed_by: UUID

    def apply(self, aggregate: LegalHold) -> None:
        aggregate.state, aggregate.people = PLACED, tuple(self.people)
        aggregate.asked_on = self.placed_on


class LegalHoldLiftRequested(LegalHoldEvent):
    TOPIC = "intake.LegalHoldLiftRequested"
    case_id: UUID
    reason: Personal
    file: str | None
    requested_on: date
    requested_by: UUID

    def apply(self, aggregate: LegalHold) -> None:
        aggregate.state = LIFT_REQUESTED
        aggregate.asked_on, aggregate.asked_by = self.requested_on, self.requested_by


class LegalHoldLifted(LegalHoldEvent):
    TOPIC = "intake.LegalHoldLifted"
    case_id: UUID
    lifted_on: date
    lifted_by: UUID

    def apply(self, aggregate: LegalHold) -> None:
        aggregate.state = LIFTED


class LegalHold(Aggregate):
    """One hold; a person may be under several."""

    TOPIC = "intake.LegalHold"
    Event = LegalHoldEvent
    Created = LegalHoldRequested = LegalHoldRequested
    LegalHoldPlaced = LegalHoldPlaced
    LegalHoldLiftRequested = LegalHoldLiftRequested
    LegalHoldLifted = LegalHoldLifted

    # No annotations here: the library would turn them into constructor arguments.
    state = ""
    case_id = asked_by = UUID(int=0)
    asked_on = date.min
    people = cast("tuple[UUID, ...]", ())

    @classmethod
    def request(
        cls,
        act: Act,
        *,
        person: UUID,
        case_id: UUID,
        ground: str,
        authority: str,
        reference: str,
        reason: str,
        file: str,
    ) -> LegalHold:
        """Ask for it; it holds nothing until another person confirms."""
        return cls._create(
            event_class=LegalHoldRequested,
            id=uuid4(),
            case_id=case_id,
            ground=ground,
            authority=authority,
            reference=reference,
            reason=Personal(person, "i", reason),
            file=file,
            requested_on=act.on,
            requested_by=act.person,
        )

    def confirm(self, act: Act, people: Sequence[UUID]) -> None:
        """Place it on ``people``, the ids that one person has. Raises `LegalHoldSettled`, `SeparationOfDuties`."""
        self._check(act, REQUESTED)
        self._check_second(act)
        self.trigger_event(
            LegalHoldPlaced, case_id=self.case_id, people=list(people), placed_on=act.on, placed_by=act.person
        )

    def request_lift(self, act: Act, *, person: UUID, reason: str, file: str | None) -> None:
        """Ask to end it; it stands until another person confirms. Raises `LegalHoldSettled`."""
        self._check(act, PLACED)
        self.trigger_event(
            LegalHoldLiftRequested,
            case_id=self.case_id,
            reason=Personal(person, "i", reason),
            file=file,
            requested_on=act.on,
            requested_by=act.person,
        )

    def confirm_lift(self, act: Act) -> None:
        """End it. Raises `LegalHoldSettled`, `SeparationOfDuties`."""
        self._check(act, LIFT_REQUESTED)
        self._check_second(act)
        self.trigger_event(LegalHoldLifted, case_id=self.case_id, lifted_on=act.on, lifted_by=act.person)

    def _check(self, act: Act, state: str) -> None:
        if self.state != state:
            raise LegalHoldSettled(field="id")
        act.check_not_before(self.asked_on)

    def _check_second(self, act: Act) -> None:
        if act.person == self.asked_by:
            raise SeparationOfDuties(rule="SOD-8", explanation="la confirma una persona distinta de quien la solicitó.")

"""Restriction of processing (*restricción del tratamiento*): data are kept, and nothing else is done with them.

It is the rule where an erasure is refused because the data must be kept (X-12, Ley 1581 de 2012 art. 4 c, 8 e).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate

from services.intake.domain.refusals import RestrictionLiftedAlready
from shared.catalogue.types import Act
from shared.privacy.personal import KINDS, Kind, Personal

Key = tuple[UUID, UUID, str]
"""What is restricted: the case on whose timeline it stands, the person, the data class."""


class RestrictionEvent(Aggregate.Event):
    """A fact about one restriction."""

    def apply(self, aggregate: Any) -> None: ...


class RestrictionDecided(RestrictionEvent, Aggregate.Created):
    """``ground``: why; ``request_id``: the request of the person that led to it, none for one without."""

    TOPIC = "intake.RestrictionDecided"
    case_id: UUID
    data_classes: list[str]
    ground: str
    reason: Personal
    request_id: UUID | None
    decided_on: date
    decided_by: UUID

    def apply(self, aggregate: Restriction) -> None:
        aggregate.case_id, aggregate.decided_on = self.case_id, self.decided_on


class ProcessingRestricted(RestrictionEvent):
    """To every service: this class of the person's data is kept, and neither shown nor processed."""

    TOPIC = "intake.ProcessingRestricted"
    case_id: UUID
    subject_id: UUID
    data_class: str

    def apply(self, aggregate: Restriction) -> None:
        aggregate.standing = (*aggregate.standing, (self.case_id, self.subject_id, self.data_class))


class RestrictionLiftDecided(RestrictionEvent):
    """Why it ends, for all of its classes or some."""

    TOPIC = "intake.RestrictionLiftDecided"
    case_id: UUID
    data_classes: list[str]
    reason: Personal
    decided_on: date
    decided_by: UUID


class RestrictionLifted(RestrictionEvent):
    """To every service: this class of the person's data may be processed again."""

    TOPIC = "intake.RestrictionLifted"
    case_id: UUID
    subject_id: UUID
    data_class: str

    def apply(self, aggregate: Restriction) -> None:
        gone = (self.case_id, self.subject_id, self.data_class)
        aggregate.standing = tuple(each for each in aggregate.standing if each != gone)


class Restriction(Aggregate):
    """One restriction of one person's data, whatever cases they have."""

    TOPIC = "intake.Restriction"
    Event = RestrictionEvent
    Created = RestrictionDecided = RestrictionDecided
    ProcessingRestricted = ProcessingRestricted
    RestrictionLiftDecided = RestrictionLiftDecided
    RestrictionLifted = RestrictionLifted

    # No annotations here: the library would turn them into constructor arguments.
    case_id = UUID(int=0)
    decided_on = date.min
    standing = cast("tuple[Key, ...]", ())

    @classmethod
    def decide(
        cls,
        act: Act,
        *,
        person: UUID,
        case_id: UUID,
        people: Sequence[tuple[UUID, UUID]],
        data_classes: Sequence[Kind],
        ground: str,
        reason: str,
        request_id: UUID | None,
    ) -> Restriction:
        """Restrict those classes of ``people``: (case, person), one for each case of the person of ``case_id``."""
        kinds = [kind for kind in KINDS if kind in data_classes]
        found = cls._create(
            event_class=RestrictionDecided,
            id=uuid4(),
            case_id=case_id,
            data_classes=kinds,
            ground=ground,
            reason=Personal(person, "i", reason),
            request_id=request_id,
            decided_on=act.on,
            decided_by=act.person,
        )
        for each, subject in people:
            for kind in kinds:
                found.trigger_event(ProcessingRestricted, case_id=each, subject_id=subject, data_class=kind)
        return found

    def lift(self, act: Act, *, person: UUID, data_classes: Sequence[Kind], reason: str) -> list[Key]:
        """End it for those classes, for all without any; answers what ends. Raises `RestrictionLiftedAlready`."""
        ends = [key for key in self.standing if not data_classes or key[2] in data_classes]
        if not ends:
            raise RestrictionLiftedAlready(field="id")
        act.check_not_before(self.decided_on)
        self.trigger_event(
            RestrictionLiftDecided,
            case_id=self.case_id,
            data_classes=[kind for kind in KINDS if any(key[2] == kind for key in ends)],
            reason=Personal(person, "i", reason),
            decided_on=act.on,
            decided_by=act.person,
        )
        for case_id, subject, kind in ends:
            self.trigger_event(RestrictionLifted, case_id=case_id, subject_id=subject, data_class=kind)
        return ends

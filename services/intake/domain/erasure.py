"""Erasure of a person (*supresión*): one person asks, another confirms after a wait, every service carries it out.

The log stays whole: what is destroyed are keys (X-12, SOD-8, Ley 1581 de 2012 art. 8 e, 15).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate

from services.intake.domain.refusals import ErasureNotLawful, ErasureSettled, ErasureWaits
from shared.catalogue.refusals import SeparationOfDuties
from shared.catalogue.types import Act
from shared.privacy.personal import KINDS, Kind, Personal

REQUESTED, CANCELLED, ORDERED = "requested", "cancelled", "ordered"

Key = tuple[UUID, UUID, str]
"""A key to destroy: the case on whose timeline it stands, the person, the data class."""


@dataclass(frozen=True)
class Duty:
    """Why the data must be kept (Ley 1581 de 2012 art. 9, Decreto 1377 de 2013 art. 9). ``code`` is stable."""

    code: str
    text: str


class ErasureEvent(Aggregate.Event):
    """A fact about one erasure."""

    def apply(self, aggregate: Any) -> None: ...


class KeyDestructionRequested(ErasureEvent, Aggregate.Created):
    """``legal_basis``: why the law gives the person the right; ``reason`` is personal and goes with the data."""

    TOPIC = "intake.KeyDestructionRequested"
    case_id: UUID
    legal_basis: str
    data_classes: list[str]
    reason: Personal
    requested_at: datetime
    requested_on: date
    requested_by: UUID

    def apply(self, aggregate: Erasure) -> None:
        aggregate.case_id = self.case_id
        aggregate.data_classes = list(self.data_classes)
        aggregate.requested_at, aggregate.requested_on = self.requested_at, self.requested_on
        aggregate.requested_by = self.requested_by
        aggregate.state = REQUESTED


class KeyDestructionCancelled(ErasureEvent):
    TOPIC = "intake.KeyDestructionCancelled"
    cancelled_on: date
    cancelled_by: UUID

    def apply(self, aggregate: Erasure) -> None:
        aggregate.state = CANCELLED


class KeyDestroyed(ErasureEvent):
    """The order to every service: the key of a person's data class is to be destroyed and never made again."""

    TOPIC = "intake.KeyDestroyed"
    case_id: UUID
    subject_key_id: UUID
    data_class: str
    destroyed_at: datetime
    confirmed_by: UUID

    def apply(self, aggregate: Erasure) -> None:
        aggregate.state = ORDERED
        aggregate.keys = (*aggregate.keys, (self.case_id, self.subject_key_id, self.data_class))


class KeyDestructionConfirmed(ErasureEvent):
    """A service said that it has carried out the order."""

    TOPIC = "intake.KeyDestructionConfirmed"
    service: str
    case_id: UUID
    subject_key_id: UUID
    data_class: str
    executed_at: datetime

    def apply(self, aggregate: Erasure) -> None:
        key = (self.case_id, self.subject_key_id, self.data_class)
        aggregate.confirmed = aggregate.confirmed | {(self.service, key)}


class Erasure(Aggregate):
    """One erasure of one person, whatever cases they have."""

    TOPIC = "intake.Erasure"
    Event = ErasureEvent
    Created = KeyDestructionRequested = KeyDestructionRequested
    KeyDestructionCancelled = KeyDestructionCancelled
    KeyDestroyed = KeyDestroyed
    KeyDestructionConfirmed = KeyDestructionConfirmed

    # No annotations here: the library would turn them into constructor arguments.
    state = ""
    case_id = requested_by = UUID(int=0)
    requested_on = date.min
    requested_at = datetime.min
    data_classes = cast("list[str]", ())
    keys = cast("tuple[Key, ...]", ())
    confirmed = cast("frozenset[tuple[str, Key]]", frozenset())

    @classmethod
    def request(
        cls,
        act: Act,
        *,
        person: UUID,
        case_id: UUID,
        legal_basis: str,
        data_classes: Sequence[Kind],
        reason: str,
        duties: Sequence[Duty],
        at: datetime,
    ) -> Erasure:
        """Ask for it. Raises `ErasureNotLawful` while a duty to keep the data stands."""
        _check_lawful(duties)
        return cls._create(
            event_class=KeyDestructionRequested,
            id=uuid4(),
            case_id=case_id,
            legal_basis=legal_basis,
            data_classes=[kind for kind in KINDS if kind in data_classes],
            # Of class i, which every erasure takes: what the person asked is about the person.
            reason=Personal(person, "i", reason),
            requested_at=at,
            requested_on=act.on,
            requested_by=act.person,
        )

    def cancel(self, act: Act) -> None:
        """Leave it. Raises `ErasureSettled` once it was confirmed."""
        self._check_open()
        act.check_not_before(self.requested_on)
        self.trigger_event(KeyDestructionCancelled, cancelled_on=act.on, cancelled_by=act.person)

    def confirm(
        self,
        act: Act,
        *,
        people: Sequence[tuple[UUID, UUID]],
        duties: Sequence[Duty],
        at: datetime,
        wait: timedelta,
    ) -> None:
        """Order every service to destroy the keys of ``people``: (case, person), one for each case of theirs.

        Raises `SeparationOfDuties` for who asked (SOD-8), `ErasureWaits` before the wait is over, `ErasureNotLawful`
        and `ErasureSettled`.
        """
        self._check_open()
        if act.person == self.requested_by:
            raise SeparationOfDuties(rule="SOD-8", explanation="la confirma una persona distinta de quien la solicitó.")
        act.check_not_before(self.requested_on)
        ready = self.requested_at + wait
        if at < ready:
            raise ErasureWaits(ready=f"{ready:%Y-%m-%d %H:%M} UTC")
        _check_lawful(duties)
        for case_id, person in people:
            for kind in self.data_classes:
                self.trigger_event(
                    KeyDestroyed,
                    case_id=case_id,
                    subject_key_id=person,
                    data_class=kind,
                    destroyed_at=at,
                    confirmed_by=act.person,
                )

    def note_execution(self, service: str, key: Key, executed_at: datetime) -> None:
        """A service carried the order out; saying it twice changes nothing."""
        if key in self.keys and (service, key) not in self.confirmed:
            case_id, person, kind = key
            self.trigger_event(
                KeyDestructionConfirmed,
                service=service,
                case_id=case_id,
                subject_key_id=person,
                data_class=kind,
                executed_at=executed_at,
            )

    def _check_open(self) -> None:
        if self.state != REQUESTED:
            raise ErasureSettled(field="id")


def _check_lawful(duties: Sequence[Duty]) -> None:
    if duties:
        raise ErasureNotLawful(ground="; ".join(each.text for each in duties), duties=[each.code for each in duties])

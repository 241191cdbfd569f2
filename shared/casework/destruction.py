"""The keys of a person's data class were destroyed in a service: the same fact in every service (X-12, design 3).

What was sealed under them reads ``[SUPRIMIDO]`` from then on; the events stay as they are. Each service declares the
event and its aggregate under its own topics.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

if TYPE_CHECKING:
    _Base = Aggregate
else:
    # A plain class at run time: the library would turn the annotations of an aggregate into constructor arguments.
    _Base = object

NAMESPACE = UUID("1f3d0c55-5f0a-5d5e-8a44-6b1c7f2a9d31")
ORDER = "intake.KeyDestroyed"
"""Topic of the order: intake owns people."""


class Event(Aggregate.Event):
    """What is known of one destruction."""

    def apply(self, aggregate: Any) -> None: ...


class KeyDestructionExecuted(Event, Aggregate.Created):
    """The key of ``data_class`` of the person ``subject_key_id`` is destroyed here. ``case_id``: on whose timeline."""

    subject_key_id: UUID
    data_class: str
    case_id: UUID
    executed_at: datetime

    def apply(self, aggregate: Any) -> None:
        aggregate.subject_key_id = self.subject_key_id
        aggregate.data_class = self.data_class


class ExecutionActs(_Base):
    """One destruction in one service (*destrucción de llave*): a second order for the same key finds it done."""

    subject_key_id: UUID
    data_class: str
    KeyDestructionExecuted: ClassVar[type[Any]]

    @staticmethod
    def id_of(service: str, subject: UUID, data_class: str, case_id: UUID) -> UUID:
        """The same for every order of the same key on the same case."""
        return uuid5(NAMESPACE, f"{service}/{subject}/{data_class}/{case_id}")

    @classmethod
    def execute(cls, service: str, *, subject: UUID, data_class: str, case_id: UUID, at: datetime) -> Any:
        """Record that the key is gone; destroying it comes first."""
        return cls._create(
            event_class=cls.KeyDestructionExecuted,
            id=cls.id_of(service, subject, data_class, case_id),
            subject_key_id=subject,
            data_class=data_class,
            case_id=case_id,
            executed_at=at,
        )

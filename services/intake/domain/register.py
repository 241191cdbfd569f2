"""What the candidate register (FRM-15, *Base de datos SESEC*) knows of a candidate from the other services.

It stands beside the case, not in it: nobody who works on the case is to meet another version of it for that.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

_REGISTER = UUID("2f0b6a4e-7a53-5f0e-9d0d-000000000015")


class RegisterEntry(Aggregate):
    """The line of one case in the register."""

    TOPIC = "intake.RegisterEntry"

    class Event(Aggregate.Event):
        def apply(self, aggregate: Any) -> None: ...

    class RegisterEntryOpened(Event, Aggregate.Created):
        """The case went on to another service."""

        TOPIC = "intake.RegisterEntryOpened"
        case_id: UUID

        def apply(self, aggregate: RegisterEntry) -> None:
            aggregate.case_id = self.case_id
            aggregate.state = ""
            aggregate.since = None

    Created = RegisterEntryOpened

    class StageNoted(Event):
        """The case came to ``state``, a state of another service. ``since``: when that service recorded it."""

        TOPIC = "intake.StageNoted"
        case_id: UUID
        state: str
        since: datetime

        def apply(self, aggregate: RegisterEntry) -> None:
            aggregate.state = self.state
            aggregate.since = self.since

    class InterestNoted(Event):
        """The person said whether the process that was offered interests them (act. 9)."""

        TOPIC = "intake.InterestNoted"
        case_id: UUID
        interested: bool

    case_id: UUID
    state: str
    since: datetime | None

    def __init__(self) -> None:
        """Its state comes from its events."""

    @staticmethod
    def id_of(case_id: UUID) -> UUID:
        return uuid5(_REGISTER, case_id.hex)

    @classmethod
    def open(cls, case_id: UUID) -> RegisterEntry:
        return cls._create(event_class=cls.RegisterEntryOpened, id=cls.id_of(case_id), case_id=case_id)

    def note_stage(self, state: str, since: datetime) -> None:
        """Note where the case is now; older news of another service, which may come later, changes nothing."""
        if state != self.state and (self.since is None or since >= self.since):
            self.trigger_event(self.StageNoted, case_id=self.case_id, state=state, since=since)

    def note_interest(self, interested: bool) -> None:
        self.trigger_event(self.InterestNoted, case_id=self.case_id, interested=interested)

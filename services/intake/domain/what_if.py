"""A trial of a version of the criteria or of a parameter over chosen cases, kept as a report (CAT-09)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate

from shared.catalogue.types import Act
from shared.privacy.personal import Personal


class WhatIf(Aggregate):
    """A trial (*ensayo*): what would change, for whom and why. It touches no case."""

    TOPIC = "intake.WhatIf"

    class Event(Aggregate.Event):
        def apply(self, aggregate: Any) -> None: ...

    class WhatIfRun(Event, Aggregate.Created):
        """``changes`` by case: results before and after, and each criterion that changes, with its reason.

        ``waiting``: the ids (hexadecimal) of the chosen cases that are still to be looked at, in that order.
        """

        TOPIC = "intake.WhatIfRun"
        class_version = 2
        kind: str
        code: str
        version: str
        hash: str
        call_id: UUID | None
        as_of: date
        known_on: date
        looked_at: int
        unknown: int
        changes: dict[str, Personal]
        run_on: date
        run_by: UUID
        waiting: list[str]

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            """Every case was looked at in the act itself."""
            state["waiting"] = []

    Created = WhatIfRun

    class WhatIfContinued(Event):
        """The next ``looked_at`` + ``unknown`` of the cases that waited, and what changes for them."""

        TOPIC = "intake.WhatIfContinued"
        looked_at: int
        unknown: int
        changes: dict[str, Personal]

        def apply(self, aggregate: WhatIf) -> None:
            aggregate.waiting = aggregate.waiting[self.looked_at + self.unknown :]
            aggregate.changes = aggregate.changes | self.changes

    class WhatIfAbandoned(Event):
        """The ``left`` cases that waited are not looked at: the version on trial is another one by now."""

        TOPIC = "intake.WhatIfAbandoned"
        left: int

        def apply(self, aggregate: WhatIf) -> None:
            aggregate.waiting = []

    def __init__(
        self,
        kind: str,
        code: str,
        version: str,
        hash: str,
        call_id: UUID | None,
        as_of: date,
        known_on: date,
        looked_at: int,
        unknown: int,
        changes: dict[str, Personal],
        run_on: date,
        run_by: UUID,
        waiting: list[str],
    ) -> None:
        # The aggregate's own version is how many events it has.
        self.kind, self.code, self.label, self.hash = kind, code, version, hash
        self.as_of, self.known_on = as_of, known_on
        self.changes = changes
        self.waiting = waiting

    @classmethod
    def run(cls, act: Act, **facts: Any) -> WhatIf:
        return cls._create(event_class=cls.WhatIfRun, id=uuid4(), run_on=act.on, run_by=act.person, **facts)

    def go_on(self, looked_at: int, unknown: int, changes: dict[str, Personal]) -> None:
        """Note what the next cases in turn came to."""
        self.trigger_event(self.WhatIfContinued, looked_at=looked_at, unknown=unknown, changes=changes)

    def abandon(self) -> None:
        """Leave the cases that wait."""
        self.trigger_event(self.WhatIfAbandoned, left=len(self.waiting))

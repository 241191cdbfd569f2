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
        """``changes`` by case: results before and after, and each criterion that changes, with its reason."""

        TOPIC = "intake.WhatIfRun"
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

    Created = WhatIfRun

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
    ) -> None:
        # What the trial was about is in the read model; only what is personal is read from here.
        self.changes = changes

    @classmethod
    def run(cls, act: Act, **facts: Any) -> WhatIf:
        return cls._create(event_class=cls.WhatIfRun, id=uuid4(), run_on=act.on, run_by=act.person, **facts)

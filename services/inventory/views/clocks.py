"""The two clocks of a question: what had happened by a day, as far as it was recorded by a moment (INV-7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.inventory.views.tables import movements
from shared.catalogue.refusals import FieldInvalid
from shared.eventstore.tables import events
from shared.runtime.clock import BOGOTA, recorded_until

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

at_its_event = sa.and_(
    events.c.originator_id == movements.c.document, events.c.originator_version == movements.c.version
)
"""How a movement is joined to its event: there its place in the log is, and the moment when it was recorded."""


@dataclass(frozen=True)
class Until:
    """Happened on ``happened`` or before, and recorded at ``recorded`` or before; None sets no bound.

    ``place`` bounds by the place in the log instead, for who has noted that one (a report's run, a closed month).
    """

    happened: date | None = None
    recorded: datetime | None = None
    place: int | None = None

    @classmethod
    def asked(cls, params: Mapping[str, Any]) -> Until:
        """``as_of`` (a day) and ``recorded_until`` (a moment with its zone), the day by default that of the moment.

        Raises `FieldInvalid`.
        """
        recorded = recorded_until(params["recorded_until"]) if params.get("recorded_until") else None
        happened = day_of(params["as_of"]) if params.get("as_of") else None
        if happened is None and recorded is not None:
            happened = recorded.astimezone(BOGOTA).date()
        return cls(happened, recorded)

    def bounds(self) -> list[sa.ColumnElement[bool]]:
        """Conditions on `movements` joined with the log."""
        happened = [] if self.happened is None else [movements.c.happened_on <= self.happened]
        return [*happened, *self.known()]

    def known(self, log: sa.FromClause = events) -> list[sa.ColumnElement[bool]]:
        """Conditions on the log alone, or on an alias of it: what was recorded by then."""
        found: list[sa.ColumnElement[bool]] = []
        if self.recorded is not None:
            found.append(log.c.recorded_at <= (self.recorded - _EPOCH) // timedelta(microseconds=1))
        if self.place is not None:
            found.append(log.c.id <= self.place)
        return found

    def moved(self, name: str) -> sa.Subquery:
        """The movements within the bounds, as a table to select from."""
        return sa.select(movements).join(events, at_its_event).where(*self.bounds()).subquery(name)


def day_of(value: Any) -> date:
    """The day of ``as_of``. Raises `FieldInvalid`."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise FieldInvalid(field="as_of", explanation="la fecha debe tener la forma AAAA-MM-DD.") from None

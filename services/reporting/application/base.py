"""What every use case of reporting needs: the procedure's states, cut-offs and the terms of the calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Any

from services.reporting.domain.progress import StateTable
from shared.catalogue.refusals import CatalogueNotEffective
from shared.catalogue.working_days import add_working_days
from shared.eventstore.application import ServiceApplication
from shared.runtime.clock import BOGOTA, today

PROCEDURE = "PR-156"
LATE_ENTRY = "P-41"
CUT_OFF = "P-39"
HEMI_PENDING = "P-40"


class ReportingBase(ServiceApplication):
    """Shared by the groups of use cases."""

    goods: tuple[Any, list[dict[str, Any]]] | None = None
    """The last answer about the goods, with the position and day that it is of."""

    _known_states: tuple[Any, StateTable] | None = None

    @property
    def states(self) -> StateTable:
        """The table of requirements 3.3, as the procedure in force gives it; made again when that is another one."""
        procedure = self.catalogue.procedure(PROCEDURE, today())
        known = self._known_states
        if known is None or known[0] is not procedure:
            final = [name for name, state in procedure.states.items() if state.final]
            table = StateTable(((name, state.entered_by) for name, state in procedure.states.items()), final)
            self._known_states = known = (procedure, table)
        return known[1]

    def is_late(self, happened_on: date, recorded_on: date) -> bool:
        """True for an entry recorded more than P-41 working days after it happened (X-08)."""
        return recorded_on > happened_on and recorded_on > self._last_day(happened_on, self._published)

    def cut_off(self, last: date) -> datetime:
        """The end of the P-39-th working day after the month whose last day is ``last`` (REP-2), in UTC."""
        days = int(self.catalogue.value(CUT_OFF, last))
        day = add_working_days(last, days, self.catalogue.calendar("CO", last))
        return datetime.combine(day + timedelta(days=1), time.min, BOGOTA).astimezone(UTC)

    def hemi_late(self, queued_on: date, day: date) -> bool:
        """True for an entry that waits longer than P-40 working days (HEM-4)."""
        days = self.catalogue.parameter(HEMI_PENDING, queued_on)
        if days is None:
            return False
        return day > add_working_days(queued_on, int(days), self.catalogue.calendar("CO", queued_on))

    @property
    def _published(self) -> Any:
        """Another value after each publication of a version."""
        return getattr(self.catalogue, "holds", None)

    @cached_property
    def _last_day(self) -> Callable[[date, Any], date]:
        @lru_cache(maxsize=4096)
        def last_day(happened_on: date, _published: Any) -> date:
            try:
                days = self.catalogue.parameter(LATE_ENTRY, happened_on)
                if days is None:
                    # Without a term nothing is late.
                    return date.max
                return add_working_days(happened_on, int(days), self.catalogue.calendar("CO", happened_on))
            except CatalogueNotEffective:
                # Older than the procedure itself: whatever is recorded of it now is late.
                return happened_on

        return last_day

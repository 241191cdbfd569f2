"""Reporting's application: it decides nothing yet; what it knows, it knows from the others' events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cached_property, lru_cache

from services.reporting.domain.progress import StateTable
from services.reporting.views import VIEWS
from shared.catalogue.refusals import CatalogueNotEffective
from shared.catalogue.working_days import add_working_days
from shared.eventstore.application import ServiceApplication
from shared.runtime.clock import today

PROCEDURE = "PR-156"
LATE_ENTRY = "P-41"


class ReportingApplication(ServiceApplication):
    """The timeline and the state of every case."""

    name = "reporting"
    views = VIEWS

    @cached_property
    def states(self) -> StateTable:
        """The table of requirements 3.3, as the procedure in force gives it."""
        procedure = self.catalogue.procedure(PROCEDURE, today())
        return StateTable((name, state.entered_by) for name, state in procedure.states.items())

    def is_late(self, happened_on: date, recorded_on: date) -> bool:
        """True for an entry recorded more than P-41 working days after it happened (X-08)."""
        return recorded_on > happened_on and recorded_on > self._last_day(happened_on)

    @cached_property
    def _last_day(self) -> Callable[[date], date]:
        @lru_cache(maxsize=4096)
        def last_day(happened_on: date) -> date:
            try:
                days = self.catalogue.parameter(LATE_ENTRY, happened_on)
                return add_working_days(happened_on, int(days), self.catalogue.calendar("CO", happened_on))
            except CatalogueNotEffective:
                # Older than the procedure itself: whatever is recorded of it now is late.
                return happened_on

        return last_day

"""Terms of the requests of data subjects, counted in Colombian working days (P-42, P-43, P-56, P-57, P-58)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from shared.catalogue.working_days import Calendar, add_working_days


@dataclass(frozen=True)
class Terms:
    """What is in force on the day from which a term runs; the day itself never counts.

    ``to_answer``: by kind of request, the working days to answer and those that a notice adds; ``to_ask_completion``
    and ``to_mark`` in working days, ``to_complete`` in months.
    """

    calendar: Calendar
    to_answer: Mapping[str, tuple[int, int]]
    to_ask_completion: int
    to_complete: int
    to_mark: int

    def answer(self, kind: str, start: date) -> tuple[date, date]:
        """The last day to answer, and the last one that a notice may put in its place."""
        days, more = self.to_answer[kind]
        due = add_working_days(start, days, self.calendar)
        return due, add_working_days(due, more, self.calendar)

    def completion(self, start: date) -> date:
        """The last day to ask for what a claim lacks (Ley 1581 de 2012 art. 15 num. 1)."""
        return add_working_days(start, self.to_ask_completion, self.calendar)

    def lapse(self, start: date) -> date:
        """The last day to complete a claim: the same day of the month, or its last where there is none such."""
        months = start.year * 12 + start.month - 1 + self.to_complete
        year, month = divmod(months, 12)
        return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))

    def legend(self, start: date) -> date:
        """The day by which the data carry the legend «reclamo en trámite» (art. 15 num. 2)."""
        return add_working_days(start, self.to_mark, self.calendar)

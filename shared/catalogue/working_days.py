"""Working days by the dated Colombian holiday calendar (0.4 ``wd``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from shared.catalogue.artefact import Artefact, read_header
from shared.catalogue.reader import Node
from shared.catalogue.refusals import CatalogueNotEffective

_SATURDAY = 5


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Holidays with their names, complete for every year from ``first_year`` to ``last_year``."""

    artefact: Artefact
    holidays: Mapping[date, str]
    first_year: int
    last_year: int

    @property
    def code(self) -> str:
        return self.artefact.code

    def is_working_day(self, day: date) -> bool:
        """True on Monday to Friday but holidays; `CatalogueNotEffective` outside the years it covers."""
        if not self.first_year <= day.year <= self.last_year:
            raise CatalogueNotEffective(artefact=f"calendario {self.code}", version="vigente", date=day.isoformat())
        return day.weekday() < _SATURDAY and day not in self.holidays


def add_working_days(start: date, days: int, calendar: Calendar) -> date:
    """The ``days``-th working day after ``start`` (before it, if negative); the start itself never counts.

    Zero gives ``start``, working or not.
    """
    step = timedelta(days=1 if days > 0 else -1)
    day, left = start, abs(days)
    while left:
        day += step
        left -= calendar.is_working_day(day)
    return day


def working_days_between(start: date, end: date, calendar: Calendar) -> int:
    """How many working days lie after ``start`` up to and including ``end``; 0 if ``end`` is not after it."""
    span = (end - start).days
    return sum(calendar.is_working_day(start + timedelta(days=n)) for n in range(1, span + 1))


def read_calendar(node: Node) -> Calendar:
    artefact = read_header(node, "calendar")
    holidays: dict[date, str] = {}
    for each in node.nodes("holidays", required=True):
        day, name = each.day("on"), each.text("name")
        each.done()
        if day in holidays:
            raise each.error(f"el {day} está repetido", "on")
        holidays[day] = name
    calendar = Calendar(artefact, holidays, node.integer("first_year"), node.integer("last_year"))
    node.text("name")
    node.done()
    years = {day.year for day in holidays}
    if years != set(range(calendar.first_year, calendar.last_year + 1)):
        raise node.error("faltan o sobran años en el calendario", "holidays")
    return calendar

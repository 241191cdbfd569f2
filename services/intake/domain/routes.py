"""Route of a candidate and the durations it rests on (OBJ-3, P-05)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Route = Literal["strengthening", "entrepreneurship"]

MAIN_INCOME_WARNING = "ingreso_no_principal"


def completed_years(birth: date, as_of: date) -> int:
    """Age: the year counts from the birthday itself; 29 February completes it on 1 March of a common year."""
    return as_of.year - birth.year - ((as_of.month, as_of.day) < (birth.month, birth.day))


def completed_months(start: date, as_of: date) -> int:
    """12 × year difference + month difference, less one if the day of ``as_of`` is smaller than that of ``start``."""
    return 12 * (as_of.year - start.year) + as_of.month - start.month - (as_of.day < start.day)


@dataclass(frozen=True, slots=True)
class RouteResult:
    """The computed route; ``months_operating`` is None for an idea only."""

    months_operating: int | None
    route: Route
    warnings: tuple[str, ...]


def route_of(start: date | None, main_income: bool | None, as_of: date, threshold: int) -> RouteResult:
    """The route as of a date; ``threshold`` in months operating is P-05. Whether its conditions hold is looked at
    before activity 9, not here; a main income elsewhere only warns."""
    if start is None:
        return RouteResult(None, "entrepreneurship", ())
    months = completed_months(start, as_of)
    warnings = (MAIN_INCOME_WARNING,) if main_income is False else ()
    return RouteResult(months, "strengthening" if months >= threshold else "entrepreneurship", warnings)

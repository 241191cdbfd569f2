"""The facts of a case as the entry criteria take them, and what follows from them besides (OBJ-3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from services.intake.domain.facts import Facts, flat
from services.intake.domain.routes import RouteResult, completed_years, route_of

_REPORTED = ("adverse_report", "adverse_reports_cured")


def criteria_facts(facts: Facts, known_to_the_set: Collection[str]) -> dict[str, Any]:
    """The known facts by name, those alone that the criteria set takes."""
    everything = flat(facts)
    if everything.get("credit_reports"):
        # The reports themselves say more than what a list once said of them.
        for name in _REPORTED:
            everything.pop(name, None)
    return {name: value for name, value in everything.items() if name in known_to_the_set}


def route_and_measures(facts: Facts, as_of: date, threshold: int) -> tuple[RouteResult, Mapping[str, Any]]:
    """The route as of a date (``threshold``: P-05 in months), and age, months operating and warnings."""
    everything = flat(facts)
    route = route_of(everything.get("operation_start_date"), everything.get("main_income"), as_of, threshold)
    birth = everything.get("birth_date")
    return route, {
        "age": None if birth is None else completed_years(birth, as_of),
        "months_operating": route.months_operating,
        "route_warnings": list(route.warnings),
    }

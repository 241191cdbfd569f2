"""The route of a unit (OBJ-3): strengthening from P-05 months of operation on, entrepreneurship before."""

from __future__ import annotations

from datetime import date

from services.profiling.domain.refusals import RouteUndetermined


def months_operating(started: date, as_of: date) -> int:
    """Completed months from ``started`` to ``as_of``."""
    months = 12 * (as_of.year - started.year) + as_of.month - started.month
    return months - 1 if as_of.day < started.day else months


def route_of(
    started: date | None, *, clear_business_idea: bool | None, main_income: bool | None, as_of: date, threshold: int
) -> str:
    """The route on ``as_of``; ``started`` None means an idea only, ``threshold`` is P-05 in months.

    Raises `RouteUndetermined` while the condition of the route is false or unknown.
    """
    if started is None:
        if not clear_business_idea:
            raise RouteUndetermined(
                field="clear_business_idea",
                explanation="quien tiene solo una idea debe tenerla clara. Registre que lo está.",
            )
        return "entrepreneurship"
    if not main_income:
        raise RouteUndetermined(
            field="main_income", explanation="la unidad debe ser el ingreso principal de la persona. Verifíquelo."
        )
    return "strengthening" if months_operating(started, as_of) >= threshold else "entrepreneurship"

"""The route of a productive unit (OBJ-3, data contract 7): pure, computed for every candidate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shared.catalogue.age import completed_months

STRENGTHENING, ENTREPRENEURSHIP = "strengthening", "entrepreneurship"
NOT_MAIN_INCOME = "ingreso_no_principal"


@dataclass(frozen=True, slots=True)
class Route:
    """``months_operating`` is None for an idea only; ``warnings`` change neither route nor eligibility."""

    route: str
    months_operating: int | None
    warnings: tuple[str, ...]


def route_of(
    operation_start_date: date | None, *, main_income: bool | None, as_of: date, threshold_months: int
) -> Route:
    """The route on ``as_of``; ``threshold_months`` is P-05. No start date means an idea only."""
    if operation_start_date is None:
        return Route(ENTREPRENEURSHIP, None, ())
    months = completed_months(operation_start_date, as_of)
    route = STRENGTHENING if months >= threshold_months else ENTREPRENEURSHIP
    return Route(route, months, (NOT_MAIN_INCOME,) if main_income is False else ())


def undetermined(
    operation_start_date: date | None, *, clear_business_idea: bool | None, main_income: bool | None
) -> str | None:
    """What keeps the route from being determined before act. 9, in Spanish; None when its conditions hold.

    An idea only needs a clear business idea, an operating unit needs to be the main income; unknown is not yes.
    """
    if operation_start_date is None:
        return None if clear_business_idea else "confirmar que la idea de negocio es clara"
    return None if main_income else "confirmar que la actividad es la principal fuente de ingresos"

"""What the execution of a case has come to: phases, activities, measurements, orders, follow-up (acts 17, 20)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

DAYS_OF_PERIOD = Decimal(30)
"""OBJ-5: measurements are compared per 30 days."""
CENT = Decimal("0.01")


@dataclass
class PhaseRun:
    """A phase of the process: when it ran, the visits made in it, and when its stage was evaluated (component f)."""

    started_on: date
    closed_on: date | None = None
    visits: int = 0
    evaluated_on: date | None = None


@dataclass
class FollowUp:
    """A planned visit of act. 20; ``visited_on`` is None until it was made."""

    phase: str
    planned_on: date
    visited_on: date | None = None
    overdue: bool = False


@dataclass
class Pledge:
    """A commitment of an FO-419, tracked until it is done or dropped with a reason (FUP-2)."""

    made_on: date
    due: date | None
    outcome: str = "open"


@dataclass(frozen=True)
class Measurement:
    """OBJ-5: units produced against resources used (COP) in the days from ``first`` to ``last``, both included."""

    first: date
    last: date
    units: Decimal
    resources: Decimal

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def per_period(self, quantity: Decimal) -> Decimal:
        """``quantity`` as it would be in 30 days."""
        return quantity * DAYS_OF_PERIOD / self.days


@dataclass(frozen=True)
class Productivity:
    """How a result compares with its baseline. ``change`` is that of units per peso, in percent; None without one."""

    improved: bool
    change: Decimal | None


def compare(before: Measurement, after: Measurement) -> Productivity:
    """Improved when more is produced with no more resources, over periods of equal length (OBJ-5)."""
    units = (before.per_period(before.units), after.per_period(after.units))
    resources = (before.per_period(before.resources), after.per_period(after.resources))
    improved = units[1] > units[0] and resources[1] <= resources[0]
    change = None
    if units[0] > 0 and resources[0] > 0 and resources[1] > 0:
        ratio = (units[1] / resources[1]) / (units[0] / resources[0])
        change = ((ratio - 1) * 100).quantize(CENT, ROUND_HALF_UP)
    return Productivity(improved, change)


@dataclass
class Order:
    """A production order; ``completed_on`` is None while it is under way."""

    product_type: str
    qty: Decimal
    starts: date
    due: date
    completed_on: date | None = None
    product: str = ""
    unit: str = ""


@dataclass
class Conduct:
    """Everything that acts 17 and 20 have recorded of one case."""

    phases: dict[str, PhaseRun] = field(default_factory=dict)
    follow_ups: dict[UUID, FollowUp] = field(default_factory=dict)
    pledges: dict[str, Pledge] = field(default_factory=dict)
    last_visit_on: date | None = None
    executor_follow_ups: list[date] = field(default_factory=list)
    worked: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    capacity: list[dict[str, object]] = field(default_factory=list)
    baseline: Measurement | None = None
    result: Measurement | None = None
    orders: dict[UUID, Order] = field(default_factory=dict)
    last_on: date | None = None
    completed_on: date | None = None
    ex_post_on: date | None = None
    ex_post_visits: list[date] = field(default_factory=list)

    def noted(self, on: date) -> None:
        """Remember the day of the latest act, so that the end is not dated before it."""
        self.last_on = max(self.last_on or on, on)

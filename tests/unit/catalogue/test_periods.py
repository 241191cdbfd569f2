"""Periods that people plan by."""

from __future__ import annotations

from datetime import date

import pytest

from shared.catalogue.periods import days_of


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_has_its_first_and_last_day(period: str, first: date, last: date) -> None:
    """OBJ-7: a year or a month."""
    assert days_of(period) == (first, last)


@pytest.mark.parametrize("period", ["", "26", "2026-00", "2026-13", "2026-1", "2026-Q1", "2026-01-01"])
def test_nothing_else_is_a_period(period: str) -> None:
    """OBJ-7."""
    with pytest.raises(ValueError):
        days_of(period)

"""Completed years and completed months between two dates (data contract 6 and 7, OBJ-3)."""

from __future__ import annotations

from datetime import date


def completed_years(birth: date, as_of: date) -> int:
    """Age on ``as_of``: the year counts from the birthday itself.

    Who was born on 29 February completes it on 1 March of a common year (E01).
    """
    return as_of.year - birth.year - ((as_of.month, as_of.day) < (birth.month, birth.day))


def completed_months(start: date, as_of: date) -> int:
    """12 × year difference + month difference, less one if the day of ``as_of`` is the smaller (OBJ-3)."""
    return 12 * (as_of.year - start.year) + as_of.month - start.month - (as_of.day < start.day)

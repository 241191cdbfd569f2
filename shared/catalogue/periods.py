"""Periods that people plan by: a year ``2026`` or a month ``2026-11``."""

from __future__ import annotations

import re
from datetime import date, timedelta

_PERIOD = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?")


def days_of(period: str) -> tuple[date, date]:
    """The first and last day of a period. Raises `ValueError` for anything else."""
    found = _PERIOD.fullmatch(period)
    if found is None:
        raise ValueError(period)
    year = int(found[1])
    if found[2] is None:
        return date(year, 1, 1), date(year, 12, 31)
    month = int(found[2])
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, 1), following - timedelta(days=1)

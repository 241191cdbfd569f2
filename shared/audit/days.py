"""The calendar days of a log: the programme's, whatever the server's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Bogota")
_START = datetime(1970, 1, 1, tzinfo=UTC)


def day_of(microseconds: int) -> date:
    """The day in Bogotá of a moment in microseconds of UTC since 1970."""
    return (_START + timedelta(microseconds=microseconds)).astimezone(ZONE).date()


def end_of(microseconds: int) -> int:
    """The first moment, in microseconds of UTC since 1970, that is on a later day than ``microseconds``."""
    midnight = datetime.combine(day_of(microseconds) + timedelta(days=1), time(), ZONE)
    return (midnight - _START) // timedelta(microseconds=1)

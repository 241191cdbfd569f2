"""The calendar day where the programme works, and the zone that dates mean."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

BOGOTA = ZoneInfo("America/Bogota")


def today() -> date:
    """Today in Bogotá: dates of acts are that city's calendar days, whatever the server's zone."""
    return datetime.now(BOGOTA).date()

"""The calendar day where the programme works, the zone that dates mean, and the clock of what was recorded."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.catalogue.refusals import FieldInvalid

BOGOTA = ZoneInfo("America/Bogota")


def today() -> date:
    """Today in Bogotá: dates of acts are that city's calendar days, whatever the server's zone."""
    return datetime.now(BOGOTA).date()


def recorded_until(value: Any, now: datetime | None = None) -> datetime:
    """The moment up to which a question wants what was recorded (INV-7, X-17): ISO 8601 with its zone.

    Raises `FieldInvalid`, also for a moment that is still to come: what is recorded until then would change the answer,
    and an answer for a moment, once given, stays.
    """
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise FieldInvalid(field="recorded_until", explanation="escriba el instante en ISO 8601, con zona.") from None
    if moment.tzinfo is None:
        raise FieldInvalid(field="recorded_until", explanation="diga la zona del instante, por ejemplo -05:00.")
    if moment > (now or datetime.now(UTC)):
        raise FieldInvalid(
            field="recorded_until",
            explanation="ese instante aún no llega. Escriba uno que ya pasó, o déjelo vacío para ver lo de ahora.",
        )
    return moment

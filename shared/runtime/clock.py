"""The calendar day where the programme works, the zone that dates mean, and the clock of what was recorded."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from shared.catalogue.refusals import FieldInvalid

EARLIEST = date(1900, 1, 1)
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


def known_by(value: Any, now: datetime | None = None, field: str = "known_by") -> datetime:
    """The moment of «lo que se sabía el …»: the end of a day in Bogotá (of today: now), or a moment with its zone.

    Raises `FieldInvalid` for what is neither, and for a day or a moment still to come.
    """
    now = now or datetime.now(UTC)
    text = str(value)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        try:
            return recorded_until(text, now)
        except FieldInvalid as refused:
            explanation = refused.parameters.get("explanation")
            raise FieldInvalid(field=field, explanation=f"escriba AAAA-MM-DD, o un instante: {explanation}") from None
    _check_came(day, now, field)
    end = datetime.combine(day, time.max, BOGOTA).astimezone(UTC)
    return min(end, now)


def happened_by(value: Any, now: datetime | None = None, field: str = "happened_by") -> date:
    """The day of «lo que había ocurrido el …». Raises `FieldInvalid` for what is no day, and for one still to come."""
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        raise FieldInvalid(field=field, explanation="escriba la fecha como AAAA-MM-DD.") from None
    _check_came(day, now or datetime.now(UTC), field)
    return day


def _check_came(day: date, now: datetime, field: str) -> None:
    if not EARLIEST <= day <= now.astimezone(BOGOTA).date():
        raise FieldInvalid(field=field, explanation="esa fecha no ha llegado. Escriba una que ya pasó.")

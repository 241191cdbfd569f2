"""How values read on a Colombian document: ``$ 1.234.567,00``, ``15 de octubre de 2026``, ``Sí``."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from shared.privacy.personal import ERASED, Personal

LOCALE = "es_CO"
BOGOTA = timezone(timedelta(hours=-5))
"""Colombia has kept this offset since 1993 and has no summer time."""
EMPTY = "—"
_PIECE = re.compile(r".{1,11}[^-]|.+")
_LONG_WORD = re.compile(r"\S{25,}")


def money(value: Decimal | int) -> str:
    """Pesos with two decimals; the sign never parts from the number at the end of a line."""
    shown: str = format_currency(Decimal(value), "COP", format="¤\u00a0#,##0.00", locale=LOCALE, currency_digits=False)
    return shown


def quantity(value: Decimal | int) -> str:
    """A quantity with the decimals that it has, at most three."""
    return str(format_decimal(Decimal(value).normalize(), format="#,##0.###", locale=LOCALE))


def day(value: date) -> str:
    """15 de octubre de 2026"""
    return str(format_date(value, "d 'de' MMMM 'de' y", locale=LOCALE))


def short_day(value: date) -> str:
    """15/10/2026, for tables"""
    return value.strftime("%d/%m/%Y")


def month(value: str) -> str:
    """octubre de 2026, for ``2026-10``"""
    return str(format_date(date.fromisoformat(f"{value}-01"), "MMMM 'de' y", locale=LOCALE))


def moment(value: datetime) -> str:
    """15 de octubre de 2026, 09:30 (hour of Bogotá)"""
    local = value.astimezone(BOGOTA)
    return f"{day(local.date())}, {local:%H:%M}"


def words(value: Any) -> str:
    """Any single value as a person reads it; an em dash for nothing, ``[SUPRIMIDO]`` for what was erased."""
    if isinstance(value, Personal):
        return ERASED if value.erased else words(value.value)
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return "Sí" if value else "No"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, (Decimal, int)):
        return quantity(value)
    return breakable(str(value))


def breakable(text: str) -> str:
    """``text`` with places to break inside words that are longer than a column (ids, hashes, e-mail addresses)."""
    # The word joiner keeps typst from breaking at a hyphen: Spanish repeats it on the next line, and an id would lie.
    return _LONG_WORD.sub(lambda word: "\u200b".join(_PIECE.findall(word.group())).replace("-", "-\u2060"), text)

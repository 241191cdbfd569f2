"""Quantities: decimals of one unit, never more places than the item allows (requirements 0.4, ``qty``)."""

from __future__ import annotations

from decimal import Decimal

from shared.catalogue.refusals import FieldInvalid

NONE = Decimal(0)


def check_counted(qty: Decimal, decimals: int, unit: str, *, field: str = "qty") -> None:
    """As `check_quantity`, for what was counted: nothing at all is a finding too."""
    if qty:
        check_quantity(qty, decimals, unit, field=field)


def check_quantity(qty: Decimal, decimals: int, unit: str, *, field: str = "qty") -> None:
    """Refuse with `FieldInvalid` unless ``qty`` is above zero and has at most ``decimals`` places."""
    if qty <= NONE:
        raise FieldInvalid(field=field, explanation="la cantidad debe ser mayor que cero.")
    if qty != round(qty, decimals):
        explanation = f"la cantidad en {unit} admite máximo {decimals} decimales."
        raise FieldInvalid(field=field, explanation=explanation)


def plain(qty: Decimal) -> str:
    """``qty`` as a person writes it: no exponent, no trailing zeros."""
    return format(qty.normalize(), "f") if qty else "0"

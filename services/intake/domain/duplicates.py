"""When two entries are, or may be, the same person (A01-3; data contract, section 5)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from services.intake.domain.normalise import fold

_NOT_A_TO_Z = re.compile("[^a-z]+")
Holder = TypeVar("Holder")


def name_key(*names: str | None) -> str:
    """The names joined in order, folded, everything but a-z removed: ``María José`` + blank = ``María`` + ``José``."""
    return _NOT_A_TO_Z.sub("", fold("".join(name for name in names if name)))


def one_digit_apart(number: str, other: str) -> bool:
    """True if two document numbers have equal length and differ in exactly one digit."""
    return len(number) == len(other) and sum(a != b for a, b in zip(number, other, strict=True)) == 1


def suspect(number: str, alike: Iterable[tuple[str, Holder]]) -> Holder | None:
    """The earliest of ``alike`` (number and holder, people of the same name key and birth date, in order of entry)
    whose number may be ``number`` mistyped; None if there is none."""
    return next((holder for other, holder in alike if one_digit_apart(number, other)), None)

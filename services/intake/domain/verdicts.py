"""What the outcomes of single criteria give together (CRI-1, CRI-4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

Result = Literal["met", "not_met", "incomplete"]

FAVOURABLE = ("met", "waived", "not_applicable")


def pre_result(outcomes: Mapping[str, str], pre: Iterable[str]) -> Result:
    """The result of the criteria of phase pre: not_met if one is not_met, incomplete if one is pending, else met."""
    known = [outcomes[code] for code in pre]
    if "not_met" in known:
        return "not_met"
    return "met" if all(outcome in FAVOURABLE for outcome in known) else "incomplete"


def pending(outcomes: Mapping[str, str], pre: Iterable[str]) -> tuple[str, ...]:
    """The codes of phase pre that wait for a fact."""
    return tuple(code for code in pre if outcomes[code] == "pending")

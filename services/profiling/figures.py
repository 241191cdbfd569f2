"""What profiling counts for the reports: decisions by the cell of the outcome matrix (REP-4, FIG-04, FIG-05)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.runtime.folds import FIGURES, Asked, Folded, Key, told

LINES = {"ProfileApproved": ("FIG-04", "approved_by_cell"), "ProfileNotApproved": ("FIG-05", "not_approved_by_cell")}


def fold(application: Any, asked: Asked) -> Mapping[Key, Folded]:
    """The cases approved and not approved in the span, by the cell of the classification that was decided on."""
    cells: dict[UUID, str] = {}
    found: dict[Key, Folded] = {}
    for fact in told(application, ("ProfileClassified", *LINES), asked):
        if fact.kind == "ProfileClassified":
            cells[fact.case_id] = _cell(fact.event)
        elif asked.holds(fact.happened_on):
            found.setdefault((*LINES[fact.kind], (cells[fact.case_id],)), Folded()).add(fact)
    for one in found.values():
        one.value = Decimal(len(one.cases))
    return found


def _cell(event: Any) -> str:
    """The six cells of A03-3: who produces and also trades counts as producer."""
    trade = "producer" if event.is_producer else "trader" if event.is_trader else "neither"
    return f"{'profile' if event.entrepreneurial_profile else 'no_profile'}_{trade}"


FOLDS = {FIGURES: fold}

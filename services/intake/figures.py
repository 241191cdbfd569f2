"""What intake counts for the reports: the criteria that were not met, which no event names outside (REP-4, FIG-03)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.privacy.personal import ERASED
from shared.runtime.folds import Asked, Folded, Key, told

NOT_MET = "not_met"


def fold(application: Any, asked: Asked) -> Mapping[Key, Folded]:
    """FIG-03: the cases told "not met" in the span, by each criterion that their evaluation did not find met."""
    failed: dict[UUID, list[str]] = {}
    found: dict[Key, Folded] = {}
    for fact in told(application, ("CriteriaEvaluated", "EligibilityCommunicated"), asked.position):
        if fact.kind == "CriteriaEvaluated":
            failed[fact.event.evaluation_id] = _failed(fact.event)
        elif fact.event.result == NOT_MET and asked.holds(fact.happened_on):
            for criterion in failed.get(fact.event.evaluation_id, ()):
                found.setdefault(("FIG-03", "by_criterion", (criterion,)), Folded()).add(fact)
    for one in found.values():
        one.value = Decimal(len(one.cases))
    return found


def _failed(event: Any) -> list[str]:
    if event.outcomes.erased:
        return [ERASED]
    return sorted(code for code, kept in event.outcomes.value.items() if kept["outcome"] == NOT_MET)

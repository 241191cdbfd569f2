"""What intake counts for the reports: the criteria that were not met, which no event names outside (REP-4, FIG-03)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.privacy.personal import ERASED
from shared.runtime.folds import FIGURES, OF_CASES, Asked, Folded, Key, Told, told

NOT_MET = "not_met"


def fold(application: Any, asked: Asked) -> Mapping[Key, Folded]:
    """FIG-03: the cases told "not met" in the span, by each criterion that their evaluation did not find met."""
    failed: dict[UUID, list[str]] = {}
    found: dict[Key, Folded] = {}
    for fact in told(application, ("CriteriaEvaluated", "EligibilityCommunicated"), asked):
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


def of_cases(application: Any, asked: Asked) -> Mapping[Key, Folded]:
    """The cases by the locality of their FO-203 as it last stood at the end of the span (BRD-1)."""
    lives: dict[UUID, tuple[Told, str]] = {}
    for fact in told(application, ("BasicIdentificationRecorded", "BasicIdentificationUpdated"), asked):
        said = fact.event.facts.get("c")
        locality = None if said is None or said.erased else said.value.get("locality")
        if fact.happened_on <= asked.last and locality:
            lives[fact.case_id] = (fact, str(locality))
    found: dict[Key, Folded] = {}
    for fact, locality in lives.values():
        found.setdefault(("case", "locality", (locality,)), Folded()).add(fact, Decimal(1))
    return found


FOLDS = {FIGURES: fold, OF_CASES: of_cases}

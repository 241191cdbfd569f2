"""What assistance counts for the reports: productivity and sales, whose amounts no event carries (REP-4)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from services.assistance.domain.conduct import CENT, Measurement, compare
from shared.privacy.personal import reveal
from shared.runtime.folds import FIGURES, OF_CASES, Asked, Folded, Key, Told, told

IMPROVED: Key = ("FIG-18", "improved", ())
CHANGE: Key = ("FIG-18", "mean_change", ())
SALES = {
    "CommercialLinkMade": (("FIG-19", "link_value", ()), "value"),
    "CommercialScenarioHeld": (("FIG-19", "scenario_sales", ()), "sales"),
}


def fold(application: Any, asked: Asked) -> Mapping[Key, Folded]:
    """FIG-18: units improved and the mean change (percent) of results of the span; FIG-19: amounts in COP."""
    baselines: dict[UUID, Measurement] = {}
    results: dict[UUID, tuple[Told, Measurement | None]] = {}
    found: dict[Key, Folded] = {}
    for fact in told(application, ("BaselineMeasured", "ResultMeasured", *SALES), asked):
        if fact.kind == "BaselineMeasured":
            baselines[fact.case_id] = fact.event.measurement
        elif not asked.holds(fact.happened_on):
            continue
        elif fact.kind == "ResultMeasured":
            # The last result of the span counts, against the baseline that stood when it was recorded.
            results[fact.case_id] = (fact, baselines.get(fact.case_id))
        else:
            key, name = SALES[fact.kind]
            amount = reveal(fact.event.details.get(name))
            if amount is not None:
                found.setdefault(key, Folded()).add(fact, Decimal(str(amount)))
    return found | _productivity(results.values())


def _productivity(results: Any) -> dict[Key, Folded]:
    improved, change, changes = Folded(), Folded(), []
    for fact, before in results:
        if before is None:
            continue
        found = compare(before, fact.event.measurement)
        if found.improved:
            improved.add(fact, Decimal(1))
        if found.change is not None:
            changes.append(found.change)
            change.add(fact)
    if changes:
        change.value = (sum(changes, Decimal(0)) / len(changes)).quantize(CENT, ROUND_HALF_UP)
    return {key: one for key, one in ((IMPROVED, improved), (CHANGE, change)) if one.cases}


def of_cases(application: Any, asked: Asked) -> Mapping[Key, Folded]:
    """The cases by the types of the products that their technical sheets (FO-780) describe (BRD-1)."""
    found: dict[Key, Folded] = {}
    for fact in told(application, ("ProductSheetFiled",), asked):
        if fact.happened_on <= asked.last:
            product = str(reveal(fact.event.form["product_type"]))
            found.setdefault(("case", "product_type", (product,)), Folded()).add(fact)
    for one in found.values():
        one.value = Decimal(len(one.cases))
    return found


FOLDS = {FIGURES: fold, OF_CASES: of_cases}

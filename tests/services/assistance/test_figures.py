"""What assistance counts for the reports: productivity and sales, against a recount of its log."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from shared.runtime.folds import OF_CASES
from tests.services import bodies
from tests.services.assistance.conducted import Conducted
from tests.services.assistance.field import Field
from tests.services.folding import folded, raw_events


def result(case: Conducted, units: str, resources: str) -> None:
    body = bodies.measurement(case.rosa, "result", units=units, resources=resources)
    case.act("operator", "RecordMeasurement", body, on="2026-11-18")


def number(stored: Any) -> Decimal:
    return Decimal(str(stored["_data_"] if isinstance(stored, dict) else stored))


def test_units_that_improved_and_their_mean_change_are_counted(field: Field) -> None:
    """FIG-18, REP-4, OBJ-5: more produced with no more resources; the mean of units per peso, recounted."""
    improved, poorer, unmeasured = (Conducted(field).measured() for _ in range(3))
    result(improved, "15", "150000")
    result(poorer, "10", "400000")
    assert unmeasured.case
    before, changes, better = {}, [], set()
    for case, kind, facts, _ in raw_events(field.desk, "BaselineMeasured", "ResultMeasured"):
        units, resources = number(facts["units"]), number(facts["resources"])
        # Both periods of the bodies are made comparable by their days.
        days = 30 if kind == "BaselineMeasured" else 10
        rate = (units / days, resources / days)
        if kind == "BaselineMeasured":
            before[case] = rate
            continue
        old = before[case]
        changes.append(((rate[0] / rate[1]) / (old[0] / old[1]) - 1) * 100)
        if rate[0] > old[0] and rate[1] <= old[1]:
            better.add(case)
    mean = (sum(changes) / len(changes)).quantize(Decimal("0.01"))
    found = folded(field.desk)
    assert better == {str(improved.case)}
    assert found["FIG-18", "improved"] == ("1", frozenset(better))
    value, cases = found["FIG-18", "mean_change"]
    assert abs(Decimal(value) - mean) <= Decimal("0.01")
    assert cases == {str(improved.case), str(poorer.case)}


def test_the_last_result_of_the_span_counts(field: Field) -> None:
    """FIG-18, REP-4: a unit measured twice is one unit; another month has none."""
    case = Conducted(field).measured()
    result(case, "15", "150000")
    result(case, "10", "400000")
    assert ("FIG-18", "improved") not in folded(field.desk)
    assert folded(field.desk, "2026-10-01", "2026-10-31") == {}


def test_sales_are_summed_from_links_and_fairs(field: Field) -> None:
    """FIG-19, REP-4: COP, recounted from the log; one without an amount adds nothing."""
    case = Conducted(field, "e").measured()
    case.act("operator", "RecordCommercialLink", bodies.link(case.rosa))
    case.act("operator", "RecordCommercialLink", bodies.link(case.rosa) | {"value": "20000.50"})
    case.act("operator", "RecordCommercialScenario", bodies.fair(case.rosa) | {"sales": "310000"})
    case.act("operator", "RecordCommercialScenario", bodies.fair(case.rosa))
    amounts = {"CommercialLinkMade": "value", "CommercialScenarioHeld": "sales"}
    sums = dict.fromkeys(amounts, Decimal(0))
    for _, kind, facts, _ in raw_events(field.desk, *amounts):
        stored = facts["details"].get(amounts[kind])
        sums[kind] += number(stored) if stored is not None else 0
    one = frozenset({str(case.case)})
    found = {key: (Decimal(value), cases) for key, (value, cases) in folded(field.desk).items() if key[0] == "FIG-19"}
    assert found == {
        ("FIG-19", "link_value"): (sums["CommercialLinkMade"], one),
        ("FIG-19", "scenario_sales"): (sums["CommercialScenarioHeld"], one),
    }
    assert sums == {"CommercialLinkMade": Decimal("500000.50"), "CommercialScenarioHeld": Decimal(310000)}


def test_the_product_types_of_a_case_are_those_of_its_sheets(field: Field) -> None:
    """BRD-1, FO-780: as it stood at a position and by the end of a day."""
    case = Conducted(field)
    found = folded(field.desk, fold=OF_CASES)
    assert found == {("case", "product_type", "textile"): ("1", frozenset({str(case.case)}))}
    assert folded(field.desk, "2026-10-01", "2026-10-31", fold=OF_CASES) == {}
    assert folded(field.desk, fold=OF_CASES, position=1) == {}

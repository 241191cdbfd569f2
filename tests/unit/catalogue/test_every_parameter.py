"""The parameters of PR-156, row by row of requirements 8: read by date, and where one is empty its step waits.

P-01 … P-10, P-30 … P-41, P-42, P-43, P-51 … P-58.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from shared.catalogue.catalogue import PACKAGED, Catalogue
from shared.catalogue.editions import Edition
from shared.catalogue.refusals import CatalogueNotEffective

ROOT = Path(__file__).parents[3]
FIRST, CHANGED, EMPTIED = date(2019, 10, 23), date(2031, 1, 1), date(2032, 1, 1)
ROWS: dict[str, tuple[Decimal | int | date | None, str]] = {
    "P-01": (date(2019, 10, 23), "date"),
    "P-02": (18, "years"),
    "P-03": (59, "years"),
    "P-04": (40, "hours"),
    "P-05": (12, "months operating"),
    "P-06": (1, "properties"),
    "P-07": (1, "alternatives"),
    "P-08": (1, "visits"),
    "P-09": (1, "month"),
    "P-10": (None, "hours"),
    "P-30": (10, "wd"),
    "P-31": (10, "wd"),
    "P-32": (5, "wd"),
    "P-33": (30, "days"),
    "P-34": (10, "hours"),
    "P-35": (1, "visits"),
    "P-36": (6, "months"),
    "P-37": (5, "wd"),
    "P-38": (30, "days"),
    "P-39": (3, "wd"),
    "P-40": (3, "wd"),
    "P-41": (5, "wd"),
    "P-42": (15, "wd"),
    "P-43": (10, "wd"),
    "P-51": (30, "days"),
    "P-52": (72, "hours"),
    "P-53": (12, "months"),
    "P-54": (18, "years"),
    "P-55": (10, "years"),
    "P-56": (5, "wd"),
    "P-57": (2, "months"),
    "P-58": (2, "wd"),
}
MAY_BE_EMPTY = {
    "services/reporting/application/base.py": "without a term nothing is late",
    "services/reporting/queries/board/rows.py": "no term is due",
    "services/reporting/queries/times.py": "no standard time stands beside what was measured",
    "services/inventory/views/unmatched.py": "no line is overdue",
}
"""Where an empty value is an answer and not a step that cannot be taken."""


def later(code: str, version: str, start: date, value: str) -> Edition:
    """The parameter with another value from a date."""
    kind = "date" if code == "P-01" else "decimal" if code in ("P-04", "P-10", "P-34") else "int"
    text = (
        f'code: {code}\nversion: "{version}"\neffective_from: {start}\nlabel: Prueba\n'
        f"type: {kind}\nvalue: {value}\nunit: {ROWS[code][1]}\n"
    )
    return Edition(uuid4(), "parameter", code, version, start, "", text)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Every parameter with 7 in the place of its value from 2031, and with none from 2032."""
    changed = [later(code, "2", CHANGED, "2031-05-06" if code == "P-01" else "7") for code in ROWS]
    return Catalogue.load(PACKAGED, changed + [later(code, "3", EMPTIED, "null") for code in ROWS])


def test_the_table_is_that_of_the_requirements() -> None:
    shipped = {each.code for each in Catalogue.load().artefacts() if each.kind == "parameter"}
    assert shipped == set(ROWS)


@pytest.mark.parametrize("code", ROWS)
def test_its_value_is_read_by_date(catalogue: Catalogue, code: str) -> None:
    value, unit = ROWS[code]
    with pytest.raises(CatalogueNotEffective):
        catalogue.parameter(code, date(2019, 10, 22))
    first = catalogue.parameter_version(code, FIRST)
    assert (first.value, first.unit) == (value, unit)
    assert catalogue.parameter(code, date(2030, 12, 31)) == value
    assert catalogue.parameter(code, CHANGED) == (date(2031, 5, 6) if code == "P-01" else 7)


@pytest.mark.parametrize("code", ROWS)
def test_a_step_that_needs_it_waits_while_it_is_empty(catalogue: Catalogue, code: str) -> None:
    assert catalogue.parameter(code, EMPTIED) is None
    with pytest.raises(CatalogueNotEffective) as refused:
        catalogue.value(code, EMPTIED)
    assert code in refused.value.text


def test_the_criteria_wait_for_each_parameter_that_they_use(catalogue: Catalogue) -> None:
    criteria = catalogue.criteria("DE-017", EMPTIED)
    with pytest.raises(CatalogueNotEffective):
        criteria.evaluate({}, as_of=EMPTIED, service="technical_assistance")


def asked() -> Iterator[tuple[str, int]]:
    """Where a service asks for a parameter without saying that its step needs one."""
    for path in sorted((ROOT / "services").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "parameter":
                yield path.relative_to(ROOT).as_posix(), node.lineno


def test_no_service_takes_an_empty_value_for_a_number() -> None:
    assert [each for each in asked() if each[0] not in MAY_BE_EMPTY] == []

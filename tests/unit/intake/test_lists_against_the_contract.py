"""The rules alone, without a store: both shipped files give the expected verdicts."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.intake.application.list_file import records
from services.intake.domain.criteria_facts import criteria_facts, route_and_measures
from services.intake.domain.duplicates import name_key, suspect
from services.intake.domain.import_report import ImportReport
from services.intake.domain.list_facts import facts_of_row
from services.intake.domain.rejections import Rejection
from services.intake.domain.rows import RowReader
from services.intake.domain.verdicts import pre_result
from shared.catalogue.catalogue import Catalogue

DATA = Path(__file__).parents[2] / "data"
AS_OF = date(2026, 10, 15)
NAMES = ("primer_nombre", "segundo_nombre", "primer_apellido", "segundo_apellido")


@pytest.mark.parametrize("name", ["candidatos.csv", "candidatos.xlsx"])
def test_rows_become_the_expected_report(name: str) -> None:
    criteria = Catalogue.load().criteria("DE-017", AS_OF)
    pre = [each.code for each in criteria.criteria if each.phase == "pre"]
    reader, report = RowReader(AS_OF), ImportReport(AS_OF)
    known: dict[tuple[str, str], int] = {}
    alike: dict[Any, list[tuple[str, int]]] = {}
    for number, cells in records((DATA / name).read_bytes(), name):
        row = reader.read(number, cells)
        if isinstance(row, Rejection):
            report.reject(row)
            continue
        if row.document in known:
            report.repeat(number, known[row.document])
            continue
        report.accept(row)
        key = (name_key(*(row.values[each] for each in NAMES)), row.values["fecha_nacimiento"])
        if (other := suspect(row.document[1], alike.get(key, []))) is not None:
            report.suspect(number, other)
        alike.setdefault(key, []).append((row.document[1], number))
        known[row.document] = number
        facts = facts_of_row(row.values)
        found = criteria.evaluate(
            criteria_facts(facts, criteria.fact_names), as_of=AS_OF, service="technical_assistance"
        )
        outcomes = {code: each.outcome for code, each in found.items()}
        route, measures = route_and_measures(facts, AS_OF, 12)
        report.judge(row, outcomes, eligible=pre_result(outcomes, pre) == "met", route=route.route, measures=measures)
    expected = json.loads((DATA / "esperado.json").read_text("utf-8"))
    assert report.as_dict([each.code for each in criteria.criteria]) == expected

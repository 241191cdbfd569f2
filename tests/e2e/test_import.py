"""The shared list of candidates, imported over HTTP as CSV and as workbook, gives the report that it must give."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from tests.e2e.conftest import DATA, Imported

EXPECTED: dict[str, Any] = json.loads((DATA / "esperado.json").read_text("utf-8"))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_every_row_criterion_duplicate_and_reason_is_as_expected(imported: Imported, form: str) -> None:
    report = imported.report(form)

    assert report.keys() == EXPECTED.keys()
    for part, value in EXPECTED.items():
        assert report[part] == value, part


def test_a_second_import_of_the_same_file_changes_nothing(imported: Imported) -> None:
    before = imported.served.heads()

    again = imported.served.run(*imported.command("csv"))

    assert again.returncode == 0, again.stdout + again.stderr
    assert imported.served.heads() == before
    assert imported.report("csv") == EXPECTED


def test_rejected_rows_come_back_in_a_file_with_their_number_and_reason(imported: Imported) -> None:
    rows = list(csv.DictReader(io.StringIO(imported.rejected("csv"), newline="")))

    assert [(int(row["fila"]), row["reason_code"], row["columna"] or None) for row in rows] == [
        (each["fila"], each["reason_code"], each["columna"]) for each in EXPECTED["rejected"]
    ]
    assert all(row["mensaje"] for row in rows)

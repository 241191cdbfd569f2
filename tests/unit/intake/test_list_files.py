"""Opening lists: exact records, and clear refusals for what is no list."""

from __future__ import annotations

import io
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.application.list_csv import csv_records
from services.intake.application.list_file import records
from services.intake.application.rejected_file import rejected_file
from services.intake.domain.columns import HEADER
from services.intake.domain.export import neutralised, restored
from services.intake.domain.refusals import FileRefused
from services.intake.domain.rejections import Rejection


def workbook(*rows: list[object], title: str = "candidatos") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in (list(HEADER), *rows):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_csv_cell_may_hold_commas_quotes_and_line_breaks() -> None:
    text = 'a,"b, ""c""\nd",\n\n"x"\r\n,\ny\rz,w'
    assert list(csv_records(text.encode())) == [["a", 'b, "c"\nd', ""], [], ["x"], ["", ""], ["y\rz", "w"]]


def test_a_byte_order_mark_is_no_part_of_the_header() -> None:
    assert list(csv_records("\ufefffila".encode())) == [["fila"]]


def test_native_values_of_a_workbook_stand_for_their_text() -> None:
    row: list[object] = [
        1,
        "jornada",
        datetime(2026, 10, 2),
        date(2026, 1, 5),
        1015937566,
        5985092.0,
        1.5,
        True,
        "0007",
    ]
    [(number, cells)] = records(workbook(row), "lista.xlsx")
    assert (number, cells) == (
        2,
        ["1", "jornada", "2026-10-02", "2026-01-05", "1015937566", "5985092", "1.5", "TRUE", "0007"],
    )


def test_formulas_are_text_and_escapes_are_decoded_once() -> None:
    row: list[object] = ["=1+1", "a_x0000_b", "_x005F_x0041_", "_x0041", "_x000a_"]
    content = workbook(["x"])
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book["candidatos"]
    for position, value in enumerate(row, start=1):
        cell = sheet.cell(row=2, column=position)
        cell.value = str(value)
        cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    [(_, cells)] = records(out.getvalue(), "lista.xlsx")
    assert cells == ["=1+1", "a\x00b", "_x0041_", "_x0041", "\n"]


def test_a_row_without_content_is_an_empty_line_with_its_number() -> None:
    assert list(records(workbook([None], ["a", None, "b", None]), "lista.xlsx")) == [(2, []), (3, ["a", "", "b"])]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("lista.csv", b"", "vacío"),
        ("lista.csv", b"PK\x03\x04", "no es un texto CSV"),
        ("lista.csv", b"%PDF-1.7", "no es un texto CSV"),
        ("lista.csv", ";".join(HEADER).encode(), "punto y coma"),
        ("lista.csv", ",".join(HEADER[:-1]).encode(), "«tipo_hogar»"),
        ("lista.csv", ",".join([*HEADER, "otra"]).encode(), "de más"),
        ("lista.csv", ",".join(reversed(HEADER)).encode(), "orden"),
        ("lista.csv", b"fila\xff", "UTF-8 (línea 1)"),
        ("lista.xlsx", ",".join(HEADER).encode(), "no es un libro XLSX"),
        ("lista.xlsx", b"PK\x03\x04broken", "no es un libro XLSX que se pueda leer"),
        ("lista.xlsx", workbook(title="Hoja1"), "no tiene la hoja «candidatos»"),
        ("lista.ods", b"PK\x03\x04", "CSV o XLSX"),
        ("lista", b"a", "CSV o XLSX"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(name: str, content: bytes, says: str) -> None:
    with pytest.raises(FileRefused) as refused:
        list(records(content, name))
    assert says in refused.value.text
    assert refused.value.field == "file"


@given(st.text(alphabet="'=+-@ \u00a0\tañ", max_size=8))
def test_a_neutralised_cell_is_no_formula_and_can_be_restored(cell: str) -> None:
    shown = neutralised(cell)
    assert shown.strip(" \u00a0\t")[:1] not in set("=+-@")
    assert restored(shown) == cell


@given(st.lists(st.text(max_size=12), min_size=1, max_size=50).filter(lambda cells: any(c.strip() for c in cells)))
def test_rejected_rows_come_back_as_they_were(cells: list[str]) -> None:
    content = rejected_file([(Rejection(7, None, "NUMERO_COLUMNAS"), cells)])
    [(_, again)] = records(content, "rechazadas.csv")
    assert again[: len(cells)] == cells[:43] + again[43 : len(cells)]

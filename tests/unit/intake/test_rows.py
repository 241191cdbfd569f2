"""Each row is taken whole or rejected with the first reason that applies (data contract, section 4)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.intake.application.list_file import records
from services.intake.domain.columns import HEADER
from services.intake.domain.rejections import MESSAGES, Rejection
from services.intake.domain.rows import CandidateRow, RowReader

AS_OF = date(2026, 10, 15)
CSV = Path(__file__).parents[2] / "data" / "candidatos.csv"
GOOD: list[str] = next(records(CSV.read_bytes(), "candidatos.csv"))[1]


def row(**cells: str) -> list[str]:
    return [cells.get(name, GOOD[position]) for position, name in enumerate(HEADER)]


def reason(cells: list[str], reader: RowReader | None = None) -> tuple[Any, ...]:
    read = (reader or RowReader(AS_OF)).read(2, cells)
    assert isinstance(read, Rejection)
    assert read.text and "{" not in read.text
    return read.reason_code, read.column, read.row_number


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"fuente": ""}, "CAMPO_OBLIGATORIO"),
        ({"numero_documento": " "}, "DOCUMENTO_FALTANTE"),
        ({"numero_documento": "12-34567"}, "DOCUMENTO_INVALIDO"),
        ({"tipo_documento": "RC"}, "TIPO_DOCUMENTO_DESCONOCIDO"),
        ({"sexo": "X"}, "VALOR_NO_PERMITIDO"),
        ({"primer_nombre": "Ana1"}, "NOMBRE_INVALIDO"),
        ({"fecha_nacimiento": "2026-02-30"}, "FECHA_INVALIDA"),
        ({"fecha_identificacion": "2026-10-16"}, "FECHA_FUTURA"),
        ({"localidad": "Soacha"}, "LOCALIDAD_DESCONOCIDA"),
        ({"pensionado": "N/A"}, "BOOLEANO_INVALIDO"),
        ({"numero_inmuebles": "1.5"}, "NUMERO_INVALIDO"),
        ({"numero_inmuebles": "-1"}, "NUMERO_NEGATIVO"),
        ({"barrio": "a\x00"}, "CARACTER_CONTROL"),
        ({"productos": "x" * 501}, "CELDA_LARGA"),
    ],
)
def test_a_bad_cell_gives_its_code_and_column(cells: dict[str, str], code: str) -> None:
    assert reason(row(**cells)) == (code, next(iter(cells)), 1)


def test_every_reason_has_a_text_that_says_what_to_do() -> None:
    assert all(len(text) > 20 and text.endswith(".") for text in MESSAGES.values())


@pytest.mark.parametrize("cells", [[], [""], [" ", "\t"], [""] * 43])
def test_a_record_without_content_is_an_empty_line(cells: list[str]) -> None:
    assert reason(cells) == ("LINEA_VACIA", None, None)


@pytest.mark.parametrize("cells", [GOOD[:42], [*GOOD, ""]])
def test_a_record_has_exactly_43_cells(cells: list[str]) -> None:
    assert reason(cells) == ("NUMERO_COLUMNAS", None, None)


def test_the_first_bad_cell_from_the_left_decides() -> None:
    assert reason(row(numero_documento="", fecha_nacimiento="2030-01-01"))[0] == "DOCUMENTO_FALTANTE"
    assert reason(row(fuente="", barrio="\x07"))[0] == "CARACTER_CONTROL"
    assert reason(row(fila_origen="x", productos="x" * 501))[0] == "CELDA_LARGA"


def test_a_row_number_used_by_a_rejected_row_is_used() -> None:
    reader = RowReader(AS_OF)
    reason(row(sexo="X"), reader)
    assert reason(GOOD, reader) == ("FILA_ORIGEN_DUPLICADA", "fila_origen", 1)


def test_a_row_rejected_before_its_number_is_looked_at_uses_none() -> None:
    reader = RowReader(AS_OF)
    reason(row(productos="x" * 501), reader)
    assert isinstance(reader.read(3, GOOD), CandidateRow)


def test_what_is_accepted_is_normalised() -> None:
    cells = row(
        tipo_documento="c. c.",
        numero_documento="1'015.937.566",
        pensionado="No ",
        localidad="engativa",
        productos="  =SUMA(A1) \n <b>ñ</b> ",
        productos_="",
    )
    read = RowReader(AS_OF).read(2, cells)
    assert isinstance(read, CandidateRow)
    assert read.document == ("CC", "1015937566")
    assert read.values["pensionado"] is False
    assert read.values["localidad"] == "Engativá"
    assert read.values["productos"] == "=SUMA(A1) <b>ñ</b>"


def test_500_characters_after_trimming_are_accepted_and_the_day_itself_is_not_in_the_future() -> None:
    read = RowReader(AS_OF).read(2, row(productos=" " + "x" * 500 + " ", fecha_identificacion="15/10/2026"))
    assert isinstance(read, CandidateRow)

"""Reading one row of a list of candidates: it is taken whole or rejected with one reason (data contract, section 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.intake.domain import normalise
from services.intake.domain.columns import COLUMNS, Column
from services.intake.domain.rejections import Rejection

LONGEST_CELL = 500
"""Code points of a cell after trimming."""


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A row that passed: ``row`` is its number in the file (the header is 1); ``values`` by Spanish column name,
    normalised: str, date, int or bool, None where the cell is blank (for a boolean: unknown)."""

    row: int
    row_number: int
    values: Mapping[str, Any]

    @property
    def document(self) -> tuple[str, str]:
        """Type and number, which together identify a person."""
        return self.values["tipo_documento"], self.values["numero_documento"]


class _Unfit(Exception):
    def __init__(self, reason_code: str, choices: tuple[str, ...] = ()) -> None:
        self.reason_code = reason_code
        self.choices = choices


class RowReader:
    """Reads the rows of one file in their order. It remembers the row numbers it met, so one reader serves one file.

    ``as_of`` is the evaluation date: a date after it is in the future.
    """

    def __init__(self, as_of: date) -> None:
        self._as_of = as_of
        self._met: set[int] = set()
        self._checks = [(column, self._check_of(column)) for column in COLUMNS[1:]]

    def read(self, row: int, cells: Sequence[str]) -> CandidateRow | Rejection:
        """The candidate of a row, or the first reason against it."""
        trimmed = [normalise.trim(cell) for cell in cells]
        if not any(trimmed):
            return Rejection(row, None, "LINEA_VACIA")
        if len(cells) != len(COLUMNS):
            return Rejection(row, None, "NUMERO_COLUMNAS")
        number = normalise.row_number(trimmed[0])
        for column, cell in zip(COLUMNS, cells, strict=True):
            if normalise.has_control_character(cell):
                return Rejection(row, number, "CARACTER_CONTROL", column.name)
        for column, text in zip(COLUMNS, trimmed, strict=True):
            if len(text) > LONGEST_CELL:
                return Rejection(row, number, "CELDA_LARGA", column.name)
        if number is None:
            return Rejection(row, None, "FILA_ORIGEN_INVALIDA", "fila_origen")
        if number in self._met:
            return Rejection(row, number, "FILA_ORIGEN_DUPLICADA", "fila_origen")
        self._met.add(number)
        values: dict[str, Any] = {"fila_origen": number}
        for (column, check), text in zip(self._checks, trimmed[1:], strict=True):
            if not text:
                if column.required:
                    code = "DOCUMENTO_FALTANTE" if column.content == "document" else "CAMPO_OBLIGATORIO"
                    return Rejection(row, number, code, column.name)
                values[column.name] = None
                continue
            try:
                values[column.name] = check(text)
            except _Unfit as unfit:
                return Rejection(row, number, unfit.reason_code, column.name, unfit.choices)
        return CandidateRow(row, number, values)

    def _check_of(self, column: Column) -> Callable[[str], Any]:
        match column.content:
            case "date":
                return self._day
            case "document_type":
                return _document_type
            case "document":
                return _or("DOCUMENTO_INVALIDO", normalise.document_number)
            case "name":
                return _or("NOMBRE_INVALIDO", normalise.name)
            case "boolean":
                return _or("BOOLEANO_INVALIDO", {"si": True, "no": False}.get, normalise.fold)
            case "count":
                return _count
            case "locality":
                return _or("LOCALIDAD_DESCONOCIDA", normalise.folded(column.choices).get, normalise.fold)
            case "choice":
                table = normalise.folded(column.choices)
                return _or("VALOR_NO_PERMITIDO", table.get, normalise.fold, column.choices)
            case _:
                return normalise.free_text

    def _day(self, text: str) -> date:
        day = normalise.day(text)
        if day is None:
            raise _Unfit("FECHA_INVALIDA")
        if day > self._as_of:
            raise _Unfit("FECHA_FUTURA")
        return day


def _or(
    reason_code: str,
    read: Callable[[str], Any],
    prepare: Callable[[str], str] | None = None,
    choices: tuple[str, ...] = (),
) -> Callable[[str], Any]:
    def check(text: str) -> Any:
        value = read(prepare(text) if prepare else text)
        if value is None:
            raise _Unfit(reason_code, choices)
        return value

    return check


def _document_type(text: str) -> str:
    kind = normalise.document_type(text)
    if kind not in ("CC", "CE", "TI", "PPT"):
        raise _Unfit("TIPO_DOCUMENTO_DESCONOCIDO")
    return kind


def _count(text: str) -> int:
    number = normalise.whole(text)
    if number is None:
        raise _Unfit("NUMERO_INVALIDO")
    if number < 0:
        raise _Unfit("NUMERO_NEGATIVO")
    return number

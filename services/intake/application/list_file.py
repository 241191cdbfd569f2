"""Opening a list of candidates: what kind of file it is, its header, and its records with their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.intake.application.list_csv import csv_records
from services.intake.domain.columns import HEADER
from services.intake.domain.export import restored
from services.intake.domain.normalise import WHITE
from services.intake.domain.refusals import FileRefused

REPORT_COLUMNS = ("fila", "reason_code", "columna", "mensaje")
"""The columns that the file of rejected rows puts before the original cells; a corrected one comes back with them."""

Records = Iterator[tuple[int, list[str]]]


def records(content: bytes, name: str) -> Records:
    """The records after the header with their numbers (the header is 1).

    Raises `FileRefused` for a file that is empty, is not what its name says, or has another header; the last records
    of a CSV whose quotes do not close raise it midway.
    """
    extension = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if not content:
        raise FileRefused(field="file", explanation="está vacío. Adjunte la lista con su encabezado.")
    zipped = content.startswith(b"PK\x03\x04")
    if extension == "xlsx":
        if not zipped:
            raise FileRefused(field="file", explanation="no es un libro XLSX, aunque su nombre lo diga.")
        # Loaded when a workbook comes, which is seldom: it is the greater part of what a list needs.
        from services.intake.application.list_workbook import workbook_records

        return _after_header(workbook_records(content))
    if extension == "csv":
        if zipped or content.startswith((b"%PDF", b"\xd0\xcf\x11\xe0")) or b"\x00" in content[:4]:
            raise FileRefused(field="file", explanation="no es un texto CSV, aunque su nombre lo diga.")
        return _after_header(csv_records(content))
    raise FileRefused(field="file", explanation="debe ser un archivo CSV o XLSX.")


def _after_header(every: Iterator[list[str]]) -> Records:
    header = [cell.strip(WHITE) for cell in next(every, [])]
    if header == list(HEADER):
        return enumerate(every, start=2)
    if header[: len(REPORT_COLUMNS)] == list(REPORT_COLUMNS):
        columns = _without_trailing_blanks(header)
        if columns == [*REPORT_COLUMNS, *HEADER]:
            return enumerate(map(_corrected, every), start=2)
    raise FileRefused(field="file", explanation=_what_is_wrong(header))


def _corrected(cells: Sequence[str]) -> list[str]:
    """The cells of a corrected row as they were typed: without the report's columns and the export's apostrophes."""
    own = [restored(cell) for cell in cells[len(REPORT_COLUMNS) :]]
    # Spreadsheets pad every row to the longest; a rejected row may have had more cells than the list has columns.
    return own if len(own) <= len(HEADER) else [*own[: len(HEADER)], *_without_trailing_blanks(own[len(HEADER) :])]


def _without_trailing_blanks(cells: Sequence[str]) -> list[str]:
    end = len(cells)
    while end and not cells[end - 1].strip(WHITE):
        end -= 1
    return list(cells[:end])


def _what_is_wrong(header: Sequence[str]) -> str:
    if not any(header):
        return "la primera fila está vacía; debe tener los nombres de las 43 columnas."
    if len(header) == 1 and ";" in header[0]:
        return "está separado por punto y coma. Guárdelo como CSV separado por comas."
    missing = [name for name in HEADER if name not in header]
    if missing:
        shown = ", ".join(f"«{name}»" for name in missing[:3])
        return f"en el encabezado faltan columnas: {shown}{' y otras' if len(missing) > 3 else ''}."
    if len(header) > len(HEADER):
        return "el encabezado tiene columnas de más; deben ser las 43 de la lista."
    return "las columnas del encabezado no están en el orden de la lista."

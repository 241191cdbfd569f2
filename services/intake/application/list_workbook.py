"""Reading a list in a workbook: native values stand for their text (data contract, section 1)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from services.intake.domain.refusals import FileRefused

SHEET = "candidatos"
LARGEST_UNPACKED = 400_000_000
"""Bytes of all parts of a workbook: a small file may unpack to more than the memory."""

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def workbook_records(content: bytes) -> Iterator[list[str]]:
    """The rows of the sheet ``candidatos`` as texts, each as long as its last non-empty cell.

    Raises `FileRefused` for a damaged workbook and one without that sheet.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > LARGEST_UNPACKED:
                raise FileRefused(field="file", explanation="es demasiado grande por dentro. Divídalo en varios.")
        reader = _Reader(io.BytesIO(content), read_only=True)
        reader.read()
        if SHEET not in reader.wb.sheetnames:
            raise FileRefused(field="file", explanation=f"no tiene la hoja «{SHEET}».")
        sheet = reader.wb[SHEET]
        # The dimension that a file declares may be wrong; the rows themselves are not.
        sheet.reset_dimensions()
        rows = sheet.iter_rows(values_only=True)
    except FileRefused:
        raise
    except Exception as error:
        raise _damaged() from error
    return _records(rows)


def _records(rows: Iterator[Any]) -> Iterator[list[str]]:
    while True:
        try:
            row = next(rows, None)
        except Exception as error:
            raise _damaged() from error
        if row is None:
            return
        cells = [_text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        yield cells


def _damaged() -> FileRefused:
    # A workbook is a bundle of parts of many kinds; whatever fails in reading it, this is what the person can do.
    return FileRefused(field="file", explanation="no es un libro XLSX que se pueda leer. Guárdelo de nuevo en Excel.")


def _text(value: Any) -> str:
    """What a cell stands for: whole numbers their digits, dates ``YYYY-MM-DD``, all else its text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return _unescaped(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _unescaped(text: str) -> str:
    """Office Open XML writes a control character as ``_xHHHH_`` and a literal ``_x`` as ``_x005F_x``."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


class _Reader(ExcelReader):
    """openpyxl's reader, except that it leaves the escapes of shared strings to us: its own way drops every
    ``x005F_``, after which an escaped underscore can no longer be told from an escaped control character."""

    def read_strings(self) -> None:
        part = self.package.find(SHARED_STRINGS)
        if part is None:
            return
        strings: list[str] = []
        with self.archive.open(part.PartName[1:]) as source:
            for _, node in iterparse(source):
                if node.tag == f"{{{SHEET_MAIN_NS}}}si":
                    strings.append(Text.from_tree(node).content)
                    node.clear()
        self.shared_strings = strings

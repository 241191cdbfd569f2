"""Reading a CSV list (RFC 4180, UTF-8, comma)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.intake.domain.refusals import FileRefused

# Our own reader, because the standard one ends a record at a bare carriage return, which here is part of a cell, and
# has one limit of cell length for the whole process.
_CELL = re.compile(r'"([^"]*(?:""[^"]*)*)"\r?(,|\n|\Z)|([^",\n][^,\n]*|)(,|\n|\Z)')


def csv_records(content: bytes) -> Iterator[list[str]]:
    """The records of a CSV file, empty lines included. Raises `FileRefused` for bad UTF-8 and for open quotes."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileRefused(
            field="file", explanation=f"no está en UTF-8 (línea {line}). Guárdelo como CSV UTF-8."
        ) from None
    return _records(text)


def _records(text: str) -> Iterator[list[str]]:
    position, end, number = 0, len(text), 1
    cells: list[str] = []
    while position < end or cells:
        match = _CELL.match(text, position)
        if match is None:
            raise FileRefused(field="file", explanation=f"las comillas de la fila {number} no cierran bien.")
        quoted, after_quoted, plain, after_plain = match.groups()
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        position = match.end()
        if (after_quoted or after_plain) == ",":
            continue
        yield cells if cells != [""] else []
        cells = []
        number += 1

"""Rows of a table as lines of JSON and back, the same for SQLite and PostgreSQL: one's copy restores into the other."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

CUT_ONE_IN = 1_000
MOST_ROWS = 5_000
ROWS_AT_ONCE = 1_000


def plain(value: Any) -> Any:
    """A column's value as JSON has it."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, (bytes, memoryview)):
        return b64encode(bytes(value)).decode("ascii")
    if isinstance(value, datetime):
        # SQLite gives back what it was given, without the zone.
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"a column of type {type(value).__name__} has no form in a backup")


def reader(column: sa.Column[Any]) -> Callable[[Any], Any]:
    if isinstance(column.type, sa.Uuid):
        return UUID
    if isinstance(column.type, sa.LargeBinary):
        return b64decode
    if isinstance(column.type, sa.DateTime):
        return datetime.fromisoformat
    if isinstance(column.type, sa.Numeric) and not isinstance(column.type, sa.Float):
        return Decimal
    return lambda value: value


def line(values: Sequence[Any]) -> bytes:
    """One row."""
    return json.dumps([plain(value) for value in values], ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def lines_of(piece: bytes) -> Iterator[list[Any]]:
    """The rows of a piece, their values as JSON has them."""
    for row in piece.splitlines():
        yield json.loads(row)


def pieces_of(connection: Connection, table: sa.Table) -> Iterator[tuple[bytes, int]]:
    """The whole table in the order of its key, in pieces of about a thousand rows, each with its number of rows.

    Where a piece ends depends on the keys alone, so a piece in which nothing changed is the same piece next time.
    """
    order = list(table.primary_key.columns)
    places = [list(table.columns).index(column) for column in order]
    gathered: list[bytes] = []
    for row in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(sa.select(table).order_by(*order)):
        gathered.append(line(row))
        key = line([row[place] for place in places])
        if len(gathered) >= MOST_ROWS or zlib.crc32(key) % CUT_ONE_IN == 0:
            yield b"".join(gathered), len(gathered)
            gathered = []
    if gathered:
        yield b"".join(gathered), len(gathered)


def load(connection: Connection, table: sa.Table, names: Sequence[str], piece: bytes) -> int:
    """Insert the rows of a piece whose columns were ``names``; how many. A column that is gone since is left out."""
    readers = {column.name: reader(column) for column in table.columns}
    kept = [(place, name, readers[name]) for place, name in enumerate(names) if name in readers]
    count = 0
    for block in _blocks(lines_of(piece), ROWS_AT_ONCE):
        values = [{name: None if row[at] is None else read(row[at]) for at, name, read in kept} for row in block]
        connection.execute(table.insert(), values)
        count += len(values)
    return count


def _blocks(rows: Iterable[list[Any]], size: int) -> Iterator[list[list[Any]]]:
    block: list[list[Any]] = []
    for row in rows:
        block.append(row)
        if len(block) == size:
            yield block
            block = []
    if block:
        yield block

"""A log in a backup: stretches of five thousand entries, chained, so that one hash stands for all that came before."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.backup.archive import Archive
from shared.backup.problems import PointBroken
from shared.backup.rows import line, lines_of
from shared.eventstore.log import Entry, instant
from shared.eventstore.tables import events

STRETCH = 5_000
"""Entries of a piece. Only the last piece of a log is ever written again."""
Stretch = dict[str, Any]
"""``first`` and ``last`` sequence, ``piece``, the ``chain`` up to its end and the ``hash`` of its last entry."""


def chained(chain: str, entry: Entry) -> str:
    """The hash that stands for the log up to ``entry``, from the one for the log before it."""
    return hashlib.sha256(f"{chain}{entry.hash}".encode()).hexdigest()


def entry_of(log: str, row: list[Any]) -> Entry:
    """The entry that a line of a piece holds."""
    sequence, aggregate, version, topic, state, recorded_at = row
    return Entry(log, sequence, instant(recorded_at), UUID(aggregate), version, topic, b64decode(state))


def stored(connection: Connection, log: str, after: int, upto: int) -> Iterator[tuple[Entry, Any]]:
    """Entries of a store with their rows, in order."""
    query = sa.select(events).where(events.c.id > after, events.c.id <= upto).order_by(events.c.id)
    for row in connection.execution_options(yield_per=1_000).execute(query):
        yield (
            Entry(
                log,
                row.id,
                instant(row.recorded_at),
                row.originator_id,
                row.originator_version,
                row.topic,
                bytes(row.state),
            ),
            row,
        )


def continuing(connection: Connection, log: str, known: list[Stretch]) -> list[Stretch]:
    """The full stretches of an earlier backup that this log still holds: what need not be read again."""
    full = [stretch for stretch in known if stretch["last"] - stretch["first"] + 1 == STRETCH]
    if not full:
        return []
    end = full[-1]
    for entry, _row in stored(connection, log, end["last"] - 1, end["last"]):
        if entry.hash == end["hash"]:
            return full
    # Another past under the same numbers, or a shorter one: nothing of the old copy is taken for granted.
    return []


def copy(
    connection: Connection,
    log: str,
    head: int,
    known: list[Stretch],
    archive: Archive,
    told: Callable[[list[Stretch], int], None],
) -> list[Stretch]:
    """Keep the log up to ``head``; ``told(stretches, sequence)`` after each stretch. Raises `PointBroken` on a hole."""
    stretches = continuing(connection, log, known)
    after, chain = (stretches[-1]["last"], stretches[-1]["chain"]) if stretches else (0, "")
    lines: list[bytes] = []
    expected, entry = after + 1, None
    for entry, row in stored(connection, log, after, head):
        if entry.sequence != expected:
            raise PointBroken(point=log, what=f"en el registro falta la entrada {expected}")
        chain = chained(chain, entry)
        lines.append(line(row))
        expected += 1
        if len(lines) == STRETCH or entry.sequence == head:
            stretches.append(_kept(archive, lines, entry, chain))
            lines = []
            told(stretches, entry.sequence)
    if expected != head + 1:
        raise PointBroken(point=log, what=f"el registro termina en {expected - 1} y dice llegar a {head}")
    return stretches


def _kept(archive: Archive, lines: list[bytes], last: Entry, chain: str) -> Stretch:
    first = last.sequence - len(lines) + 1
    piece = archive.add(b"".join(lines))
    return {"first": first, "last": last.sequence, "piece": piece, "chain": chain, "hash": last.hash}


def entries(archive: Archive, log: str, stretch: Stretch) -> Iterator[Entry]:
    """The entries of a stretch, as the backup holds them. Raises `PieceBroken`."""
    for row in lines_of(archive.piece(stretch["piece"])):
        yield entry_of(log, row)

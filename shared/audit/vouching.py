"""Holding what witnesses signed of a log to its checkpoints: who vouches for it, and up to where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.audit.errors import AuditProblem, SignatureMissing
from shared.audit.keys import Verifier
from shared.audit.notes import Note
from shared.audit.verdict import PATIENCE_S, Report
from shared.eventstore.tables import LogTables

AT_ONCE = 1_000
Row = sa.Row[tuple[object, ...]]


class Vouching:
    """The answers of witnesses that a log keeps, read along with its checkpoints. ``keys``: of the pinned witnesses."""

    def __init__(self, connection: Connection, tables: LogTables, keys: Sequence[Verifier], report: Report) -> None:
        self._connection = connection
        self._tables = tables
        self._keys = keys
        self._report = report
        self._rows = self._read()
        self._next: Row | None = next(self._rows, None)
        self._signed: dict[Verifier, int] = {}
        """The latest checkpoint that each of them signed, by its number."""

    def checkpoint(self, number: int, size: int, note: str) -> None:
        """Take what was signed of the checkpoint ``number``; each in turn."""
        while (row := self._next) is not None and row.number <= number:
            self._next = next(self._rows, None)
            about = f"la firma de un testigo bajo el punto de control {row.number}"
            if row.number < number or Note.parse(note.encode()).text != Note.parse(row.note.encode()).text:
                self._report.broke("COSIGNATURE_CHANGED", row.size, f"{about} es de otro punto de control")
                continue
            try:
                signatures = Note.parse(row.note.encode()).verify(self._keys)
            except SignatureMissing:
                continue  # A witness that nobody here knows vouches for nothing, and does no harm.
            except AuditProblem as problem:
                self._report.broke("COSIGNATURE_WRONG", row.size, f"{about} no vale: {problem}")
                continue
            for each in signatures:
                self._signed[each.key] = number
                self._report.cosigned_until = size

    def end(self, now: float) -> None:
        """Say how many vouch for the log as it is. ``now``: Unix seconds."""
        if self._next is not None:
            what = f"un testigo firmó el punto de control {self._next.number}, que no está"
            self._report.broke("CHECKPOINT_MISSING", self._next.size, what)
        self._report.witnesses = len(self._keys)
        # A checkpoint needs a moment to be shown and answered: what was the latest a minute ago counts as the latest.
        checkpoints = self._tables.checkpoints
        young = sa.select(sa.func.min(checkpoints.c.number)).where(
            checkpoints.c.signed_at > round((now - PATIENCE_S) * 1_000_000)
        )
        latest = sa.select(sa.func.max(checkpoints.c.number))
        since = self._connection.execute(young).scalar()
        until = self._connection.execute(latest).scalar() or 0
        least = until if since is None else max(1, since - 1)
        self._report.cosigned = sum(number >= least for number in self._signed.values())

    def _read(self) -> Iterator[Row]:
        cosignatures = self._tables.cosignatures
        query = sa.select(cosignatures).order_by(cosignatures.c.number, cosignatures.c.witness)
        yield from self._connection.execute(query.execution_options(yield_per=AT_ONCE))

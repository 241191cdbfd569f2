"""Verifying a log against its seals: every leaf is made anew from the stored rows, all else is held to it."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.audit.checkpoints import Checkpoint
from shared.audit.days import day_of
from shared.audit.errors import AuditProblem
from shared.audit.frontier import Frontier
from shared.audit.keys import Verifier
from shared.audit.merkle import HASH_BYTES, leaf_hash
from shared.audit.notes import Note
from shared.audit.tiles import HEIGHT, WIDTH
from shared.audit.verdict import PATIENCE_S, Defect, Report, Verdict
from shared.audit.vouching import Vouching
from shared.eventstore.log import Entry, Log, instant

__all__ = ["PATIENCE_S", "Defect", "Report", "Verdict", "verify"]

AT_ONCE = 2_000
Told = Callable[[int, int], None]
"""``told(done, total)``: how many entries were looked at."""


def verify(
    log: Log,
    keys: Sequence[Verifier],
    kept: Iterable[Note] = (),
    *,
    witnesses: Sequence[Verifier] = (),
    seen: Iterable[Checkpoint] = (),
    told: Told = lambda *_: None,
    now: float | None = None,
) -> Report:
    """Hold ``log`` to its seals, and to the checkpoints of it that somebody ``kept`` elsewhere; what was found.

    ``keys`` are the public keys of this log, from outside its database, ``witnesses`` those of its witnesses. ``seen``:
    checkpoints that a witness remembers, the smaller first, read before this is called. ``now``: Unix seconds.
    Everything is read at one moment, in bounded memory; of each kind of defect the first is reported.
    """
    report = Report(log.name)
    with log.database.read() as connection:
        vouching = Vouching(connection, log.tables, witnesses, report)
        reading = _Verification(log, connection, keys, list(kept), iter(seen), vouching, report, told)
        reading.run(time.time() if now is None else now)
    return report


class _Verification:
    """One reading of a log from its beginning to its end."""

    def __init__(
        self,
        log: Log,
        connection: Connection,
        keys: Sequence[Verifier],
        kept: list[Note],
        seen: Iterator[Checkpoint],
        vouching: Vouching,
        report: Report,
        told: Told,
    ) -> None:
        self._name = log.name
        self._tables = log.tables
        self._connection = connection
        self._keys = keys
        self._report = report
        self._told = told
        self._frontier = Frontier()
        self._upper: dict[int, Iterator[bytes]] = {}
        self._vouching = vouching
        own = sorted(self._own(kept), key=lambda each: each.size)
        self._kept = heapq.merge(own, seen, key=lambda each: each.size)
        self._next_kept = next(self._kept, None)
        self._epochs: list[str] = []
        self._recorded_until = 0

    def run(self, now: float) -> None:
        head = self._connection.execute(sa.select(self._tables.head)).one()
        self._report.entries = head.head
        sealed = self._connection.execute(sa.select(sa.func.max(self._tables.checkpoints.c.size))).scalar() or 0
        self._report.sealed = sealed
        stored = self._hashes(0)
        rows = self._checkpoints()
        row, number = next(rows, None), 0
        oldest: int | None = None
        for recorded_at, entry in self._entries():
            sequence = self._frontier.size + 1
            if entry.sequence != sequence:
                missing = entry.sequence > sequence
                what = f"falta el evento {sequence}" if missing else f"sobra un evento con el número {entry.sequence}"
                self._break("ENTRY_MISSING" if missing else "ENTRY_EXTRA", sequence, what)
                break
            found = leaf_hash(entry.leaf)
            expected = next(stored, None)
            if expected is not None and sequence <= sealed and expected != found:
                self._break("ENTRY_CHANGED", sequence, f"el evento {sequence} no es el que se selló ({entry.topic})")
            if expected is None and sequence <= sealed:
                self._break("TILE_MISSING", sequence, f"falta la hoja sellada del evento {sequence}")
            if sequence > sealed and oldest is None:
                oldest = recorded_at
            if recorded_at < self._recorded_until:
                self._break(
                    "CLOCK_BACK", sequence, f"el evento {sequence} dice haberse registrado antes que el anterior"
                )
            self._recorded_until = recorded_at
            self._grow(found)
            while row is not None and row.size <= self._frontier.size:
                number = self._checkpoint(row, number)
                row = next(rows, None)
            self._compare_kept()
            if sequence % AT_ONCE == 0:
                self._told(sequence, head.head)
        self._end(head.head, row, number)
        self._vouching.end(now)
        self._report.unsealed = max(0, self._frontier.size - sealed)
        self._report.unsealed_s = max(0.0, now - oldest / 1_000_000) if oldest is not None else 0.0
        self._lengths(sealed)
        self._versions()
        self._lives(head.epoch)
        self._told(head.head, head.head)

    def _end(self, head: int, row: sa.Row[tuple[object, ...]] | None, number: int) -> None:
        size = self._frontier.size
        if size < max(head, self._report.sealed):
            self._break(
                "ENTRY_MISSING", size + 1, f"el registro termina en {size} y debe llegar a más: falta {size + 1}"
            )
        if size > head:
            self._break("ENTRY_EXTRA", head + 1, f"hay eventos después de {head}, donde el registro dice terminar")
        if row is not None and not self._report.broken:
            self._break("ENTRY_MISSING", size + 1, f"se selló hasta {row.size} y hay {size}")
        self._report.checkpoints = number
        while self._next_kept is not None:
            each, self._next_kept = self._next_kept, next(self._kept, None)
            what = f"un punto de control guardado fuera llega a {each.size}, y el registro de aquí a {size}"
            self._diverge("LOG_SHORTER", size + 1, what)

    def _grow(self, leaf: bytes) -> None:
        sequence = self._frontier.size + 1
        for level, completed in enumerate(self._frontier.append(leaf)):
            if level and level % HEIGHT == 0 and sequence <= self._report.sealed:
                upper = self._upper.setdefault(level // HEIGHT, self._hashes(level // HEIGHT))
                if next(upper, None) != completed:
                    what = f"el árbol guardado no es el de los eventos, a más tardar en {sequence}"
                    self._break("TILE_CHANGED", sequence, what)

    def _checkpoint(self, row: sa.Row[tuple[object, ...]], number: int) -> int:
        """Hold one checkpoint to the tree of the stored rows at its size; its number."""
        about = f"el punto de control {row.number}, sobre {row.size} eventos,"
        if row.number != number + 1:
            self._break("CHECKPOINT_MISSING", row.size, f"falta el punto de control {number + 1}")
        if row.size < self._frontier.size:
            self._break("CHECKPOINT_ORDER", row.size, f"{about} viene después de otro más largo")
            return int(row.number)
        if bytes(row.root) != self._frontier.root:
            self._break("ROOT_WRONG", row.size, f"{about} tiene otra raíz que los eventos guardados")
        try:
            note = Note.parse(row.note.encode())
            note.verify(self._keys)
            said = Checkpoint.parse(note.text)
        except AuditProblem as problem:
            self._break(problem.code, row.size, f"{about} no vale: {problem}")
            return int(row.number)
        name, _slash, epoch = said.origin.rpartition("/")
        if (said.size, said.root, name) != (row.size, bytes(row.root), f"impulso/{self._name}"):
            self._break("CHECKPOINT_CHANGED", row.size, f"{about} firma otra cosa que la que dice su fila")
        if row.recorded_until != self._recorded_until or row.closes not in (None, self._day()):
            self._break("CHECKPOINT_CHANGED", row.size, f"{about} dice otro momento que el último evento que cubre")
        if not self._epochs or self._epochs[-1] != epoch:
            self._epochs.append(epoch)
        self._vouching.checkpoint(row.number, row.size, row.note)
        return int(row.number)

    def _day(self) -> str:
        return day_of(self._recorded_until).isoformat()

    def _compare_kept(self) -> None:
        while (each := self._next_kept) is not None and each.size <= self._frontier.size:
            self._next_kept = next(self._kept, None)
            if each.size == self._frontier.size and each.root != self._frontier.root:
                what = f"un punto de control guardado fuera, sobre {each.size} eventos, es de otra historia"
                self._diverge("ANOTHER_PAST", each.size, what)

    def _lives(self, epoch: str) -> None:
        """A life of the log that ended never comes back: a database file of before that was put in place does."""
        if len(set(self._epochs)) < len(self._epochs) or epoch in self._epochs[:-1]:
            self._diverge("EPOCH_AGAIN", None, "el registro volvió a una época que ya había terminado")

    def _lengths(self, sealed: int) -> None:
        """Neither less nor more of the tree than what is sealed: a log that was cut back leaves some of it behind."""
        tiles = self._tables.tiles
        length = sa.func.sum(sa.func.length(tiles.c.hashes))
        rows = self._connection.execute(sa.select(tiles.c.level, length).group_by(tiles.c.level)).all()
        found = {level: int(total) for level, total in rows}
        for level in sorted({*found, *range(len(found) + 1)}):
            wanted = (sealed >> (HEIGHT * level)) * HASH_BYTES if level >= 0 else 0
            if found.get(level, 0) > wanted:
                what = f"hay más árbol que lo sellado, que llega a {sealed}: el registro fue más largo"
                self._break("TILE_EXTRA", sealed + 1, what)
            elif found.get(level, 0) < wanted:
                self._break("TILE_MISSING", None, f"falta una parte del nivel {level} del árbol")

    def _versions(self) -> None:
        events = self._tables.events
        version = events.c.originator_version
        whole = sa.and_(
            sa.func.min(version) == 1,
            sa.func.max(version) == sa.func.count(),
            sa.func.count(sa.distinct(version)) == sa.func.count(),
        )
        query = sa.select(sa.func.min(events.c.id)).group_by(events.c.originator_id).having(sa.not_(whole)).limit(1)
        first = self._connection.execute(query).scalar()
        if first is not None:
            self._break("VERSION_HOLE", first, f"al expediente que empieza en el evento {first} le falta una versión")

    def _own(self, kept: list[Note]) -> Iterator[Checkpoint]:
        """The kept checkpoints of this log, of any of its lives. What nobody known signed is no evidence."""
        for note in kept:
            checkpoint = Checkpoint.parse(note.text)
            if checkpoint.origin.rpartition("/")[0] == f"impulso/{self._name}" and note.verify(self._keys):
                yield checkpoint

    def _entries(self) -> Iterator[tuple[int, Entry]]:
        events = self._tables.events
        query = sa.select(events).order_by(events.c.id).execution_options(yield_per=AT_ONCE)
        for row in self._connection.execute(query):
            version = row.originator_version
            found = (instant(row.recorded_at), row.originator_id, version, row.topic, bytes(row.state))
            yield row.recorded_at, Entry(self._name, row.id, *found)

    def _hashes(self, level: int) -> Iterator[bytes]:
        """The stored hashes of one level, in order; they end where one is missing."""
        tiles = self._tables.tiles
        query = sa.select(tiles.c.first, tiles.c.hashes).where(tiles.c.level == level).order_by(tiles.c.first)
        number = 0
        for row in self._connection.execute(query.execution_options(yield_per=WIDTH)):
            if row.first != number:
                return
            for at in range(0, len(row.hashes), HASH_BYTES):
                yield bytes(row.hashes[at : at + HASH_BYTES])
                number += 1

    def _checkpoints(self) -> Iterator[sa.Row[tuple[object, ...]]]:
        checkpoints = self._tables.checkpoints
        query = sa.select(checkpoints).order_by(checkpoints.c.number)
        yield from self._connection.execute(query.execution_options(yield_per=AT_ONCE))

    def _break(self, code: str, sequence: int | None, text: str) -> None:
        self._report.broke(code, sequence, text)

    def _diverge(self, code: str, sequence: int | None, text: str) -> None:
        self._report.diverged(code, sequence, text)

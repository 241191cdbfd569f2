"""The sealer: takes a log's new entries into its Merkle tree and signs what it then says, step by step.

Tiles and checkpoint of a step commit together, numbered without a hole. So whatever is killed, and whoever else seals,
every entry is sealed once: the next step goes on from what the database says is sealed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa

from shared.audit.checkpoints import Checkpoint
from shared.audit.days import day_of, end_of
from shared.audit.frontier import Frontier
from shared.audit.keys import Signer
from shared.audit.merkle import leaf_hash
from shared.audit.sealed_log import SealBroken, Sealed, SealedLog
from shared.audit.tiles import HEIGHT, WIDTH
from shared.eventstore.log import Entry, Log, instant

AT_ONCE = 1_000
"""Entries that are read together; others get their turn in between."""
MOST = 20_000
"""Entries that a step takes in: what a log that was never sealed holds goes in bounded steps."""
GRACE_US = 60_000_000
"""Microseconds after midnight from which a day without later entries counts as over: a transaction that began before
may still be on its way."""


@dataclass(frozen=True)
class Step:
    """What a step did: the checkpoint that it signed (None for nothing), and whether there is more to seal at once."""

    sealed: Sealed | None
    more: bool = False


@dataclass
class _Growth:
    """A tree that is growing: its frontier, and the hashes that its tiles gain, by level and first number."""

    frontier: Frontier
    gained: dict[tuple[int, int], bytearray] = field(default_factory=dict)
    recorded_until: int = 0
    closes: date | None = None
    _open: dict[int, tuple[int, int]] = field(default_factory=dict)

    def add(self, entry: Entry, recorded_at: int) -> None:
        number = self.frontier.size
        for level, completed in enumerate(self.frontier.append(leaf_hash(entry.leaf))):
            if level % HEIGHT == 0:
                self._gain(level // HEIGHT, number >> level, completed)
        self.recorded_until = recorded_at

    def is_over(self, moment: int) -> bool:
        """Whether the day of the last entry has passed."""
        return moment - GRACE_US >= end_of(self.recorded_until)

    def _gain(self, level: int, number: int, completed: bytes) -> None:
        if level not in self._open or number % WIDTH == 0:
            # A stretch ends with its tile, so that a tile is found by where its stretches begin.
            self._open[level] = (level, number)
            self.gained[level, number] = bytearray()
        self.gained[self._open[level]] += completed


class Sealer:
    """Seals ``log`` under the key of ``signer``. Of several at work on one log each step is done by one of them.

    ``pause`` is called between blocks of entries. Not for several threads at once.
    """

    def __init__(self, log: Log, signer: Signer, *, pause: Callable[[], None] = lambda: time.sleep(0)) -> None:
        self.sealed_log = SealedLog(log)
        self._log = log
        self._signer = signer
        self._pause = pause
        self._last: Sealed | None = None
        self._frontier = Frontier()

    def step(self, now: int | None = None) -> Step:
        """Seal what is there and sign a checkpoint over it; nothing when nothing is new. ``now``: microseconds of UTC.

        A day is closed with a checkpoint of its own before an entry of a later day is sealed, or soon after midnight.
        Raises `SealBroken`, and then signs nothing, when what is sealed or what follows it is not whole.
        """
        moment = time.time_ns() // 1_000 if now is None else now
        with self._log.database.read() as connection:
            last = self.sealed_log.last(connection)
            if last != self._last or last is None:
                self._frontier = Frontier() if last is None else self.sealed_log.frontier(last, connection)
                self._last = last
        size = 0 if last is None else last.size
        epoch, head = self._log.state()
        if head < size:
            raise SealBroken(log=self._log.name, what=f"el registro termina en {head} y se selló hasta {size}")
        growth = self._grown(last, head)
        nothing_new = growth.frontier.size == size
        told = nothing_new and (last is None or last.closes is not None)
        if growth.closes is None and not told and growth.frontier.size >= head and growth.is_over(moment):
            growth.closes = day_of(growth.recorded_until)
        if nothing_new and growth.closes is None:
            return Step(None)
        sealed = self._keep(last, growth, f"impulso/{self._log.name}/{epoch}", moment)
        return Step(sealed, more=sealed is None or sealed.size < head)

    def _grown(self, last: Sealed | None, head: int) -> _Growth:
        """The tree with what is new in the log, up to `MOST` entries or the end of a day."""
        start = 0 if last is None else last.size
        growth = _Growth(self._frontier.copy(), recorded_until=0 if last is None else last.recorded_until)
        # The first entry of a log ends no day, nor does one whose predecessor's day is closed already.
        ends = None if last is None or last.closes == day_of(last.recorded_until) else end_of(last.recorded_until)
        while growth.frontier.size - start < MOST:
            entries = self._log.entries(growth.frontier.size, AT_ONCE)
            for entry in entries:
                if entry.sequence != growth.frontier.size + 1:
                    raise self._without(growth.frontier.size + 1)
                recorded_at = microseconds(entry)
                if ends is not None and recorded_at >= ends:
                    growth.closes = day_of(growth.recorded_until)
                    return growth
                growth.add(entry, recorded_at)
                ends = end_of(recorded_at) if ends is None else ends
            if len(entries) < AT_ONCE:
                # The head was read first, and an entry is there before the head counts it.
                if growth.frontier.size < head:
                    raise self._without(growth.frontier.size + 1)
                break
            self._pause()
        return growth

    def _without(self, sequence: int) -> SealBroken:
        return SealBroken(log=self._log.name, what=f"falta el evento {sequence}")

    def _keep(self, last: Sealed | None, growth: _Growth, origin: str, moment: int) -> Sealed | None:
        """Commit the step; None when somebody else did one meanwhile."""
        frontier = growth.frontier
        note = Checkpoint(origin, frontier.size, frontier.root).note.signed(self._signer)
        sealed = Sealed(
            number=1 if last is None else last.number + 1,
            size=frontier.size,
            root=frontier.root,
            note=note,
            signed_at=moment,
            recorded_until=growth.recorded_until,
            closes=growth.closes,
        )
        tables = self._log.tables
        closes = None if sealed.closes is None else sealed.closes.isoformat()
        gained = [
            {"level": level, "first": first, "hashes": bytes(hashes)}
            for (level, first), hashes in growth.gained.items()
        ]
        try:
            with self._log.database.write() as connection:
                if self.sealed_log.last(connection) != last:
                    return None
                if gained:
                    connection.execute(tables.tiles.insert(), gained)
                row = {**vars(sealed), "note": note.encode().decode(), "closes": closes}
                connection.execute(tables.checkpoints.insert().values(**row))
        except sa.exc.IntegrityError:
            # Between our look and our commit: the other's rows bear the same numbers.
            return None
        self._last, self._frontier = sealed, frontier
        return sealed


def microseconds(entry: Entry) -> int:
    """When an entry was recorded, microseconds of UTC since 1970."""
    return (entry.recorded_at - instant(0)) // timedelta(microseconds=1)

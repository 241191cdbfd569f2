"""A witness: remembers the largest checkpoint that it saw of each log, and cosigns only what continues it.

The owner of a log shows a checkpoint with the size that the witness last told it (C2SP tlog-witness: the *old* size),
read after it was told; so a checkpoint that is smaller than that is no late message but a log that went back. What was
cosigned is committed before it is answered: whatever is killed, the next answer continues it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.audit.checkpoints import Checkpoint
from shared.audit.errors import AuditProblem, CheckpointMalformed, SignatureMissing
from shared.audit.keys import Kind, Signer, Verifier
from shared.audit.merkle import verify_consistency
from shared.audit.notes import Note
from shared.eventstore.database import Database
from shared.eventstore.tables import divergences, witnessed

AT_ONCE = 1_000
Pinned = Callable[[str], Sequence[Verifier]]
"""``pinned(log)``: the public keys of that log, from outside every database."""


class NothingToAcknowledge(AuditProblem):
    code = "AUDIT_NOTHING_TO_ACKNOWLEDGE"
    message = "El testigo no tiene una divergencia abierta del registro {log}."


class Outcome(StrEnum):
    """What became of a checkpoint that was shown."""

    COSIGNED = "cosigned"
    STALE = "stale"
    """The witness has seen another size meanwhile, or never told one: show again, from the size of the answer."""
    DIVERGENT = "divergent"
    """It does not continue what was cosigned. Both are kept, and nothing is cosigned until a person decides."""


class Objection(StrEnum):
    """Why a checkpoint does not continue the one before."""

    SMALLER = "LOG_SHORTER"
    ANOTHER_ROOT = "ANOTHER_ROOT"
    INCONSISTENT = "NOT_CONSISTENT"
    EPOCH = "EPOCH_UNKNOWN"
    """The log began another life, and no restore is recorded where it lives."""


@dataclass(frozen=True)
class Shown:
    """What the owner of ``log`` shows: its latest signed checkpoint, after it was told that we saw ``old`` entries.

    ``proof``: that its tree begins with that of ``old``; empty for the same size. ``restored``: whether a restore that
    is recorded there began the life of the log that the checkpoint names.
    """

    log: str
    old: int
    note: Note
    proof: tuple[bytes, ...] = ()
    restored: bool = False


@dataclass(frozen=True)
class Seen:
    """The witness's answer: what it has seen now. ``note`` is the cosigned checkpoint, where there is one."""

    outcome: Outcome
    size: int
    note: Note | None = None


@dataclass(frozen=True)
class Witnessed:
    """One cosigned checkpoint as it is kept. ``signed_at``: Unix seconds."""

    log: str
    number: int
    checkpoint: Checkpoint
    note: Note
    signed_at: int


@dataclass(frozen=True)
class Divergence:
    """Two notes of one log of which the second does not continue the first. ``open``: nobody acknowledged it yet."""

    log: str
    number: int
    code: str
    seen: Note
    shown: Note
    found_at: int
    open: bool


class Witness:
    """The witness whose memory is in ``database`` and whose key is that of ``signer``. From any thread or process."""

    def __init__(self, database: Database, signer: Signer, pinned: Pinned) -> None:
        if signer.verifier.kind is not Kind.WITNESS:
            raise ValueError("a witness signs with the key of a witness")
        self.signer = signer
        self._database = database
        self._pinned = pinned

    def see(self, shown: Shown, now: int | None = None) -> Seen:
        """Cosign what continues the last checkpoint of that log; ``now``: Unix seconds.

        Raises `AuditProblem` for what no pinned key of the log signed, and for what is no checkpoint of it: such a
        thing proves nothing against anybody and is not kept.
        """
        moment = int(time.time()) if now is None else now
        own, checkpoint = self._checked(shown)
        try:
            with self._database.write() as connection:
                return self._decided(connection, shown, own, checkpoint, moment)
        except sa.exc.IntegrityError:
            # Another replica cosigned, or refused, between our look and our commit.
            with self._database.read() as connection:
                last = last_of(connection, shown.log)
            return Seen(Outcome.STALE, 0 if last is None else last.checkpoint.size)

    def acknowledge(self, connection: Connection, log: str, *, returned: bool = False, now: int | None = None) -> Seen:
        """Go on from what ``log`` showed, because a person says why it is another: a restore from an older backup.

        ``returned``: the log is again the one that was cosigned; go on from that. The evidence stays. Raises
        `NothingToAcknowledge`.
        """
        moment = int(time.time()) if now is None else now
        found = next((each for each in divergences_of(connection, log) if each.open), None)
        if found is None:
            raise NothingToAcknowledge(log=log)
        last = last_of(connection, log)
        note = last.note if returned and last is not None else found.shown.signed(self.signer, moment)
        _keep(connection, last, log, Checkpoint.parse(note.text), note, moment, found.number)
        return Seen(Outcome.COSIGNED, Checkpoint.parse(note.text).size, note)

    def _checked(self, shown: Shown) -> tuple[Note, Checkpoint]:
        """The note with the log's own signatures alone, and what it says."""
        keys = [key for key in self._pinned(shown.log) if key.kind is Kind.LOG]
        if not keys:
            raise SignatureMissing()
        shown.note.verify(keys)
        known = {(key.name, key.id) for key in keys}
        own = Note(shown.note.text, tuple(each for each in shown.note.signatures if (each.name, each.key_id) in known))
        checkpoint = Checkpoint.parse(own.text)
        if checkpoint.origin.rpartition("/")[0] != f"impulso/{shown.log}":
            raise CheckpointMalformed(what=f"no es del registro {shown.log}")
        return own, checkpoint

    def _decided(self, connection: Connection, shown: Shown, own: Note, checkpoint: Checkpoint, moment: int) -> Seen:
        last = last_of(connection, shown.log)
        size = 0 if last is None else last.checkpoint.size
        before = divergences_of(connection, shown.log)
        if any(each.open for each in before):
            return Seen(Outcome.DIVERGENT, size, None if last is None else last.note)
        if shown.old != size:
            return Seen(Outcome.STALE, size)
        if last is not None and last.checkpoint == checkpoint:
            return Seen(Outcome.COSIGNED, size, last.note)
        objection = None if last is None else _objection(last.checkpoint, checkpoint, shown)
        if last is not None and objection is not None:
            row = {"log": shown.log, "number": len(before) + 1, "code": objection.value, "found_at": moment}
            row |= {"seen": last.note.encode().decode(), "shown": own.encode().decode()}
            connection.execute(divergences.insert().values(row))
            return Seen(Outcome.DIVERGENT, size, last.note)
        note = own.signed(self.signer, moment)
        _keep(connection, last, shown.log, checkpoint, note, moment, None)
        return Seen(Outcome.COSIGNED, checkpoint.size, note)


def last_of(connection: Connection, log: str) -> Witnessed | None:
    """What was cosigned last of ``log``, by the witness whose database this is; None for nothing."""
    query = sa.select(witnessed).where(witnessed.c.log == log).order_by(witnessed.c.number.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else _witnessed(row)


def since_acknowledged(connection: Connection, log: str, until: int | None = None) -> Iterator[Checkpoint]:
    """What was cosigned of ``log`` since it went on from an acknowledged divergence, in order, read as it is used.

    ``until``: the number of the last one.
    """
    latest = sa.select(sa.func.max(witnessed.c.number)).where(
        witnessed.c.log == log, witnessed.c.acknowledges.is_not(None)
    )
    query = sa.select(witnessed).where(
        witnessed.c.log == log, witnessed.c.number >= sa.func.coalesce(latest.scalar_subquery(), 0)
    )
    if until is not None:
        query = query.where(witnessed.c.number <= until)
    for row in connection.execute(query.order_by(witnessed.c.number).execution_options(yield_per=AT_ONCE)):
        yield Checkpoint.parse(Note.parse(row.note.encode()).text)


def logs_of(connection: Connection) -> list[str]:
    """The names of the logs of which anything was seen."""
    return list(connection.scalars(sa.select(witnessed.c.log).distinct().order_by(witnessed.c.log)))


def divergences_of(connection: Connection, log: str | None = None) -> list[Divergence]:
    """The evidence against ``log``, or against any, oldest first."""
    chosen: Iterable[sa.ColumnElement[bool]] = () if log is None else (divergences.c.log == log,)
    settled = sa.select(witnessed.c.log, sa.func.max(witnessed.c.acknowledges)).group_by(witnessed.c.log)
    until = {name: number or 0 for name, number in connection.execute(settled)}
    rows = connection.execute(sa.select(divergences).where(*chosen).order_by(divergences.c.log, divergences.c.number))
    return [
        Divergence(
            row.log,
            row.number,
            row.code,
            Note.parse(row.seen.encode()),
            Note.parse(row.shown.encode()),
            row.found_at,
            row.number > until.get(row.log, 0),
        )
        for row in rows
    ]


def _objection(last: Checkpoint, checkpoint: Checkpoint, shown: Shown) -> Objection | None:
    if checkpoint.size < last.size:
        return Objection.SMALLER
    if checkpoint.size == last.size:
        if checkpoint.root != last.root:
            return Objection.ANOTHER_ROOT
    elif not verify_consistency(last.size, checkpoint.size, last.root, checkpoint.root, shown.proof):
        return Objection.INCONSISTENT
    if checkpoint.origin != last.origin and not shown.restored:
        return Objection.EPOCH
    return None


def _keep(
    connection: Connection,
    last: Witnessed | None,
    log: str,
    checkpoint: Checkpoint,
    note: Note,
    moment: int,
    acknowledges: int | None,
) -> None:
    row = {"log": log, "number": 1 if last is None else last.number + 1, "size": checkpoint.size}
    row |= {"root": checkpoint.root, "note": note.encode().decode(), "signed_at": moment, "acknowledges": acknowledges}
    connection.execute(witnessed.insert().values(row))


def _witnessed(row: sa.Row[tuple[object, ...]]) -> Witnessed:
    note = Note.parse(row.note.encode())
    return Witnessed(row.log, row.number, Checkpoint.parse(note.text), note, row.signed_at)

"""Proofs as they are handed out: below a checkpoint that witnesses cosigned wherever one covers the entry."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa

from shared.audit.notes import Note
from shared.audit.presenting import cosigned_of, last_cosigned
from shared.audit.proof_file import ProofFile
from shared.audit.sealed_log import NotSealed, SealedLog
from shared.eventstore.log import Log


@dataclass(frozen=True)
class Standing:
    """Where a log stands: its latest checkpoint, and the latest that witnesses cosigned with all their signatures."""

    size: int
    note: Note
    cosigned_size: int
    cosigned: Note | None


def standing(log: Log) -> Standing | None:
    """Where ``log`` stands; None while nothing of it is sealed."""
    last = SealedLog(log).last()
    if last is None:
        return None
    seen = last_cosigned(log)
    if seen is None:
        return Standing(last.size, last.note, 0, None)
    return Standing(last.size, last.note, seen.size, _joined(log, seen.number))


def proof_of(log: Log, sequence: int) -> ProofFile:
    """The ``.tlog-proof`` of the entry ``sequence``, with the leaf itself as its ``extra``.

    Raises `NotSealed`, and `SealBroken` when the entry is not, any more, the one that was sealed.
    """
    cosignatures = log.tables.cosignatures
    covering = (
        sa.select(cosignatures.c.number)
        .where(cosignatures.c.size >= max(1, sequence))
        .order_by(cosignatures.c.number.desc())
        .limit(1)
    )
    with log.database.read() as connection:
        number = connection.execute(covering).scalar()
    sealed, note = SealedLog(log), None if number is None else _joined(log, number)
    found = sealed.proof(sequence, note)
    entries = log.entries(sequence - 1, 1)
    if not entries:
        raise NotSealed(log=log.name, sequence=sequence, size=0)
    # Carried along and vouched for by the proof itself: it leads from this very text to the root.
    return replace(found, extra=entries[0].leaf)


def _joined(log: Log, number: int) -> Note:
    """The checkpoint with the signatures of all its witnesses."""
    found = cosigned_of(log, number)
    own = found[0].note
    added = [each for other in found[1:] for each in other.note.signatures if each not in own.signatures]
    return Note(own.text, (*own.signatures, *added))

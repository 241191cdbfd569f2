"""Part of a sealed log for somebody who has nothing else of it: proofs of some entries, and the checkpoints that prove
them, each shown to extend the one before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

import sqlalchemy as sa

from shared.audit.merkle import prove_consistency, prove_inclusion
from shared.audit.notes import Note
from shared.audit.presenting import cosigned_of, last_cosigned
from shared.audit.proof_file import ProofFile
from shared.audit.sealed_log import Sealed, SealedLog


@dataclass(frozen=True)
class Excerpt:
    """Proofs by sequence, of the entries that are sealed; checkpoints from the oldest to the newest; between each and
    the next (old size, new size, hashes)."""

    proofs: dict[int, ProofFile]
    sealed: tuple[Sealed, ...]
    links: tuple[tuple[int, int, tuple[bytes, ...]], ...]

    @property
    def size(self) -> int:
        """How many entries of the log are sealed."""
        return self.sealed[-1].size if self.sealed else 0


def excerpt(sealed_log: SealedLog, sequences: Iterable[int]) -> Excerpt:
    """The proofs of ``sequences`` below one checkpoint, and beside it the first that covered each of them: it shows how
    soon after it was recorded an entry was sealed. An entry that is not sealed yet has no proof.

    The one is the latest that a witness cosigned, with its cosignatures, if it covers them all; else the latest.

    The proofs are of what was sealed: of an entry that is another one by now they prove nothing, as they should.
    Raises `SealBroken` when the tiles do not hold the tree.
    """
    wanted = sorted(set(sequences))
    checkpoints = sealed_log.log.tables.checkpoints
    cosigned = last_cosigned(sealed_log.log)
    seen = cosigned is not None and wanted[-1:] <= [cosigned.size]
    with sealed_log.log.database.read() as connection:
        last = sealed_log.numbered(cosigned.number, connection) if cosigned and seen else sealed_log.last(connection)
        if last is None:
            return Excerpt({}, (), ())
        last = _vouched(sealed_log, last)
        nodes = sealed_log.nodes(last.size, connection)
        proofs = {
            sequence: ProofFile(sequence - 1, tuple(prove_inclusion(sequence - 1, last.size, nodes)), last.note)
            for sequence in wanted
            if sequence <= last.size
        }
        numbers = set()
        reached = 0
        for sequence in proofs:
            if sequence > reached:
                first = sa.select(checkpoints.c.number, checkpoints.c.size).where(checkpoints.c.size >= sequence)
                row = connection.execute(first.order_by(checkpoints.c.number).limit(1)).one()
                numbers.add(row.number)
                reached = row.size
        shown = {each.size: each for number in sorted(numbers) if (each := sealed_log.numbered(number, connection))}
        # Of two checkpoints of one size, a day's end the second, the later one stands for both.
        shown[last.size] = last
        sealed = tuple(shown[size] for size in sorted(shown))
        links = tuple(
            (old.size, new.size, tuple(prove_consistency(old.size, new.size, nodes))) for old, new in pairwise(sealed)
        )
    return Excerpt(proofs, sealed, links)


def _vouched(sealed_log: SealedLog, sealed: Sealed) -> Sealed:
    """The checkpoint with the signature of every witness that cosigned it."""
    own = {(each.name, each.key_id) for each in sealed.note.signatures}
    added = {
        (each.name, each.key_id): each
        for answer in cosigned_of(sealed_log.log, sealed.number)
        for each in answer.note.signatures
        if (each.name, each.key_id) not in own
    }
    return replace(sealed, note=Note(sealed.note.text, (*sealed.note.signatures, *added.values())))

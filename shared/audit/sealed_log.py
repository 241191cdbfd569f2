"""What is sealed of a log: its checkpoints and tiles as the service's database holds them, and the proofs they give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from shared.audit.checkpoints import Checkpoint
from shared.audit.errors import AuditProblem
from shared.audit.frontier import Frontier
from shared.audit.merkle import HASH_BYTES, leaf_hash, prove_consistency, prove_inclusion
from shared.audit.notes import Note
from shared.audit.proof_file import ProofFile
from shared.audit.tiles import WIDTH, Tile, TileNodes
from shared.eventstore.log import Log


class NotSealed(AuditProblem):
    code = "AUDIT_NOT_SEALED"
    message = (
        "El evento {sequence} de {log} aún no está sellado: el último punto de control llega al {size}. Pida la prueba "
        "otra vez en unos segundos."
    )


class SealBroken(AuditProblem):
    code = "AUDIT_SEAL_BROKEN"
    message = (
        "Lo sellado de {log} no concuerda: {what}. No se sella nada más. Conserve una copia de la base de datos como "
        "evidencia y corra «impulso restore» con una copia de respaldo anterior."
    )


@dataclass(frozen=True)
class Sealed:
    """One checkpoint as it is kept. Moments are microseconds of UTC since 1970; ``closes``: the day that it closes."""

    number: int
    size: int
    root: bytes
    note: Note
    signed_at: int
    recorded_until: int
    closes: date | None


class SealedLog:
    """Read access to the seals of ``log``, from any thread. Sequences count from 1, leaves of the tree from 0."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self._checkpoints, self._tiles = log.tables.checkpoints, log.tables.tiles

    def last(self, connection: Connection | None = None) -> Sealed | None:
        """The latest checkpoint; None for a log that was never sealed."""
        return self._one(sa.select(self._checkpoints).order_by(self._checkpoints.c.number.desc()), connection)

    def covering(self, sequence: int) -> Sealed | None:
        """The first checkpoint that covers the entry ``sequence``; None while none does."""
        query = sa.select(self._checkpoints).where(self._checkpoints.c.size >= sequence)
        return self._one(query.order_by(self._checkpoints.c.number))

    def numbered(self, number: int, connection: Connection | None = None) -> Sealed | None:
        """The checkpoint of that number; None when there is none."""
        return self._one(sa.select(self._checkpoints).where(self._checkpoints.c.number == number), connection)

    def closing(self, day: date) -> Sealed | None:
        """The checkpoint over everything recorded until the end of ``day``; None when nothing closed that day."""
        query = sa.select(self._checkpoints).where(self._checkpoints.c.closes == day.isoformat())
        return self._one(query.order_by(self._checkpoints.c.number.desc()))

    def tile(self, tile: Tile, connection: Connection | None = None) -> bytes:
        """The hashes of a tile that is sealed. Raises `SealBroken` when the database has lost some of them."""
        first, tiles = tile.number * WIDTH, self._tiles
        query = (
            sa.select(tiles.c.first, tiles.c.hashes)
            .where(tiles.c.level == tile.level, tiles.c.first >= first, tiles.c.first < first + tile.width)
            .order_by(tiles.c.first)
        )
        if connection is None:
            with self.log.database.read() as own:
                rows = own.execute(query).all()
        else:
            rows = connection.execute(query).all()
        found = bytearray()
        for row in rows:
            if row.first != first + len(found) // HASH_BYTES or len(row.hashes) % HASH_BYTES:
                break
            found += row.hashes
        if len(found) < tile.width * HASH_BYTES:
            raise SealBroken(log=self.log.name, what=f"falta una parte de {tile.path}")
        return bytes(found[: tile.width * HASH_BYTES])

    def nodes(self, size: int, connection: Connection | None = None) -> TileNodes:
        """The complete subtrees of the tree over the first ``size`` entries, read as they are needed."""
        return TileNodes(size, lambda tile: self.tile(tile, connection))

    def frontier(self, sealed: Sealed, connection: Connection | None = None) -> Frontier:
        """The right edge of the tree at a checkpoint. Raises `SealBroken` when the tiles give another root."""
        found = Frontier.of(sealed.size, self.nodes(sealed.size, connection))
        if found.root != sealed.root:
            raise SealBroken(log=self.log.name, what=f"el árbol no da la raíz firmada en {sealed.size}")
        return found

    def inclusion(self, sequence: int, size: int) -> list[bytes]:
        """The proof that the entry ``sequence`` is in the tree of ``size`` entries. Raises `ValueError`."""
        with self.log.database.read() as connection:
            return prove_inclusion(sequence - 1, size, self.nodes(size, connection))

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the tree of ``new`` entries begins with that of ``old``. Raises `ValueError`."""
        with self.log.database.read() as connection:
            return prove_consistency(old, new, self.nodes(new, connection))

    def proof(self, sequence: int, under: Note | None = None) -> ProofFile:
        """The ``.tlog-proof`` of the entry ``sequence``, below the latest checkpoint, or ``under`` one of before.

        Raises `NotSealed` while that does not cover the entry, and `SealBroken` when the entry is not the one any more
        that was sealed: a proof of it would prove nothing.
        """
        with self.log.database.read() as connection:
            last = self.last(connection)
            latest = None if last is None else last.note
            note = latest if under is None else under
            size = 0 if note is None else Checkpoint.parse(note.text).size
            if note is None or last is None or not 1 <= sequence <= size <= last.size:
                raise NotSealed(log=self.log.name, sequence=sequence, size=size)
            nodes = self.nodes(size, connection)
            entries = self.log.entries(sequence - 1, 1, connection)
            if not entries or leaf_hash(entries[0].leaf) != nodes(0, sequence - 1):
                raise SealBroken(log=self.log.name, what=f"el evento {sequence} no es el que se selló")
            proof = prove_inclusion(sequence - 1, size, nodes)
        return ProofFile(sequence - 1, tuple(proof), note)

    def _one(self, query: sa.Select[tuple[object, ...]], connection: Connection | None = None) -> Sealed | None:
        if connection is None:
            with self.log.database.read() as own:
                row = own.execute(query.limit(1)).first()
        else:
            row = connection.execute(query.limit(1)).first()
        return None if row is None else _sealed(row)


def _sealed(row: Row[tuple[object, ...]]) -> Sealed:
    return Sealed(
        number=row.number,
        size=row.size,
        root=bytes(row.root),
        note=Note.parse(row.note.encode()),
        signed_at=row.signed_at,
        recorded_until=row.recorded_until,
        closes=None if row.closes is None else date.fromisoformat(row.closes),
    )

"""Showing a log's checkpoints to a witness, and keeping what it answers beside the log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from shared.audit.encoding import base64_text, from_base64
from shared.audit.errors import AuditProblem, NoteMalformed
from shared.audit.keys import time_of
from shared.audit.merkle import HASH_BYTES
from shared.audit.notes import Note, Signature
from shared.audit.sealed_log import Sealed, SealedLog
from shared.audit.witness import Outcome, Seen, Shown
from shared.eventstore.log import Log

Ask = Callable[[Shown], Seen]
TRIES = 3
"""How often a checkpoint is shown anew because the witness has seen another size meanwhile."""
_COSIGNATURE_BYTES = 8 + 64
_MOST_HASHES = 128


class Refused(AuditProblem):
    code = "AUDIT_WITNESS_REFUSED"
    message = (
        "El testigo no reconoce el registro de {log}: lo que muestra no continúa lo que había visto ({size} eventos). "
        "No borre nada: guarde una copia de la base de datos y mire «impulso witness»."
    )


@dataclass(frozen=True)
class Cosigned:
    """A checkpoint of one's own log that a witness cosigned. ``signed_at``: Unix seconds."""

    number: int
    witness: str
    size: int
    note: Note
    signed_at: int


class Presenter:
    """Shows the latest checkpoint of ``log`` to the witness behind ``ask``. For one thread; any number of processes."""

    def __init__(self, log: Log, restored: Callable[[str], bool]) -> None:
        self._log = log
        self._sealed = SealedLog(log)
        self._restored = restored
        # What the witness told that it has seen. Always learnt before the checkpoint is read that is shown with it.
        self._told = 0

    def step(self, ask: Ask, *, again: bool = False) -> bool:
        """Show the latest checkpoint unless it is cosigned; True when it is then. ``again``: show it all the same.

        Raises `Refused`, `AuditProblem` for an answer that is none, and what ``ask`` raises.
        """
        for _ in range(TRIES):
            last = self._sealed.last()
            if last is None:
                return False
            if not again and cosigned_of(self._log, last.number):
                return True
            seen = ask(self._shown(last))
            self._told = seen.size
            if seen.outcome is Outcome.DIVERGENT:
                raise Refused(log=self._log.name, size=seen.size)
            if seen.outcome is Outcome.COSIGNED:
                self._keep(last, seen)
                return True
        return False

    def _shown(self, last: Sealed) -> Shown:
        old = self._told
        proof = self._sealed.consistency(old, last.size) if 0 < old < last.size else []
        epoch = last.note.text.partition("\n")[0].rpartition("/")[2]
        return Shown(self._log.name, old, last.note, tuple(proof), self._restored(epoch))

    def _keep(self, last: Sealed, seen: Seen) -> None:
        if seen.note is None or seen.note.text != last.note.text:
            raise NoteMalformed(what="el testigo firmó otra cosa")
        own = {(each.name, each.key_id) for each in last.note.signatures}
        added = [each for each in seen.note.signatures if (each.name, each.key_id) not in own]
        # Whose signature it is, is for those to check who hold the witness's key; here only its form is known.
        if len(added) != 1 or len(added[0].signature) != _COSIGNATURE_BYTES:
            raise NoteMalformed(what="la respuesta del testigo no trae su firma")
        row = {"number": last.number, "witness": _holder(added[0]), "size": last.size}
        row |= {"note": Note(last.note.text, (*last.note.signatures, *added)).encode().decode()}
        row |= {"signed_at": time_of(added[0].signature)}
        cosignatures = self._log.tables.cosignatures
        try:
            with self._log.database.write() as connection:
                known = sa.select(cosignatures.c.number).where(
                    cosignatures.c.number == last.number, cosignatures.c.witness == row["witness"]
                )
                if connection.execute(known).first() is None:
                    connection.execute(cosignatures.insert().values(row))
        except sa.exc.IntegrityError:
            return  # Another replica kept the same answer.


def cosigned_of(log: Log, number: int) -> list[Cosigned]:
    """What witnesses cosigned of the checkpoint ``number``."""
    cosignatures = log.tables.cosignatures
    return _read(log, sa.select(cosignatures).where(cosignatures.c.number == number))


def last_cosigned(log: Log) -> Cosigned | None:
    """The latest checkpoint that any witness cosigned; None for none."""
    cosignatures = log.tables.cosignatures
    query = sa.select(cosignatures).order_by(cosignatures.c.number.desc(), cosignatures.c.signed_at.desc()).limit(1)
    return next(iter(_read(log, query)), None)


def to_wire(shown: Shown) -> dict[str, object]:
    """What is shown, as JSON says it."""
    return {
        "log": shown.log,
        "old": shown.old,
        "note": shown.note.encode().decode(),
        "proof": [base64_text(each) for each in shown.proof],
        "restored": shown.restored,
    }


def from_wire(payload: dict[str, object]) -> Shown:
    """What was shown. Raises `NoteMalformed`."""
    proof = payload.get("proof")
    hashes = list(proof)[:_MOST_HASHES] if isinstance(proof, list) else []
    try:
        read = tuple(from_base64(str(each)) for each in hashes)
        old = int(str(payload.get("old", "")))
    except ValueError:
        raise NoteMalformed(what="la prueba de consistencia no se puede leer") from None
    if any(len(each) != HASH_BYTES for each in read):
        raise NoteMalformed(what="la prueba de consistencia no se puede leer")
    note = Note.parse(str(payload.get("note", "")).encode())
    return Shown(str(payload.get("log", "")), old, note, read, payload.get("restored") is True)


def answer_to_wire(seen: Seen) -> dict[str, object]:
    """A witness's answer, as JSON says it."""
    note = None if seen.note is None else seen.note.encode().decode()
    return {"outcome": seen.outcome.value, "size": seen.size, "note": note}


def answer_from_wire(answer: dict[str, object]) -> Seen:
    """A witness's answer. Raises `NoteMalformed`."""
    try:
        outcome, size = Outcome(str(answer.get("outcome"))), int(str(answer.get("size")))
    except ValueError:
        raise NoteMalformed(what="la respuesta del testigo no se puede leer") from None
    note = answer.get("note")
    return Seen(outcome, size, None if note is None else Note.parse(str(note).encode()))


def _holder(signature: Signature) -> str:
    return f"{signature.name}+{signature.key_id.hex()}"


def _read(log: Log, query: sa.Select[tuple[object, ...]]) -> list[Cosigned]:
    with log.database.read() as connection:
        rows = connection.execute(query).all()
    return [Cosigned(row.number, row.witness, row.size, Note.parse(row.note.encode()), row.signed_at) for row in rows]

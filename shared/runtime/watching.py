"""What operators see and decide of a witness: what it cosigned of each log, and what it refused."""

from __future__ import annotations

from typing import Any

from shared.audit.witness import NothingToAcknowledge, Witness, divergences_of, last_of, logs_of
from shared.catalogue.refusals import Refusal
from shared.delivery import acts
from shared.eventstore.database import Database
from shared.eventstore.log import instant

Answer = dict[str, Any]


class NoDivergence(Refusal):
    code = "NO_DIVERGENCE"
    status = 404
    message = "El testigo no tiene una divergencia abierta del registro de «{log}». Mire «impulso witness»."


class NotAWitness(Refusal):
    code = "NOT_A_WITNESS"
    status = 404
    message = "Este servicio no es testigo de ningún registro, o le falta su clave. Corra «make env»."


def seen(database: Database) -> list[Answer]:
    """Each log that this service witnesses: what it cosigned last, and the divergence that is open, if one is."""
    with database.read() as connection:
        opened = {each.log: each for each in divergences_of(connection) if each.open}
        found = [(log, last_of(connection, log)) for log in logs_of(connection)]
    items: list[Answer] = []
    for log, last in found:
        assert last is not None, log
        against = opened.get(log)
        divergence = against and {
            "code": against.code,
            "found_at": _shown(against.found_at),
            "seen": against.seen.encode().decode(),
            "shown": against.shown.encode().decode(),
        }
        at = _shown(last.signed_at)
        items.append({"log": log, "size": last.checkpoint.size, "cosigned_at": at, "divergence": divergence})
    return items


def acknowledge(
    witness: Witness | None, database: Database, log: str, by: str, reason: str, *, returned: bool = False
) -> Answer:
    """Let the witness go on from what ``log`` showed, or from what it saw when the log has ``returned`` to that.

    Who decided it and why is kept, and so is the evidence.

    Raises `NoDivergence` and `NotAWitness`.
    """
    if witness is None:
        raise NotAWitness
    try:
        with database.write() as connection:
            done = witness.acknowledge(connection, log, returned=returned)
            acts.record(connection, "acknowledge", log, by=by, reason=reason)
    except NothingToAcknowledge:
        raise NoDivergence(log=log[:40]) from None
    return {"log": log, "size": done.size}


def _shown(moment: int) -> str:
    return instant(moment * 1_000_000).isoformat(timespec="seconds")

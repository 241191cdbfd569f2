"""A process that appends and seals until it is killed: ``python -m tests.chaos.sealing_writer``; LOG_URL says where.

Two threads seal, as two replicas do, beside one that appends. With MEMORY_URL two more show what is sealed to a witness
that remembers there.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from uuid import uuid4

from eventsourcing.persistence import StoredEvent

from shared.audit.keys import Kind, Signer
from shared.audit.presenting import Presenter
from shared.audit.sealer import Sealer
from shared.audit.witness import Witness
from shared.eventstore.append import append
from shared.eventstore.database import Database
from shared.eventstore.log import Log

SIGNER = Signer("impulso/ledger", bytes(range(32)))
COSIGNER = Signer("impulso/witness", bytes(range(32, 64)), Kind.WITNESS)
LIFE_S = 120.0


def write(log: Log, dice: random.Random) -> None:
    while True:
        stored = [StoredEvent(uuid4(), 1, "ledger.Booked", uuid4().bytes) for _ in range(dice.choice((1, 3, 40)))]
        with log.database.write() as connection:
            append(connection, stored)


def seal(log: Log) -> None:
    sealer = Sealer(log, SIGNER)
    while True:
        sealer.step()


def show(log: Log, memory: Database) -> None:
    """Let a witness of its own cosign; of two at work on one memory each does so."""
    witness = Witness(memory, COSIGNER, lambda _log: [SIGNER.verifier])
    presenter = Presenter(log, lambda _epoch: False)
    while True:
        presenter.step(witness.see)


def main() -> int:
    log = Log("ledger", Database(os.environ["LOG_URL"]))
    memory = Database(os.environ["MEMORY_URL"]) if "MEMORY_URL" in os.environ else None
    threads = [
        threading.Thread(target=write, args=(log, random.Random()), daemon=True),
        *(threading.Thread(target=seal, args=(log,), daemon=True) for _ in range(2)),
        *(threading.Thread(target=show, args=(log, memory), daemon=True) for _ in range(2 if memory else 0)),
    ]
    parent, ends = os.getppid(), time.monotonic() + LIFE_S
    for thread in threads:
        thread.start()
    # A writer whose test was itself killed must not go on for ever; one whose thread failed must not go unnoticed.
    while os.getppid() == parent and time.monotonic() < ends:
        threads[0].join(0.2)
        if not all(thread.is_alive() for thread in threads):
            os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())

"""A process that books amounts as fast as it can until it is killed: ``python -m tests.chaos.ledger_writer``.

Four threads, so that commits are shared; commands that are sent twice; transfers of two ledgers, that must never be
half there; blocks. The environment says where: LEDGER_URL, LEDGER_KEYS, LEDGER_MASTER. It writes one line a command
that it knows to be stored: a line that is out is a promise.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from typing import Any
from uuid import UUID, uuid4, uuid5

from shared.eventstore.application import CommandKey
from shared.eventstore.database import Database
from shared.eventstore.errors import StoreUnavailable
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.keys import KeyRing, MasterKey
from tests.unit.eventstore.ledger import Ledger, LedgerApplication, meta

LEDGERS = 24
THREADS = 4
LIFE_S = 120.0


def ledger_id(number: int) -> UUID:
    """The id of the ledger with that number, in every process."""
    return uuid5(UUID(int=1), f"ledger {number}")


def application(url: str, keys: str, master: str) -> LedgerApplication:
    return LedgerApplication(Database(url), KeyRing(keys, MasterKey.load(master), "ledger"))


def ledger_of(unit: UnitOfWork, number: int) -> Ledger:
    ledger = unit.find(Ledger, ledger_id(number))
    if ledger is None:
        ledger = Ledger._create(Ledger.Opened, id=ledger_id(number), holder=ledger_id(number))
        unit.add(ledger)
    return ledger


def transfer(unit: UnitOfWork, one: int, other: int) -> dict[str, Any]:
    """Two bookings that belong together, and a unique value."""
    ledger_of(unit, one).book(1)
    ledger_of(unit, other).book(1)
    unit.claim("command", unit.meta.command_id.hex, unit.meta.command_id)
    return {"both": [one, other]}


def work(app: LedgerApplication, dice: random.Random) -> None:
    while True:
        about = meta()
        one, other = dice.sample(range(LEDGERS), 2)
        key = CommandKey.of(about.command_id, {"from": one, "to": other})
        try:
            for _ in range(dice.choice((1, 1, 2))):
                if dice.random() < 0.2:
                    app.transact_many([(about, lambda unit, a=one, b=other: transfer(unit, a, b), key)])
                else:
                    app.transact(about, lambda unit, a=one, b=other: transfer(unit, a, b), command=key)
        except StoreUnavailable:
            continue
        # One write of one line: it is out whole or not at all.
        os.write(1, f"{about.command_id.hex}\n".encode())


def main() -> int:
    app = application(os.environ["LEDGER_URL"], os.environ["LEDGER_KEYS"], os.environ["LEDGER_MASTER"])
    threads = [
        threading.Thread(target=work, args=(app, random.Random(uuid4().int)), daemon=True) for _ in range(THREADS)
    ]
    parent, ends = os.getppid(), time.monotonic() + LIFE_S
    for thread in threads:
        thread.start()
    # A writer whose test was itself killed must not go on for ever.
    while os.getppid() == parent and time.monotonic() < ends:
        threads[0].join(0.5)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())

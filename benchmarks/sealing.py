"""How fast personal values are sealed and opened, beside the `eventsourcing` library's own cipher in the same run.

    PYTHONPATH=. python benchmarks/sealing.py

The library's `cipher.AESCipher` needs pycryptodome and is left out of the table when that is missing. Both baselines
encrypt the event as one block under one key: they know no person, no class and no place, so their values can be
swapped between events, and erasing one person means erasing everybody.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.utils import Environment

from shared.privacy.keys import KeyRing, MasterKey
from shared.privacy.personal import Kind, Personal, reveal
from shared.privacy.sealing import open_tree, place, seal_tree

VALUES = 40
ROUNDS = 500


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        ring = KeyRing(f"sqlite:///{folder}/keys.db", MasterKey.create(Path(folder) / "master"), "intake")
        ring.create_tables()
        person = uuid4()
        event = candidate(person)
        context = place("intake", person, 1, "intake.CandidateIdentified")
        sealed = seal_tree(ring, event, context)
        assert open_tree(ring, sealed, context) == event
        report("seal_tree", lambda: seal_tree(ring, event, context))
        report("open_tree", lambda: open_tree(ring, sealed, context))
        fresh = [(uuid4(), kind) for _ in range(300) for kind in _KINDS]
        started = time.perf_counter()
        ring.ensure(fresh)
        print(f"ensure: {len(fresh)} new keys in one transaction, {(time.perf_counter() - started) * 1e3:.1f} ms")
        ring.close()
    for module in ("eventsourcing.cipher", "eventsourcing.cryptography"):
        baseline(module, reveal(event)["form"])


def baseline(module: str, facts: dict[str, Any]) -> None:
    """The library's cipher of ``module`` on the same facts: one by one, and the whole event as one block."""
    try:
        cipher_class = import_module(module).AESCipher
    except ModuleNotFoundError as missing:
        print(f"{module}.AESCipher: not measured, {missing.name} is not installed")
        return
    cipher = cipher_class(Environment(env={"CIPHER_KEY": cipher_class.create_key(32)}))
    values = [json.dumps(value, default=str).encode() for value in facts.values()]
    secret = [cipher.encrypt(value) for value in values]
    whole = json.dumps(facts, default=str).encode()
    report(f"{module}.AESCipher encrypt, a value each", lambda: [cipher.encrypt(value) for value in values])
    report(f"{module}.AESCipher decrypt, a value each", lambda: [cipher.decrypt(value) for value in secret])
    report(f"{module}.AESCipher encrypt, the event as one block", lambda: cipher.encrypt(whole))


_KINDS: tuple[Kind, ...] = ("i", "c", "s")


def candidate(person: UUID) -> dict[str, Any]:
    """An event as wide as the widest: FO-203 with forty personal facts."""
    facts: list[Any] = ["María Fernanda Quiñones", "1032456789", True, date(1985, 3, 14), 3, Decimal("950000.00"), None]
    form = {f"field_{n}": Personal(person, _KINDS[n % 3], facts[n % len(facts)]) for n in range(VALUES)}
    return {"call": uuid4().hex, "form": form, "source": "list"}


def report(name: str, work: Callable[[], Any]) -> None:
    """Print the best of five runs: the others tell of the machine's other work."""
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(ROUNDS):
            work()
        best = min(best, (time.perf_counter() - started) / ROUNDS)
    print(f"{name}: {VALUES / best:,.0f} values/s, {best * 1e3:.3f} ms an event of {VALUES} values")


if __name__ == "__main__":
    main()

"""Who vouches for a log: the verdict counts the pinned witnesses that signed the latest checkpoint, and no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.audit.checkpoints import Checkpoint
from shared.audit.keys import Kind, Signer, Verifier
from shared.audit.notes import Note
from shared.audit.presenting import Presenter
from shared.audit.verifying import Report, Verdict, verify
from shared.audit.witness import Witness, last_of, since_acknowledged
from shared.eventstore.database import Database
from shared.eventstore.log import Log
from shared.eventstore.schema import create_store
from tests.unit.audit.writing import NOON, SIGNER, seal, unguarded, write

COSIGNERS = [Signer(f"impulso/witness-{number}", bytes([number]) * 32, Kind.WITNESS) for number in range(3)]
NOW = NOON / 1_000_000


@pytest.fixture
def witnesses(tmp_path: Path) -> list[Witness]:
    made = []
    for number, signer in enumerate(COSIGNERS):
        database = Database(f"sqlite:///{tmp_path / f'memory-{number}.db'}")
        create_store(database)
        made.append(Witness(database, signer, lambda _log: [SIGNER.verifier]))
    return made


def grow(log: Log, count: int = 5) -> None:
    write(log, count)
    seal(log)


def show(log: Log, *witnesses: Witness) -> None:
    for witness in witnesses:
        assert Presenter(log, lambda _epoch: False).step(witness.see, again=True)


def looked_at(log: Log, *pinned: Verifier, now: float = NOW, seen: list[Checkpoint] | None = None) -> Report:
    return verify(log, [SIGNER.verifier], witnesses=pinned, now=now, seen=seen or ())


def test_the_verdict_says_how_many_of_the_pinned_witnesses_vouch_for_it(log: Log, witnesses: list[Witness]) -> None:
    grow(log)
    keys = [each.verifier for each in COSIGNERS]
    assert looked_at(log, *keys).words == "CONSISTENTE SIN TESTIGO"
    show(log, *witnesses[:2])
    report = looked_at(log, *keys)
    assert (report.verdict, report.words, report.cosigned_until) == (Verdict.WITNESSED, "ATESTIGUADO 2/3", 5)
    assert report.consistent
    assert looked_at(log, keys[0]).words == "ATESTIGUADO 1/1"
    # A witness whose key nobody pinned vouches for nothing.
    assert looked_at(log, keys[2]).words == "CONSISTENTE SIN TESTIGO"


def test_a_checkpoint_has_a_minute_to_be_cosigned(log: Log, witnesses: list[Witness]) -> None:
    grow(log)
    show(log, witnesses[0])
    grow(log)
    assert looked_at(log, COSIGNERS[0].verifier, now=NOW + 30).words == "ATESTIGUADO 1/1"
    late = looked_at(log, COSIGNERS[0].verifier, now=NOW + 90)
    assert (late.words, late.cosigned_until) == ("CONSISTENTE SIN TESTIGO", 5)


Change = Callable[[Log], None]
CHANGES: dict[str, tuple[str, str]] = {
    "of another checkpoint": (
        "UPDATE cosignatures SET note = (SELECT note FROM checkpoints WHERE number = 1) WHERE number = 2",
        "COSIGNATURE_CHANGED",
    ),
    "whose checkpoint is gone": ("UPDATE cosignatures SET number = 9 WHERE number = 2", "CHECKPOINT_MISSING"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_cosignature_that_was_changed_is_broken(log: Log, witnesses: list[Witness], change: str) -> None:
    statement, code = CHANGES[change]
    for _ in range(2):
        grow(log)
        show(log, witnesses[0])
    unguarded(log, statement)
    report = looked_at(log, COSIGNERS[0].verifier)
    assert (report.verdict, [each.code for each in report.broken]) == (Verdict.BROKEN, [code])


def test_a_cosignature_that_is_forged_is_broken(log: Log, witnesses: list[Witness]) -> None:
    grow(log)
    show(log, witnesses[0])
    with log.database.read() as connection:
        note = Note.parse(connection.exec_driver_sql("SELECT note FROM cosignatures").scalar_one().encode())
    signature = note.signatures[1]
    broken = bytes([*signature.signature[:-1], signature.signature[-1] ^ 1])
    forged = Note(note.text, (note.signatures[0], type(signature)(signature.name, signature.key_id, broken)))
    unguarded(log, f"UPDATE cosignatures SET note = '{forged.encode().decode()}'")
    assert [each.code for each in looked_at(log, COSIGNERS[0].verifier).broken] == ["COSIGNATURE_WRONG"]


def test_a_log_is_held_to_what_the_witness_remembers(log: Log, witnesses: list[Witness]) -> None:
    for _ in range(3):
        grow(log)
        show(log, witnesses[0])
    memory = witnesses[0]._database
    with memory.read() as connection:
        last = last_of(connection, "ledger")
        assert last is not None
        seen = list(since_acknowledged(connection, "ledger", last.number))
    assert [each.size for each in seen] == [5, 10, 15]
    assert looked_at(log, COSIGNERS[0].verifier, seen=seen).consistent
    unguarded(
        log,
        "DELETE FROM events WHERE id > 5",
        "UPDATE log_head SET head = 5",
        *(f"DELETE FROM {table} WHERE size > 5" for table in ("checkpoints", "cosignatures")),
        "DELETE FROM tiles WHERE first >= 5",
    )
    report = looked_at(log, COSIGNERS[0].verifier, seen=seen)
    assert (report.verdict, [each.code for each in report.divergent]) == (Verdict.DIVERGENT, ["LOG_SHORTER"])
    grow(log, 10)
    report = looked_at(log, COSIGNERS[0].verifier, seen=seen)
    assert [(each.code, each.sequence) for each in report.divergent] == [("ANOTHER_PAST", 10)]

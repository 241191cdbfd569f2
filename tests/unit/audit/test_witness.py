"""A witness cosigns what continues the last thing that it saw, and keeps both notes of what does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import sqlalchemy.exc as sa_exc

from shared.audit.checkpoints import Checkpoint
from shared.audit.errors import AuditProblem, CheckpointMalformed, SignatureMissing, SignatureWrong
from shared.audit.keys import Kind, Signer
from shared.audit.notes import Note
from shared.audit.presenting import (
    Presenter,
    Refused,
    answer_from_wire,
    answer_to_wire,
    cosigned_of,
    from_wire,
    last_cosigned,
    to_wire,
)
from shared.audit.sealed_log import SealedLog
from shared.audit.witness import (
    NothingToAcknowledge,
    Outcome,
    Seen,
    Shown,
    Witness,
    divergences_of,
    last_of,
    since_acknowledged,
)
from shared.eventstore.database import Database
from shared.eventstore.log import Log
from shared.eventstore.schema import create_store
from tests.databases import DIALECTS, database_url
from tests.unit.audit.writing import SIGNER, seal, unguarded, write

COSIGNER = Signer("impulso/witness", b"w" * 32, Kind.WITNESS)
KEYS = [SIGNER.verifier, COSIGNER.verifier]


class Scene:
    """A log, and a witness with a database of its own that pins the log's key."""

    def __init__(self, log: Log, memory: Database) -> None:
        self.log = log
        self.memory = memory
        self.witness = Witness(memory, COSIGNER, lambda name: [SIGNER.verifier] if name == "ledger" else [])
        self.restored: set[str] = set()

    def presenter(self) -> Presenter:
        return Presenter(self.log, lambda epoch: epoch in self.restored)

    def grow(self, count: int = 5) -> None:
        write(self.log, count)
        seal(self.log)

    def against(self) -> list[str]:
        with self.memory.read() as connection:
            return [each.code for each in divergences_of(connection) if each.open]

    def seen(self) -> int:
        with self.memory.read() as connection:
            last = last_of(connection, "ledger")
        return 0 if last is None else last.checkpoint.size

    def go_back(self, size: int) -> None:
        """Put the log as it was when it had ``size`` entries, with its seals and what was cosigned of them."""
        unguarded(
            self.log,
            f"DELETE FROM events WHERE id > {size}",
            f"UPDATE log_head SET head = {size}",
            f"DELETE FROM checkpoints WHERE size > {size}",
            f"DELETE FROM cosignatures WHERE size > {size}",
            f"DELETE FROM tiles WHERE first >= {size}",
        )


@pytest.fixture(params=DIALECTS)
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    folders = tmp_path / "log", tmp_path / "memory"
    for folder in folders:
        folder.mkdir()
    with database_url(request.param, folders[0]) as url, database_url(request.param, folders[1]) as other:
        databases = Database(url), Database(other)
        for database in databases:
            create_store(database)
        yield Scene(Log("ledger", databases[0]), databases[1])
        for database in databases:
            database.close()


def test_a_log_that_grows_is_cosigned_and_the_answer_is_kept_beside_it(scene: Scene) -> None:
    presenter = scene.presenter()
    assert not presenter.step(scene.witness.see)
    for size in (5, 10):
        scene.grow()
        assert presenter.step(scene.witness.see)
        kept = last_cosigned(scene.log)
        assert kept is not None and kept.size == size == scene.seen()
        assert [each.key for each in kept.note.verify(KEYS)] == KEYS
        assert kept.witness == "+".join(COSIGNER.verifier.text.split("+")[:2])


def test_what_is_cosigned_already_is_not_shown_again_and_shown_again_it_gets_the_same_answer(scene: Scene) -> None:
    scene.grow()
    scene.presenter().step(scene.witness.see)

    def asked(_shown: Shown) -> Seen:
        raise AssertionError("shown again")

    assert scene.presenter().step(asked)
    assert scene.presenter().step(scene.witness.see, again=True)
    assert len(cosigned_of(scene.log, 1)) == 1


def test_whoever_was_never_told_learns_what_was_seen_and_goes_on(scene: Scene) -> None:
    scene.grow()
    scene.presenter().step(scene.witness.see)
    scene.grow(3)
    assert scene.presenter().step(scene.witness.see)
    assert scene.seen() == 8 and not scene.against()


def test_a_replica_that_comes_late_is_no_log_that_went_back(scene: Scene) -> None:
    scene.grow()
    first, second = scene.presenter(), scene.presenter()
    assert first.step(scene.witness.see) and second.step(scene.witness.see, again=True)
    late = SealedLog(scene.log).last()
    assert late is not None
    scene.grow(3)
    assert first.step(scene.witness.see)
    # Read before the other replica showed more: the witness told this one of five.
    assert scene.witness.see(Shown("ledger", 5, late.note)).outcome is Outcome.STALE
    assert second.step(scene.witness.see) and not scene.against()


def _shorter(scene: Scene) -> None:
    scene.go_back(5)


def _other_entries(scene: Scene) -> None:
    scene.go_back(5)
    scene.grow(5)


def _other_entries_and_more(scene: Scene) -> None:
    scene.go_back(5)
    scene.grow(9)


def _another_life(scene: Scene) -> None:
    scene.log.begin_epoch()
    scene.grow(2)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_shorter, "LOG_SHORTER"),
        (_other_entries, "ANOTHER_ROOT"),
        (_other_entries_and_more, "NOT_CONSISTENT"),
        (_another_life, "EPOCH_UNKNOWN"),
    ],
)
def test_what_does_not_continue_is_refused_and_both_notes_are_kept(
    scene: Scene, change: Callable[[Scene], None], code: str
) -> None:
    for _ in range(2):
        scene.grow()
        assert scene.presenter().step(scene.witness.see)
    change(scene)
    for _ in range(2):
        with pytest.raises(Refused, match="no continúa"):
            scene.presenter().step(scene.witness.see, again=True)
    assert scene.against() == [code] and scene.seen() == 10
    with scene.memory.read() as connection:
        (found,) = divergences_of(connection, "ledger")
    assert len(found.seen.verify(KEYS)) == 2 and found.shown.verify([SIGNER.verifier])
    assert Checkpoint.parse(found.seen.text) != Checkpoint.parse(found.shown.text)
    for table in ("divergences", "witnessed", "cosignatures"):
        with pytest.raises(sa_exc.DBAPIError, match="never changed"), scene.memory.write() as connection:
            connection.exec_driver_sql(f"INSERT INTO {table} SELECT * FROM {table} WHERE 1 = 0")
            for name in ("witnessed", "divergences"):
                connection.exec_driver_sql(f"DELETE FROM {name}")


def test_another_life_after_a_recorded_restore_goes_on(scene: Scene) -> None:
    scene.grow()
    scene.presenter().step(scene.witness.see)
    scene.restored.add(scene.log.begin_epoch())
    scene.grow(2)
    assert scene.presenter().step(scene.witness.see) and not scene.against()


def test_after_a_person_acknowledged_it_the_witness_goes_on_from_what_was_shown(scene: Scene) -> None:
    for _ in range(2):
        scene.grow()
        scene.presenter().step(scene.witness.see)
    scene.go_back(5)
    with pytest.raises(Refused):
        scene.presenter().step(scene.witness.see, again=True)
    with scene.memory.write() as connection:
        done = scene.witness.acknowledge(connection, "ledger")
    assert done.size == 5 and not scene.against()
    scene.grow(2)
    assert scene.presenter().step(scene.witness.see) and scene.seen() == 7
    with scene.memory.read() as connection:
        assert [each.size for each in since_acknowledged(connection, "ledger")] == [5, 7]
        assert [each.open for each in divergences_of(connection)] == [False]
    with pytest.raises(NothingToAcknowledge), scene.memory.write() as connection:
        scene.witness.acknowledge(connection, "ledger")


def test_a_log_that_is_again_the_one_that_was_seen_goes_on_from_what_was_cosigned(scene: Scene, tmp_path: Path) -> None:
    scene.grow()
    scene.presenter().step(scene.witness.see)
    with database_url("sqlite", tmp_path) as url:
        database = Database(url)
        create_store(database)
        other = Scene(Log("ledger", database), scene.memory)
        other.grow(9)
        with pytest.raises(Refused):
            other.presenter().step(scene.witness.see)
        database.close()
    scene.grow(2)
    with pytest.raises(Refused):
        scene.presenter().step(scene.witness.see)
    with scene.memory.write() as connection:
        done = scene.witness.acknowledge(connection, "ledger", returned=True)
    assert done.size == 5 and not scene.against()
    assert scene.presenter().step(scene.witness.see) and scene.seen() == 7
    with scene.memory.read() as connection:
        assert [each.size for each in since_acknowledged(connection, "ledger")] == [5, 7]
        assert [each.open for each in divergences_of(connection)] == [False]


def test_what_no_pinned_key_signed_is_no_evidence(scene: Scene) -> None:
    scene.grow()
    last = SealedLog(scene.log).last()
    assert last is not None
    forged = Note(last.note.text.replace("\n5\n", "\n4\n"), last.note.signatures)
    strange = Checkpoint("impulso/other/x", 5, last.root).note.signed(SIGNER)
    cases: list[tuple[Shown, type[AuditProblem]]] = [
        (Shown("ledger", 0, forged), SignatureWrong),
        (Shown("ledger", 0, Note(last.note.text).signed(Signer("impulso/ledger", b"x" * 32))), SignatureMissing),
        (Shown("intake", 0, last.note), SignatureMissing),
        (Shown("ledger", 0, strange), CheckpointMalformed),
    ]
    for shown, problem in cases:
        with pytest.raises(problem):
            scene.witness.see(shown)
    assert scene.seen() == 0 and not scene.against()


def test_signatures_of_strangers_are_not_carried_along(scene: Scene) -> None:
    scene.grow()
    last = SealedLog(scene.log).last()
    assert last is not None
    decorated = last.note.signed(Signer("somebody", b"x" * 32))
    seen = scene.witness.see(Shown("ledger", 0, decorated))
    assert seen.note is not None
    assert [each.name for each in seen.note.signatures] == ["impulso/ledger", "impulso/witness"]


def test_of_two_replicas_that_cosign_after_the_same_checkpoint_one_asks_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.grow()
    scene.presenter().step(scene.witness.see)
    scene.grow()
    see = Witness._decided

    def overtaken(self: Witness, connection: sa.Connection, *rest: object) -> Seen:
        raise sa_exc.IntegrityError("", None, Exception())

    monkeypatch.setattr(Witness, "_decided", overtaken)
    last = SealedLog(scene.log).last()
    assert last is not None
    assert scene.witness.see(Shown("ledger", 5, last.note)) == Seen(Outcome.STALE, 5)
    monkeypatch.setattr(Witness, "_decided", see)
    assert scene.presenter().step(scene.witness.see)


def test_what_is_shown_and_answered_is_the_same_over_the_wire(scene: Scene) -> None:
    scene.grow()
    scene.presenter().step(lambda shown: answer_from_wire(answer_to_wire(scene.witness.see(from_wire(to_wire(shown))))))
    assert scene.seen() == 5
    for broken in ({}, {"old": "x"}, {"old": 1, "proof": ["no"], "note": "x"}, {"old": 1, "proof": ["AA=="]}):
        with pytest.raises(AuditProblem):
            from_wire(broken)  # type: ignore[arg-type]
    with pytest.raises(AuditProblem):
        answer_from_wire({"outcome": "good", "size": 1})


def test_an_answer_that_is_not_the_witnesss_is_not_kept(scene: Scene) -> None:
    scene.grow()
    last = SealedLog(scene.log).last()
    assert last is not None
    for note in (None, last.note, Checkpoint("impulso/ledger/x", 5, last.root).note.signed(SIGNER)):
        with pytest.raises(AuditProblem):
            scene.presenter().step(lambda _shown, note=note: Seen(Outcome.COSIGNED, 5, note))  # type: ignore[misc]
    assert last_cosigned(scene.log) is None

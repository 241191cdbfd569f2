"""Whoever keeps checkpoints away from the system finds a log that does not go on from them, and has both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.audit.keys import Signer
from shared.audit.proof_file import ProofFile
from shared.audit.sealer import Sealer
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.refusals import FieldInvalid, NotAuthorised, NotFound, Refusal
from shared.cli.api import Refused
from shared.cli.keeping import keep_watch, kept_notes
from shared.eventstore.database import Database
from shared.eventstore.log import Log, access_log_of
from shared.eventstore.schema import create_store
from shared.runtime import proofs
from shared.runtime.proofs import NotYetSealed, ProofBroken
from shared.runtime.tokens import Who
from tests.unit.audit.writing import NOON, unguarded, write

SIGNER = Signer("impulso/intake", b"i" * 32)
AUDITOR = Who(UUID(int=1), frozenset({"auditor"}))


class Asked:
    """The edge as a keeper sees it, over one service; the tests write the first of its two logs."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.access = access_log_of(log.name, log.database)
        self.logs = {each.name: each for each in (self.log, self.access)}
        self.catalogue = Catalogue.load()

    def get(self, path: str, **params: Any) -> Any:
        try:
            _api, _audit, name, asked = path.strip("/").split("/")
            return self.answer(asked, AUDITOR, log=name, **params)
        except Refusal as refusal:
            raise Refused({"code": refusal.code, "detail": refusal.text}) from refusal

    def answer(self, name: str, who: Who = AUDITOR, **params: Any) -> Any:
        return proofs.answer(f"audit.{name}", self.logs, self.catalogue, params, who)

    def grow(self, count: int = 5) -> None:
        write(self.log, count)
        while Sealer(self.log, SIGNER).step(NOON).more:
            pass

    def go_back(self, size: int) -> None:
        unguarded(
            self.log,
            f"DELETE FROM events WHERE id > {size}",
            f"UPDATE log_head SET head = {size}",
            f"DELETE FROM checkpoints WHERE size > {size}",
            f"DELETE FROM tiles WHERE first >= {size}",
        )

    def watched(self, kept: Path) -> str | None:
        found, access = keep_watch(self, [SIGNER.verifier], kept, "intake")  # type: ignore[arg-type]
        assert access == {"log": "intake.access", "size": 0, "problem": None}
        problem: str | None = found["problem"]
        return problem


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    database = Database(f"sqlite:///{tmp_path / 'events.db'}")
    create_store(database)
    yield Asked(Log("intake", database))
    database.close()


def test_a_log_that_goes_on_is_kept_step_by_step(asked: Asked, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    assert asked.watched(kept) is None and not kept.exists()
    for _ in range(3):
        asked.grow()
        assert asked.watched(kept) is None
    assert asked.watched(kept) is None
    assert len(kept_notes(kept / "intake")) == 3


def test_both_logs_of_a_service_are_kept_each_in_its_own_place(asked: Asked, tmp_path: Path) -> None:
    asked.grow()
    write(asked.access, 3)
    Sealer(asked.access, SIGNER).step(NOON)
    found = keep_watch(asked, [SIGNER.verifier], tmp_path, "intake")  # type: ignore[arg-type]
    assert [(one["log"], one["size"], one["problem"]) for one in found] == [
        ("intake", 5, None),
        ("intake.access", 3, None),
    ]
    (note,) = kept_notes(tmp_path / "intake.access")
    assert note.text.startswith("impulso/intake.access/")
    # What the one log signed is no checkpoint of the other, though the key is the same.
    asked.logs["intake"], asked.logs["intake.access"] = asked.access, asked.log
    assert all(one["problem"] for one in keep_watch(asked, [SIGNER.verifier], tmp_path, "intake"))  # type: ignore[arg-type]


@pytest.mark.parametrize("again", [0, 5, 9])
def test_a_log_that_went_back_and_grew_again_is_another_one(asked: Asked, tmp_path: Path, again: int) -> None:
    kept = tmp_path / "kept"
    asked.grow()
    asked.grow()
    assert asked.watched(kept) is None
    asked.go_back(5)
    if again:
        asked.grow(again)
    problem = asked.watched(kept)
    assert problem is not None and problem.startswith("DIVERGENTE")
    assert len(kept_notes(kept / "intake")) == 1 and len([*(kept / "intake").glob("*.divergent")]) == 1


def test_what_is_signed_with_another_key_is_not_kept(asked: Asked, tmp_path: Path) -> None:
    asked.grow()
    stranger = Signer("impulso/intake", b"x" * 32).verifier
    found, _access = keep_watch(asked, [stranger], tmp_path / "kept", "intake")  # type: ignore[arg-type]
    assert found["problem"] and not (tmp_path / "kept").exists()


def test_questions_about_seals_are_answered_to_whom_they_concern_and_named_when_they_cannot_be(asked: Asked) -> None:
    for name in ("checkpoint", "proof"):
        with pytest.raises(NotYetSealed):
            asked.answer(name, sequence=1)
    asked.grow()
    assert asked.answer("checkpoint")["size"] == 5 and asked.answer("checkpoint")["cosigned"] is None
    proof = ProofFile.parse(asked.answer("proof", sequence=3)["proof"].encode())
    checkpoint, _signatures = proof.verify(proof.extra, [SIGNER.verifier])
    assert checkpoint.size == 5 and proof.extra == asked.log.entries(2, 1)[0].leaf
    with pytest.raises(NotYetSealed):
        asked.answer("proof", sequence=6)
    with pytest.raises(NotAuthorised):
        asked.answer("checkpoint", Who(UUID(int=2), frozenset({"caseworker"})))
    with pytest.raises(NotFound):
        asked.answer("everything")
    for params in ({"old": 1, "new": 9}, {"old": 3, "new": 2}, {"old": "x", "new": 2}, {"old": 0, "new": 2}):
        with pytest.raises(FieldInvalid):
            asked.answer("consistency", **params)
    unguarded(asked.log, "UPDATE events SET topic = 'ledger.Other' WHERE id = 3")
    with pytest.raises(ProofBroken):
        asked.answer("proof", sequence=3)

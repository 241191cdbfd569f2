"""Witnesses on a host: keys of their own, work beside the commands, what is told of it and what operators decide."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.audit.keys import Kind, Signer
from shared.audit.presenting import last_cosigned
from shared.audit.witness import Witness
from shared.delivery import acts
from shared.delivery.errors import Away
from shared.privacy.keys import MasterKey
from shared.runtime import watching, witnessing
from shared.runtime.assembly import Assembled, Place, assemble
from shared.runtime.checkup import Patient, examine
from shared.runtime.health import Readiness
from shared.runtime.instruments import Instruments, Watched
from shared.runtime.log_keys import (
    LogKeyNotThere,
    log_signer,
    of_log,
    of_witnesses,
    own_log_signer,
    own_public_keys,
    own_witness_signer,
    pinned_keys,
    witness_signer,
)
from shared.runtime.sealing import Sealing
from shared.runtime.watching import NoDivergence, NotAWitness
from shared.runtime.witnessing import Witnessing, witness_service
from tests import logged
from tests.counting import SERVICES, count
from tests.unit.audit.writing import unguarded
from tests.unit.runtime.test_instruments import told
from tests.waiting import until

SIGNER = Signer("impulso/counter", b"s" * 32)
COSIGNER = Signer("impulso/witness", b"w" * 32, Kind.WITNESS)


class Pair:
    """A counter whose log is sealed, and the watcher as its witness."""

    def __init__(self, folder: Path) -> None:
        master = MasterKey.create(folder / "master.key")
        made = [
            assemble(SERVICES[name], Place.under(folder / name), master, None, create=True, signer=SIGNER)  # type: ignore[arg-type]
            for name in ("counter", "watcher")
        ]
        self.counter, self.watcher = made
        self.witness = Witness(self.memory, COSIGNER, lambda _log: [SIGNER.verifier])

    @property
    def memory(self) -> Any:
        return self.watcher.application.database

    def count(self, *cases: int) -> int:
        count(self.counter.application, list(cases))  # type: ignore[arg-type]
        self.seal()
        return self.counter.application.log.head()

    def seal(self) -> None:
        stop = threading.Event()
        stop.set()
        Sealing(self.counter.application.log, SIGNER).run(stop)

    def shows(self) -> Witnessing:
        return Witnessing(
            self.counter.application.log, lambda payload: witnessing.answer(self.witness, payload), every=0.01
        )

    def go_back(self) -> None:
        log = self.counter.application.log
        unguarded(log, *(f"DELETE FROM {table}" for table in ("events", "checkpoints", "tiles", "cosignatures")))
        unguarded(log, "UPDATE log_head SET head = 0")


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = Pair(tmp_path)
    yield made
    made.counter.close()
    made.watcher.close()


def figures(one: Assembled) -> dict[tuple[str, tuple[str, ...]], float]:
    instruments = Instruments()
    instruments.watch(Watched(one, Readiness(one, {})))
    return told(instruments)


def test_while_a_host_runs_what_is_sealed_is_cosigned_and_told(pair: Pair) -> None:
    head = pair.count(1)
    log, stop = pair.counter.application.log, threading.Event()
    assert figures(pair.counter)["impulso_cosign_age_seconds", ("counter",)] > 0
    thread = threading.Thread(target=pair.shows().run, args=(stop,))
    thread.start()
    try:
        until(lambda: (seen := last_cosigned(log)) is not None and seen.size == head, "it is cosigned", 10)
        more = pair.count(2)
        until(lambda: (seen := last_cosigned(log)) is not None and seen.size == more, "and what follows", 10)
    finally:
        stop.set()
        thread.join(60)
    shown = figures(pair.counter)
    assert shown["impulso_cosigned_events", ("counter",)] == more
    assert shown["impulso_cosign_age_seconds", ("counter",)] == 0


def test_a_log_that_went_back_is_told_and_a_person_decides(pair: Pair) -> None:
    pair.count(1, 2)
    pair.shows().show()
    assert watching.seen(pair.memory)[0]["divergence"] is None
    with pytest.raises(NoDivergence):
        watching.acknowledge(pair.witness, pair.memory, "counter", "ana", "nada")
    pair.go_back()
    pair.count(1)
    with logged.lines() as said:
        shows = pair.shows()
        assert [shows._step(again=True) for _ in range(2)] == [witnessing.REFUSED_S] * 2
    assert [(each["code"], each["log_level"]) for each in said] == [("AUDIT_WITNESS_REFUSED", "error")]
    assert figures(pair.watcher)["impulso_divergent_logs", ("watcher",)] == 1
    patient = Patient("watcher", pair.watcher.application.views, pair.watcher.place, lambda: pair.watcher.keys.master)
    assert [(each.code, "counter" in each.text) for each in examine(patient)] == [("LOG_DIVERGES", True)]
    (seen,) = watching.seen(pair.memory)
    assert seen["divergence"]["code"] in ("LOG_SHORTER", "ANOTHER_ROOT", "NOT_CONSISTENT")
    with pytest.raises(NotAWitness):
        watching.acknowledge(None, pair.memory, "counter", "ana", "otra vez")
    done = watching.acknowledge(pair.witness, pair.memory, "counter", "ana", "Se restauró la copia del lunes")
    assert done == {"log": "counter", "size": pair.counter.application.log.head()}
    with pair.memory.read() as connection:
        last = acts.last(connection, "acknowledge", "counter")
    assert last is not None and (last.by, last.reason) == ("ana", "Se restauró la copia del lunes")
    pair.count(3)
    pair.shows().show()
    assert figures(pair.watcher)["impulso_divergent_logs", ("watcher",)] == 0


def test_a_witness_that_is_away_or_unable_is_told_once_and_asked_again(pair: Pair) -> None:
    pair.count(1)
    log = pair.counter.application.log

    def away(_payload: dict[str, Any]) -> dict[str, Any]:
        raise Away("nobody")

    unable = lambda payload: witnessing.answer(None, payload)  # noqa: E731
    strange = Witness(pair.memory, COSIGNER, lambda _log: [])
    for ask, code in (
        (away, "WITNESS_AWAY"),
        (unable, "WITNESS_NONE"),
        (lambda payload: witnessing.answer(strange, payload), "AUDIT_SIGNATURE_MISSING"),
    ):
        with logged.lines() as said:
            shows = Witnessing(log, ask)
            assert [shows._step(again=False) for _ in range(2)] == [0.0, 0.0]
        assert [each["code"] for each in said if each["event"] == "log not cosigned"] == [code]


def test_a_recorded_restore_explains_another_life(pair: Pair) -> None:
    pair.count(1)
    pair.shows().show()
    database = pair.counter.application.database
    epoch = pair.counter.application.log.begin_epoch()
    assert not witnessing.was_restored(database, epoch)
    with database.write() as connection:
        acts.record(connection, "restore", epoch, by="impulso restore")
    pair.count(2)
    pair.shows().show()
    assert last_cosigned(pair.counter.application.log)


def test_the_keys_of_a_witness_are_kept_as_those_of_the_logs_and_told_apart_from_them(tmp_path: Path) -> None:
    signer, log = own_witness_signer(tmp_path), own_log_signer(tmp_path, "intake")
    assert own_witness_signer(tmp_path).verifier == signer.verifier
    assert signer.verifier.kind is Kind.WITNESS and log.verifier.kind is Kind.LOG
    keys = own_public_keys(tmp_path)
    assert of_witnesses(keys) == [signer.verifier] and of_log(keys, "intake") == [log.verifier]
    pinned = tmp_path / "log_keys"
    pinned.write_text("".join(key.text + "\n" for key in keys), "utf-8")
    assert pinned_keys({"IMPULSO_LOG_KEYS_FILE": str(pinned)}) == keys and pinned_keys({}) == []


def test_a_key_for_the_witness_comes_from_its_own_settings() -> None:
    assert witness_signer({}) is None
    found = witness_signer({"IMPULSO_WITNESS_KEY": "ab" * 32})
    assert found is not None and found.verifier.name == "impulso/witness"
    with pytest.raises(LogKeyNotThere, match="IMPULSO_WITNESS_KEY_FILE"):
        witness_signer({"IMPULSO_WITNESS_KEY_FILE": "/nowhere/key"})
    with pytest.raises(LogKeyNotThere, match="IMPULSO_LOG_KEY_FILE"):
        log_signer("intake", {"IMPULSO_LOG_KEY_FILE": "/nowhere/key"})
    with pytest.raises(ValueError, match="key of a witness"):
        Witness(None, SIGNER, lambda _log: [])  # type: ignore[arg-type]


def test_who_witnesses_is_a_setting() -> None:
    assert [witness_service({"IMPULSO_WITNESS": text}) for text in ("", "intake", "-")] == ["reporting", "intake", ""]

"""Sealing on a host: keys that are kept apart from the database, work beside the commands, and what is told of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.audit.keys import Signer
from shared.audit.sealer import Sealer
from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Assembled, Place, assemble
from shared.runtime.config import ConfigurationError
from shared.runtime.health import Readiness
from shared.runtime.instruments import Instruments, Watched
from shared.runtime.log_keys import (
    LogKeyExposed,
    LogKeyInvalid,
    LogKeyMissing,
    LogKeyNotThere,
    LogKeyWrong,
    log_signer,
    own_log_signer,
    public_keys,
)
from shared.runtime.sealing import EVERY_S, Sealing, interval
from tests import logged
from tests.counting import SERVICES, count
from tests.unit.runtime.test_instruments import told
from tests.waiting import until

SIGNER = Signer("impulso/counter", b"s" * 32)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Assembled]:
    place, master = Place.under(tmp_path / "counter"), MasterKey.create(tmp_path / "master.key")
    made = assemble(SERVICES["counter"], place, master, None, create=True, signer=SIGNER, seal_every=0.01)  # type: ignore[arg-type]
    yield made
    made.close()


def test_while_a_host_runs_what_is_recorded_is_sealed(counter: Assembled) -> None:
    stop, sealed = threading.Event(), counter.sealing.sealed_log
    thread = threading.Thread(target=counter.sealing.run, args=(stop,))
    thread.start()
    try:
        for number in (1, 2):
            count(counter.application, [number])  # type: ignore[arg-type]
            head = counter.application.log.head()
            until(lambda head=head: (found := sealed.last()) is not None and found.size == head, "it is sealed", 10)  # type: ignore[misc]
    finally:
        stop.set()
        thread.join(60)
    last = sealed.last()
    assert last is not None and last.note.verify([SIGNER.verifier])


def test_what_came_last_is_sealed_before_it_stops(counter: Assembled) -> None:
    count(counter.application, [1])  # type: ignore[arg-type]
    stop = threading.Event()
    stop.set()
    counter.sealing.run(stop)
    last = counter.sealing.sealed_log.last()
    assert last is not None and last.size == counter.application.log.head()


def test_a_failure_is_told_and_tried_again(counter: Assembled, monkeypatch: pytest.MonkeyPatch) -> None:
    count(counter.application, [1])  # type: ignore[arg-type]
    stop, failed = threading.Event(), threading.Event()
    step = Sealer.step

    def fails_once(sealer: Sealer) -> object:
        if failed.is_set():
            return step(sealer)
        failed.set()
        raise OSError("the disk is away")

    monkeypatch.setattr(Sealer, "step", fails_once)
    with logged.lines() as said:
        thread = threading.Thread(target=counter.sealing.run, args=(stop,))
        thread.start()
        until(lambda: counter.sealing.sealed_log.last() is not None, "it is sealed", 10)
        stop.set()
        thread.join(60)
    assert [(line["event"], line["error"]) for line in said] == [("log not sealed", "OSError")]


def test_without_a_key_nothing_is_sealed_and_that_is_told(counter: Assembled) -> None:
    with logged.lines() as said:
        Sealing(counter.application.log, None).run(threading.Event())
    assert [(line["event"], line["service"]) for line in said] == [("log not sealed: no key", "counter")]


def test_how_far_the_seals_are_is_told(counter: Assembled) -> None:
    instruments = Instruments()
    instruments.watch(Watched(counter, Readiness(counter, {})))
    count(counter.application, [1, 2])  # type: ignore[arg-type]
    head = counter.application.log.head()
    before = told(instruments)
    assert before["impulso_sealed_events", ("counter",)] == before["impulso_checkpoints", ("counter",)] == 0
    assert 0 <= before["impulso_seal_age_seconds", ("counter",)] < 60
    Sealer(counter.application.log, SIGNER).step()
    after = told(instruments)
    assert after["impulso_sealed_events", ("counter",)] == head
    assert after["impulso_checkpoints", ("counter",)] == 1
    assert after["impulso_seal_age_seconds", ("counter",)] == 0
    count(counter.application, [1])  # type: ignore[arg-type]
    entry = counter.application.log.entries(head, 1)[0]
    waited = time.time() - entry.recorded_at.timestamp()
    assert told(instruments)["impulso_seal_age_seconds", ("counter",)] >= waited


def test_an_installation_makes_its_key_once_and_pins_the_public_half(tmp_path: Path) -> None:
    one = own_log_signer(tmp_path, "intake")
    folder = tmp_path / "log-keys"
    assert (folder / "intake.key").stat().st_mode & 0o077 == 0
    assert public_keys(folder / "intake.pub") == [one.verifier]
    assert own_log_signer(tmp_path, "intake").verifier == one.verifier
    assert own_log_signer(tmp_path, "profiling").verifier.public != one.verifier.public
    assert one.verifier.name == "impulso/intake"


def test_a_start_that_was_cut_off_between_the_two_halves_is_made_good(tmp_path: Path) -> None:
    one = own_log_signer(tmp_path, "intake")
    (tmp_path / "log-keys" / "intake.pub").unlink()
    own_log_signer(tmp_path, "intake")
    assert public_keys(tmp_path / "log-keys" / "intake.pub") == [one.verifier]


def test_a_lost_key_is_not_replaced_in_silence_and_a_new_one_is_told_beside_the_former(tmp_path: Path) -> None:
    former = own_log_signer(tmp_path, "intake")
    key, public = tmp_path / "log-keys" / "intake.key", tmp_path / "log-keys" / "intake.pub"
    key.unlink()
    with pytest.raises(LogKeyMissing, match=r"intake\.pub"):
        own_log_signer(tmp_path, "intake")
    key.touch(0o600)
    key.write_text("ab" * 32)
    with pytest.raises(LogKeyWrong, match=r"impulso/intake\+") as wrong:
        own_log_signer(tmp_path, "intake")
    line = str(wrong.value).split()[-1]
    public.write_text(f"# de 2026\n{public.read_text()}\n{line}\n")
    assert own_log_signer(tmp_path, "intake").verifier.text == line
    assert public_keys(public)[0] == former.verifier


def test_a_key_that_others_can_read_or_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log_key"
    with pytest.raises(LogKeyNotThere, match="make env"):
        log_signer("intake", {"IMPULSO_LOG_KEY_FILE": str(path)})
    path.touch(0o644)
    with pytest.raises(LogKeyExposed, match="chmod 600"):
        log_signer("intake", {"IMPULSO_LOG_KEY_FILE": str(path)})
    path.chmod(0o600)
    with pytest.raises(LogKeyInvalid, match="32 bytes"):
        log_signer("intake", {"IMPULSO_LOG_KEY_FILE": str(path)})
    path.write_text("ab" * 32)
    made = log_signer("intake", {"IMPULSO_LOG_KEY_FILE": str(path)})
    assert made is not None and "abab" not in repr(made)
    assert log_signer("intake", {}) is None
    path.write_text("no es una clave")
    with pytest.raises(LogKeyInvalid):
        public_keys(path)


@pytest.mark.parametrize(("said", "seconds"), [("", EVERY_S), ("0.5", 0.5), ("3600", 3600.0)])
def test_the_interval_is_a_setting(said: str, seconds: float) -> None:
    assert interval({"IMPULSO_SEAL_EVERY": said}) == seconds


@pytest.mark.parametrize("said", ["0", "-1", "3601", "nan", "dos"])
def test_an_interval_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(ConfigurationError, match="IMPULSO_SEAL_EVERY"):
        interval({"IMPULSO_SEAL_EVERY": said})

"""Verification: whatever was changed is found and called by its name, and what was not is never accused."""

from __future__ import annotations

import random
from collections.abc import Callable
from uuid import uuid4

import pytest
import sqlalchemy as sa

from shared.audit.checkpoints import Checkpoint
from shared.audit.keys import Signer
from shared.audit.notes import Note
from shared.audit.sealed_log import SealedLog
from shared.audit.verifying import Report, Verdict, verify
from shared.eventstore.log import Log, access_log_of
from shared.eventstore.tables import ACCESS
from tests.unit.audit.writing import NOON, SIGNER, at, seal, unguarded, write


@pytest.fixture(params=["ledger", "ledger.access"])
def log(request: pytest.FixtureRequest, log: Log) -> Log:
    """Either log of the store: they share the database and no table."""
    return log if log.name == request.param else access_log_of(log.name, log.database)


NOW = NOON / 1_000_000 + 30
KEYS = [SIGNER.verifier]
COUNT = 600


def looked_at(log: Log, kept: list[Note] | None = None, now: float = NOW) -> Report:
    return verify(log, KEYS, kept or (), now=now)


def sealed_in(log: Log, *counts: int) -> Note:
    """Entries that are sealed after each count; the last checkpoint."""
    for count in counts:
        write(log, count)
        seal(log)
    last = SealedLog(log).last()
    assert last is not None
    return last.note


def test_an_untouched_log_is_consistent_and_that_nobody_vouches_for_it_is_said(log: Log) -> None:
    sealed_in(log, 1, 300, 299)
    told: list[tuple[int, int]] = []
    report = verify(log, KEYS, told=lambda *how_far: told.append(how_far), now=NOW)
    assert (report.verdict, report.broken, report.divergent) == (Verdict.UNWITNESSED, [], [])
    assert report.consistent
    assert (report.entries, report.sealed, report.checkpoints, report.unsealed) == (COUNT, COUNT, 3, 0)
    assert told[-1] == (COUNT, COUNT)


def test_an_empty_log_has_nothing_against_it(log: Log) -> None:
    assert looked_at(log).verdict is Verdict.UNWITNESSED


def test_days_restores_and_conflicts_are_no_defects(log: Log) -> None:
    write(log, 3, at("2026-11-02T23:59:59"))
    write(log, 2, at("2026-11-03T00:00"))
    seal(log, at("2026-11-04T12:00"))
    for _ in range(2):
        log.begin_epoch()
        write(log, 260, at("2026-11-04T12:00"))
        seal(log, at("2026-11-04T12:00"))
    assert looked_at(log, now=at("2026-11-04T12:00") / 1e6).verdict is Verdict.UNWITNESSED


def test_what_waits_too_long_for_its_seal_is_told_with_its_age(log: Log) -> None:
    sealed_in(log, 5)
    write(log, 2)
    waiting = looked_at(log, now=NOON / 1e6 + 10)
    assert (waiting.verdict, waiting.unsealed, waiting.unsealed_s) == (Verdict.UNWITNESSED, 2, 10)
    late = looked_at(log, now=NOON / 1e6 + 90)
    assert (late.verdict, late.unsealed, late.unsealed_s) == (Verdict.UNSEALED, 2, 90)
    assert not late.consistent


TAMPERED: dict[str, tuple[str, ...]] = {
    "the content of an event": ("UPDATE events SET state = (SELECT state FROM events WHERE id = 1) WHERE id = {n}",),
    "the kind of an event": ("UPDATE events SET topic = 'ledger.Other' WHERE id = {n}",),
    "the moment of an event": ("UPDATE events SET recorded_at = recorded_at + 1 WHERE id = {n}",),
    "the version of an event": ("UPDATE events SET originator_version = 7 WHERE id = {n}",),
    "the owner of an event": ("UPDATE events SET originator_id = '{uuid}' WHERE id = {n}",),
    "an event that is gone": ("DELETE FROM events WHERE id = {n}",),
    "two events changed over": (
        "UPDATE events SET id = -1 WHERE id = {n}",
        "UPDATE events SET id = {n} WHERE id = {m}",
        "UPDATE events SET id = {m} WHERE id = -1",
    ),
    "an event put in": (
        "INSERT INTO events SELECT -5, '{uuid}', 1, topic, state, recorded_at FROM events WHERE id = {n}",
    ),
    "an event put after the end": (
        "INSERT INTO events SELECT 601, '{uuid}', 1, topic, state, recorded_at FROM events WHERE id = {n}",
    ),
    "a cut tail": ("DELETE FROM events WHERE id > {n}", "UPDATE log_head SET head = {n}"),
    "a cut tail with its seals": (
        "DELETE FROM events WHERE id > {n}",
        "UPDATE log_head SET head = {n}",
        "DELETE FROM checkpoints WHERE size > {n}",
    ),
    "a cut tail of the tree": ("DELETE FROM tiles WHERE level = 0 AND first >= 512",),
    "a stretch of the tree": (
        "UPDATE tiles SET hashes = (SELECT root FROM checkpoints WHERE number = 1) WHERE first = 1",
    ),
    "the upper tree": ("UPDATE tiles SET hashes = (SELECT root FROM checkpoints WHERE number = 1) WHERE level = 1",),
    "a root": ("UPDATE checkpoints SET root = (SELECT root FROM checkpoints WHERE number = 1) WHERE number = 2",),
    "a length": ("UPDATE checkpoints SET size = size - 1 WHERE number = 2",),
    "a signed text": (
        "UPDATE checkpoints SET note = (SELECT note FROM checkpoints WHERE number = 1) WHERE number = 2",
    ),
    "the day that is closed": ("UPDATE checkpoints SET closes = '2020-01-01' WHERE number = 2",),
    "a missing checkpoint": ("DELETE FROM checkpoints WHERE number = 2",),
    "the end of the log": ("UPDATE log_head SET head = head + 1",),
}


@pytest.mark.parametrize("tampered", TAMPERED)
def test_whatever_was_changed_is_broken(log: Log, tampered: str) -> None:
    sealed_in(log, 1, 300, 299)
    dice = random.Random(tampered)
    n, m = sorted(dice.sample(range(2, 599), 2))
    values = {"n": n, "m": m, "uuid": uuid4().hex}
    unguarded(log, *(statement.format(**values) for statement in TAMPERED[tampered]))
    report = looked_at(log)
    assert report.verdict is Verdict.BROKEN
    assert all(defect.text and defect.code for defect in report.broken)


@pytest.mark.parametrize(
    "change", ["UPDATE events SET topic = 'x' WHERE id = {n}", "DELETE FROM events WHERE id = {n}"]
)
def test_the_first_event_that_differs_is_named(log: Log, change: str) -> None:
    sealed_in(log, 300)
    unguarded(log, change.format(n=217), change.format(n=250))
    first = looked_at(log).broken[0]
    assert (first.sequence, "217" in first.text) == (217, True)


def test_an_aggregate_that_lacks_a_version_is_found_in_what_is_not_sealed_yet(log: Log) -> None:
    sealed_in(log, 5)
    write(log, 1)
    unguarded(log, "UPDATE events SET originator_version = 2 WHERE id = 6")
    assert [defect.code for defect in looked_at(log).broken] == ["VERSION_HOLE"]


def test_a_log_signed_by_another_key_vouches_for_nothing(log: Log) -> None:
    sealed_in(log, 5)
    stranger = Signer("impulso/ledger", b"x" * 32).verifier
    assert [defect.code for defect in verify(log, [stranger], now=NOW).broken] == ["AUDIT_SIGNATURE_MISSING"]


def test_what_somebody_kept_outside_shows_a_log_that_was_cut_back_with_all_its_seals(log: Log) -> None:
    sealed_in(log, 5)
    kept = sealed_in(log, 300)
    assert looked_at(log, [kept]).verdict is Verdict.UNWITNESSED
    unguarded(
        log,
        "DELETE FROM events WHERE id > 5",
        "UPDATE log_head SET head = 5",
        "DELETE FROM checkpoints WHERE size > 5",
        "DELETE FROM tiles WHERE level > 0 OR first >= 5",
    )
    assert looked_at(log).verdict is Verdict.UNWITNESSED
    report = looked_at(log, [kept])
    assert (report.verdict, [defect.code for defect in report.divergent]) == (Verdict.DIVERGENT, ["LOG_SHORTER"])
    sealed_in(log, 400)
    report = looked_at(log, [kept])
    assert (report.verdict, [defect.code for defect in report.divergent]) == (Verdict.DIVERGENT, ["ANOTHER_PAST"])


def test_a_life_that_had_ended_and_comes_back_is_another_past(log: Log) -> None:
    sealed_in(log, 5)
    former = log.epoch()
    log.begin_epoch()
    sealed_in(log, 5)
    unguarded(log, f"UPDATE log_head SET epoch = '{former}'")
    assert [defect.code for defect in looked_at(log).divergent] == ["EPOCH_AGAIN"]


def test_what_is_done_to_one_log_is_not_laid_to_the_charge_of_the_other(log: Log) -> None:
    other = Log("ledger", log.database) if log.tables is ACCESS else access_log_of("ledger", log.database)
    kept = sealed_in(log, 4)
    write(other, 7)
    seal(other)
    unguarded(log, "UPDATE events SET topic = 'ledger.Other' WHERE id = 3")
    assert looked_at(log).verdict is Verdict.BROKEN
    # Both are signed with one key: a checkpoint of the one, kept outside, says nothing of the other all the same.
    assert looked_at(other, [kept]).verdict is Verdict.UNWITNESSED


def test_a_checkpoint_of_the_other_log_in_place_of_ones_own_is_no_seal(log: Log) -> None:
    other = Log("ledger", log.database) if log.tables is ACCESS else access_log_of("ledger", log.database)
    sealed_in(log, 4)
    sealed_in(other, 4)
    of = other.tables.checkpoints.name
    # Named as it stands there: what the statement takes it from must not be renamed with the rest.
    with log.database.read() as connection:
        note = connection.execute(sa.select(other.tables.checkpoints.c.note)).scalar_one()
    assert of != log.tables.checkpoints.name
    unguarded(log, f"UPDATE checkpoints SET note = '{note}'")
    assert "CHECKPOINT_CHANGED" in [defect.code for defect in looked_at(log).broken]


def test_a_checkpoint_of_another_log_says_nothing_of_this_one(log: Log) -> None:
    sealed_in(log, 5)
    other = Checkpoint("impulso/other/1", 900, bytes(32)).note.signed(SIGNER)
    assert looked_at(log, [other]).verdict is Verdict.UNWITNESSED


@pytest.mark.parametrize("seed", range(4))
def test_lawful_histories_are_never_accused(log: Log, seed: int) -> None:
    dice = random.Random(seed)
    kept: list[Note] = []
    acts: list[Callable[[], object]] = [
        lambda: write(log, dice.randrange(1, 300)),
        lambda: kept.append(sealed_in(log, dice.randrange(1, 40))),
        lambda: log.begin_epoch(),
        lambda: seal(log),
    ]
    for _ in range(15):
        dice.choice(acts)()
        seal(log)
        assert looked_at(log, kept).verdict is Verdict.UNWITNESSED


def test_a_conflict_leaves_no_trace_in_the_seals(log: Log) -> None:
    sealed_in(log, 3)
    with pytest.raises(sa.exc.IntegrityError), log.database.write() as connection:
        connection.execute(log.tables.head.update().values(head=9))
        name = log.tables.checkpoints.name
        connection.exec_driver_sql(f"INSERT INTO {name} SELECT * FROM {name} WHERE number = 1")
    sealed_in(log, 3)
    assert looked_at(log).verdict is Verdict.UNWITNESSED

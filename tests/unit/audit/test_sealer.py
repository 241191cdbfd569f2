"""The sealer: every entry is in the tree once, in the order of the log, whoever seals and whenever it is cut off."""

from __future__ import annotations

import threading
from datetime import date
from itertools import accumulate, pairwise

import pytest
import sqlalchemy as sa
import sqlalchemy.exc as sa_exc

from shared.audit import sealer as sealing
from shared.audit.checkpoints import Checkpoint
from shared.audit.merkle import leaf_hash, verify_consistency, verify_inclusion
from shared.audit.sealed_log import NotSealed, SealBroken, SealedLog
from shared.audit.sealer import Sealer
from shared.audit.tiles import tiles_of
from shared.eventstore.log import Log
from shared.eventstore.tables import checkpoints, tiles
from tests.unit.audit.trees import mth
from tests.unit.audit.writing import NOON, SIGNER, at, seal, unguarded, write

MINUTE = 60_000_000


def hashes(log: Log) -> list[bytes]:
    return [leaf_hash(entry.leaf) for entry in log.entries(0, 100_000)]


def rows(log: Log) -> list[sa.Row[tuple[object, ...]]]:
    with log.database.read() as connection:
        return list(connection.execute(sa.select(checkpoints).order_by(checkpoints.c.number)))


def test_what_is_sealed_is_signed_and_is_the_tree_of_the_stored_rows(log: Log) -> None:
    write(log, 700)
    assert seal(log) == 1
    last = SealedLog(log).last()
    assert last is not None
    assert [each.key for each in last.note.verify([SIGNER.verifier])] == [SIGNER.verifier]
    expected = Checkpoint(f"impulso/ledger/{log.epoch()}", 700, mth(hashes(log)))
    assert Checkpoint.parse(last.note.text) == expected


def test_nothing_new_is_no_checkpoint(log: Log) -> None:
    assert seal(log) == 0
    write(log)
    assert (seal(log), seal(log)) == (1, 0)


@pytest.mark.parametrize("counts", [(1, 1, 1), (255, 1, 1), (256, 300), (3, 700, 60, 5)], ids=str)
def test_however_it_came_the_tree_is_the_same_and_every_entry_has_its_proof(log: Log, counts: tuple[int, ...]) -> None:
    for count in counts:
        write(log, count)
        seal(log)
    sealed, leaves, found = SealedLog(log), hashes(log), rows(log)
    assert [row.size for row in found] == list(accumulate(counts))
    assert [bytes(row.root) for row in found] == [mth(leaves[: row.size]) for row in found]
    for earlier, later in pairwise(found):
        proof = sealed.consistency(earlier.size, later.size)
        assert verify_consistency(earlier.size, later.size, bytes(earlier.root), bytes(later.root), proof)
    for tile in tiles_of(len(leaves)):
        assert len(sealed.tile(tile)) == tile.width * 32
    for row in found:
        for sequence in {1, row.size // 2 + 1, row.size}:
            proof = sealed.inclusion(sequence, row.size)
            assert verify_inclusion(leaves[sequence - 1], sequence - 1, row.size, proof, bytes(row.root))


def test_a_proof_file_of_any_entry_verifies_with_the_public_key_alone(log: Log) -> None:
    write(log, 300)
    seal(log)
    sealed = SealedLog(log)
    for entry in log.entries(0, 300)[::37]:
        checkpoint, _signatures = sealed.proof(entry.sequence).verify(entry.leaf, [SIGNER.verifier])
        assert checkpoint.size == 300
    write(log)
    with pytest.raises(NotSealed, match="301"):
        sealed.proof(301)


def test_a_long_log_is_taken_in_bounded_steps(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "AT_ONCE", 50)
    monkeypatch.setattr(sealing, "MOST", 100)
    pauses: list[None] = []
    write(log, 420)
    sealer = Sealer(log, SIGNER, pause=lambda: pauses.append(None))
    steps = [sealer.step(NOON) for _ in range(6)]
    assert [step.sealed and step.sealed.size for step in steps] == [100, 200, 300, 400, 420, None]
    assert [step.more for step in steps] == [True, True, True, True, False, False]
    assert len(pauses) == 8
    assert bytes(rows(log)[-1].root) == mth(hashes(log))


def test_a_day_is_closed_before_an_entry_of_the_next_one_is_sealed(log: Log) -> None:
    write(log, 3, at("2026-11-02T23:59:59"))
    write(log, 2, at("2026-11-03T00:00"))
    write(log, 1, at("2026-11-05T08:00"))
    assert seal(log, at("2026-11-05T08:01")) == 3
    assert [(row.size, row.closes) for row in rows(log)] == [(3, "2026-11-02"), (5, "2026-11-03"), (6, None)]
    found = SealedLog(log).closing(date(2026, 11, 3))
    assert found is not None and found.size == 5
    assert SealedLog(log).closing(date(2026, 11, 4)) is None


def test_a_quiet_day_is_closed_soon_after_midnight_and_once(log: Log) -> None:
    write(log, 3)
    seal(log)
    assert seal(log, at("2026-11-03T00:00:30")) == 0
    assert seal(log, at("2026-11-03T00:01:00")) == 1
    assert seal(log, at("2026-11-04T12:00")) == 0
    assert [(row.size, row.closes) for row in rows(log)] == [(3, None), (3, "2026-11-02")]
    write(log, 1, at("2026-11-04T12:00"))
    assert seal(log, at("2026-11-04T12:00")) == 1


def test_an_entry_that_was_on_its_way_at_midnight_closes_its_day_again(log: Log) -> None:
    write(log, 1, at("2026-11-02T23:59:58"))
    seal(log, at("2026-11-03T00:01"))
    write(log, 1, at("2026-11-02T23:59:59"))
    seal(log, at("2026-11-03T00:01"))
    seal(log, at("2026-11-03T00:01"))
    assert [(row.size, row.closes) for row in rows(log)] == [(1, "2026-11-02"), (2, "2026-11-02")]
    found = SealedLog(log).closing(date(2026, 11, 2))
    assert found is not None and found.size == 2


def test_of_two_sealers_each_step_is_done_by_one(log: Log) -> None:
    one, other = Sealer(log, SIGNER), Sealer(log, SIGNER)
    for count in (3, 260, 1):
        write(log, count)
        first, second = one.step(NOON), other.step(NOON)
        assert first.sealed is not None and second.sealed is None
        one, other = other, one
    assert [row.size for row in rows(log)] == [3, 263, 264]
    assert bytes(rows(log)[-1].root) == mth(hashes(log))


def test_sealers_side_by_side_with_writers_leave_no_gap_and_nothing_twice(log: Log) -> None:
    writing = threading.Event()
    writing.set()

    def keep_sealing() -> None:
        sealer = Sealer(log, SIGNER)
        while writing.is_set() or sealer.step(NOON).more:
            sealer.step(NOON)

    sealers = [threading.Thread(target=keep_sealing) for _ in range(3)]
    for thread in sealers:
        thread.start()
    for count in (1, 7, 300, 2, 90) * 4:
        write(log, count)
    writing.clear()
    for thread in sealers:
        thread.join(60)
    seal(log)
    found = rows(log)
    assert [row.number for row in found] == list(range(1, len(found) + 1))
    assert [row.size for row in found] == sorted({row.size for row in found})
    leaves = hashes(log)
    assert found[-1].size == len(leaves) == 1600
    assert all(bytes(row.root) == mth(leaves[: row.size]) for row in found)


def test_a_step_that_is_cut_off_anywhere_leaves_nothing_behind(log: Log) -> None:
    write(log, 300)
    seal(log)
    write(log, 300)
    before, leaves = rows(log), hashes(log)
    statements = 0

    def cut(at_statement: int) -> None:
        nonlocal statements
        statements = 0

        def count(*_: object) -> None:
            nonlocal statements
            statements += 1
            if statements > at_statement:
                raise RuntimeError("cut off")

        sa.event.listen(log.database.engine, "before_cursor_execute", count)
        try:
            Sealer(log, SIGNER).step(NOON)
        finally:
            sa.event.remove(log.database.engine, "before_cursor_execute", count)

    for point in range(100):
        try:
            cut(point)
        except RuntimeError:
            assert rows(log) == before
            assert SealedLog(log).consistency(299, 300)
        else:
            break
    assert point >= 5
    assert bytes(rows(log)[-1].root) == mth(leaves)


def test_a_new_life_of_the_log_is_another_origin_over_the_same_tree(log: Log) -> None:
    write(log, 5)
    seal(log)
    epoch = log.begin_epoch()
    write(log, 1)
    seal(log)
    before, after = (Checkpoint.parse(row.note.partition("\n\n")[0] + "\n") for row in rows(log))
    assert before.origin != after.origin == f"impulso/ledger/{epoch}"
    assert verify_consistency(5, 6, before.root, after.root, SealedLog(log).consistency(5, 6))


BROKEN = {
    "the log ends before what is sealed": ("DELETE FROM events WHERE id > 4", "UPDATE log_head SET head = 4"),
    "a tile is another": ("UPDATE tiles SET hashes = (SELECT root FROM checkpoints WHERE number = 2) WHERE first = 0",),
    "a tile is gone": ("DELETE FROM tiles",),
    "the root is another": (
        "UPDATE checkpoints SET root = (SELECT hashes FROM tiles WHERE level = 0 AND first = 0) WHERE size > 1",
    ),
    "an entry is missing behind what is sealed": ("DELETE FROM events WHERE id = 301",),
    "the latest entry is missing": ("DELETE FROM events WHERE id = 302",),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_nothing_is_signed_over_what_is_not_whole(log: Log, broken: str) -> None:
    write(log, 1)
    seal(log)
    write(log, 299)
    seal(log)
    write(log, 2)
    unguarded(log, *BROKEN[broken])
    before = rows(log)
    with pytest.raises(SealBroken, match="ledger"):
        Sealer(log, SIGNER).step(NOON)
    assert rows(log) == before


def test_no_proof_is_made_of_an_entry_that_was_changed_since(log: Log) -> None:
    write(log, 5)
    seal(log)
    unguarded(log, "UPDATE events SET topic = 'ledger.Other' WHERE id = 3")
    sealed = SealedLog(log)
    assert sealed.proof(2)
    with pytest.raises(SealBroken, match="evento 3"):
        sealed.proof(3)


@pytest.mark.parametrize("table", ["tiles", "checkpoints"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_what_is_sealed_cannot_be_changed(log: Log, table: str, change: str) -> None:
    write(log)
    seal(log)
    column = "hashes" if table == "tiles" else "root"
    with pytest.raises(sa_exc.DBAPIError, match="what is sealed is never changed"), log.database.write() as connection:
        connection.exec_driver_sql(change.format(table, column, column))


def test_the_checkpoint_that_first_covers_an_entry_is_found(log: Log) -> None:
    for count in (2, 3):
        write(log, count)
        seal(log)
    sealed = SealedLog(log)
    assert [found.size for sequence in (1, 2, 3, 5) if (found := sealed.covering(sequence))] == [2, 2, 5, 5]
    assert sealed.covering(6) is None


def test_stretches_of_tiles_never_cross_the_end_of_a_tile(log: Log) -> None:
    for count in (255, 2, 511, 3):
        write(log, count)
        seal(log)
    with log.database.read() as connection:
        found = connection.execute(sa.select(tiles)).all()
    for row in found:
        last = row.first + len(row.hashes) // 32 - 1
        assert row.first // 256 == last // 256

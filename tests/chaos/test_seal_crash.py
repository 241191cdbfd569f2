"""Sealing under SIGKILL: appending, sealing and signing are cut off at random moments, and every seal is looked at.

``IMPULSO_PROVE=1`` kills 250 times on each database.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from shared.audit.checkpoints import Checkpoint
from shared.audit.frontier import Frontier
from shared.audit.merkle import leaf_hash
from shared.audit.notes import Note
from shared.audit.sealed_log import SealedLog
from shared.audit.sealer import Sealer
from shared.audit.tiles import tiles_of
from shared.eventstore.database import Database
from shared.eventstore.log import Log
from shared.eventstore.schema import create_store
from shared.eventstore.tables import checkpoints
from tests.chaos.sealing_writer import SIGNER
from tests.databases import DIALECTS, database_url
from tests.figures import record
from tests.seeds import seed_of_run
from tests.waiting import until

KILLS = 250 if os.environ.get("IMPULSO_PROVE") else 4
ROOT = Path(__file__).parents[2]


def check(log: Log) -> dict[str, int]:
    """Assert that every entry is sealed once, where it stands in the log, and every checkpoint is right; count them."""
    with log.database.read() as connection:
        rows = connection.execute(sa.select(checkpoints).order_by(checkpoints.c.number)).all()
    assert [row.number for row in rows] == list(range(1, len(rows) + 1)), "a checkpoint is missing or was made twice"
    frontier, entries = Frontier(), log.entries(0, 10_000_000)
    leaves = [leaf_hash(entry.leaf) for entry in entries]
    for row in rows:
        for leaf in leaves[frontier.size : row.size]:
            frontier.append(leaf)
        assert (frontier.size, frontier.root) == (row.size, bytes(row.root)), "a root is not that of the stored rows"
        note = Note.parse(row.note.encode())
        assert note.verify([SIGNER.verifier])
        assert Checkpoint.parse(note.text).root == frontier.root
    assert frontier.size == len(entries), "an entry is not sealed"
    sealed = SealedLog(log)
    for tile in tiles_of(frontier.size):
        if tile.level == 0:
            first = tile.number * 256
            assert sealed.tile(tile) == b"".join(leaves[first : first + tile.width])
    return {"events": len(entries), "checkpoints": len(rows)}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_killed_at_any_moment_every_entry_is_sealed_once(
    dialect: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = seed_of_run()
    dice = random.Random(seed)
    with database_url(dialect, tmp_path) as url:
        log = Log("ledger", Database(url))
        create_store(log.database)
        sealed = SealedLog(log)
        for _ in range(KILLS):
            moment = dice.randrange(1, 60)
            before = last.size if (last := sealed.last()) else 0
            writer = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.sealing_writer"],
                cwd=ROOT,
                env={**os.environ, "LOG_URL": url},
                stderr=subprocess.PIPE,
            )
            try:
                until(
                    lambda least=before + moment: (last := sealed.last()) is not None and last.size >= least,
                    f"seed {seed}: the seals go on",
                    30,
                )
                assert writer.poll() is None, (writer.stderr or sys.stdin).read()
            finally:
                writer.kill()
                writer.wait(60)
                assert writer.stderr is not None
                writer.stderr.close()
        sealer = Sealer(log, SIGNER)
        while sealer.step().more:
            pass
        found = check(log)
        log.database.close()
    record(f"seal-crash-{dialect}", kills=KILLS, lost=0, sealed_twice=0, inconsistent=0, **found)
    with capsys.disabled():
        print(f"\nseal crash, {dialect}: seed {seed}, {KILLS} kills; {found}; 0 lost, 0 sealed twice, 0 inconsistent")

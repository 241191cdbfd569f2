"""A witness under SIGKILL: whatever it cosigned stands, and is the beginning of all that it cosigned later.

``IMPULSO_PROVE=1`` kills 100 times on each database.
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
from shared.audit.presenting import Presenter
from shared.audit.sealer import Sealer
from shared.audit.witness import Witness, divergences_of, last_of
from shared.eventstore.database import Database
from shared.eventstore.log import Log
from shared.eventstore.schema import create_store
from shared.eventstore.tables import cosignatures, witnessed
from tests.chaos.sealing_writer import COSIGNER, SIGNER
from tests.databases import DIALECTS, database_url
from tests.figures import record
from tests.seeds import seed_of_run
from tests.waiting import until

KILLS = 100 if os.environ.get("IMPULSO_PROVE") else 4
ROOT = Path(__file__).parents[2]
KEYS = [SIGNER.verifier, COSIGNER.verifier]


def check(log: Log, memory: Database) -> dict[str, int]:
    """Assert that everything cosigned is the log as it stands, in order, and each answer one that was given."""
    with memory.read() as connection:
        rows = connection.execute(sa.select(witnessed).order_by(witnessed.c.number)).all()
        assert divergences_of(connection) == [], "a lawful log was refused"
    assert [row.number for row in rows] == list(range(1, len(rows) + 1)), "a cosigned checkpoint is missing"
    frontier = Frontier()
    leaves = [leaf_hash(entry.leaf) for entry in log.entries(0, 10_000_000)]
    given = set()
    for row in rows:
        assert row.size >= frontier.size, "a smaller tree was cosigned after a larger one"
        for leaf in leaves[frontier.size : row.size]:
            frontier.append(leaf)
        assert (frontier.size, frontier.root) == (row.size, bytes(row.root)), "what was cosigned is not the log"
        note = Note.parse(row.note.encode())
        assert [each.key for each in note.verify(KEYS)] == KEYS
        assert Checkpoint.parse(note.text).root == frontier.root
        given.add(note)
    with log.database.read() as connection:
        kept = connection.execute(sa.select(cosignatures)).all()
    assert all(Note.parse(row.note.encode()) in given for row in kept), "an answer is kept that was not given"
    return {"cosigned": len(rows), "kept": len(kept)}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_killed_at_any_moment_a_witness_never_cosigns_what_excludes_what_it_cosigned(
    dialect: str, tmp_path: Path
) -> None:
    seed = seed_of_run()
    dice = random.Random(seed)
    for name in ("log", "memory"):
        (tmp_path / name).mkdir()
    with database_url(dialect, tmp_path / "log") as url, database_url(dialect, tmp_path / "memory") as other:
        log, memory = Log("ledger", Database(url)), Database(other)
        for database in (log.database, memory):
            create_store(database)

        def seen() -> int:
            with memory.read() as connection:
                last = last_of(connection, "ledger")
            return 0 if last is None else last.checkpoint.size

        for _ in range(KILLS):
            least = seen() + dice.randrange(1, 60)
            writer = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.sealing_writer"],
                cwd=ROOT,
                env={**os.environ, "LOG_URL": url, "MEMORY_URL": other},
                stderr=subprocess.PIPE,
            )
            try:
                until(lambda least=least: seen() >= least, f"seed {seed}: the witness goes on", 30)  # type: ignore[misc]
                assert writer.poll() is None, (writer.stderr or sys.stdin).read()
            finally:
                writer.kill()
                writer.wait(60)
                assert writer.stderr is not None
                writer.stderr.close()
        sealer = Sealer(log, SIGNER)
        while sealer.step().more:
            pass
        Presenter(log, lambda _epoch: False).step(Witness(memory, COSIGNER, lambda _log: [SIGNER.verifier]).see)
        assert seen() == log.head()
        found = check(log, memory)
        log.database.close()
        memory.close()
    record(f"witness-crash-{dialect}", kills=KILLS, refused=0, inconsistent=0, **found)

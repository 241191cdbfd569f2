"""A sealed log is tampered with at random, again and again: each time it is found, and a log left alone never is.

``IMPULSO_PROVE=1`` does it ten thousand times, and verifies as many lawful histories.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent
from sqlalchemy.engine import make_url

from shared.audit.keys import Kind, Signer
from shared.audit.presenting import Presenter
from shared.audit.verifying import Report, Verdict, verify
from shared.audit.witness import Witness, since_acknowledged
from shared.eventstore.append import append
from shared.eventstore.database import Database
from shared.eventstore.log import Log
from shared.eventstore.schema import create_store
from tests.chaos.tampering import ACTS, HEAD, tamper
from tests.databases import POSTGRES, database_url
from tests.figures import IN_FULL, record
from tests.seeds import seed_of_run
from tests.unit.audit.writing import NOON, SIGNER, seal, write

COUNTS = {"sqlite": 9_000, "postgresql": 1_000} if IN_FULL else {"sqlite": 60, "postgresql": 12}
ROLLBACKS = {"sqlite": 900, "postgresql": 100} if IN_FULL else {"sqlite": 12, "postgresql": 4}
FLIPS = 2_000 if IN_FULL else 40
LAWFUL, LASTING = (10_000, 100) if IN_FULL else (60, 30)
"""Lawful histories in all, and how many steps the longest of them have."""
KEYS = [SIGNER.verifier]
COSIGNER = Signer("impulso/witness", bytes(range(32, 64)), Kind.WITNESS)
NOW = NOON / 1_000_000 + 1
TRUTH = (
    "SELECT id, originator_id, originator_version, topic, state, recorded_at FROM events ORDER BY id",
    "SELECT head, clock, epoch FROM log_head",
    "SELECT level, first, hashes FROM tiles ORDER BY level, first",
    # When it was signed is told and not signed.
    "SELECT number, size, root, note, recorded_until, closes FROM checkpoints ORDER BY number",
)


def dice_of() -> tuple[int, random.Random]:
    seed = seed_of_run()
    return seed, random.Random(seed)


def sealed(url: str) -> None:
    """A sealed log of `HEAD` entries, in a database that nobody holds open afterwards."""
    database = Database(url)
    create_store(database)
    log = Log("ledger", database)
    for _ in range(HEAD // 5):
        write(log, 5)
        seal(log)
    database.close()


@contextmanager
def copies(dialect: str, folder: Path) -> Iterator[Iterator[Log]]:
    """The same sealed log, each time in a database of its own."""
    with database_url(dialect, folder) as url:
        sealed(url)
        yield _files(url) if dialect == "sqlite" else _templates(url)


def _files(url: str) -> Iterator[Log]:
    path = Path(make_url(url).database or "")
    copy = path.with_name("copy.db")
    while True:
        for left in path.parent.glob("copy.db*"):
            left.unlink()
        shutil.copyfile(path, copy)
        database = Database(f"sqlite:///{copy}")
        yield Log("ledger", database)
        database.close()


def _templates(url: str) -> Iterator[Log]:
    name = str(make_url(url).database)
    server = sa.create_engine(POSTGRES, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    while True:
        with server.connect() as connection:
            connection.execute(sa.text(f'CREATE DATABASE "{name}_copy" TEMPLATE "{name}"'))
        database = Database(make_url(url).set(database=f"{name}_copy").render_as_string(hide_password=False))
        try:
            yield Log("ledger", database)
        finally:
            database.close()
            with server.connect() as connection:
                connection.execute(sa.text(f'DROP DATABASE "{name}_copy" WITH (FORCE)'))


def looked_at(log: Log) -> Report:
    return verify(log, KEYS, now=NOW)


@pytest.mark.parametrize("dialect", COUNTS)
def test_whatever_is_tampered_with_is_broken(dialect: str, tmp_path: Path) -> None:
    seed, dice = dice_of()
    found: Counter[str] = Counter()
    with copies(dialect, tmp_path) as logs:
        for number, log in zip(range(COUNTS[dialect]), logs, strict=False):
            with log.database.write() as connection:
                done = tamper(connection, dice)
            assert looked_at(log).verdict is Verdict.BROKEN, f"seed {seed}, number {number}: {done}"
            found[done] += 1
        logs.close()  # type: ignore[attr-defined]
    assert not IN_FULL or len(found) == len(ACTS)
    record(f"tampering-{dialect}", tampered=sum(found.values()), found=sum(found.values()), missed=0)


def test_a_changed_byte_in_the_file_is_found_wherever_it_changes_what_is_stored(tmp_path: Path) -> None:
    """Where nothing reads (free pages, names of columns) it changes nothing, and then nobody is accused."""
    seed, dice = dice_of()
    changed = 0
    with copies("sqlite", tmp_path) as logs:
        truth = None
        for number, log in zip(range(FLIPS), logs, strict=False):
            truth = truth or _stored(log)
            log.database.close()
            path = Path(make_url(log.database.url).database or "")
            content = bytearray(path.read_bytes())
            at = dice.randrange(len(content))
            content[at] ^= 1 << dice.randrange(8)
            path.write_bytes(content)
            try:
                same, verdict = _stored(log) == truth, looked_at(log).verdict
            except (sa.exc.DBAPIError, ValueError, TypeError, AttributeError, LookupError):
                changed += 1  # not readable any more: found, too
                continue
            expected = Verdict.UNWITNESSED if same else Verdict.BROKEN
            assert verdict is expected, f"seed {seed}, number {number}, byte {at}: {verdict}"
            changed += not same
        logs.close()  # type: ignore[attr-defined]
    record("tampering-bytes", flipped=FLIPS, changed=changed, found=changed, missed=0, accused_wrongly=0)


def test_lawful_histories_are_never_accused(tmp_path: Path) -> None:
    """Whatever people and processes may do, step by step; each step leaves a history that is looked at whole."""
    seed, dice = dice_of()
    looked = 0
    for begun in range(LAWFUL // LASTING):
        with database_url("sqlite", tmp_path) as url:
            database = Database(url)
            create_store(database)
            log, moment = Log("ledger", database), NOON
            for number in range(LASTING):
                moment = lawfully(log, moment, dice)
                verdict = verify(log, KEYS, now=moment / 1e6).verdict
                assert verdict is Verdict.UNWITNESSED, f"seed {seed}, history {begun}, step {number}: {verdict}"
                looked += 1
            database.close()
    record("tampering-lawful", histories=looked, accused=0)


def lawfully(log: Log, moment: int, dice: random.Random) -> int:
    """One thing that may happen to a log after ``moment``, and the sealer's look; the moment then."""
    moment += dice.choice((1, 1_000_000, 3_600_000_000))
    act = dice.randrange(5)
    if act == 0:
        write(log, dice.randrange(1, 4), moment)
    elif act == 1:
        with pytest.raises(RuntimeError), log.database.write() as connection:
            connection.execute(sa.text("UPDATE log_head SET head = head + 1"))
            raise RuntimeError("a conflict: nothing of it stays")
    elif act == 2:
        conflicting(log, moment)
    elif act == 3 and dice.random() < 0.1:
        log.begin_epoch()
    seal(log, moment)
    return moment


def conflicting(log: Log, moment: int) -> None:
    """A version that another has taken is refused, and tried again as the next one it stands."""
    case = uuid4()

    def note(version: int) -> None:
        with log.database.write() as connection:
            append(connection, [StoredEvent(case, version, "ledger.Noted", uuid4().bytes)], now=moment)

    note(1)
    with pytest.raises(sa.exc.IntegrityError):
        note(1)
    note(2)


@pytest.mark.parametrize("dialect", ROLLBACKS)
def test_a_backup_put_back_is_another_history_to_the_witness_whatever_is_added_to_it(
    dialect: str, tmp_path: Path
) -> None:
    """With all its seals and the log's own key nothing in it is wrong: only what the witness saw tells."""
    seed, dice = dice_of()
    memory = Database(f"sqlite:///{tmp_path / 'memory.db'}")
    create_store(memory)
    witness = Witness(memory, COSIGNER, lambda _log: KEYS)
    with copies(dialect, tmp_path) as logs:
        log = next(logs)
        write(log, dice.randrange(1, 20))
        seal(log)
        assert Presenter(log, lambda _epoch: False).step(witness.see)
        with memory.read() as connection:
            seen = [*since_acknowledged(connection, "ledger")]
        for number, old in zip(range(ROLLBACKS[dialect]), logs, strict=False):
            if grown := dice.choice((0, dice.randrange(1, 40))):
                write(old, grown)
                seal(old)
            report = verify(old, KEYS, witnesses=[COSIGNER.verifier], seen=seen, now=NOW)
            assert report.verdict is Verdict.DIVERGENT, f"seed {seed}, number {number}: {report}"
        logs.close()  # type: ignore[attr-defined]
    memory.close()
    record(f"tampering-rollback-{dialect}", put_back=ROLLBACKS[dialect], found=ROLLBACKS[dialect], missed=0)


def _stored(log: Log) -> list[object]:
    with log.database.read() as connection:
        return [[tuple(row) for row in connection.exec_driver_sql(query).all()] for query in TRUTH]

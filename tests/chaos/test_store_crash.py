"""The store under SIGKILL: writers are killed at random moments, two at a time, and the log is looked at afterwards.

Whatever the moment: no hole in the log or in an aggregate, every unit of work whole or absent, every command that was
acknowledged stored, its result and its events in agreement, and the read model what the events say.
``IMPULSO_PROVE=1`` kills twenty times as often.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from shared.eventstore.database import Database
from shared.eventstore.schema import create_store
from shared.eventstore.tables import claims, commands, log_head
from shared.privacy.keys import KeyRing, MasterKey
from shared.runtime.definition import ServiceDefinition
from shared.runtime.rebuild import rebuild
from tests.chaos.ledger_writer import LEDGERS, application, ledger_id
from tests.databases import DIALECTS, database_url
from tests.figures import record
from tests.seeds import seed_of_run
from tests.unit.eventstore.ledger import Ledger, LedgerApplication, balances, view_tables
from tests.waiting import until

KILLS = 80 if os.environ.get("IMPULSO_PROVE") else 4
ROOT = Path(__file__).parent.parent.parent


class Writer:
    """One writing process and the promises that it made."""

    def __init__(self, promises: Path, environment: dict[str, str]) -> None:
        self.promises = promises
        with promises.open("ab") as out:
            self.running = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.ledger_writer"],
                cwd=ROOT,
                env={**os.environ, **environment},
                stdout=out,
                stderr=subprocess.PIPE,
            )

    def kill(self) -> None:
        assert self.running.poll() is None, (self.running.stderr or sys.stdin).read()
        self.running.send_signal(signal.SIGKILL)
        self.running.wait(60)
        assert self.running.stderr is not None
        self.running.stderr.close()

    @property
    def promised(self) -> list[UUID]:
        return [UUID(line) for line in self.promises.read_text().splitlines() if len(line) == 32]


@contextmanager
def empty_store(dialect: str, folder: Path) -> Iterator[dict[str, str]]:
    with database_url(dialect, folder) as url:
        where = {
            "LEDGER_URL": url,
            "LEDGER_KEYS": f"sqlite:///{folder / 'keys.db'}",
            "LEDGER_MASTER": str(folder / "master.key"),
        }
        database, keys = Database(url), KeyRing(where["LEDGER_KEYS"], MasterKey.create(folder / "master.key"), "ledger")
        keys.create_tables()
        create_store(database)
        with database.write() as connection:
            view_tables.create_all(connection)
        keys.close()
        database.close()
        yield where


def balances_of(app: LedgerApplication) -> dict[UUID, int]:
    with app.database.read() as connection:
        return {row.ledger: row.balance for row in connection.execute(sa.select(balances))}


def check(app: LedgerApplication, promised: set[UUID]) -> Counter[str]:
    """Assert all that must hold, and count what there is."""
    with app.database.read() as connection:
        head, clock = connection.execute(sa.select(log_head.c.head, log_head.c.clock)).one()
        handled = set(connection.scalars(sa.select(commands.c.command_id)))
        claimed = {UUID(key) for key in connection.scalars(sa.select(claims.c.key))}
    entries = app.log.entries(0, 10_000_000)
    assert [entry.sequence for entry in entries] == list(range(1, head + 1)), "a hole in the log"
    moments = [entry.recorded_at for entry in entries]
    assert moments == sorted(moments) and int(moments[-1].timestamp()) <= clock // 1_000_000, "the clock went back"
    versions: dict[UUID, int] = {}
    booked: Counter[UUID] = Counter()
    amounts: Counter[UUID] = Counter()
    for entry in entries:
        assert entry.originator_version == versions.get(entry.originator_id, 0) + 1, "a hole in an aggregate"
        versions[entry.originator_id] = entry.originator_version
        event, about = app.mapper.open(entry)  # type: ignore[attr-defined]
        if isinstance(event, Ledger.Booked):
            assert event.remark.value == "sin nota", "an event whose key did not survive"
            booked[about.command_id] += 1
            amounts[entry.originator_id] += event.amount
    assert set(booked.values()) == {2}, "a unit of work was torn, or a command took effect twice"
    assert set(booked) == handled == claimed, "commands, claims and events disagree"
    assert promised <= handled, "an acknowledged command is lost"
    assert balances_of(app) == {ledger: amounts[ledger] for ledger in versions}, "the read model disagrees"
    loaded = [app.loader.get(Ledger, ledger_id(number)) for number in range(LEDGERS)]
    assert {each.id: each.balance for each in loaded if each is not None} == dict(amounts)
    return Counter(events=head, commands=len(handled), promised=len(promised))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_writer_killed_at_any_moment_leaves_no_hole_and_nothing_torn(
    dialect: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = seed_of_run()
    dice = random.Random(seed)
    began = time.monotonic()
    with empty_store(dialect, tmp_path) as where:
        app = application(where["LEDGER_URL"], where["LEDGER_KEYS"], where["LEDGER_MASTER"])
        writers = [Writer(tmp_path / f"promises-{number}", where) for number in range(2)]
        try:
            for _ in range(KILLS):
                head = app.log.head()
                # A moment of its own, once both have written something new.
                known = [len(writer.promised) for writer in writers]
                until(
                    lambda known=known: all(  # type: ignore[misc]
                        len(writer.promised) > before for writer, before in zip(writers, known, strict=True)
                    ),
                    f"seed {seed}: both write",
                    30,
                )
                moment = head + dice.randrange(5, 60)
                until(lambda moment=moment: app.log.head() >= moment, f"seed {seed}: the log grows", 30)  # type: ignore[misc]
                victim = dice.randrange(2)
                writers[victim].kill()
                writers[victim] = Writer(tmp_path / f"promises-{victim}", where)
        finally:
            for writer in writers:
                writer.kill()
        promised = {each for writer in writers for each in writer.promised}
        found = check(app, promised)
        rebuild(app, ServiceDefinition("ledger", LedgerApplication))
        assert check(app, promised) == found, "a rebuild gives another read model"
        app.database.close()
        app.keys.close()
    record(f"store-crash-{dialect}", kills=KILLS + 2, holes=0, torn=0, lost=0, **found)
    with capsys.disabled():
        print(
            f"\nstore crash, {dialect}: seed {seed}, {KILLS + 2} kills in {time.monotonic() - began:.0f} s; "
            f"{found['events']} events, {found['commands']} commands, {found['promised']} acknowledged; "
            "0 holes, 0 torn, 0 lost"
        )

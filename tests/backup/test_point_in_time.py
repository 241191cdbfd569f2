"""PostgreSQL's own way back to any moment, rehearsed: base backup, archived log, recovery, new epoch."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

import pytest
import sqlalchemy as sa

from shared.backup.keys import keep, read
from shared.backup.problems import CheckFailed
from shared.backup.renewing import renew
from shared.backup.sites import Site
from shared.delivery.errors import Diverged
from shared.delivery.feed import Feed
from shared.delivery.follower import Follower
from shared.eventstore import guards
from shared.privacy.key_store import KeyStore
from shared.privacy.keys import MasterKey
from tests.backup.pair import CASES, CIRCLE, Pair, pair
from tests.counting import case
from tests.required import required
from tests.waiting import until

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
QUIET = "-c fsync=off -c shared_buffers=16MB -c max_connections=60 -c unix_socket_directories=''"


class Server:
    """A PostgreSQL server over ``data``, run by an account that may (the server refuses root)."""

    def __init__(self, data: Path) -> None:
        self.data = data
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}"

    def program(self, name: str, *arguments: str) -> None:
        command = [str(PROGRAMS[-1] / name), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd="/")
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self, *settings: str) -> None:
        options = " ".join([QUIET, f"-c listen_addresses=127.0.0.1 -p {self.port}", *settings])
        log = str(self.data.parent / f"{self.data.name}.log")
        self.program("pg_ctl", "-D", str(self.data), "-l", log, "-w", "-t", "100", "-o", options, "start")

    def stop(self) -> None:
        self.program("pg_ctl", "-D", str(self.data), "-m", "immediate", "stop")

    def run(self, *statements: str) -> object:
        """The last statement's value."""
        server = sa.create_engine(f"{self.url}/postgres", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with server.connect() as connection:
            for statement in statements:
                result = connection.execute(sa.text(statement))
            return result.scalar() if result.returns_rows else None


@contextmanager
def running(server: Server, *settings: str) -> Iterator[Server]:
    server.start(*settings)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short-lived folder of the account that runs the server."""
    made = Path(mkdtemp(prefix="impulso-pitr-"))
    if os.geteuid() == 0:
        shutil.chown(made, "postgres")
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def test_every_service_goes_back_to_one_moment_and_begins_a_new_epoch(folder: Path, tmp_path: Path) -> None:
    required(PROGRAMS, "PostgreSQL's own programs are missing: apt-get install postgresql")
    archive, base = folder / "archive", folder / "base"
    first = Server(folder / "first")
    first.program("initdb", "-D", str(first.data), "-A", "trust", "-U", "postgres", "-N", "--encoding=UTF8")
    subprocess.run(["install", "-d", "-m", "777", str(archive)], check=True)
    archiving = ("-c archive_mode=on", "-c wal_level=replica", f"-c archive_command='cp %p {archive}/%f'")
    with running(first, *archiving):
        sites = {}
        for name, definition in CIRCLE.items():
            first.run(f'CREATE DATABASE "{name}"', f'CREATE DATABASE "{name}_keys"')
            place = (f"{first.url}/{name}", f"{first.url}/{name}_keys", tmp_path / name)
            sites[name] = Site(name, *place, views=definition.application.views)
        living = Pair(sites, MasterKey.create(tmp_path / "master.key")).open(create=True)
        living.decide(CASES * 7)
        first.program("pg_basebackup", "-h", "127.0.0.1", "-p", str(first.port), "-U", "postgres", "-D", str(base))
        living.decide(CASES)
        living.settle()
        wanted, moment = living.heads(), first.run("SELECT pg_sleep(0.01)", "SELECT clock_timestamp()::text")
        # What happens from here on is the mistake that is to be undone; but for an erasure, which stays.
        living.decide(CASES * 2)
        living.settle()
        living.services["counter"].keys.destroy(case(3), "s")
        for name, site in sites.items():
            store = KeyStore(site.keys_url)
            keep(tmp_path / "claves", read(name, store))
            store.close()
        last = first.run("SELECT pg_walfile_name(pg_switch_wal())")
        until(lambda: (archive / str(last)).exists(), "the write-ahead log is archived", 60)

        second = Server(base)
        (base / "recovery.signal").touch()
        if os.geteuid() == 0:
            shutil.chown(base / "recovery.signal", "postgres")
        back = (
            f"-c restore_command='cp {archive}/%f %p'",
            f"-c recovery_target_time='{moment}'",
            "-c recovery_target_action=promote",
            "-c archive_mode=off",
        )
        with running(second, *back):
            until(lambda: second.run("SELECT pg_is_in_recovery()") is False, "the server is back at that moment", 60)
            restored = {
                name: replace(site, database_url=f"{second.url}/{name}", keys_url=f"{second.url}/{name}_keys")
                for name, site in sites.items()
            }
            done = renew([*restored.values()], tmp_path / "claves")
            assert (done["heads"], done["erased_again"]) == (wanted, 1)
            again = Pair(restored, living.master).open()
            assert again.services["counter"].keys.key(case(3), "s") is None
            assert (
                again.services["counter"].application.log.epoch() != living.services["counter"].application.log.epoch()
            )
            again.decide(CASES * 2)
            again.settle()
            counted, mirrored = again.balance()
            assert counted == mirrored
            # Who lived through the mistake notices that this is another life, though the numbers are the same.
            feed = Feed(again.services["counter"].application.log, again.services["counter"].publication)
            with pytest.raises(Diverged):
                Follower("counter", feed, living.services["watcher"].inbox).tick()
            again.close()
        living.close()


def test_databases_of_different_moments_are_not_given_a_new_epoch(tmp_path: Path) -> None:
    with pair("sqlite", tmp_path / "living") as living:
        living.decide(20)
        living.settle()
        with living.counter.database.write() as connection:
            for trigger in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER events_refuse_{trigger}")
            connection.exec_driver_sql("DELETE FROM events WHERE id > 10")
            connection.exec_driver_sql("UPDATE log_head SET head = 10")
            guards.install(connection)
        with pytest.raises(CheckFailed, match="que no está en su registro"):
            renew([*living.sites.values()])

"""A read model is made anew beside the one in service, exchanged as one, and ends as if it were made from nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from shared.delivery.feed import Feed
from shared.delivery.follower import Follower
from shared.eventstore import shadow
from shared.eventstore.database import Database
from shared.eventstore.errors import ReadersStay
from shared.privacy.keys import MasterKey
from shared.runtime import migrate, shadowing
from shared.runtime.assembly import Assembled, Place, assemble
from shared.runtime.rebuild import rebuild
from shared.runtime.rebuilding import NoRebuild, Rebuilding, RebuildRunning
from tests.counting import COUNTER, NO_DEFECTS, case, count, defects, receipts
from tests.databases import DIALECTS, database_url
from tests.tallies import READER, TALLIES, notes, rows, steps, tallies
from tests.waiting import until

TEN = list(range(10))


@pytest.fixture
def master(tmp_path: Path) -> MasterKey:
    return MasterKey.create(tmp_path / "master.key")


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextmanager
def tallying(dialect: str, folder: Path, master: MasterKey) -> Iterator[Assembled]:
    with database_url(dialect, folder) as url:
        place = Place(url, f"sqlite:///{folder / 'keys.db'}", folder / "files")
        made = assemble(TALLIES, place, master, None, create=True)
        yield made
        made.close()


def finish(rebuilding: Rebuilding) -> None:
    """Move on until it has ended."""
    while rebuilding.advance():
        pass


def state(rebuilding: Rebuilding) -> str:
    progress = rebuilding.progress()
    assert progress is not None
    return str(progress["state"])


def equals_one_from_scratch(service: Assembled) -> bool:
    """Row by row; what no log holds stays as it is."""
    beside = rows(service.application)
    rebuild(service.application, TALLIES)
    anew = rows(service.application)
    return {**beside, "notes": []} == {**anew, "notes": []}


def test_commands_and_readers_go_on_while_it_is_made_anew(
    dialect: str, tmp_path: Path, master: MasterKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadowing, "BATCH", 50)
    with tallying(dialect, tmp_path, master) as service, ThreadPoolExecutor(4) as pool:
        app: Any = service.application
        count(app, TEN * 20)
        over = threading.Event()

        def command(first: int) -> int:
            turns = 0
            while not over.is_set():
                count(app, [first, first + 1])
                turns += 1
            return turns

        def read() -> int:
            """In each moment the tables agree with each other, and nothing that was there is gone."""
            most = turns = 0
            while not over.is_set():
                with app.database.read() as connection:
                    counted = connection.execute(sa.select(sa.func.sum(tallies.c.number))).scalar_one()
                    stepped = connection.execute(sa.select(sa.func.count()).select_from(steps)).scalar_one()
                assert counted == stepped
                assert counted >= most
                most, turns = counted, turns + 1
            return turns

        busy = [pool.submit(command, 0), pool.submit(command, 4), pool.submit(read), pool.submit(read)]
        rebuilding = Rebuilding(service, {})
        for _ in range(3):
            rebuilding.begin(by="9f1c", reason="se corrigió la proyección")
            while rebuilding.progress()["state"] == "running":  # type: ignore[index]
                try:
                    rebuilding.advance()
                except ReadersStay:
                    continue
        over.set()
        assert all(one.result() > 0 for one in busy)
        assert state(rebuilding) == "done"
        assert equals_one_from_scratch(service)


def test_a_process_that_is_killed_in_the_middle_leaves_a_rebuild_that_the_next_one_ends(
    dialect: str, tmp_path: Path, master: MasterKey
) -> None:
    with tallying(dialect, tmp_path, master) as service:
        count(service.application, TEN * 20)
        former = rows(service.application)
        rebuilding = Rebuilding(service, {}, near=0)
        rebuilding.begin(by="9f1c")
        command = [sys.executable, "-m", "tests.tallies", service.application.database.url, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as victim:
            assert victim.stdout is not None
            reached = [int(victim.stdout.readline()) for _ in range(5)][-1]
            victim.kill()
        progress = rebuilding.progress()
        assert progress is not None and progress["state"] == "running"
        assert reached <= progress["done"] < progress["total"]
        assert rows(service.application) == former
        count(service.application, TEN)
        finish(rebuilding)
        progress = rebuilding.progress()
        assert progress is not None and (progress["state"], progress["done"]) == (
            "done",
            service.application.log.head(),
        )
        assert equals_one_from_scratch(service)


def test_two_processes_that_have_it_in_hand_do_each_batch_once(
    dialect: str, tmp_path: Path, master: MasterKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadowing, "BATCH", 10)
    with tallying(dialect, tmp_path, master) as service:
        count(service.application, TEN * 10)
        rivals = [Rebuilding(service, {}, near=0) for _ in range(2)]
        rivals[0].begin(by="9f1c")
        stop = threading.Event()
        threads = [threading.Thread(target=one.run, args=(stop,)) for one in rivals]
        for thread in threads:
            thread.start()
        until(lambda: state(rivals[0]) != "running", "the rebuild ends")
        stop.set()
        for one, thread in zip(rivals, threads, strict=True):
            one.wake.set()
            thread.join(60)
        progress = rivals[0].progress()
        assert progress is not None and (progress["state"], progress["done"]) == (
            "done",
            service.application.log.head(),
        )
        assert equals_one_from_scratch(service)


def test_what_no_log_holds_is_carried_over(dialect: str, tmp_path: Path, master: MasterKey) -> None:
    with tallying(dialect, tmp_path, master) as service:
        app = service.application
        count(app, TEN)
        rebuilding = Rebuilding(service, {})
        rebuilding.begin(by="9f1c")
        with app.database.write() as connection:
            connection.execute(notes.insert().values(id=1, text="una nota"))
        finish(rebuilding)
        assert rows(app)["notes"] == [(1, "una nota")]
        # And again, on the tables and indexes that were exchanged.
        rebuilding.begin(by="9f1c")
        finish(rebuilding)
        assert rows(app)["notes"] == [(1, "una nota")]
        assert equals_one_from_scratch(service)


def test_a_projection_that_fails_ends_it_and_leaves_the_one_in_service(
    dialect: str, tmp_path: Path, master: MasterKey
) -> None:
    with tallying(dialect, tmp_path, master) as service:
        app: Any = service.application
        count(app, TEN * 3)
        former = rows(app)
        rebuilding = Rebuilding(service, {}, near=0)
        rebuilding.begin(by="9f1c")
        app.indigestible = frozenset({2})
        finish(rebuilding)
        progress = rebuilding.progress()
        assert progress is not None
        assert (progress["state"], progress["error_code"]) == ("failed", "ValueError")
        assert "tests/tallies.py" in progress["error_place"]
        assert rows(app) == former
        app.indigestible = frozenset()
        rebuilding.begin(by="9f1c")
        finish(rebuilding)
        assert state(rebuilding) == "done"
        assert rows(app) == former


def test_one_at_a_time_and_it_can_be_given_up(dialect: str, tmp_path: Path, master: MasterKey) -> None:
    with tallying(dialect, tmp_path, master) as service:
        count(service.application, TEN)
        former = rows(service.application)
        rebuilding = Rebuilding(service, {}, near=0)
        with pytest.raises(NoRebuild):
            rebuilding.cancel()
        rebuilding.begin(by="9f1c")
        with pytest.raises(RebuildRunning):
            rebuilding.begin(by="9f1c")
        assert rebuilding.advance()
        assert rebuilding.cancel()["state"] == "cancelled"
        assert not rebuilding.advance()
        assert rows(service.application) == former
        # What it leaves is in nobody's way: not of the next rebuilds, nor of tables of a new definition.
        rebuilding.begin(by="9f1c")
        finish(rebuilding)
        rebuilding.begin(by="9f1c")
        rebuilding.cancel()
        with service.application.database.write(alone=True) as connection:
            service.application.views.recreate(connection, "counter")
        rebuild(service.application, TALLIES)
        assert rows(service.application) == former


def test_a_reader_that_stays_puts_the_exchange_off_and_no_writer(
    dialect: str, tmp_path: Path, master: MasterKey
) -> None:
    """PostgreSQL: a reader from before would see new tables without their newest rows. SQLite shows it the old ones."""
    with tallying(dialect, tmp_path, master) as service:
        app = service.application
        count(app, TEN)
        rebuilding = Rebuilding(service, {})
        rebuilding.begin(by="9f1c")
        with app.database.read() as reader:
            seen = reader.execute(sa.select(sa.func.count()).select_from(steps)).scalar_one()
            if dialect == "postgresql":
                with pytest.raises(ReadersStay):
                    rebuilding.advance()
            else:
                assert not rebuilding.advance()
            count(app, TEN)
            assert reader.execute(sa.select(sa.func.count()).select_from(steps)).scalar_one() == seen
        finish(rebuilding)
        assert state(rebuilding) == "done"
        assert equals_one_from_scratch(service)


def test_a_reader_is_made_anew_from_what_it_follows_with_what_was_parked_meanwhile(
    dialect: str, tmp_path: Path, master: MasterKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadowing, "BATCH", 10)
    counter = assemble(COUNTER, Place.under(tmp_path / "counter"), master, None, create=True)
    count(counter.application, TEN * 3)
    firsts = {entry.originator_id: entry.sequence for entry in reversed(counter.application.log.entries(0, 100))}
    with database_url(dialect, tmp_path) as url:
        place = Place(url, f"sqlite:///{tmp_path / 'reader-keys.db'}", tmp_path / "files")
        reader = assemble(READER, place, master, None, create=True)
        app: Any = reader.application
        feed = Feed(counter.application.log, counter.publication)
        follower = Follower("counter", feed, reader.inbox)
        app.distaste = {(case(number), firsts[case(number)]) for number in (1, 2, 3)}
        follower.tick()
        rebuilding = Rebuilding(reader, {"counter": feed}, near=0)
        rebuilding.begin(by="9f1c")
        for _ in range(3):
            assert rebuilding.advance()
        # It has passed them by; one is mended, one given up, one stays, and the follower goes on.
        app.distaste.discard((case(1), firsts[case(1)]))
        reader.inbox.parking.retry("counter", case(1))
        reader.inbox.parking.discard("counter", firsts[case(2)], by="ana", reason="repetido en papel")
        count(counter.application, TEN)
        follower.tick()

        def applied() -> list[tuple[int, Any]]:
            with app.database.read() as connection:
                found = sa.select(receipts.c.sequence, receipts.c.subject).order_by(receipts.c.sequence)
                return [tuple(row) for row in connection.execute(found)]

        before, parked = applied(), reader.inbox.parking.events()
        finish(rebuilding)
        assert state(rebuilding) == "done"
        assert applied() == before
        assert reader.inbox.parking.events() == parked
        assert reader.inbox.position("counter").position == counter.application.log.head()
        # What it could not stomach is applied to the new tables once it is mended.
        app.distaste = set()
        reader.inbox.parking.retry("counter", case(3))
        follower.tick()
        assert {**defects(counter.application, app), "disorder": 0} == {**NO_DEFECTS, "lost": 1}
        reader.close()
    counter.close()


def test_the_role_of_the_application_owns_nothing_and_still_exchanges_the_tables(
    tmp_path: Path, master: MasterKey
) -> None:
    """On PostgreSQL alone: SQLite knows no roles."""
    with database_url("postgresql", tmp_path) as url:
        owner, role = Database(url), f"app_{uuid4().hex[:12]}"
        views = TALLIES.application.views
        migrate.upgrade(owner, [migrate.STORE])
        migrate.make_views(owner, views, "counter")
        with owner.write() as connection:
            connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN PASSWORD 'app'")
        try:
            migrate.grant(owner, role, views)
            as_app = make_url(url).set(username=role, password="app").render_as_string(hide_password=False)
            place = Place(as_app, f"sqlite:///{tmp_path / 'keys.db'}", tmp_path / "files")
            MasterKey.load(tmp_path / "master.key")
            keys = assemble(TALLIES, Place.under(tmp_path / "made"), master, None, create=True)
            keys.close()
            place = replace(place, keys_url=f"sqlite:///{tmp_path / 'made' / 'keys.db'}")
            service = assemble(TALLIES, place, master, None, create=False)
            count(service.application, TEN * 3)
            rebuilding = Rebuilding(service, {}, near=0)
            for _ in range(2):
                rebuilding.begin(by="9f1c")
                finish(rebuilding)
                progress = rebuilding.progress()
                assert progress is not None and progress["state"] == "done", progress
            assert equals_one_from_scratch(service)
            with owner.read() as connection:
                owners = connection.execute(
                    sa.text("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
                )
                assert role not in set(owners.scalars())
                assert shadow.stand(connection, views.metadata)
            service.close()
        finally:
            owner.close()
            with Database(url).write() as connection:
                connection.exec_driver_sql(f"DROP OWNED BY {role}")
                connection.exec_driver_sql(f"DROP ROLE {role}")

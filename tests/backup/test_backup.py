"""A backup is one moment of all services, and what is restored from it goes on as if nothing had happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from shared.audit.checkpoints import Checkpoint
from shared.audit.keys import Signer
from shared.audit.merkle import verify_consistency
from shared.audit.sealed_log import SealedLog
from shared.audit.sealer import Sealer
from shared.audit.verifying import verify as verify_seals
from shared.backup.archive import Archive
from shared.backup.problems import AnotherRestore, NotEmpty, StillServed
from shared.backup.restoring import restore
from shared.backup.sites import Site
from shared.backup.taking import take
from shared.backup.verifying import verify
from shared.delivery.errors import Diverged
from shared.delivery.feed import Feed
from shared.delivery.follower import Follower
from shared.eventstore.database import Database
from shared.eventstore.tables import events
from shared.eventstore.views import Views
from shared.privacy.keys import MasterKey
from shared.runtime import migrate
from shared.runtime.restoration import RestoreUnfinished
from tests.backup.copying import Interrupted, Told, taken
from tests.backup.pair import CASES, CIRCLE, Pair, empty_sites, pair
from tests.databases import DIALECTS, POSTGRES


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_copy_taken_under_load_is_one_moment_of_services_that_follow_each_other(dialect: str, tmp_path: Path) -> None:
    """Nothing of before the copy is lost, no position is ahead of its log, nothing is applied twice afterwards."""
    with pair(dialect, tmp_path / "living") as living:
        living.decide(CASES)
        known, points = [], []
        with living.busy():
            for _ in range(4):
                known.append(living.heads())
                points.append(taken(living, tmp_path))
        for number, (before, point) in enumerate(zip(known, points, strict=True)):
            verdict = verify(tmp_path / "datos", tmp_path / "claves", point)
            assert verdict.defects == []
            with empty_sites(dialect, tmp_path / f"again{number}") as sites:
                done = restore([*sites.values()], tmp_path / "datos", tmp_path / "claves", point)
                assert all(done.heads[name] >= before[name] for name in before)
                again = Pair(sites, living.master).open()
                again.settle()
                counted, mirrored = again.balance()
                assert counted == mirrored
                assert max(counted.values()) == 1
                again.decide(CASES)
                again.settle()
                assert len(set(again.balance()[1])) == len(counted) + CASES
                again.close()


@pytest.mark.parametrize("target", DIALECTS)
def test_what_was_sealed_is_restored_and_sealed_on_under_a_new_origin(
    living: Pair, tmp_path: Path, target: str
) -> None:
    """A proof handed out before the restore holds after it, and the tree goes on from where it was."""
    living.decide(300)
    before, signer = living.counter.log, Signer("impulso/counter", b"k" * 32)
    Sealer(before, signer).step()
    proof, entry = SealedLog(before).proof(7), before.entries(6, 1)[0]
    taken(living, tmp_path)
    with empty_sites(target, tmp_path / "again") as sites:
        restore([*sites.values()], tmp_path / "datos", tmp_path / "claves")
        again = Pair(sites, living.master).open()
        again.decide(5)
        after = again.counter.log
        sealed = Sealer(after, signer).step().sealed
        assert sealed is not None and sealed.size == after.head() > 300
        assert Checkpoint.parse(sealed.note.text).origin == f"impulso/counter/{after.epoch()}"
        former, _signatures = proof.verify(entry.leaf, [signer.verifier])
        assert former.origin == f"impulso/counter/{before.epoch()}" != f"impulso/counter/{after.epoch()}"
        assert after.entries(6, 1)[0].leaf == entry.leaf
        way = SealedLog(after).consistency(former.size, sealed.size)
        assert verify_consistency(former.size, sealed.size, former.root, sealed.root, way)
        again.close()


@pytest.mark.parametrize("target", DIALECTS)
def test_the_access_log_comes_back_whole_with_its_seals_and_goes_on_under_a_new_origin(
    living: Pair, tmp_path: Path, target: str
) -> None:
    living.decide(3)
    before, signer = living.counter.access, Signer("impulso/counter", b"k" * 32)
    before.keep([before.entry("read", count=number) for number in range(250)])
    Sealer(before.log, signer).step()
    proof, entry = SealedLog(before.log).proof(7), before.log.entries(6, 1)[0]
    before.note("export")
    taken(living, tmp_path)
    before.note("logout")
    assert verify(tmp_path / "datos", tmp_path / "claves").sound
    with empty_sites(target, tmp_path / "again") as sites:
        restore([*sites.values()], tmp_path / "datos", tmp_path / "claves")
        again = Pair(sites, living.master).open()
        after = again.counter.access
        assert [row["what"] for row in after.entries(limit=1_000)] == ["read"] * 250 + ["export"]
        assert after.log.epoch() == again.counter.log.epoch() != before.log.epoch()
        after.note("denied")
        assert after.log.head() == 252
        sealed = Sealer(after.log, signer).step().sealed
        assert sealed is not None and sealed.size == 252
        assert Checkpoint.parse(sealed.note.text).origin == f"impulso/counter.access/{after.log.epoch()}"
        former, _signatures = proof.verify(entry.leaf, [signer.verifier])
        way = SealedLog(after.log).consistency(former.size, sealed.size)
        assert verify_consistency(former.size, sealed.size, former.root, sealed.root, way)
        assert verify_seals(after.log, [signer.verifier]).consistent
        again.close()


def test_a_copy_of_before_there_was_an_access_log_comes_back_with_an_empty_one(living: Pair, tmp_path: Path) -> None:
    living.decide(3)
    living.counter.access.note("read")
    taken(living, tmp_path)
    archive = Archive(tmp_path / "datos")
    services = archive.point()["services"]
    for service in services.values():
        del service["access"]
        service["tables"] = {name: kept for name, kept in service["tables"].items() if not name.startswith("access_")}
        service["revisions"]["store"] = "s0006"
    archive.add_point({"taken_at": "2026-11-01T00:00:00+00:00", "services": services}, datetime.now(UTC))
    assert verify(tmp_path / "datos", tmp_path / "claves").sound
    with empty_sites(living.counter.database.dialect, tmp_path / "again") as sites:
        restore([*sites.values()], tmp_path / "datos", tmp_path / "claves")
        again = Pair(sites, living.master).open()
        assert again.counter.access.log.head() == 0 and again.counter.log.head() == living.counter.log.head()
        again.counter.access.note("read")
        again.close()


def test_a_second_copy_reads_only_what_is_new(living: Pair, tmp_path: Path, small: None) -> None:
    living.decide(200)
    taken(living, tmp_path)
    told = Told()
    living.decide(1)
    taken(living, tmp_path, told=told)
    lengths = [done for what, done, _ in told.calls if what == "counter"]
    assert set(lengths) == {living.heads()["counter"]}


def test_an_interrupted_copy_goes_on_where_it_stopped(living: Pair, tmp_path: Path, small: None) -> None:
    living.decide(200)
    with pytest.raises(Interrupted):
        taken(living, tmp_path, told=Told(at=4))
    assert Archive(tmp_path / "datos").names() == []
    told = Told()
    taken(living, tmp_path, told=told)
    assert min(done for what, done, _ in told.calls if what == "counter") > 4 * 40
    assert verify(tmp_path / "datos", tmp_path / "claves").sound


def test_an_interrupted_restore_is_opened_by_nobody_and_goes_on(living: Pair, tmp_path: Path, small: None) -> None:
    living.decide(200)
    living.settle()
    taken(living, tmp_path)
    dialect = living.counter.database.dialect
    with empty_sites(dialect, tmp_path / "again") as sites:
        places = [*sites.values()]
        for at in (2, 3, 5):
            with pytest.raises(Interrupted):
                restore(places, tmp_path / "datos", tmp_path / "claves", told=Told(at=at))
            with pytest.raises(RestoreUnfinished):
                Pair(sites, living.master).open(create=True)
        restore(places, tmp_path / "datos", tmp_path / "claves")
        again = Pair(sites, living.master).open()
        assert again.heads() == living.heads()
        assert again.balance() == living.balance()
        again.close()


def test_half_a_restore_is_not_finished_with_another_copy(living: Pair, tmp_path: Path, small: None) -> None:
    living.decide(100)
    first = taken(living, tmp_path)
    living.decide(1)
    taken(living, tmp_path)
    with empty_sites(living.counter.database.dialect, tmp_path / "again") as sites:
        with pytest.raises(Interrupted):
            restore([*sites.values()], tmp_path / "datos", tmp_path / "claves", first, told=Told(at=2))
        with pytest.raises(AnotherRestore):
            restore([*sites.values()], tmp_path / "datos", tmp_path / "claves")


def test_what_stands_there_is_not_touched_unless_told_and_then_set_aside(living: Pair, tmp_path: Path) -> None:
    living.decide(10)
    point = taken(living, tmp_path)
    living.decide(10)
    places, heads = [*living.sites.values()], living.heads()
    with pytest.raises(NotEmpty):
        restore(places, tmp_path / "datos", tmp_path / "claves", point)
    assert living.heads() == heads
    living.close()
    done = restore(places, tmp_path / "datos", tmp_path / "claves", point, replace=True)
    assert set(done.set_aside) == {"counter", "watcher"}
    living.open()
    assert living.heads()["counter"] < heads["counter"]


def test_a_restored_log_begins_an_epoch_that_its_own_followers_know_and_strangers_notice(
    living: Pair, tmp_path: Path
) -> None:
    living.decide(30)
    living.settle()
    before = living.services["counter"].application.log.epoch()
    taken(living, tmp_path)
    with empty_sites(living.counter.database.dialect, tmp_path / "again") as sites:
        done = restore([*sites.values()], tmp_path / "datos", tmp_path / "claves")
        again = Pair(sites, living.master).open()
        assert again.services["watcher"].inbox.position("counter").epoch == done.epochs["counter"] != before
        again.settle()
        # The watcher that was not restored lived on; it must not take the new life for the one it knows.
        feed = Feed(again.services["counter"].application.log, again.services["counter"].publication)
        with pytest.raises(Diverged):
            Follower("counter", feed, living.services["watcher"].inbox).tick()
        again.close()


def test_a_copy_of_sqlite_restores_into_postgresql(tmp_path: Path) -> None:
    with pair("sqlite", tmp_path / "living") as living, empty_sites("postgresql", tmp_path / "server") as sites:
        living.decide(100)
        living.settle()
        taken(living, tmp_path)
        restore([*sites.values()], tmp_path / "datos", tmp_path / "claves")
        again = Pair(sites, living.master).open()
        assert again.balance() == living.balance()
        again.decide(CASES)
        again.settle()
        again.close()


def test_rows_of_a_read_model_that_are_in_no_log_come_back_with_the_rest(living: Pair, tmp_path: Path) -> None:
    dialect = living.counter.database.dialect
    notes = sa.Table("notes", sa.MetaData(), sa.Column("n", sa.Integer, primary_key=True))
    views = Views(notes.metadata, kept=frozenset({"notes"}))
    living.sites["watcher"] = replace(living.sites["watcher"], views=views)
    watcher = Database(living.sites["watcher"].database_url, pool_size=1)
    migrate.make_views(watcher, views, "watcher")
    with watcher.write() as connection:
        connection.execute(notes.insert(), [{"n": 7}])
    taken(living, tmp_path)
    with empty_sites(dialect, tmp_path / "again") as sites:
        sites["watcher"] = replace(sites["watcher"], views=views)
        restore([*sites.values()], tmp_path / "datos", tmp_path / "claves")
        again = Database(sites["watcher"].database_url, pool_size=1)
        with again.write() as connection:
            views.clear(connection)
            assert connection.execute(sa.select(notes.c.n)).scalars().all() == [7]
        again.close()
    watcher.close()


def test_the_owner_of_the_tables_backs_up_and_restores_for_the_role_that_serves(tmp_path: Path) -> None:
    """As in the containers: two roles a service, of which only the owner makes tables."""
    suffix = uuid4().hex[:10]
    owner, app = f"owner_{suffix}", f"app_{suffix}"
    server = sa.create_engine(POSTGRES, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def run(*statements: str) -> None:
        with server.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    run(f"CREATE ROLE {owner} LOGIN", f"CREATE ROLE {app} LOGIN")
    names = [f"impulso_test_{suffix}_{number}" for number in range(4)]
    try:
        sites, serving = {}, {}
        for name, (database, keys) in zip(CIRCLE, (names[:2], names[2:]), strict=True):
            for each in (database, keys):
                run(
                    f"CREATE DATABASE {each} OWNER {owner}",
                    f"REVOKE ALL ON DATABASE {each} FROM PUBLIC",
                    f"GRANT CONNECT ON DATABASE {each} TO {app}",
                )
            of = [make_url(POSTGRES).set(database=each) for each in (database, keys)]
            files, views = tmp_path / name, CIRCLE[name].application.views
            sites[name] = Site(name, *(str(url.set(username=owner)) for url in of), files, app, views)
            serving[name] = Site(name, *(str(url.set(username=app)) for url in of), files, None, views)
            for schemas, url in (([migrate.STORE], 0), ([migrate.KEYS], 1)):
                made = Database(str(of[url].set(username=owner)), pool_size=1)
                migrate.upgrade(made, schemas)
                if url == 0:
                    migrate.make_views(made, views, name)
                migrate.grant(made, app)
                made.close()
        living = Pair(serving, MasterKey.create(tmp_path / "master.key")).open()
        living.decide(CASES)
        living.settle()
        point = take([*sites.values()], tmp_path / "datos", tmp_path / "claves").point
        with pytest.raises(StillServed):
            restore([*sites.values()], tmp_path / "datos", tmp_path / "claves", point, replace=True)
        living.close()
        restore([*sites.values()], tmp_path / "datos", tmp_path / "claves", point, replace=True)
        again = Pair(serving, living.master).open()
        again.decide(CASES)
        again.settle()
        counted, mirrored = again.balance()
        assert counted == mirrored
        with pytest.raises(sa.exc.ProgrammingError), again.counter.database.write() as connection:
            connection.exec_driver_sql("DELETE FROM events")
        again.close()
    finally:
        for name in names:
            run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        run(f"DROP ROLE {owner}", f"DROP ROLE {app}")


@pytest.mark.usefixtures("small")
def test_old_copies_are_forgotten_with_the_pieces_that_only_they_used(living: Pair, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "datos")
    for _ in range(4):
        living.decide(30)
        taken(living, tmp_path, keep=2)
    assert len(archive.names()) == 2
    for point in archive.names():
        assert verify(tmp_path / "datos", tmp_path / "claves", point).sound
    with living.counter.database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(events)).scalar() == living.heads()["counter"]

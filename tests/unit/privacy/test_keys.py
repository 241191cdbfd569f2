"""The key ring: every person and class a key, the same for everybody, gone for good once destroyed."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from shared.privacy.key_store import KeyRemnant, subject_key
from shared.privacy.keys import KeyDamaged, KeyMissing, KeyRing, MasterKey, MasterKeyWrong
from tests.unit.privacy.conftest import NewRing


def stored(url: str, subject: UUID) -> list[sa.Row[tuple[object, ...]]]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return list(connection.execute(sa.select(subject_key).where(subject_key.c.subject == subject)))


def test_a_key_is_made_once_and_survives_a_restart(ring: KeyRing, new_ring: NewRing) -> None:
    ana = uuid4()
    key = ring.key(ana, "i", create=True)
    assert key is not None and len(key) == 32
    assert ring.key(ana, "i", create=True) == key
    ring.close()
    assert new_ring().key(ana, "i") == key


def test_every_person_and_every_class_has_another_key(ring: KeyRing) -> None:
    pairs = [(uuid4(), kind) for _ in range(3) for kind in ("i", "c", "p")]
    assert len({ring.key(subject, kind, create=True) for subject, kind in pairs}) == 9  # type: ignore[arg-type]


def test_a_key_that_never_was_is_not_mistaken_for_a_destroyed_one(ring: KeyRing) -> None:
    with pytest.raises(KeyMissing):
        ring.key(uuid4(), "i")


def test_an_unknown_class_is_refused(ring: KeyRing) -> None:
    with pytest.raises(ValueError):
        ring.key(uuid4(), "x", create=True)  # type: ignore[arg-type]


def test_only_the_wrapped_key_is_stored(ring: KeyRing, url: str) -> None:
    ana = uuid4()
    key = ring.key(ana, "i", create=True)
    assert key is not None
    (row,) = stored(url, ana)
    assert key not in bytes(row.wrapped)


def test_many_keys_are_made_at_once_and_those_that_stood_stay(ring: KeyRing, new_ring: NewRing) -> None:
    ana = uuid4()
    key = ring.key(ana, "c", create=True)
    pairs = [(uuid4(), kind) for _ in range(700) for kind in ("i", "c")]
    ring.ensure([(ana, "c"), *pairs])  # type: ignore[list-item]
    other = new_ring()
    assert other.key(ana, "c") == key
    assert len(other.ciphers(pairs)) == 1400  # type: ignore[arg-type]


def test_a_destroyed_key_is_gone_everywhere_and_is_never_made_again(ring: KeyRing, new_ring: NewRing) -> None:
    ana, other = uuid4(), new_ring()
    ring.ensure([(ana, "i"), (ana, "s")])
    assert other.key(ana, "i") is not None
    ring.destroy(ana, "i")
    ring.destroy(ana, "i")
    for somebody in (ring, other, new_ring()):
        assert somebody.key(ana, "i") is None
        assert somebody.key(ana, "i", create=True) is None
        somebody.ensure([(ana, "i")])
        assert somebody.key(ana, "i") is None
        assert somebody.key(ana, "s") is not None, "another class of the person stays"


def test_a_person_erased_before_the_first_key_gets_none_later(ring: KeyRing) -> None:
    ana = uuid4()
    ring.destroy(ana, "p")
    assert ring.key(ana, "p", create=True) is None


def test_destruction_is_honoured_at_once_by_a_ring_that_holds_the_key(new_ring: NewRing) -> None:
    ring, ana = new_ring(recheck=timedelta(hours=1)), uuid4()
    assert ring.key(ana, "i", create=True)
    ring.destroy(ana, "i")
    assert ring.key(ana, "i") is None


def test_another_process_honours_a_destruction_once_it_looks_again(new_ring: NewRing) -> None:
    ring, patient, ana = new_ring(), new_ring(recheck=timedelta(hours=1)), uuid4()
    key = ring.key(ana, "i", create=True)
    assert patient.key(ana, "i") == key
    ring.destroy(ana, "i")
    assert patient.key(ana, "i") == key, "within its recheck time it has not looked"
    assert new_ring(recheck=timedelta(0)).key(ana, "i") is None


def test_the_tombstone_keeps_nothing_of_the_key(ring: KeyRing, url: str) -> None:
    ana = uuid4()
    ring.ensure([(ana, "i")])
    ring.destroy(ana, "i")
    (row,) = stored(url, ana)
    assert row.wrapped is None and row.destroyed_at is not None


def test_a_destroyed_key_leaves_no_bytes_in_the_sqlite_files(own_ring: KeyRing, tmp_path: Path) -> None:
    people = [uuid4() for _ in range(50)]
    own_ring.ensure([(person, "i") for person in people])
    (database,) = tmp_path.glob("*.db")
    wrapped = [bytes(stored(f"sqlite:///{database}", person)[0].wrapped) for person in people]  # type: ignore[arg-type]

    def lingering() -> list[bool]:
        files = [path.read_bytes() for path in tmp_path.iterdir()]
        return [any(key in content for content in files) for key in wrapped]

    assert all(lingering())
    for person in people[:25]:
        own_ring.destroy(person, "i")
    assert not any(lingering()[:25])
    assert all(lingering()[25:])


def test_a_reader_that_pins_the_sqlite_log_is_reported_and_repeating_cleans_it(
    own_ring: KeyRing, tmp_path: Path
) -> None:
    ana = uuid4()
    own_ring.ensure([(ana, "i")])
    (database,) = tmp_path.glob("*.db")
    sa.event.listen(own_ring._vault.store.engine, "checkout", lambda raw, *_: raw.execute("PRAGMA busy_timeout = 50"))
    reader = sa.create_engine(f"sqlite:///{database}", poolclass=sa.NullPool).connect()
    reader.exec_driver_sql("BEGIN")
    reader.exec_driver_sql("SELECT count(*) FROM subject_key").fetchall()
    with pytest.raises(KeyRemnant):
        own_ring.destroy(ana, "i")
    assert own_ring.key(ana, "i") is None, "destroyed all the same"
    reader.close()
    own_ring.destroy(ana, "i")
    assert database.with_name(database.name + "-wal").stat().st_size == 0


def test_the_sqlite_file_is_private(own_ring: KeyRing, tmp_path: Path) -> None:
    own_ring.ensure([(uuid4(), "i")])
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_threads_that_race_for_a_new_key_get_the_same_one(new_ring: NewRing) -> None:
    rings, people = [new_ring() for _ in range(3)], [uuid4() for _ in range(20)]
    barrier = Barrier(12)
    got: list[list[bytes | None]] = []

    def work(ring: KeyRing) -> None:
        barrier.wait()
        got.append([ring.key(person, "i", create=True) for person in people])

    threads = [Thread(target=work, args=(rings[n % 3],)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 12
    assert all(keys == got[0] for keys in got)


def test_a_key_destroyed_while_others_read_it_is_never_held_again(new_ring: NewRing) -> None:
    ring = new_ring(capacity=1)  # nothing stays in memory, so that every reader goes to the database
    for _ in range(20):
        ana, ben, barrier = uuid4(), uuid4(), Barrier(4)
        ring.ensure([(ana, "i"), (ben, "i")])

        def read(ana: UUID = ana, ben: UUID = ben, barrier: Barrier = barrier) -> None:
            barrier.wait()
            for _ in range(5):
                ring.key(ana, "i")
                ring.key(ben, "i")

        threads = [Thread(target=read) for _ in range(3)]
        for thread in threads:
            thread.start()
        barrier.wait()
        ring.destroy(ana, "i")
        assert ring.key(ana, "i") is None
        for thread in threads:
            thread.join()
        assert ring.key(ana, "i") is None


def test_memory_holds_no_more_keys_than_its_bound(new_ring: NewRing) -> None:
    ring = new_ring(capacity=10, recheck=timedelta(hours=1))
    people = [uuid4() for _ in range(40)]
    keys = [ring.key(person, "i", create=True) for person in people]
    assert len(ring._held) <= 10
    assert [ring.key(person, "i") for person in people] == keys


def test_service_keys_are_made_once_and_differ_by_purpose(ring: KeyRing, new_ring: NewRing) -> None:
    assert ring.service_key("files") != ring.service_key("blind-index")
    assert new_ring().service_key("files") == ring.service_key("files")


def test_another_master_key_is_refused_by_name(ring: KeyRing, new_ring: NewRing) -> None:
    ana = uuid4()
    ring.ensure([(ana, "i")])
    stranger = new_ring(MasterKey(secrets.token_bytes(32)))
    with pytest.raises(MasterKeyWrong, match="intake"):
        stranger.key(ana, "i")
    with pytest.raises(MasterKeyWrong):
        stranger.check_master()
    ring.check_master()


def test_a_wrapped_key_moved_to_another_person_is_noticed(ring: KeyRing, new_ring: NewRing, url: str) -> None:
    ana, ben = uuid4(), uuid4()
    ring.ensure([(ana, "i"), (ben, "i")])
    (row,) = stored(url, ben)
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        change = sa.update(subject_key).where(subject_key.c.subject == ana)
        connection.execute(change.values(wrapped=row.wrapped, key_id=row.key_id))
    with pytest.raises(KeyDamaged):
        new_ring().key(ana, "i")


def test_the_same_key_database_does_not_serve_another_service(ring: KeyRing, url: str, master: MasterKey) -> None:
    ana = uuid4()
    ring.ensure([(ana, "i")])
    other = KeyRing(url, master, "profiling")
    with pytest.raises(KeyDamaged):
        other.key(ana, "i")
    other.close()


def test_rotation_wraps_every_key_anew_and_the_keys_stay_the_same(ring: KeyRing, new_ring: NewRing) -> None:
    people = [uuid4() for _ in range(25)]
    keys = [ring.key(person, "i", create=True) for person in people]
    files = ring.service_key("files")
    ring.destroy(people[0], "i")
    new = MasterKey(secrets.token_bytes(32))
    assert ring.rewrap(new, batch=10) == 25
    assert ring.rewrap(new) == 0
    rotated = new_ring(new)
    assert [rotated.key(person, "i") for person in people] == [None, *keys[1:]]
    assert rotated.service_key("files") == files
    with pytest.raises(MasterKeyWrong):
        new_ring().key(people[1], "i")


def test_an_interrupted_rotation_goes_on_and_both_masters_serve_meanwhile(
    ring: KeyRing, new_ring: NewRing, master: MasterKey
) -> None:
    people = [uuid4() for _ in range(25)]
    keys = [ring.key(person, "i", create=True) for person in people]
    new = MasterKey(secrets.token_bytes(32))
    ring._vault._masters[new.id] = ring._vault._master = new
    assert ring._vault._rewrap_some(subject_key, 10) == 10  # and here the process ends
    meanwhile = new_ring(new, former=[master])
    assert [meanwhile.key(person, "i") for person in people] == keys
    assert meanwhile.rewrap(new) == 15
    assert [new_ring(new).key(person, "i") for person in people] == keys


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/claves"])
def test_a_database_that_cannot_keep_keys_is_refused(address: str, master: MasterKey) -> None:
    make_url(address)
    with pytest.raises((ValueError, ModuleNotFoundError)):
        KeyRing(address, master, "intake")

"""Files: sealed piece by piece, found by a keyed hash, never overwritten, gone with their person's key."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.catalogue.refusals import NotFound
from shared.privacy.file_form import PIECE_BYTES
from shared.privacy.filestore import FileBroken, FileErased, FileStore, FileTooLarge, StoredFile
from shared.privacy.keys import KeyDestroyed, KeyRing

ANA, BEN = uuid4(), uuid4()
SCAN = b"%PDF-1.7 " + b"cedula 1032456789 " * 20


@pytest.fixture
def store(tmp_path: Path, own_ring: KeyRing) -> FileStore:
    return FileStore(tmp_path / "files", own_ring)


def put(store: FileStore, content: bytes, subject: UUID | None = ANA, **facts: str) -> StoredFile:
    about = {"kind": "m", "media_type": "application/pdf", "name": "cedula de Ana.pdf"} | facts
    return store.put(io.BytesIO(content), subject=subject, **about)  # type: ignore[arg-type]


def files(store: FileStore) -> list[Path]:
    return [path for path in store.directory.rglob("*") if path.is_file()]


def frames(content: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Preface, sealed frames (pieces and description) and the last four bytes of a stored file."""
    start = len(b"impulso sealed file 1\n")
    position = start + 4 + int.from_bytes(content[start : start + 4], "big")
    preface, found = content[:position], []
    while position < len(content) - 4:
        end = position + 4 + int.from_bytes(content[position : position + 4], "big")
        found.append(content[position:end])
        position = end
    return preface, found, content[position:]


@pytest.mark.parametrize(
    "size", [0, 1, 100, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES, 3 * PIECE_BYTES + 7]
)
def test_a_file_of_any_size_comes_back_as_it_was(store: FileStore, size: int) -> None:
    content = os.urandom(size)
    stored = put(store, content)
    assert (stored.size, stored.sha256) == (size, hashlib.sha256(content).hexdigest())
    assert store.read(stored.id) == content
    assert all(len(piece) <= PIECE_BYTES for piece in store.open(stored.id))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300), name=st.text(max_size=30), subject=st.sampled_from([ANA, BEN, None]))
def test_content_name_and_owner_come_back(store: FileStore, content: bytes, name: str, subject: UUID | None) -> None:
    content += os.urandom(8)  # another file each time: the first name of a content is the one that stays
    stored = put(store, content, subject, name=name)
    info = store.info(stored.id)
    assert (info.name, info.subject, info.kind, info.media_type) == (name, subject, "m", "application/pdf")
    assert store.read(stored.id) == content


def test_a_stream_that_comes_in_small_portions_gives_the_same_file(store: FileStore) -> None:
    class Socket(io.RawIOBase):
        def __init__(self, content: bytes) -> None:
            self._rest = io.BytesIO(content)

        def read(self, size: int = -1) -> bytes:
            return self._rest.read(min(size, 70_001))

    content = os.urandom(2 * PIECE_BYTES + 5)
    stored = store.put(Socket(content), subject=ANA, kind="m", media_type="image/png", name="a.png")  # type: ignore[arg-type]
    assert stored.id == put(store, content).id
    assert store.read(stored.id) == content


def test_nothing_of_content_or_name_is_in_the_clear_on_disk(store: FileStore) -> None:
    put(store, SCAN)
    for path in files(store):
        content = path.read_bytes()
        for secret in (b"1032456789", b"cedula", b"%PDF", hashlib.sha256(SCAN).digest(), b"application"):
            assert secret not in content
        assert hashlib.sha256(SCAN).hexdigest() not in str(path)


def test_files_and_folders_are_private(store: FileStore) -> None:
    put(store, SCAN)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files(store)} == {0o600}


def test_drafts_are_sealed_too_and_a_broken_stream_leaves_none(store: FileStore) -> None:
    seen: list[bytes] = []

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if portion := super().read(size):
                return portion
            seen.extend(path.read_bytes() for path in files(store))
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put(Broken(SCAN * 20_000), subject=ANA, kind="m", media_type="application/pdf", name="x.pdf")
    assert sum(map(len, seen)) >= PIECE_BYTES
    assert not any(b"1032456789" in content for content in seen)
    assert files(store) == []


def test_the_same_content_again_changes_nothing(store: FileStore) -> None:
    first = put(store, SCAN)
    (path,) = files(store)
    before = (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
    assert put(store, SCAN, name="otra copia.pdf") == first
    assert [path] == files(store)
    assert (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) == before
    assert store.info(first.id).name == "cedula de Ana.pdf"


def test_the_same_content_of_another_person_or_class_shows_no_relation(store: FileStore) -> None:
    same = [put(store, SCAN), put(store, SCAN, BEN), put(store, SCAN, None), put(store, SCAN, kind="i")]
    assert len({stored.id for stored in same}) == 4
    store.ring.destroy(ANA, "m")
    assert store.read(same[1].id) == SCAN


def test_many_that_store_the_same_content_at_once_make_one_file(store: FileStore) -> None:
    barrier, made = Barrier(8), []

    def work() -> None:
        barrier.wait()
        made.append(put(store, SCAN * 100))

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8 and len(set(made)) == 1
    assert len(files(store)) == 1


def test_a_file_too_large_is_refused_and_leaves_nothing(tmp_path: Path, own_ring: KeyRing) -> None:
    store = FileStore(tmp_path / "files", own_ring, limit=2_000_000)
    assert put(store, bytes(2_000_000)).size == 2_000_000
    kept = files(store)
    with pytest.raises(FileTooLarge, match="FILE_TOO_LARGE") as refused:
        put(store, bytes(2_000_001))
    assert "2 MB" in refused.value.text
    assert files(store) == kept


def test_with_the_persons_key_the_file_is_gone_and_cannot_come_back(store: FileStore) -> None:
    stored, stays = put(store, SCAN), put(store, SCAN, kind="i")
    reading = store.open(stored.id)
    store.ring.destroy(ANA, "m")
    for read in (store.info, store.read, store.open):
        with pytest.raises(FileErased):
            read(stored.id)
    assert next(reading) == SCAN, "a reading under way had its key"
    with pytest.raises(KeyDestroyed):
        put(store, SCAN)
    assert store.read(stays.id) == SCAN, "files of another class of the person stay"


def test_files_are_there_after_a_restart(store: FileStore, own_ring: KeyRing) -> None:
    stored, nobodys = put(store, SCAN), put(store, b"fila,nombre", None)
    own_ring.close()
    again = FileStore(store.directory, own_ring)
    assert again.read(stored.id) == SCAN
    assert again.read(nobodys.id) == b"fila,nombre"


@pytest.mark.parametrize("file_id", ["0" * 64, "", "..", "../../etc/passwd", "0" * 63 + "/", "A" * 64, "0" * 64 + "\n"])
def test_an_id_that_is_none_of_ours_is_not_found(store: FileStore, file_id: str) -> None:
    with pytest.raises(NotFound):
        store.open(file_id)


@pytest.fixture
def long_file(store: FileStore) -> Iterator[tuple[StoredFile, Path]]:
    stored = put(store, os.urandom(3 * PIECE_BYTES + 10))
    (path,) = files(store)
    yield stored, path


def test_missing_repeated_and_reordered_pieces_are_noticed(
    store: FileStore, long_file: tuple[StoredFile, Path]
) -> None:
    stored, path = long_file
    preface, (a, b, c, last, description), tail = frames(path.read_bytes())
    for pieces in ([a, b, c], [a, b, last], [b, a, c, last], [a, a, c, last], [a, b, c, last, last], [], [a, b, c, c]):
        path.write_bytes(preface + b"".join(pieces) + description + tail)
        with pytest.raises(FileBroken):
            store.read(stored.id)
            raise AssertionError(f"{len(pieces)} pieces were read")
    path.write_bytes(preface + a + b + c + last + description + tail)
    assert len(store.read(stored.id)) == 3 * PIECE_BYTES + 10


def test_a_file_cut_off_anywhere_is_noticed(store: FileStore) -> None:
    stored = put(store, SCAN)
    (path,) = files(store)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(FileBroken):
            store.read(stored.id)


def test_a_changed_byte_anywhere_is_noticed(store: FileStore) -> None:
    stored = put(store, SCAN)
    (path,) = files(store)
    whole = path.read_bytes()
    named = (ANA.hex.encode(), b'"kind": "m"')
    spared = [range(whole.find(name), whole.find(name) + len(name)) for name in named]
    for position in range(0, len(whole), 3):
        if any(position in span for span in spared):
            continue  # another person's key may not exist; the next test exchanges the owner
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        with pytest.raises(FileBroken):
            store.read(stored.id)


def test_a_file_given_to_another_owner_is_noticed(store: FileStore) -> None:
    stored = put(store, SCAN)
    (path,) = files(store)
    whole = path.read_bytes()
    store.ring.ensure([(BEN, "m"), (ANA, "i")])
    for old, new in ((ANA.hex, BEN.hex), ('"kind": "m"', '"kind": "i"'), (f'"{ANA.hex}"', "null")):
        assert old.encode() in whole
        changed = whole.replace(old.encode(), new.encode().ljust(len(old)))
        path.write_bytes(changed)
        with pytest.raises(FileBroken):
            store.read(stored.id)


def test_a_file_of_the_same_person_in_the_place_of_another_is_noticed(store: FileStore) -> None:
    one, other = put(store, SCAN), put(store, SCAN + b"!")
    place = {stored.id: store.directory / stored.id[:2] / stored.id[2:] for stored in (one, other)}
    place[one.id].write_bytes(place[other.id].read_bytes())
    with pytest.raises(FileBroken):
        store.read(one.id)
    assert store.read(other.id) == SCAN + b"!"


def test_storing_again_does_not_hide_a_broken_file(store: FileStore) -> None:
    put(store, SCAN)
    (path,) = files(store)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FileBroken):
        put(store, SCAN)


def test_drafts_that_a_killed_process_left_are_swept_and_files_are_not(store: FileStore) -> None:
    stored = put(store, SCAN)
    (store.incoming / "muerto.part").write_bytes(b"...")
    assert store.discard_abandoned(timedelta(hours=1)) == 0
    os.utime(store.incoming / "muerto.part", (0, 0))
    assert store.discard_abandoned(timedelta(hours=1)) == 1
    assert store.read(stored.id) == SCAN


def test_the_text_form_of_a_file_shows_neither_name_nor_hash(store: FileStore) -> None:
    stored = put(store, SCAN)
    for text in (repr(stored), repr(store.info(stored.id))):
        assert "Ana" not in text and stored.sha256 not in text

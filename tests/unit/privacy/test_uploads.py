"""Uploads: a broken line costs only what was not yet answered, a lost answer costs nothing."""

from __future__ import annotations

import io
import os
from pathlib import Path
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.catalogue.refusals import NotFound
from shared.privacy.filestore import FileErased, FileStore, FileTooLarge
from shared.privacy.keys import KeyDestroyed, KeyRing
from shared.privacy.uploads import UploadOutOfStep, Uploads

ANA = uuid4()
CONTENT = b"fila,nombre,documento\n" + b"1,Ana,1032456789\n" * 200_000


@pytest.fixture
def store(tmp_path: Path, own_ring: KeyRing) -> FileStore:
    return FileStore(tmp_path / "files", own_ring, limit=4_000_000)


@pytest.fixture
def uploads(store: FileStore) -> Uploads:
    return Uploads(store)


def begin(uploads: Uploads) -> str:
    return uploads.begin(subject=ANA, kind="m", media_type="text/csv", name="candidatos.csv")


def upload_file(store: FileStore, upload: str) -> Path:
    return store.incoming / f"{upload}.upload"


def test_an_upload_in_portions_is_the_file_that_one_put_makes(store: FileStore, uploads: Uploads) -> None:
    upload, offset = begin(uploads), 0
    while offset < len(CONTENT):
        offset = uploads.append(upload, offset, CONTENT[offset : offset + 700_001])
    stored = uploads.finish(upload)
    assert store.read(stored.id) == CONTENT
    assert store.info(stored.id).name == "candidatos.csv"
    assert stored == store.put(io.BytesIO(CONTENT), subject=ANA, kind="m", media_type="text/csv", name="candidatos.csv")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(portions=st.lists(st.binary(max_size=50), max_size=6))
def test_portions_of_any_size_add_up(store: FileStore, uploads: Uploads, portions: list[bytes]) -> None:
    upload, offset = begin(uploads), 0
    for portion in portions:
        offset = uploads.append(upload, offset, portion)
    assert uploads.received(upload) == offset
    assert store.read(uploads.finish(upload).id) == b"".join(portions)


def test_what_lies_waiting_is_sealed_and_private(store: FileStore, uploads: Uploads) -> None:
    upload = begin(uploads)
    uploads.append(upload, 0, CONTENT)
    path = upload_file(store, upload)
    content = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    for secret in (b"1032456789", b"candidatos", b"text/csv"):
        assert secret not in content


def test_a_transfer_resumes_in_a_new_process_where_it_broke_off(store: FileStore, uploads: Uploads) -> None:
    upload = begin(uploads)
    uploads.append(upload, 0, CONTENT[:1_000_000])
    after_restart = Uploads(FileStore(store.directory, store.ring))
    arrived = after_restart.received(upload)
    assert arrived == 1_000_000
    after_restart.append(upload, arrived, CONTENT[arrived:])
    assert store.read(after_restart.finish(upload).id) == CONTENT


@pytest.mark.parametrize("lost", [1, 3, 500, 100_020])
def test_a_portion_that_a_kill_cut_off_is_sent_again(store: FileStore, uploads: Uploads, lost: int) -> None:
    upload = begin(uploads)
    uploads.append(upload, 0, CONTENT[:300_000])
    uploads.append(upload, 300_000, CONTENT[300_000:400_000])
    path = upload_file(store, upload)
    os.truncate(path, path.stat().st_size - lost)
    assert uploads.received(upload) == 300_000
    uploads.append(upload, 300_000, CONTENT[300_000:])
    assert store.read(uploads.finish(upload).id) == CONTENT


def test_a_portion_that_a_power_failure_left_as_zeros_is_sent_again(store: FileStore, uploads: Uploads) -> None:
    upload = begin(uploads)
    uploads.append(upload, 0, CONTENT[:300_000])
    uploads.append(upload, 300_000, CONTENT[300_000:400_000])
    with upload_file(store, upload).open("r+b") as file:
        file.seek(-50_000, os.SEEK_END)
        file.write(bytes(50_000))
    assert uploads.received(upload) == 300_000


def test_a_portion_out_of_step_is_refused_and_says_where_to_go_on(uploads: Uploads) -> None:
    upload = begin(uploads)
    uploads.append(upload, 0, b"12345")
    for offset in (0, 4, 6):
        with pytest.raises(UploadOutOfStep) as refused:
            uploads.append(upload, offset, b"678")
        assert refused.value.expected == 5
        assert "5 bytes" in refused.value.text
    assert uploads.append(upload, 5, b"678") == 8


def test_a_finish_whose_answer_was_lost_answers_the_same(store: FileStore, uploads: Uploads) -> None:
    upload = begin(uploads)
    uploads.append(upload, 0, CONTENT[:10])
    stored = uploads.finish(upload)
    assert uploads.finish(upload) == stored
    assert Uploads(store).finish(upload) == stored
    with pytest.raises(NotFound):
        uploads.append(upload, 10, b"tarde")


def test_many_that_finish_at_once_get_the_same_file(store: FileStore, uploads: Uploads) -> None:
    upload, barrier, got = begin(uploads), Barrier(6), []
    uploads.append(upload, 0, CONTENT)

    def work() -> None:
        barrier.wait()
        got.append(uploads.finish(upload))

    threads = [Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 6 and len(set(got)) == 1


def test_of_many_that_append_at_one_offset_one_wins(uploads: Uploads) -> None:
    upload, barrier, results = begin(uploads), Barrier(6), []

    def work(portion: bytes) -> None:
        barrier.wait()
        try:
            results.append(uploads.append(upload, 0, portion))
        except UploadOutOfStep:
            results.append(-1)

    threads = [Thread(target=work, args=(bytes([n]) * 10,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [-1] * 5 + [10]


def test_an_upload_grows_no_larger_than_a_file_may(uploads: Uploads) -> None:
    upload = begin(uploads)
    uploads.append(upload, 0, bytes(3_999_999))
    with pytest.raises(FileTooLarge):
        uploads.append(upload, 3_999_999, b"12")
    assert uploads.append(upload, 3_999_999, b"1") == 4_000_000


def test_erasing_the_person_ends_the_upload(store: FileStore, uploads: Uploads) -> None:
    upload = begin(uploads)
    uploads.append(upload, 0, b"Ana")
    store.ring.destroy(ANA, "m")
    for act in (lambda: uploads.append(upload, 3, b"."), lambda: uploads.finish(upload)):
        with pytest.raises(FileErased):
            act()
    with pytest.raises(KeyDestroyed):
        begin(uploads)


@pytest.mark.parametrize("upload", ["0" * 32, "", "../x", "0" * 31 + "/"])
def test_an_upload_that_is_none_of_ours_is_not_found(uploads: Uploads, upload: str) -> None:
    for act in (uploads.received, uploads.finish):
        with pytest.raises(NotFound):
            act(upload)

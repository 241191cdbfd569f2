"""The master key: loaded from where it should be, refused where others can read it, never replaced."""

from __future__ import annotations

import base64
import stat
from pathlib import Path
from threading import Barrier, Thread

import pytest

from shared.privacy.keys import (
    MasterKey,
    MasterKeyExists,
    MasterKeyExposed,
    MasterKeyInvalid,
    MasterKeyMissing,
)

SECRET = bytes(range(32))


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("text", [SECRET.hex(), SECRET.hex().upper() + "\n", base64.b64encode(SECRET).decode() + "\n"])
def test_a_key_is_read_from_hexadecimal_or_base64_text(tmp_path: Path, text: str) -> None:
    assert MasterKey.load(written(tmp_path / "master", text)).id == MasterKey(SECRET).id


def test_url_safe_base64_is_read_too(tmp_path: Path) -> None:
    secret = b"\xfb\xff" * 16
    text = base64.urlsafe_b64encode(secret).decode()
    assert "_" in text
    assert MasterKey.load(written(tmp_path / "master", text)).id == MasterKey(secret).id


def test_the_environment_gives_the_key_or_names_its_file(tmp_path: Path) -> None:
    file = written(tmp_path / "master", SECRET.hex())
    assert MasterKey.load(environ={"IMPULSO_MASTER_KEY": SECRET.hex()}).id == MasterKey(SECRET).id
    assert MasterKey.load(environ={"IMPULSO_MASTER_KEY_FILE": str(file)}).id == MasterKey(SECRET).id


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622, 0o644])
def test_a_file_that_others_may_touch_is_refused_and_the_error_says_what_to_do(tmp_path: Path, mode: int) -> None:
    file = written(tmp_path / "master", SECRET.hex(), mode)
    with pytest.raises(MasterKeyExposed) as refused:
        MasterKey.load(environ={"IMPULSO_MASTER_KEY_FILE": str(file)})
    assert f"chmod 600 {file}" in str(refused.value)
    assert SECRET.hex() not in str(refused.value)


@pytest.mark.parametrize("text", ["", "corta", SECRET.hex()[:-2], base64.b64encode(SECRET[:16]).decode(), "ñ" * 64])
def test_a_damaged_key_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(MasterKeyInvalid) as refused:
        MasterKey.load(written(tmp_path / "master", text))
    assert not text or text not in str(refused.value)


def test_no_key_at_all_is_its_own_error(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyMissing, match="IMPULSO_MASTER_KEY_FILE"):
        MasterKey.load(environ={})
    with pytest.raises(MasterKeyMissing, match="ausente"):
        MasterKey.load(tmp_path / "ausente")


def test_a_new_key_is_private_and_loads_again(tmp_path: Path) -> None:
    path = tmp_path / "claves" / "master"
    created = MasterKey.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert MasterKey.load(path).id == created.id
    assert [entry.name for entry in path.parent.iterdir()] == ["master"]


def test_an_existing_key_is_never_replaced(tmp_path: Path) -> None:
    created = MasterKey.create(tmp_path / "master")
    with pytest.raises(MasterKeyExists):
        MasterKey.create(tmp_path / "master")
    assert MasterKey.load(tmp_path / "master").id == created.id
    assert len(list(tmp_path.iterdir())) == 1


def test_of_many_that_create_at_once_one_wins_and_its_key_stands(tmp_path: Path) -> None:
    barrier, made, refused = Barrier(8), [], []

    def create() -> None:
        barrier.wait()
        try:
            made.append(MasterKey.create(tmp_path / "master"))
        except MasterKeyExists as error:
            refused.append(error)

    threads = [Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(refused)) == (1, 7)
    assert MasterKey.load(tmp_path / "master").id == made[0].id


def test_its_text_form_does_not_show_it() -> None:
    assert SECRET.hex() not in repr(MasterKey(SECRET))
    assert SECRET.hex()[:16] not in repr(MasterKey(SECRET))

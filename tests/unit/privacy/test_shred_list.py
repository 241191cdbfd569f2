"""What was destroyed once stays so, whatever copy of the keys is put back (X-12)."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from uuid import uuid4

import pytest

from shared.privacy.keys import KeyRing, MasterKey
from shared.privacy.personal import Personal
from shared.privacy.sealing import open_sealed, place, seal
from shared.privacy.shred_list import VARIABLE, ShredList

MASTER = MasterKey(bytes(32))
WHERE = place("test", uuid4(), "value")


def ring(folder: Path, shred: ShredList) -> KeyRing:
    made = KeyRing(f"sqlite:///{folder / 'keys.db'}", MASTER, "intake", shred=shred)
    made.create_tables()
    return made


def test_an_older_copy_of_the_keys_brings_nobody_back(tmp_path: Path) -> None:
    """X-12: the list is apart from the database, and is replayed before anything is read."""
    shred = ShredList(tmp_path / "files" / "list.txt")
    keys, person, other = ring(tmp_path, shred), uuid4(), uuid4()
    sealed = {who: seal(keys, Personal(who, "i", "Rosalba"), WHERE) for who in (person, other)}
    keys.close()
    shutil.copy(tmp_path / "keys.db", tmp_path / "old.db")
    keys = ring(tmp_path, shred)
    keys.destroy(person, "i")
    keys.close()
    for end in ("", "-wal", "-shm"):
        (tmp_path / f"keys.db{end}").unlink(missing_ok=True)
    shutil.copy(tmp_path / "old.db", tmp_path / "keys.db")

    restored = ring(tmp_path, shred)
    assert open_sealed(restored, sealed[person], WHERE).value == "Rosalba", "the copy is older than the erasure"
    assert restored.destroy_again() == 1
    assert open_sealed(restored, sealed[person], WHERE).erased
    assert open_sealed(restored, sealed[other], WHERE).value == "Rosalba"
    assert restored.destroy_again() == 0
    restored.close()


def test_a_key_that_a_copy_never_had_is_not_made_anew(tmp_path: Path) -> None:
    """X-12: who was erased gets no second key of the class."""
    shred, person = ShredList(tmp_path / "list.txt"), uuid4()
    shred.add([(person, "c")])
    keys = ring(tmp_path, shred)
    keys.destroy_again()
    assert keys.key(person, "c", create=True) is None
    assert keys.tombstones() == {(person, "c")}


def test_the_list_learns_what_was_destroyed_before_there_was_one(tmp_path: Path) -> None:
    keys, person = ring(tmp_path, ShredList(tmp_path / "first.txt")), uuid4()
    keys.destroy(person, "s")
    keys.close()
    again = ShredList(tmp_path / "second.txt")
    ring(tmp_path, again).destroy_again()
    assert again.pairs() == {(person, "s")}


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    shred, people = ShredList(tmp_path / "list.txt"), [(uuid4(), "i"), (uuid4(), "p")]
    shred.add(people[:1])
    with shred.path.open("a", encoding="ascii") as file:
        file.write("\n" + uuid4().hex[:20])
    assert shred.merge(people) == 1
    assert shred.pairs() == set(people)


def test_several_writers_lose_nothing(tmp_path: Path) -> None:
    shred = ShredList(tmp_path / "list.txt")
    people = [[(uuid4(), "i") for _ in range(50)] for _ in range(4)]
    threads = [threading.Thread(target=lambda mine=mine: [shred.add([each]) for each in mine]) for mine in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shred.pairs() == {each for mine in people for each in mine}
    assert shred.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("environ", "name"), [({}, "suprimidas.txt"), ({VARIABLE: "{}/apart"}, "intake.suprimidas.txt")]
)
def test_it_lies_with_the_files_or_where_it_is_told(tmp_path: Path, environ: dict[str, str], name: str) -> None:
    told = {key: value.format(tmp_path) for key, value in environ.items()}
    folder = tmp_path / ("apart" if told else "files")
    assert ShredList.of("intake", tmp_path / "files", told).path == folder / name

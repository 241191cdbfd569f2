"""`impulso backup` while the system serves, and `impulso restore` into a new folder that then serves the same."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from shared.cli.exits import Exit
from tests.e2e.conftest import Demo
from tests.e2e.serving import Served
from tests.waiting import until


def test_a_system_that_serves_is_backed_up_and_lives_on_in_another_folder(demo: Demo, tmp_path: Path) -> None:
    served, copy = demo.served, tmp_path / "copy"
    heads, store = served.heads(), served.store()
    taken = _document(served, "backup", str(copy))
    assert taken["heads"] == {name: head for name, (head, _) in heads.items()}
    assert _document(served, "backup", str(copy))["new_files"] == 0
    assert _document(served, "backup", "verify", str(copy), on_data=False)["sound"] is True
    listed = _document(served, "backup", "list", str(copy), on_data=False)["items"]
    assert [one["entries"] for one in listed] == [taken["entries"]] * 2

    again = Served(tmp_path / "again")
    again.data.mkdir()
    refused = again.run("restore", str(copy))
    assert refused.returncode == Exit.REFUSED
    assert json.loads(refused.stdout)["error"]["code"] == "MASTER_KEY_MISSING"
    for name in ("master.key", "accesos.json"):
        shutil.copy(served.data / name, again.data / name)
    restored = _document(again, "restore", str(copy))
    assert restored["entries"] == taken["entries"]
    assert _epochs(again.data).keys() == _epochs(served.data).keys()
    assert not set(_epochs(again.data).values()) & set(_epochs(served.data).values())
    again.start()
    try:
        until(lambda: _kept(again.store()) == _kept(store), "the read models are made anew and show the same", 60)
        assert _document(again, "doctor")["sound"] is True
        refused = again.run("restore", str(copy))
        assert json.loads(refused.stdout)["error"]["code"] == "DATA_FOLDER_IN_USE"
    finally:
        assert again.stop() == 0
    refused = again.run("restore", str(copy))
    assert (refused.returncode, json.loads(refused.stdout)["error"]["code"]) == (Exit.REFUSED, "NOT_EMPTY")


def test_no_copy_holds_the_master_key_nor_a_password(demo: Demo, tmp_path: Path) -> None:
    _document(demo.served, "backup", str(tmp_path / "copy"))
    master = (demo.served.data / "master.key").read_bytes().strip()
    secrets = [master, bytes.fromhex(master.decode()), *map(str.encode, demo.served.passwords().values())]
    for path in (tmp_path / "copy").rglob("*"):
        if path.is_file():
            assert not any(secret in path.read_bytes() for secret in secrets), path


def _kept(store: dict[str, Any]) -> dict[str, Any]:
    """Without the note of the key tables' version and the act, which a restore writes and a first start does not, and
    without seals and what a witness says of them, which go on by themselves."""
    seals = (".tiles", ".checkpoints", ".cosignatures", ".witnessed", ".divergences")
    ours = (".keys_schema_version", ".operator_acts", *seals)
    return {name: rows for name, rows in store.items() if not name.endswith(ours)}


def _epochs(data: Path) -> dict[str, str]:
    found = {}
    for path in sorted(data.glob("*/events.db")):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            found[path.parent.name] = database.execute("SELECT epoch FROM log_head").fetchone()[0]
    return found


def _document(served: Served, *arguments: str, on_data: bool = True) -> dict[str, Any]:
    done = served.run(*arguments, on_data=on_data)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    document: dict[str, Any] = json.loads(done.stdout)
    return document

"""A new master key: everything is wrapped anew, no event is touched, and an interruption loses nothing."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner

from shared.cli.exits import Exit
from shared.cli.main import app
from shared.eventstore.access_log import AccessLog
from shared.eventstore.commit import Committer
from shared.eventstore.database import Database
from shared.privacy.keys import KeyRing, MasterKey, MasterKeyWrong
from shared.privacy.personal import Personal
from shared.privacy.sealing import open_sealed, place, seal
from shared.runtime import key_rotation, migrate
from shared.runtime.embedded import RotationUnfinished, master_key
from shared.runtime.key_rotation import CURRENT, NEXT, former_master, rotate_folder, rotate_service
from tests import logged

WHERE = place("test", UUID(int=1), "value")
SERVICES = ("intake", "profiling", "gateway")
PEOPLE = 1_200
"""More than one batch."""


def ring(data: Path, service: str, master: MasterKey, *former: MasterKey) -> KeyRing:
    made = KeyRing(f"sqlite:///{data / service / 'keys.db'}", master, service, former=former)
    made.create_tables()
    return made


@pytest.fixture
def folder(tmp_path: Path) -> tuple[Path, UUID, dict[str, str]]:
    """A data folder in which every service has sealed something about one person, who is one of many; all but one have
    a log."""
    master, person, sealed = MasterKey.create(tmp_path / CURRENT), uuid4(), {}
    for name in SERVICES:
        keys = ring(tmp_path, name, master)
        keys.ensure((uuid4(), "i") for _ in range(PEOPLE))
        sealed[name] = seal(keys, Personal(person, "i", "Rosalba"), WHERE)
        keys.service_key("blind-index")
        keys.close()
        if name != "profiling":
            store = Database(f"sqlite:///{tmp_path / name / 'events.db'}")
            migrate.make_new(store, [migrate.STORE])
            store.close()
    return tmp_path, person, sealed


def opened(data: Path, service: str, text: str, master: MasterKey) -> object:
    keys = ring(data, service, master)
    try:
        keys.check_master()
        return open_sealed(keys, text, WHERE).value
    finally:
        keys.close()


def accesses(data: Path, service: str) -> list[dict[str, Any]]:
    """What the access log of a service says."""
    with closing(Database(f"sqlite:///{data / service / 'events.db'}")) as store:
        return AccessLog(service, Committer(store)).entries()


def test_the_new_key_opens_everything_and_the_former_one_nothing(folder: tuple[Path, UUID, dict[str, str]]) -> None:
    data, _, sealed = folder
    former = MasterKey.load(data / CURRENT)
    with logged.lines() as noted:
        done = rotate_folder(data, SERVICES)
    assert done == dict.fromkeys(SERVICES, PEOPLE + 2)
    new = master_key(data)
    assert new.id != former.id and MasterKey.load(data / f"{CURRENT}.former-{former.id}").id == former.id
    for name in SERVICES:
        assert opened(data, name, sealed[name], new) == "Rosalba"
        with pytest.raises(MasterKeyWrong):
            opened(data, name, sealed[name], former)
    told = [each for each in noted if each["event"] == "keys_rotated"]
    assert [(each["service"], each["keys"]) for each in told] == [*done.items()]
    for name in ("intake", "gateway"):
        (row,) = accesses(data, name)
        assert (row["what"], row["count"], row["about"]) == ("keys_rotated", done[name], f"{former.id} → {new.id}")
    assert not (data / "profiling" / "events.db").exists()


def test_an_interrupted_rotation_is_said_and_goes_on_with_the_same_new_key(
    folder: tuple[Path, UUID, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, _, sealed = folder
    rewrap, calls = key_rotation.rewrap, []

    def failing(keys_url: str, service: str, new: MasterKey, former: MasterKey) -> int:
        calls.append(new.id)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return rewrap(keys_url, service, new, former)

    monkeypatch.setattr(key_rotation, "rewrap", failing)
    with pytest.raises(KeyboardInterrupt):
        rotate_folder(data, SERVICES)
    assert (data / NEXT).exists()
    with pytest.raises(RotationUnfinished):
        master_key(data)
    refused = CliRunner().invoke(app, ["up", "--data", str(data), "--port", "0"])
    assert refused.exit_code == Exit.REFUSED and "keys rotate" in refused.output
    done = rotate_folder(data, SERVICES)
    assert done[SERVICES[0]] == 0 and set(calls) == {master_key(data).id}
    assert {opened(data, name, sealed[name], master_key(data)) for name in SERVICES} == {"Rosalba"}


def test_a_service_that_runs_meanwhile_reads_and_makes_keys(folder: tuple[Path, UUID, dict[str, str]]) -> None:
    """Containers: the new key with the former one beside it, before, during and after."""
    data, _, sealed = folder
    MasterKey.create(data / "new.key")
    environ = {
        "IMPULSO_KEYS_URL": f"sqlite:///{data / 'intake' / 'keys.db'}",
        "IMPULSO_DATABASE_URL": f"sqlite:///{data / 'intake' / 'events.db'}",
        "IMPULSO_MASTER_KEY_FILE": str(data / "new.key"),
        "IMPULSO_FORMER_MASTER_KEY_FILE": str(data / CURRENT),
    }
    former = former_master(environ)
    assert former is not None
    running = ring(data, "intake", MasterKey.load(environ=environ), former)
    assert open_sealed(running, sealed["intake"], WHERE).value == "Rosalba"
    meanwhile, other = seal(running, Personal(uuid4(), "c", "3991234567"), WHERE), uuid4()
    running.destroy(other, "i")
    count, old_id, new_id = rotate_service("intake", environ)
    assert (count, old_id, new_id) == (PEOPLE + 2, former.id, running.master.id)
    assert open_sealed(running, sealed["intake"], WHERE).value == "Rosalba"
    running.close()
    alone = ring(data, "intake", MasterKey.load(data / "new.key"))
    assert open_sealed(alone, meanwhile, WHERE).value == "3991234567"
    assert alone.key(other, "i") is None
    assert rotate_service("intake", {**environ, "IMPULSO_FORMER_MASTER_KEY_FILE": ""})[0] == 0
    assert [row["count"] for row in accesses(data, "intake")] == [PEOPLE + 2, 0]


def test_the_command_does_it_and_refuses_a_folder_that_is_served(folder: tuple[Path, UUID, dict[str, str]]) -> None:
    data, _, sealed = folder
    done = CliRunner().invoke(app, ["keys", "rotate", "--data", str(data), "--json"])
    assert done.exit_code == 0, done.output
    assert opened(data, "intake", sealed["intake"], master_key(data)) == "Rosalba"
    assert CliRunner().invoke(app, ["keys", "rotate"]).exit_code == Exit.USAGE
    wrong = data / CURRENT
    wrong.unlink()
    MasterKey.create(wrong)
    assert CliRunner().invoke(app, ["keys", "rotate", "--data", str(data)]).exit_code == Exit.REFUSED

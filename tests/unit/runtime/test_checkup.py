"""`impulso doctor`: each breakage, provoked, is named by its code together with a cure; a sound service has none."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.delivery.feed import Feed
from shared.delivery.follower import Follower
from shared.eventstore import guards
from shared.eventstore.database import Database
from shared.privacy.key_store import subject_key
from shared.privacy.keys import MasterKey
from shared.runtime import checkup, migrate
from shared.runtime.assembly import Assembled, Place, assemble
from shared.runtime.checkup import Patient, examine
from shared.runtime.findings import CONDITIONS
from shared.runtime.operations import Operations
from shared.runtime.rebuild import rebuild
from shared.runtime.rebuilding import Rebuilding
from tests.counting import COUNTER, WATCHER, count
from tests.databases import DIALECTS, POSTGRES, database_url

NOBODY = "amqp://guest:guest@127.0.0.1:1/none"
CASES = 7


class Ward:
    """A counting service with some history, and what doctor says of it."""

    def __init__(self, url: str, keys_url: str, folder: Path) -> None:
        self.key_file = folder / "master.key"
        self.master = MasterKey.create(self.key_file)
        self.place = Place(url, keys_url, folder / "files")
        self.patient = Patient("watcher", WATCHER.application.views, self.place, lambda: MasterKey.load(self.key_file))
        self.service: Assembled = assemble(WATCHER, self.place, self.master, None, create=True)  # type: ignore[arg-type]

    def codes(self, **changes: object) -> list[str]:
        found = examine(replace(self.patient, **changes))  # type: ignore[arg-type]
        assert all(one.text and one.cure and one.service == "watcher" for one in found)
        assert {one.code for one in found} <= set(CONDITIONS)
        return [one.code for one in found]

    def change(self, *statements: str) -> None:
        with self.service.application.database.write() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))


@pytest.fixture(params=DIALECTS)
def ward(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ward]:
    with database_url(request.param, tmp_path) as url, database_url(request.param, tmp_path) as keys_url:
        made = Ward(url, keys_url, tmp_path)
        yield made
        made.service.close()


def test_a_sound_service_has_no_findings(ward: Ward) -> None:
    assert ward.codes() == []


def test_tables_that_were_never_made(ward: Ward, tmp_path: Path) -> None:
    with database_url(ward.service.application.database.dialect, tmp_path) as empty:
        assert ward.codes(place=replace(ward.place, database_url=empty)) == ["TABLES_MISSING"]


def test_a_database_that_is_away(ward: Ward, tmp_path: Path) -> None:
    if ward.service.application.database.dialect == "postgresql":
        away = POSTGRES.replace("5432", "1")
    else:
        (tmp_path / "broken.db").write_bytes(b"this is no database" * 400)
        away = f"sqlite:///{tmp_path / 'broken.db'}"
    assert "DATABASE_AWAY" in ward.codes(place=replace(ward.place, database_url=away))
    assert "KEYS_DATABASE_AWAY" in ward.codes(place=replace(ward.place, keys_url=away))


def test_a_broker_that_is_away(ward: Ward) -> None:
    assert ward.codes(amqp_url=NOBODY) == ["BROKER_AWAY"]


def test_missing_guards_are_named_and_migrate_puts_them_back(ward: Ward) -> None:
    database = ward.service.application.database
    table = " ON events" if database.dialect == "postgresql" else ""
    name = "events_refuse_change" if table else "events_refuse_update"
    ward.change(f"DROP TRIGGER {name}{table}")
    assert ward.codes() == ["GUARD_MISSING"]
    assert migrate.upgrade(database, [migrate.STORE]) != []
    assert ward.codes() == []


def test_tables_of_earlier_and_of_later_code(ward: Ward) -> None:
    ward.change("UPDATE store_schema_version SET version_num = 's0001'")
    assert ward.codes() == ["TABLES_OUTDATED"]
    ward.change("UPDATE store_schema_version SET version_num = 's9999'")
    assert ward.codes() == ["CODE_OUTDATED"]


def test_a_read_model_of_other_code_or_not_built(ward: Ward) -> None:
    ward.change("UPDATE view_schema SET built = false")
    assert ward.codes() == ["READ_MODEL_NOT_BUILT"]
    rebuild(ward.service.application, WATCHER)
    assert ward.codes() == []
    ward.change("UPDATE view_schema SET fingerprint = 'of yesterday'")
    assert ward.codes() == ["READ_MODEL_OUTDATED"]


def test_a_restore_that_did_not_finish(ward: Ward) -> None:
    ward.change("CREATE TABLE restoration (what text, plan text)")
    assert ward.codes() == ["RESTORE_UNFINISHED"]


def test_a_log_that_lost_its_end(ward: Ward) -> None:
    ward.change("UPDATE log_head SET head = head + 3")
    assert ward.codes() == ["LOG_BROKEN"]


def test_a_clock_behind_the_log(ward: Ward) -> None:
    ward.change("UPDATE log_head SET clock = 4102444800000000")
    assert ward.codes() == ["CLOCK_BEHIND"]


def test_parked_events(ward: Ward) -> None:
    ward.change(
        "INSERT INTO parked (upstream, sequence, subject, type, envelope, error_code, error_place, attempts, "
        "parked_at, status) "
        "VALUES ('counter', 1, '00000000000000000000000000000001', 'Counted', '{}', 'X', 'y:1', 1, 1, 'parked')"
    )
    assert ward.codes() == ["PARKED"]


def test_a_relay_that_fell_behind(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "BACKLOG", -1)
    assert "RELAY_BACKLOG" in ward.codes(amqp_url=NOBODY)


def test_a_master_key_that_is_missing_exposed_spoiled_or_another(ward: Ward, tmp_path: Path) -> None:
    ward.service.keys.service_key("files")
    ward.key_file.chmod(0o644)
    assert ward.codes() == ["MASTER_KEY_EXPOSED"]
    ward.key_file.chmod(0o600)
    ward.key_file.write_text("too short")
    assert ward.codes() == ["MASTER_KEY_INVALID"]
    ward.key_file.unlink()
    assert ward.codes() == ["MASTER_KEY_MISSING"]
    MasterKey.create(ward.key_file)
    assert ward.codes() == ["MASTER_KEY_WRONG"]


def test_files_that_cannot_be_read_or_are_altered(ward: Ward, tmp_path: Path) -> None:
    with open(tmp_path / "scan", "wb+") as scan:
        scan.write(b"%PDF-1.4")
        scan.seek(0)
        files = ward.service.application.files
        files.put(scan, subject=None, kind="i", media_type="application/pdf", name="acta.pdf")
    assert ward.codes() == []
    path = next(ward.place.files.glob("[0-9a-f][0-9a-f]/*"))
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert ward.codes() == ["FILE_BROKEN"]
    shutil.rmtree(ward.place.files)
    ward.place.files.write_text("a file where the folder was")
    assert ward.codes() == ["FILES_UNREADABLE"]


def test_a_disk_nearly_full(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"total": 1 << 40, "used": 0, "free": 1 << 20})
    monkeypatch.setattr(checkup.shutil, "disk_usage", lambda _folder: usage)
    assert ward.codes() == ["DISK_NEARLY_FULL"]


@pytest.fixture(params=DIALECTS)
def counting(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Assembled, Patient]]:
    """A service that holds personal data."""
    with database_url(request.param, tmp_path) as url, database_url(request.param, tmp_path) as keys_url:
        master = MasterKey.create(tmp_path / "counter.key")
        place = Place(url, keys_url, tmp_path / "counter-files")
        service = assemble(COUNTER, place, master, None, create=True)  # type: ignore[arg-type]
        count(service.application, [number % CASES for number in range(CASES * 7)])  # type: ignore[arg-type]
        yield service, Patient("counter", COUNTER.application.views, place, lambda: master)
        service.close()


Spoil = Callable[[Connection], object]


@pytest.mark.parametrize(
    ("code", "spoil"),
    [
        ("KEYS_MISSING", lambda connection: connection.execute(subject_key.delete())),
        ("KEYS_DAMAGED", lambda connection: connection.execute(subject_key.update().values(key_id="another"))),
    ],
)
def test_keys_of_stored_data_that_are_gone_or_altered(
    counting: tuple[Assembled, Patient], code: str, spoil: Spoil
) -> None:
    _service, patient = counting
    assert examine(patient) == []
    keys = Database(patient.place.keys_url, pool_size=1)
    with keys.write() as connection:
        spoil(connection)
    keys.close()
    assert [one.code for one in examine(patient)] == [code]


def test_an_erased_person_is_no_missing_key(counting: tuple[Assembled, Patient]) -> None:
    service, patient = counting
    with service.application.database.read() as connection:
        assert guards.missing(connection) == []
    for entry in service.application.log.entries(0, 1_000):
        service.keys.destroy(entry.originator_id, "s")
    assert examine(patient) == []


def test_a_running_service_says_what_its_checkup_finds(counting: tuple[Assembled, Patient], tmp_path: Path) -> None:
    service, _patient = counting
    watcher = assemble(WATCHER, Place.under(tmp_path / "w"), MasterKey.create(tmp_path / "w.key"), None, create=True)  # type: ignore[arg-type]
    feed = Feed(service.application.log, service.publication)
    follower = Follower("counter", feed, watcher.inbox)
    operations = Operations(watcher, {"counter": follower}, Rebuilding(watcher, {}))
    who: Any = None
    assert operations.checkup({}, who) == {"service": "watcher", "findings": []}
    follower.tick()
    with watcher.application.database.write() as connection:
        connection.execute(sa.text("UPDATE view_schema SET built = false"))
    assert [one["code"] for one in operations.checkup({}, who)["findings"]] == ["READ_MODEL_NOT_BUILT"]
    watcher.close()

"""An erasure goes everywhere: every service destroys and confirms, and nothing of the person can be read (X-12)."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from services.gateway.drafts import Drafts, Spot
from services.gateway.hosting import LocalSystem
from shared.backup.taking import take
from shared.cli.api import Api
from shared.cli.backups import _sites
from shared.cli.demo.staff import OFFICE, Duty, Staff
from shared.cli.exits import CommandError
from shared.cli.main import app
from shared.privacy.filestore import FileErased
from shared.privacy.key_store import subject_key
from shared.privacy.keys import KeyRing
from shared.privacy.personal import KINDS
from shared.runtime.embedded import EmbeddedHost
from shared.runtime.rebuild import rebuild
from tests.e2e.canaries import Canaries
from tests.e2e.nameko.test_one_request import call_of
from tests.waiting import until, within

EVERYWHERE_S = 60
SERVICES = ("intake", "profiling", "assistance", "inventory", "reporting")
PERSON = {
    "doc_type": "CC",
    "doc_no": "1023987654",
    "names": "Yurleidis Carmenza",
    "surnames": "Bustamantoya Quiroz",
    "birth_date": "1985-04-03",
}


@pytest.fixture
def system(tmp_path: Path) -> Iterator[LocalSystem]:
    made = LocalSystem(tmp_path / "var")
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def staff(system: LocalSystem) -> Iterator[Staff]:
    people = Staff(system.url, 1)
    duties = [duty for duty in OFFICE if duty.name in ("coordinadora", "profesional")]
    officers = [Duty("proteccion", "Belarmina Xochimilquez", ("privacy_officer",))]
    officers.append(Duty("segunda", "Tarcisia Yumbogrande", ("privacy_officer",)))
    with Api(system.url).log_in("admin", system.accesses()["admin"]) as administrator:
        people.install(administrator, [*duties, *officers])
    yield people
    people.close()


def keys_of(system: LocalSystem) -> dict[str, KeyRing]:
    rings = {name: one.keys for name, one in system.host.services.items()}
    return {**rings, "gateway": system.edge.assembled.keys}


def wrapped(system: LocalSystem, person: UUID) -> list[bytes]:
    """The person's keys as every key database holds them."""
    found: list[bytes] = []
    for ring in keys_of(system).values():
        with ring._vault.store.read() as connection:
            query = sa.select(subject_key.c.wrapped).where(subject_key.c.subject == person)
            found += [bytes(each) for each in connection.scalars(query) if each is not None]
    return found


def identified(staff: Staff) -> tuple[str, UUID]:
    call = staff["coordinadora"].act("/api/calls/open-call", call_of("C-1"))["id"]
    facts = {
        "call": call,
        "source": "requests_pr029",
        "source_kind": "request",
        "source_ref": "SOL-1",
        "identified_on": "2026-11-03",
        "ground": "public_function",
    }
    made = staff["profesional"].act("/api/cases/identify-candidate", PERSON | facts, on="2026-11-10")
    return made["id"], UUID(made["candidate_id"])


def store_everywhere(system: LocalSystem, person: UUID) -> dict[str, list[str]]:
    """Something of every class in every service: a key, and a file under it."""
    files: dict[str, list[str]] = {}
    content = f"%PDF-1.7 {PERSON['names']} {PERSON['doc_no']}".encode()
    for name in SERVICES:
        store = system.host.services[name].application.files
        files[name] = [
            store.put(io.BytesIO(content), subject=person, kind=kind, media_type="application/pdf", name="a.pdf").id
            for kind in KINDS
        ]
    return files


def test_within_a_minute_nobody_can_read_the_person_anywhere(system: LocalSystem, staff: Staff, tmp_path: Path) -> None:
    """X-12, SOD-8: two people, a wait, six services, their confirmations; log and proofs still verify."""
    case, person = identified(staff)
    system.host.settle()
    files = store_everywhere(system, person)
    drafts: Drafts = system.edge.door.drafts
    spot = Spot(uuid4(), "intake", "RecordBasicIdentification", case)
    drafts.keep(spot, key=uuid4(), subject=person, fields={"c": {"phone": ["3991234567"]}})
    sites = _sites(system.data)
    take(sites, tmp_path / "datos", tmp_path / "claves")
    known = wrapped(system, person)
    assert len(known) > 5 * len(KINDS)
    staff["profesional"].act(
        f"/api/cases/{case}/withdraw-case", {"reason_code": "own_will", "reason": "Se va"}, on="2026-11-11"
    )
    asked = {"case": case, "legal_basis": "consent_withdrawn", "reason": "Pide que la borren"}
    erasure = staff["proteccion"].act("/api/erasures/request-key-destruction", asked)["id"]
    with pytest.raises(CommandError) as early:
        staff["segunda"].act(f"/api/erasures/{erasure}/confirm-key-destruction")
    assert early.value.code == "ERASURE_WAITS"
    intake: Any = system.host.services["intake"].application
    intake.now = lambda: datetime.now(UTC) + timedelta(hours=73)
    with pytest.raises(CommandError) as alone:
        staff["proteccion"].act(f"/api/erasures/{erasure}/confirm-key-destruction")
    assert alone.value.code == "SOD_VIOLATION"

    staff["segunda"].act(f"/api/erasures/{erasure}/confirm-key-destruction")
    within(lambda: state_of(staff, erasure) == "done", "every service confirms", EVERYWHERE_S)

    confirmed = staff["proteccion"].get(f"/api/erasures/{erasure}")
    assert set(confirmed["confirmed"]) == {*SERVICES, "gateway"} and confirmed["missing"] == []
    for ring in keys_of(system).values():
        assert {ring.key(person, kind) for kind in KINDS} == {None}
    for name in SERVICES:
        for file_id in files[name]:
            with pytest.raises(FileErased):
                system.host.services[name].application.files.read(file_id)
    assert drafts.subject(spot) is None
    page = staff["profesional"].post(f"/api/cases/{case}/reveal", {"classes": ["i", "c", "s"]})
    assert "Bustamantoya".upper() not in json.dumps(page, ensure_ascii=False).upper()

    def on_the_timeline() -> bool:
        return "KeyDestructionExecuted" in json.dumps(staff["profesional"].get(f"/api/cases/{case}/timeline"))

    until(on_the_timeline, "the timeline shows it", 20)

    take(sites, tmp_path / "datos", tmp_path / "claves")
    remains = Canaries(("key", each.hex()) for each in known)
    assert [line for folder in (system.data, tmp_path / "claves") for line in remains.found_under(folder)[1]] == []
    raw = [path for path in system.data.rglob("*") if path.is_file() and any(k in path.read_bytes() for k in known)]
    assert raw == [], "a destroyed key lies in no file, write-ahead logs included"
    values = Canaries((name, value) for name, value in PERSON.items() if len(value) > 6)
    assert [line for folder in (system.data, tmp_path / "claves") for line in values.found_under(folder)[1]] == []

    until(lambda: verifies(system.data), "every log is sealed, and holds", 60)
    system.stop()
    again = EmbeddedHost(system.data)
    try:
        for one in again.services.values():
            rebuild(one.application, one.definition)
        again.pull_all()
        assert again.services["intake"].application.names.search("Bustamantoya", 5) == []
        assert again.services["intake"].application.open_orders("reporting") == []
    finally:
        again.stop()


def state_of(staff: Staff, erasure: str) -> str:
    return str(staff["proteccion"].get(f"/api/erasures/{erasure}")["state"])


def verifies(data: Path) -> bool:
    return CliRunner().invoke(app, ["verify", "--data", str(data), "--json"]).exit_code == 0

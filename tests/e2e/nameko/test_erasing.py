"""An erasure over the broker: each service, and the gateway that asks for its orders, destroys and confirms (X-12)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from shared.cli.api import Api
from shared.cli.demo.staff import OFFICE, Duty, Staff
from shared.privacy.key_store import subject_key
from tests.databases import database_url
from tests.e2e.canaries import Canaries
from tests.e2e.nameko.later import VARIABLE
from tests.e2e.nameko.premises import PASSWORD, Premises, premises
from tests.e2e.test_erasure import EVERYWHERE_S, PERSON, SERVICES, identified, state_of
from tests.waiting import within

EVERYONE = (*SERVICES, "gateway")


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A key database on PostgreSQL for each service."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(database_url("postgresql", tmp_path)) for name in EVERYONE}


@pytest.fixture
def system(tmp_path: Path, keys: dict[str, str]) -> Iterator[Premises]:
    settings = {name: {"IMPULSO_KEYS_URL": url} for name, url in keys.items()}
    settings["intake"][VARIABLE] = str(tmp_path / "hours")
    with premises(tmp_path / "premises", "tests.e2e.nameko.later:SERVICES", settings) as made:
        made.start(*SERVICES)
        yield made


@pytest.fixture
def staff(system: Premises) -> Iterator[Staff]:
    people = Staff(system.url, 1)
    duties = [duty for duty in OFFICE if duty.name in ("coordinadora", "profesional")]
    duties += [Duty(name, f"Belarmina {name}", ("privacy_officer",)) for name in ("proteccion", "segunda")]
    with Api(system.url).log_in("admin", PASSWORD) as administrator:
        people.install(administrator, duties)
    yield people
    people.close()


def wrapped(url: str, person: UUID) -> list[bytes]:
    """The person's keys that a key database still holds."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        query = sa.select(subject_key.c.wrapped).where(subject_key.c.subject == person)
        return [bytes(each) for each in connection.scalars(query) if each is not None]


def dumped(url: str) -> bytes:
    """What `pg_dump` writes of a database."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return subprocess.run(["pg_dump", plain], check=True, capture_output=True, timeout=60).stdout


def test_every_process_destroys_and_confirms(
    system: Premises, staff: Staff, keys: dict[str, str], tmp_path: Path
) -> None:
    case, person = identified(staff)
    staff["profesional"].act(
        f"/api/cases/{case}/withdraw-case", {"reason_code": "own_will", "reason": "Se va"}, on="2026-11-11"
    )
    known = wrapped(keys["intake"], person)
    before = dumped(keys["intake"])
    assert known and all(each.hex().encode() in before for each in known), "a dump is where the keys would be found"
    asked = {"case": case, "legal_basis": "consent_withdrawn", "reason": "Pide que la borren"}
    erasure = staff["proteccion"].act("/api/erasures/request-key-destruction", asked)["id"]
    (tmp_path / "hours").write_text("73", "utf-8")
    staff["segunda"].act(f"/api/erasures/{erasure}/confirm-key-destruction")

    within(lambda: state_of(staff, erasure) == "done", "every process confirms", EVERYWHERE_S)

    confirmed = staff["proteccion"].get(f"/api/erasures/{erasure}")
    assert set(confirmed["confirmed"]) == set(EVERYONE) and confirmed["missing"] == []
    assert {name: wrapped(url, person) for name, url in keys.items()} == {name: [] for name in EVERYONE}
    remains = Canaries(("key", each.hex()) for each in known)
    values = Canaries((name, value) for name, value in PERSON.items() if len(value) > 6)
    for search in (remains, values):
        assert {name: search.found_in(dumped(url)) for name, url in keys.items()} == {name: [] for name in EVERYONE}
        assert search.found_under(system.folder)[1] == []

"""What is made anew from the logs of a whole demonstration holds what stands in service, row for row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.intake.directory import Directory
from shared.runtime.assembly import Assembled
from shared.runtime.embedded import EmbeddedHost
from shared.runtime.rebuild import rebuild
from tests.e2e.conftest import Demo

SERVICES = ("intake", "profiling", "assistance", "inventory", "reporting")


@pytest.fixture(scope="module")
def copied(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedHost]:
    """The demonstration's databases once more, with nobody at work on them."""
    data: Path = tmp_path_factory.mktemp("copied")
    (data / "master.key").write_bytes((demo.served.data / "master.key").read_bytes())
    (data / "master.key").chmod(0o600)
    # Who follows first: so no position is ahead of the log that it stands in.
    for name in reversed(SERVICES):
        (data / name).mkdir(mode=0o700)
        for file in ("events.db", "keys.db"):
            with (
                closing(sqlite3.connect(demo.served.data / name / file)) as source,
                closing(sqlite3.connect(data / name / file)) as copy,
            ):
                source.backup(copy)
    system = EmbeddedHost(data)
    yield system
    for one in system.services.values():
        one.close()


def held(service: Assembled) -> dict[str, list[Any]]:
    """Every table of the read model, row by row; what is sealed in it, opened."""
    application = service.application
    with application.database.read() as connection:
        tables = application.views.metadata.sorted_tables
        found = {one.name: [row._asdict() for row in connection.execute(sa.select(one))] for one in tables}
    if service.definition.name == "intake":
        directory = Directory.of(application.keys)
        for row in found["people"]:
            person = directory.open(row["case_id"], row["person"])
            row["person"] = (person.subject, person.value)
    return {name: sorted(map(repr, rows)) for name, rows in found.items()}


@pytest.mark.parametrize("name", SERVICES)
def test_beside_the_one_in_service(copied: EmbeddedHost, name: str) -> None:
    before = held(copied.services[name])
    rebuilding = copied.rebuilding[name]

    rebuilding.begin(by="prueba")
    while rebuilding.advance():
        pass

    assert rebuilding.progress()["state"] == "done"  # type: ignore[index]
    assert held(copied.services[name]) == before
    assert sum(map(len, before.values())) > 50


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "reporting"])
def test_in_its_place(copied: EmbeddedHost, name: str) -> None:
    service = copied.services[name]
    before = held(service)

    assert rebuild(service.application, service.definition) == service.application.log.head()

    assert held(service) == before

"""No personal value lies in the clear anywhere: databases, their logs, files, temporary files, what was logged."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest

from shared.cli.demo.staff import names_of_staff
from tests.e2e.canaries import SHORTEST, Canaries
from tests.e2e.conftest import DATA, Demo, Imported


@pytest.fixture(scope="module")
def canaries(demo: Demo) -> Canaries:
    mine = (
        (f"{what} of candidate {each.index}", value) for each in demo.people for what, value in each.canaries().items()
    )
    return Canaries([*mine, *(("name of staff", name) for name in names_of_staff())])


def test_no_value_of_the_people_of_the_demonstration_is_found(demo: Demo, canaries: Canaries) -> None:
    read, found = canaries.found_under(demo.served.folder)

    assert found == []
    assert (read > 60, len(canaries) > 120) == (True, True)


def test_no_value_of_an_imported_list_is_found(imported: Imported) -> None:
    values = Canaries(_of_the_list())

    _, found = values.found_under(imported.served.folder)

    assert (found, len(values) > 600) == ([], True)


def _of_the_list() -> Iterator[tuple[str, str]]:
    with (DATA / "candidatos.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            for column in ("numero_documento", "correo"):
                value = (row.get(column) or "").strip()
                if len(value) > SHORTEST:
                    yield f"{column} of row {number}", value


def test_the_search_finds_what_is_there(demo: Demo, canaries: Canaries) -> None:
    person = demo.people[0]
    hidden = demo.served.data / "intake" / "files" / "forgotten.tmp"
    hidden.write_bytes(b"..." + f"{person.surnames} {int(person.document):,}".replace(",", ".").encode("utf-16-le"))
    try:
        _, found = canaries.found_under(demo.served.folder)
    finally:
        hidden.unlink()

    assert {line.split(" as ")[0] for line in found} >= {
        "var/intake/files/forgotten.tmp: first surname of candidate 0",
        "var/intake/files/forgotten.tmp: document of candidate 0",
    }


def test_people_are_found_by_document_and_by_name_all_the_same(demo: Demo) -> None:
    person = demo.people[0]
    api = demo.staff["profesional"]

    by_number = api.post("/api/people/search", {"document_type": "CC", "document_number": person.document})
    by_name = api.post("/api/people/search", {"name": person.surnames})

    assert [one["case_id"] for one in by_number["items"]] == [demo.document["case_ids"][0]]
    assert demo.document["case_ids"][0] in [one["case_id"] for one in by_name["items"]]
    assert person.full_name not in str(by_number), "a list shows names masked"

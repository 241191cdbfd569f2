"""An import makes of the shipped list exactly what the data contract says, once, whatever interrupts it."""

from __future__ import annotations

import csv
import io
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.engine import Connection

from services.intake.application import import_rows
from services.intake.application.imports import Interrupted
from services.intake.definition import work
from services.intake.domain.columns import HEADER
from services.intake.views import cases, metadata
from shared.eventstore.tables import claims, commands
from tests.services.casework import Refused
from tests.services.intake.counter import DATA, Counter
from tests.waiting import until

EXPECTED = json.loads((DATA / "esperado.json").read_text("utf-8"))
FILES = ("candidatos.csv", "candidatos.xlsx")


def count(counter: Counter, table: Any) -> int:
    with counter.app.database.read() as connection:
        return len(connection.execute(table.select()).all())


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def list_of(*rows: list[str]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([list(HEADER), *rows])
    return out.getvalue().encode()


def good_rows(count: int) -> list[list[str]]:
    """The first accepted rows of the shipped list."""
    every = rows_of((DATA / "candidatos.csv").read_bytes())
    return [every[verdict["fila"] - 1] for verdict in list(EXPECTED["verdicts"].values())[:count]]


@pytest.mark.parametrize("name", FILES)
def test_the_report_of_the_shipped_list_is_the_expected_one(any_counter: Counter, name: str) -> None:
    """A01-4: every row by itself, accepted or refused with its number and reason."""
    import_id = any_counter.start_import(any_counter.open_call(), name)
    assert any_counter.app.run_import(import_id) == EXPECTED
    assert count(any_counter, cases) == EXPECTED["accepted"]


def test_the_workbook_after_the_csv_adds_sources_and_no_person(counter: Counter) -> None:
    """A01-3, A01-4: the same people out of another file."""
    call = counter.open_call()
    counter.app.run_import(counter.start_import(call, "candidatos.csv"))
    report = counter.app.run_import(counter.start_import(call, "candidatos.xlsx"))
    assert report is not None and report["accepted"] == 0
    assert {each["kind"] for each in report["duplicates"]} == {"documento"}
    assert count(counter, cases) == EXPECTED["accepted"]


def test_a_second_import_of_the_same_file_changes_nothing(counter: Counter) -> None:
    """A01-4"""
    call = counter.open_call()
    first = counter.start_import(call, "candidatos.csv")
    counter.app.run_import(first)
    head = counter.app.log.head()
    second = counter.start_import(call, "candidatos.csv")
    assert second == first
    assert counter.app.run_import(second) == EXPECTED
    assert work(counter.app, lambda: False) is False
    assert counter.app.log.head() == head


@pytest.mark.parametrize("seed", range(3))
def test_an_import_interrupted_at_any_row_goes_on_to_the_same_end(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    import_id = counter.start_import(counter.open_call(), "candidatos.csv")
    store = type(counter.app).transact_many
    monkeypatch.setattr(import_rows, "MAX_GROUP", 5)
    interruptions = 0

    def dying(self: Any, pieces: Any) -> Any:
        nonlocal interruptions
        if interruptions < 12 and chance.random() < 0.2:
            interruptions += 1
            # Before or after the block is stored: the process does not live to hear of it.
            if chance.random() < 0.5:
                store(self, pieces)
            raise KeyboardInterrupt
        return store(self, pieces)

    monkeypatch.setattr(type(counter.app), "transact_many", dying)
    report = None
    while report is None:
        try:
            report = counter.app.run_import(import_id)
        except KeyboardInterrupt:
            continue
    assert interruptions > 3
    assert report == EXPECTED
    assert count(counter, cases) == EXPECTED["accepted"]
    topics = [entry.topic for entry in counter.app.log.entries(0, 10_000)]
    assert topics.count("intake.CandidateIdentified") == topics.count("intake.CriteriaEvaluated") == 329
    assert topics.count("intake.CandidateSourceAdded") == EXPECTED["counts_per_duplicate_kind"]["documento"]
    assert topics.count("intake.CandidateListConsolidated") == 1


def test_an_import_whose_process_is_killed_goes_on_to_the_same_end(counter: Counter, tmp_path: Path) -> None:
    import_id = counter.start_import(counter.open_call(), "candidatos.csv")
    head = counter.app.log.head()
    for more in (60, 450, 800):
        command = [sys.executable, "-m", "tests.services.intake.import_process", str(tmp_path), str(import_id)]
        with subprocess.Popen(command, cwd=DATA.parents[1]) as process:
            until(lambda more=more: counter.app.log.head() > head + more, "rows taken in", 60)
            process.kill()
    assert counter.ask("import", "coordinator", id=str(import_id))["state"] == "running"
    assert counter.app.run_import(import_id) == EXPECTED
    assert count(counter, cases) == EXPECTED["accepted"]


def test_a_stop_of_the_host_leaves_an_import_that_goes_on(counter: Counter) -> None:
    import_id = counter.start_import(counter.open_call(), "candidatos.csv")
    asked = iter([False, False, True])
    with pytest.raises(Interrupted):
        counter.app.run_import(import_id, stopping=lambda: next(asked))
    assert counter.ask("import", "coordinator", id=str(import_id))["state"] == "running"
    assert work(counter.app, lambda: False) is True
    found = counter.ask("import", "coordinator", id=str(import_id))
    assert (found["state"], found["accepted"], found["rejected"]) == ("done", 329, 56)


def test_nothing_of_a_rejected_row_remains(counter: Counter) -> None:
    """A01-4"""
    kept, broken = good_rows(2)
    broken[9] = "2026-02-30"
    counter.app.run_import(counter.start_import(counter.open_call(), "lista.csv", list_of(kept, broken)))
    assert count(counter, cases) == 1
    found = counter.ask("people_search", document_number=broken[4])
    assert found["items"] == []
    again = good_rows(2)[1]
    report = counter.app.run_import(counter.start_import(counter.open_call("OTRA"), "otra.csv", list_of(again)))
    assert report is not None and report["accepted"] == 1


def test_rejected_rows_come_as_a_file_that_can_be_corrected_and_imported(counter: Counter) -> None:
    """A01-4: with the number of each row and why it was refused."""
    call = counter.open_call()
    fine, broken = good_rows(2)
    broken[16], broken[9] = "=2+5", "30/02/1990"
    import_id = counter.start_import(call, "lista.csv", list_of(fine, broken))
    counter.app.run_import(import_id)
    answer = counter.ask("import", "coordinator", id=str(import_id))
    header, row = rows_of(counter.app.files.read(answer["rejected_file"]))
    assert header == ["fila", "reason_code", "columna", "mensaje", *HEADER]
    assert row[:3] == ["3", "FECHA_INVALIDA", "fecha_nacimiento"] and "AAAA-MM-DD" in row[3]
    assert row[4 + 16] == "'=2+5"
    row[4 + 9] = "28/02/1990"
    corrected = io.StringIO(newline="")
    csv.writer(corrected).writerows([header, row])  # as a spreadsheet saves it: CRLF
    report = counter.app.run_import(counter.start_import(call, "corregidas.csv", corrected.getvalue().encode()))
    assert report is not None and report["accepted"] == 1
    assert report["formula_cells"] == [{"fila": 2, "columna": "barrio"}]


def test_by_the_coordinator_the_file_is_the_next_list_at_once(counter: Counter) -> None:
    """A01-5"""
    call = counter.open_call()
    counter.app.run_import(counter.start_import(call, "candidatos.csv"))
    lists = counter.ask("call", "coordinator", id=call)["lists"]
    assert lists == [{"number": 1, "file_name": "candidatos.csv", "frozen_on": "2026-11-10", "candidates": 329}]
    topics = [entry.topic for entry in counter.app.log.entries(0, 10_000)]
    assert topics.index("intake.CandidateListConsolidated") < topics.index("intake.CriteriaEvaluated")


def test_people_known_before_are_in_the_imported_list_too(counter: Counter) -> None:
    call = counter.open_call()
    row = good_rows(1)[0]
    known = counter.identify(call, doc_no=row[4], names="Yamile Elena", surnames="Avendaño")
    counter.app.run_import(counter.start_import(call, "lista.csv", list_of(row)))
    facts = {each["label"]: each["value"] for each in counter.ask("case", id=known)["facts"]}
    assert facts["Lista consolidada"] == "n.º 1"


def test_by_a_caseworker_the_rows_are_candidates_who_wait_for_a_list(counter: Counter) -> None:
    call = counter.open_call()
    import_id = counter.start_import(call, "lista.csv", list_of(*good_rows(3)), who="caseworker")
    report = counter.app.run_import(import_id)
    assert report is not None and (report["accepted"], report["verdicts"]) == (3, {})
    assert counter.ask("call", "coordinator", id=call)["lists"] == []
    assert counter.consolidate(call)["candidates"] == 3


def test_an_imported_row_stands_under_the_public_function_of_the_entity(counter: Counter) -> None:
    counter.app.run_import(counter.start_import(counter.open_call(), "lista.csv", list_of(*good_rows(1))))
    event = counter.last("intake.CandidateIdentified")
    assert event.ground == "public_function"
    assert event.source_ref.value.endswith(":1") and len(event.source_ref.value) == 66


def test_the_same_rows_as_of_another_date_are_judged_anew_and_not_entered_again(counter: Counter) -> None:
    call = counter.open_call()
    counter.app.run_import(counter.start_import(call, "candidatos.csv"))
    file = counter.file((DATA / "candidatos.csv").read_bytes(), "candidatos.csv")
    later = counter.act("coordinator", "ImportCandidates", call, file=file, as_of="2026-11-01")["id"]
    report = counter.app.run_import(UUID(later))
    assert report is not None and report["evaluation_date"] == "2026-11-01"
    assert count(counter, cases) == report["accepted"]
    topics = [entry.topic for entry in counter.app.log.entries(0, 10_000)]
    assert topics.count("intake.CandidateIdentified") == report["accepted"]


def test_a_read_model_made_anew_from_the_log_is_the_same(counter: Counter) -> None:
    from shared.runtime.rebuild import rebuild

    counter.app.run_import(counter.start_import(counter.open_call(), "candidatos.csv"))

    def content(connection: Connection) -> dict[str, list[Any]]:
        return {
            table.name: sorted(
                tuple(str(value) for name, value in row._mapping.items() if name != "person")
                for row in connection.execute(table.select())
            )
            for table in metadata.sorted_tables
        }

    with counter.app.database.read() as connection:
        before = content(connection)
    rebuild(counter.app, counter.office.definition)
    with counter.app.database.read() as connection:
        assert content(connection) == before


def test_no_name_number_telephone_or_address_is_in_any_file(counter: Counter, tmp_path: Path) -> None:
    call = counter.open_call()
    counter.app.run_import(counter.start_import(call, "candidatos.csv"))
    counter.ask("people_search", name="rosa")
    counter.app.database.close()
    header, *rows = rows_of((DATA / "candidatos.csv").read_bytes())
    personal = ("numero_documento", "primer_apellido", "telefono", "correo", "direccion", "actividad_economica")
    columns = [header.index(name) for name in personal]
    secrets = {
        row[column].strip().encode()
        for verdict in EXPECTED["verdicts"].values()
        for row in [rows[verdict["fila"] - 2]]
        for column in columns
        if len(row[column].strip()) >= 7
    }
    assert len(secrets) > 1000
    searched = 0
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            searched += len(content)
            assert not [secret for secret in secrets if secret in content], path.name
    assert searched > 1_000_000


def test_a_file_that_is_no_list_is_refused_and_leaves_no_trace(counter: Counter) -> None:
    call = counter.open_call()
    head = counter.app.log.head()
    good = (DATA / "candidatos.csv").read_bytes()
    workbook = (DATA / "candidatos.xlsx").read_bytes()
    for name, content, says in (
        ("lista.csv", b"\n", "primera fila"),
        ("lista.csv", workbook + b"\n", "no es un texto CSV"),
        ("lista.xlsx", good + b"\n\n", "no es un libro XLSX"),
        ("lista.xlsx", workbook[: len(workbook) // 2], "no es un libro XLSX que se pueda leer"),
        ("lista.csv", good.replace(b"fuente", b"origen", 1), "«fuente»"),
        ("lista.csv", good.replace(b",", b";"), "punto y coma"),
        ("lista.csv", good.replace("ó".encode(), "ó".encode("latin-1")), "UTF-8"),
        ("lista.csv", good[good.index(b"\n") + 1 :], "faltan columnas"),
        ("lista.txt", good + b"\n", "CSV o XLSX"),
    ):
        with pytest.raises(Refused) as refused:
            counter.start_import(call, name, content)
        assert refused.value.code == "FIELD_INVALID"
        assert says in refused.value.refusal["text"], says
    assert counter.app.log.head() == head
    assert count(counter, commands) == count(counter, claims) == 1


def test_open_quotes_at_the_end_of_a_file_fail_the_import_before_its_first_row(counter: Counter) -> None:
    rows = list_of(*good_rows(2)) + b'3,jornada,"2026-01-01'
    import_id = counter.start_import(counter.open_call(), "lista.csv", rows)
    assert counter.app.run_import(import_id) is None
    found = counter.ask("import", "coordinator", id=str(import_id))
    assert found["state"] == "failed" and "comillas de la fila 4" in found["error"]
    assert count(counter, cases) == 0


def test_a_list_for_a_call_that_is_not_open_fails_whole(counter: Counter) -> None:
    call = counter.open_call(opens_on="2027-01-01", closes_on="2027-02-01")
    import_id = counter.start_import(call, "lista.csv", list_of(*good_rows(2)))
    assert counter.app.run_import(import_id) is None
    assert "no está abierta" in counter.ask("import", "coordinator", id=str(import_id))["error"]
    assert count(counter, cases) == 0


def test_a_further_member_of_a_household_is_flagged_and_not_refused(counter: Counter) -> None:
    """CRI-5: rows of one id_hogar are one household."""
    first, second, third = good_rows(3)
    first[41] = second[41] = "H-1"
    counter.app.run_import(counter.start_import(counter.open_call(), "lista.csv", list_of(first, second, third)))
    topics = [entry.topic for entry in counter.app.log.entries(0, 100)]
    assert topics.count("intake.HouseholdSecondBenefitFlagged") == 1
    assert topics.count("intake.CriteriaEvaluated") == 3
    flagged = counter.last("intake.HouseholdSecondBenefitFlagged")
    assert flagged.other_case != flagged.originator_id

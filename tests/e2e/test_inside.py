"""`impulso verify` looks behind the seals: a read model or a document that somebody edited is found, row and file.

On a copy of a whole demonstration. ``IMPULSO_PROVE=1`` edits 3,000 times.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from shared.audit.verdict import Report, Verdict
from shared.cli.audited import Embedded, definitions
from shared.cli.exits import Exit
from shared.cli.main import app
from shared.eventstore.tables import ACCESS, BUSINESS
from shared.runtime.document_check import check_documents
from shared.runtime.remaking import hold, made_anew
from tests.e2e.conftest import Demo
from tests.figures import IN_FULL, record
from tests.seeds import seed_of_run
from tests.unit.audit.writing import unguarded
from tests.waiting import until

EDITS = 3_000 if IN_FULL else 60
SERVICES = ("intake", "profiling", "assistance", "inventory", "reporting", "gateway")


@pytest.fixture(scope="module")
def copied(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's folder once more, with nobody at work on it."""
    data: Path = tmp_path_factory.mktemp("inside") / "data"
    source = demo.served.data
    data.mkdir(mode=0o700)
    shutil.copy2(source / "master.key", data)
    shutil.copytree(source / "log-keys", data / "log-keys")
    # A checkpoint that is on its way to the witness would stay without its signature here for ever.
    until(lambda: all(vouched_for(source / name / "events.db") for name in SERVICES), "every log is cosigned", 60)
    # The witness first, then who follows: nothing is ahead of the log that it stands in.
    for name in ("reporting", "inventory", "assistance", "profiling", "intake", "gateway"):
        (data / name).mkdir(mode=0o700)
        for file in ("events.db", "keys.db"):
            with (
                closing(sqlite3.connect(source / name / file)) as here,
                closing(sqlite3.connect(data / name / file)) as there,
            ):
                here.backup(there)
        shutil.copytree(source / name / "files", data / name / "files", dirs_exist_ok=True)
    return data


def vouched_for(database: Path) -> bool:
    """Whether the last entry of both logs is sealed, and its checkpoint cosigned."""
    with closing(sqlite3.connect(database)) as connection:

        def asked(query: str) -> int:
            return int(connection.execute(query).fetchone()[0] or 0)

        return all(
            asked(f"SELECT head FROM {log.head.name}") == asked(f"SELECT max(size) FROM {log.checkpoints.name}")
            and asked(f"SELECT max(number) FROM {log.checkpoints.name}")
            == asked(f"SELECT max(number) FROM {log.cosignatures.name}")
            for log in (BUSINESS, ACCESS)
        )


def verified(*arguments: str) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(app, ["verify", "--json", *arguments])
    document: dict[str, Any] = json.loads(done.stdout)
    return done.exit_code, document


def test_a_whole_demonstration_is_vouched_for_by_its_witness_row_by_row_and_file_by_file(copied: Path) -> None:
    code, document = verified("--data", str(copied))
    found = {one["log"]: one for one in document["services"]}
    assert (code, document["consistent"]) == (Exit.OK, True), [one["broken"] for one in found.values()]
    assert set(found) == {log for name in SERVICES for log in (name, f"{name}.access")}
    assert {one["words"] for one in found.values() if one["entries"]} == {"ATESTIGUADO 1/1"}
    own = [found[name] for name in SERVICES]
    assert all(one["rows"] for one in own) and sum(one["documents"] for one in own) > 10
    assert found["intake.access"]["entries"] and found["gateway.access"]["entries"]
    assert all(found[f"{name}.access"]["rows"] is None for name in SERVICES)
    # A copy that nobody serves is looked at and not written to.
    assert (document["not_checked"], document["noted"]) == ([], [])
    code, document = verified("intake", "--data", str(copied), "--seals-only")
    assert [one["log"] for one in document["services"]] == ["intake", "intake.access"]
    assert code == Exit.OK and document["services"][0]["rows"] is None and len(document["not_checked"]) == 2
    code, document = verified("intake.access", "--data", str(copied))
    assert (code, [one["log"] for one in document["services"]]) == (Exit.OK, ["intake.access"])


def test_a_container_looks_at_what_it_keeps_with_its_own_settings(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned = tmp_path / "log_keys"
    pinned.write_text("".join(path.read_text("utf-8") for path in (copied / "log-keys").glob("*.pub")), "utf-8")
    folder = copied / "inventory"
    for name, value in {
        "DATABASE_URL": f"sqlite:///{folder / 'events.db'}",
        "KEYS_URL": f"sqlite:///{folder / 'keys.db'}",
        "FILES": str(folder / "files"),
        "AMQP_URL": "amqp://guest:guest@127.0.0.1:1/none",
        "MASTER_KEY_FILE": str(copied / "master.key"),
        "LOG_KEYS_FILE": str(pinned),
    }.items():
        monkeypatch.setenv(f"IMPULSO_{name}", value)
    code, document = verified("inventory", "--here")
    one, access = document["services"]
    assert access["log"] == "inventory.access"
    assert (code, one["words"]) == (Exit.OK, "ATESTIGUADO 1/1") and one["rows"] and one["documents"]
    assert len(document["not_checked"]) == 1
    code, document = verified("--here")
    assert (code, document["error"]["code"]) == (Exit.USAGE, "USAGE")


def _edited(value: Any, column: sa.Column[Any]) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, Decimal)):
        return value + 1
    if isinstance(value, date):
        return value + timedelta(days=1)
    if isinstance(value, UUID):
        return uuid4()
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, (list, dict)):
        return ["x"]
    kinds: list[tuple[Any, Any]] = [
        (sa.Boolean, True),
        (sa.Integer, 1),
        (sa.Date, date(2026, 1, 2)),
        (sa.Uuid, uuid4()),
    ]
    kinds.append((sa.TypeDecorator, Decimal(1)))
    return next((made for kind, made in kinds if isinstance(column.type, kind)), "x")


@pytest.mark.parametrize("name", SERVICES)
def test_whatever_is_edited_in_a_read_model_is_named_by_table_and_column(copied: Path, name: str) -> None:
    seed = seed_of_run()
    dice, found = random.Random(f"{seed} {name}"), 0
    with ExitStack() as stack:
        content = stack.enter_context(Embedded(None, copied).content(name))
        assert content is not None
        application, definition = content.application, definitions()[name]
        views = application.views
        with application.database.read() as connection:
            made = stack.enter_context(made_anew(application, definition, content.feeds, connection))
        held: dict[str, list[sa.Row[Any]]] = {}
        with application.database.read() as connection:
            for table in views.metadata.sorted_tables:
                rows = [] if table.name in views.kept else connection.execute(sa.select(table)).all()
                if rows:
                    held[table.name] = list(rows)
        # What is sealed is other bytes each time it is made: those columns are sure to be among the edited.
        tables = [views.metadata.tables[name] for name in sorted(held)]
        sealed = [(table, each) for table in tables for each in table.columns if each.comment == "sealed"]
        for number in range(EDITS // len(SERVICES)):
            table = sealed[number][0] if number < len(sealed) else dice.choice(tables)
            row = dice.choice(held[table.name])._asdict()
            at = [column == row[column.name] for column in table.primary_key.columns]
            columns = [column for column in table.columns if not column.primary_key]
            column = dice.choice(columns) if columns and dice.random() < 0.9 else None
            if number < len(sealed):
                column = sealed[number][1]
            report = Report(name)
            connection = stack.enter_context(application.database.engine.connect())
            transaction = connection.begin()
            if column is None:
                connection.execute(table.delete().where(*at))
            else:
                connection.execute(table.update().where(*at).values({column.name: _edited(row[column.name], column)}))
            hold(application, connection, made, report)
            transaction.rollback()
            connection.close()
            assert report.verdict is Verdict.BROKEN, f"seed {seed}: {table.name} {column}"
            (defect,) = report.broken
            assert defect.code == "READ_MODEL_CHANGED" and f"«{table.name}»" in defect.text
            assert column is None or f"«{column.name}»" in defect.text, f"seed {seed}: {defect.text}"
            shown = [value for value in row.values() if isinstance(value, str) and len(value) > 40]
            assert not [value for value in shown if value in defect.text]
            found += 1
        report = Report(name)
        with application.database.read() as connection:
            hold(application, connection, made, report)
        assert not report.broken
    record(f"tampering-read-model-{name}", edited=found, found=found, missed=0, accused_wrongly=0)


@pytest.fixture
def papers(copied: Path) -> Iterator[Any]:
    with Embedded(None, copied).content("inventory") as content:
        assert content is not None
        yield content.application


def looked_at(application: Any) -> Report:
    report = Report("inventory")
    check_documents(application, report)
    return report


def test_a_document_that_was_edited_exchanged_or_taken_away_is_found(papers: Any) -> None:
    dice = random.Random(7)
    paths = sorted(papers.files.directory.glob("[0-9a-f][0-9a-f]/*"))
    assert len(paths) > 4 and looked_at(papers).documents == len(paths)
    for number in range(20):
        path = dice.choice(paths)
        before = path.read_bytes()
        content = bytearray(before)
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
        path.write_bytes(content)
        assert looked_at(papers).verdict is Verdict.BROKEN, number
        path.write_bytes(before)
    one, other = dice.sample(paths, 2)
    contents = one.read_bytes(), other.read_bytes()
    one.write_bytes(contents[1])
    other.write_bytes(contents[0])
    assert {each.code for each in looked_at(papers).broken} == {"DOCUMENT_CHANGED"}
    one.write_bytes(contents[0])
    other.write_bytes(contents[1])
    named = 0
    for path in paths:
        moved = path.with_suffix(".away")
        path.rename(moved)
        report = looked_at(papers)
        named += [each.code for each in report.broken] == ["DOCUMENT_MISSING"]
        assert all(each.sequence for each in report.broken)
        moved.rename(path)
    assert named and not looked_at(papers).broken
    record("tampering-documents", edited=22, found=22, missed=0, accused_wrongly=0)


def test_a_backup_that_the_witness_saw_the_end_of_is_another_history(copied: Path) -> None:
    """The database file of one service put back to before, with all its seals: only the witness knows better."""
    path = copied / "gateway" / "events.db"
    kept = path.read_bytes()
    with Embedded(None, copied).content("gateway") as content:
        assert content is not None
        log = content.application.log
        with log.database.read() as connection:
            size = connection.execute(sa.text("SELECT size FROM checkpoints ORDER BY number LIMIT 1")).scalar_one()
        assert size < log.head()
        unguarded(
            log,
            f"DELETE FROM events WHERE id > {size}",
            f"UPDATE log_head SET head = {size}",
            f"DELETE FROM checkpoints WHERE size > {size}",
            f"DELETE FROM cosignatures WHERE size > {size}",
            "DELETE FROM tiles WHERE level > 0",
            f"DELETE FROM tiles WHERE first >= {size}",
        )
    code, document = verified("gateway", "--data", str(copied), "--seals-only")
    one, access = document["services"]
    assert access["verdict"].startswith("ATESTIGUADO")
    path.write_bytes(kept)
    for left in path.parent.glob("events.db-*"):
        left.unlink()
    assert (code, one["verdict"]) == (Exit.UNSOUND, "DIVERGENTE"), one
    assert [each["code"] for each in one["divergent"]] == ["LOG_SHORTER"]

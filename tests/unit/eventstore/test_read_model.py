"""Changes that are gathered end as if each had been written at once: the same rows, and the same refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from shared.eventstore.database import Database
from shared.eventstore.read_model import ReadModel
from tests.databases import DIALECTS, database_url

metadata = sa.MetaData()
cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("state", sa.Text, nullable=False, default="new"),
    sa.Column("since", sa.Date),
    sa.Column("notes", sa.JSON),
)
due = sa.Table(
    "due",
    metadata,
    sa.Column("case_id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("item", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("day", sa.Date),
)
papers = sa.Table(
    "papers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Text, unique=True),
    sa.Column("title", sa.Text),
)

IDS = [UUID(int=number) for number in (1, 2, 3)]
Change = tuple[Any, ...]

days = st.none() | st.sampled_from([date(2026, 3, 1), date(2026, 10, 15)])
case_values = st.fixed_dictionaries(
    {}, optional={"state": st.sampled_from("ab"), "since": days, "notes": st.none() | st.just(["n"])}
)
due_keys = st.tuples(st.sampled_from(IDS), st.sampled_from(["visit", "reply"]), st.integers(1, 2))
paper_values = st.fixed_dictionaries(
    {}, optional={"number": st.none() | st.sampled_from("12"), "title": st.none() | st.just("t")}
)


def _row(table: sa.Table, key: Any, values: dict[str, Any]) -> Change:
    parts = key if isinstance(key, tuple) else (key,)
    names = [column.name for column in table.primary_key.columns]
    return ("insert", table, dict(zip(names, parts, strict=True)) | values)


plain = st.one_of(
    st.builds(_row, st.just(cases), st.sampled_from(IDS), case_values),
    st.tuples(st.just("update"), st.just(cases), st.sampled_from(IDS), case_values),
    st.tuples(st.just("delete"), st.just(cases), st.sampled_from(IDS)),
    st.builds(_row, st.just(due), due_keys, st.fixed_dictionaries({"day": days})),
    st.tuples(st.just("update"), st.just(due), due_keys, st.fixed_dictionaries({"day": days})),
    st.tuples(st.just("delete"), st.just(due), due_keys | due_keys.map(lambda key: key[:2])),
    st.tuples(st.just("delete"), st.just(due), st.sampled_from(IDS)),
    st.tuples(st.just("holds"), st.just(cases), st.sampled_from(IDS)),
    st.tuples(st.just("count"), st.just(due)),
)
with_unique = plain | st.one_of(
    st.builds(_row, st.just(papers), st.integers(1, 3), paper_values),
    st.tuples(st.just("update"), st.just(papers), st.integers(1, 3), paper_values),
    st.tuples(st.just("delete"), st.just(papers), st.integers(1, 3)),
    st.tuples(st.just("find"), st.just(papers), st.just("number"), st.sampled_from("12")),
)


def _matches(table: sa.Table, key: Any) -> sa.ColumnElement[bool]:
    parts = key if isinstance(key, tuple) else (key,)
    return sa.and_(*(column == part for column, part in zip(table.primary_key.columns, parts, strict=False)))


def at_once(connection: Connection, change: Change) -> Any:
    """What a projection would write by itself."""
    match change:
        case "insert", table, row:
            connection.execute(table.insert().values(**row))
        case "update", table, key, values:
            if values:
                connection.execute(table.update().where(_matches(table, key)).values(**values))
        case "delete", table, key:
            connection.execute(table.delete().where(_matches(table, key)))
        case "holds", table, key:
            return connection.execute(sa.select(table).where(_matches(table, key))).first() is not None
        case "find", table, column, value:
            return _found(connection.execute(sa.select(table).where(table.c[column] == value)).mappings().first())
        case "count", table:
            return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
    return None


def _found(row: Mapping[str, Any] | None) -> Any:
    return None if row is None else dict(row)


def gathered(model: ReadModel, change: Change) -> Any:
    match change:
        case "count", table:
            return model.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        case "find", *rest:
            return _found(model.find(*rest))
        case name, *rest:
            return getattr(model, name)(*rest)


@pytest.fixture(scope="module", params=DIALECTS)
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("read_model")
    with database_url(request.param, folder) as url:
        database = Database(url)
        with database.write() as connection:
            metadata.create_all(connection)
        yield database
        database.close()


class _Undone(Exception):
    """The rows were read; nothing of the example stays."""


def outcome(database: Database, work: Callable[[Connection], list[Any]]) -> Any:
    """What was read on the way, and all rows in the end; or that the database refused."""
    found: Any = "refused"
    try:
        with database.write() as connection:
            answers = work(connection)
            # Text: a JSON column tells NULL from null.
            tables = [sa.select(*(sa.cast(one, sa.Text) for one in table.columns)) for table in metadata.sorted_tables]
            found = answers, [sorted(map(repr, connection.execute(each))) for each in tables]
            raise _Undone
    except _Undone:
        return found
    except sa.exc.IntegrityError:
        return found


def both(database: Database, before: list[Change], then: list[Change]) -> tuple[Any, Any]:
    """What becomes of ``then`` after ``before``: gathered, and each written at once."""

    def together(connection: Connection) -> list[Any]:
        first = [at_once(connection, change) for change in before]
        model = ReadModel(connection)
        answers = [gathered(model, change) for change in then]
        model.flush()
        return first + answers

    def one_by_one(connection: Connection) -> list[Any]:
        return [at_once(connection, change) for change in (*before, *then)]

    return outcome(database, together), outcome(database, one_by_one)


@settings(max_examples=200, deadline=None)
@given(before=st.lists(plain, max_size=4), then=st.lists(plain, max_size=25))
def test_gathered_changes_end_as_those_written_at_once(
    database: Database, before: list[Change], then: list[Change]
) -> None:
    gathered_, at_once_ = both(database, before, then)
    assert gathered_ == at_once_


@settings(max_examples=300, deadline=None)
@given(before=st.lists(with_unique, max_size=4), then=st.lists(with_unique, max_size=25))
def test_unique_values_are_handed_on_as_if_written_at_once(
    database: Database, before: list[Change], then: list[Change]
) -> None:
    gathered_, at_once_ = both(database, before, then)
    # What was refused only for a moment in between may pass: no log holds it.
    assert at_once_ in ("refused", gathered_)


def test_many_events_cost_few_statements(database: Database) -> None:
    seen = []

    def work(connection: Connection) -> list[Any]:
        sa.event.listen(connection, "before_cursor_execute", lambda *about: seen.append(about[2]))
        model = ReadModel(connection)
        for number in range(100):
            model.insert(cases, {"id": UUID(int=number), "state": "new"})
            model.update(cases, UUID(int=number), {"state": "old"})
            model.insert(due, {"case_id": UUID(int=number), "kind": "visit", "item": 1})
        model.flush()
        return list(seen)

    (statements, rows) = outcome(database, work)
    assert len(statements) == 2
    assert sum("old" in row for row in rows[0]) == 100


def test_a_row_is_named_by_its_whole_key(database: Database) -> None:
    with database.read() as connection, pytest.raises(ValueError, match="case_id, kind, item"):
        ReadModel(connection).update(due, (IDS[0], "visit"), {"day": None})

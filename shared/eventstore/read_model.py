"""A read model as projections change it: rows are gathered, and written by as few statements as tell the same.

Making a statement costs more than what the database does with it. So a projection names rows by their keys, and what a
batch of events does to a table goes out together. Whatever reads, or names rows otherwise, finds everything written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, CursorResult
from sqlalchemy.sql.schema import ScalarElementColumnDefault

Key = Any
"""The value of a table's primary key; of several columns, the tuple of theirs in the table's order."""
Parts = tuple[Any, ...]
"""The first columns of a key, or all."""
_PLAN = "impulso_read_model"
_AT = "key_"


class ReadModel:
    """The tables of a read model within one transaction, the changes of several events gathered.

    The tables end as if each change had been written at once: changes to rows of different keys do not see each other,
    those to one row keep their order, and unique values are handed on in theirs. (Two rows that had the same one only
    between two changes are not refused for it.) `flush` writes what is gathered; it raises what any of the statements
    would have raised, SQLAlchemy's IntegrityError for one.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tables: dict[sa.Table, _Changes] = {}

    def insert(self, table: sa.Table, row: Mapping[str, Any]) -> None:
        """Add a row; its whole key is in ``row``."""
        (self._tables.get(table) or self._begin(table)).insert(row)

    def update(self, table: sa.Table, key: Key, change: Mapping[str, Any]) -> None:
        """Change the row of ``key``, if there is one. ``change`` gives values by column, never of the key."""
        (self._tables.get(table) or self._begin(table)).update(key, change)

    def delete(self, table: sa.Table, key: Key) -> None:
        """Take away the row of ``key``; a tuple of the first columns only, every row that begins so."""
        (self._tables.get(table) or self._begin(table)).delete(key)

    def holds(self, table: sa.Table, key: Key) -> bool:
        """Whether there is a row of ``key``."""
        changes = self._tables.get(table)
        if changes is not None and changes.makes(key):
            return True
        self._write(table)
        plan = _Plan.of(table)
        return self._connection.execute(plan.any, plan.at(key)).first() is not None

    def find(self, table: sa.Table, column: str, value: Any) -> Mapping[str, Any] | None:
        """The row that holds ``value`` in a column that is unique; None if there is none."""
        changes = self._tables.get(table)
        if changes is not None and (made := changes.made(column, value)) is not None:
            return made
        self._write(table)
        row = self._connection.execute(_Plan.of(table).found_by(column), {_AT: value}).first()
        return None if row is None else row._asdict()

    def execute(self, statement: sa.Executable, *about: sa.Table) -> CursorResult[Any]:
        """Write what is gathered, and run any other statement. ``about``: the only tables that it reads or writes."""
        if about:
            for table in about:
                self._write(table)
        else:
            self.flush()
        return self._connection.execute(statement)

    def flush(self) -> None:
        """Write what is gathered."""
        for table in list(self._tables):
            self._write(table)

    def _write(self, table: sa.Table) -> None:
        changes = self._tables.pop(table, None)
        if changes is not None:
            changes.write(self._connection)

    def _begin(self, table: sa.Table) -> _Changes:
        changes = self._tables[table] = _Changes(_Plan.of(table))
        return changes


class _Plan:
    """How rows of a table are written: what needs to be known of it, and its statements, made once."""

    def __init__(self, table: sa.Table) -> None:
        columns = list(table.primary_key.columns)
        self.table = table
        self.key = tuple(column.name for column in columns)
        self.key_of: Callable[[Mapping[str, Any]], Key] = itemgetter(*self.key)
        # Left out, a JSON column is NULL; given as None, it is the JSON text null. So it is not filled in.
        filled = [column for column in table.columns if not isinstance(column.type, sa.JSON)]
        self.blank: dict[str, Any] = {column.name: _default(column) for column in filled}
        unique = [column for each in table.constraints if isinstance(each, sa.UniqueConstraint) for column in each]
        unique += [column for index in table.indexes if index.unique for column in index.columns]
        self.unique = frozenset(column.name for column in unique)
        self.insert = table.insert()
        self.update = table.update().where(*self._matches(len(columns)))
        self._found_by: dict[str, sa.Select[Any]] = {}
        self.any = sa.select(sa.literal(1)).where(*self._matches(len(columns)))
        self._deletes = [table.delete().where(*self._matches(depth)) for depth in range(1, len(columns) + 1)]

    @classmethod
    def of(cls, table: sa.Table) -> _Plan:
        plan = table.info.get(_PLAN)
        # A copy of a table takes the notes of the original along.
        if plan is None or plan.table is not table:
            plan = table.info[_PLAN] = cls(table)
        return plan

    def delete(self, depth: int) -> sa.Delete:
        """The statement that takes the first ``depth`` columns of the key."""
        return self._deletes[depth - 1]

    def found_by(self, column: str) -> sa.Select[Any]:
        """The query for the row that holds a value in ``column``."""
        query = self._found_by.get(column)
        if query is None:
            query = sa.select(self.table).where(self.table.c[column] == sa.bindparam(_AT))
            self._found_by[column] = query
        return query

    def at(self, key: Key) -> dict[str, Any]:
        """The parameters that name a row."""
        values = key if type(key) is tuple else (key,)
        return {f"{_AT}{place}": value for place, value in enumerate(values)}

    def _matches(self, depth: int) -> list[sa.ColumnElement[bool]]:
        columns = list(self.table.primary_key.columns)[:depth]
        return [column == sa.bindparam(f"{_AT}{place}") for place, column in enumerate(columns)]


@dataclass(slots=True)
class _Stage:
    """Changes that may be written as updates, deletions, insertions, and deletions of what was inserted."""

    changed: dict[Key, dict[str, Any]] = field(default_factory=dict)
    gone: dict[Parts, None] = field(default_factory=dict)
    made: dict[Key, dict[str, Any]] = field(default_factory=dict)
    made_under: set[Parts] = field(default_factory=set)
    """The keys of what is made, and everything that they begin with."""
    unmade: dict[Parts, None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.changed or self.gone or self.made)


class _Changes:
    """What is gathered for one table: stages, each written after the one before."""

    __slots__ = ("_last", "_plan", "_stages")

    def __init__(self, plan: _Plan) -> None:
        self._plan = plan
        self._last = _Stage()
        self._stages = [self._last]

    def insert(self, row: Mapping[str, Any]) -> None:
        plan, stage = self._plan, self._last
        key = plan.key_of(row)
        beginnings = _beginnings(key)
        # Twice the same row: the database refuses the second, as it would have.
        if key in stage.made or (stage.unmade and not stage.unmade.keys().isdisjoint(beginnings)):
            stage = self._next()
        stage.made[key] = {**plan.blank, **row}
        stage.made_under.update(beginnings)

    def update(self, key: Key, change: Mapping[str, Any]) -> None:
        plan, stage = self._plan, self._last
        if (len(key) if type(key) is tuple else 1) != len(plan.key):
            raise ValueError(f"{plan.table.name}: one row is named by {', '.join(plan.key)}")
        if not change:
            return
        made = stage.made.get(key)
        if made is not None:
            made.update(change)
        elif not plan.unique.isdisjoint(change):
            # Rows that hand a unique value on to each other do it one after the other.
            if stage:
                stage = self._next()
            stage.changed[key] = dict(change)
            self._next()
        elif (changed := stage.changed.get(key)) is not None:
            # The row may be gone by now, or never have been: written first, this finds it or none, as it would have.
            changed.update(change)
        else:
            stage.changed[key] = dict(change)

    def delete(self, key: Key) -> None:
        parts = key if type(key) is tuple else (key,)
        stage = self._last
        if self._plan.unique and stage:
            stage = self._next()
        (stage.unmade if parts in stage.made_under else stage.gone)[parts] = None

    def makes(self, key: Key) -> bool:
        """Whether the row of ``key`` is there for sure, though not yet written."""
        stage = self._last
        return key in stage.made and stage.unmade.keys().isdisjoint(_beginnings(key))

    def made(self, column: str, value: Any) -> Mapping[str, Any] | None:
        """The row that is made with ``value`` in ``column``; None for none, or where that is not sure."""
        stage = self._last
        if stage.unmade:
            return None
        return next((row for row in stage.made.values() if row.get(column) == value), None)

    def write(self, connection: Connection) -> None:
        plan = self._plan
        for stage in self._stages:
            for rows in _alike({**change, **plan.at(key)} for key, change in stage.changed.items()):
                connection.execute(plan.update, rows)
            self._delete(connection, stage.gone)
            for rows in _alike(stage.made.values()):
                connection.execute(plan.insert, rows)
            self._delete(connection, stage.unmade)

    def _delete(self, connection: Connection, gone: Iterable[Parts]) -> None:
        for keys in _alike(map(self._plan.at, gone)):
            connection.execute(self._plan.delete(len(keys[0])), keys)

    def _next(self) -> _Stage:
        self._last = _Stage()
        self._stages.append(self._last)
        return self._last


def _beginnings(key: Key) -> list[Parts]:
    """A key and everything that it begins with."""
    if type(key) is not tuple:
        return [(key,)]
    return [key[:depth] for depth in range(1, len(key) + 1)]


def _alike(rows: Iterable[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    """Those that name the same columns together: one statement takes them all."""
    found: dict[frozenset[str], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(frozenset(row), []).append(row)
    return found.values()


def _default(column: sa.Column[Any]) -> Any:
    """What a row holds that does not name the column. Raises `TypeError` where that is not known beforehand."""
    if column.server_default is None and column.default is None:
        return None
    if column.server_default is None and isinstance(column.default, ScalarElementColumnDefault):
        return column.default.arg
    raise TypeError(f"{column.table.name}.{column.name}: the rows of a read model hold nothing but what events say")

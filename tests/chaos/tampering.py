"""Ways in which somebody with the database in hand changes a sealed log, each with a place drawn by lot."""

from __future__ import annotations

import random
from collections.abc import Callable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.eventstore import guards

HEAD = 40
"""Entries of the log that is tampered with; sealed in steps of five."""

Act = Callable[[Connection, random.Random], None]


def _sql(connection: Connection, statement: str, **values: object) -> None:
    connection.execute(sa.text(statement), values)


def _place(dice: random.Random) -> int:
    return dice.randrange(1, HEAD + 1)


def _two(dice: random.Random) -> tuple[int, int]:
    one, other = dice.sample(range(1, HEAD + 1), 2)
    return one, other


def update(connection: Connection, dice: random.Random) -> None:
    """One column of one event."""
    column, value = dice.choice(
        [
            ("state", dice.randbytes(dice.randrange(1, 40))),
            ("topic", f"ledger.{dice.randrange(10**6)}"),
            ("recorded_at", dice.randrange(10**15)),
            ("originator_version", dice.randrange(2, 10**6)),
        ]
    )
    _sql(connection, f"UPDATE events SET {column} = :value WHERE id = :id", value=value, id=_place(dice))


def delete(connection: Connection, dice: random.Random) -> None:
    _sql(connection, "DELETE FROM events WHERE id = :id", id=_place(dice))


def insert(connection: Connection, dice: random.Random) -> None:
    """A copy of an event under a number that none has, before the first or behind the last."""
    number = dice.choice([0, -1, HEAD + 1, HEAD + dice.randrange(2, 99)])
    aggregate = UUID(int=dice.getrandbits(128))
    shown: object = aggregate.hex if connection.dialect.name == "sqlite" else aggregate
    _sql(
        connection,
        "INSERT INTO events (id, originator_id, originator_version, topic, state, recorded_at) "
        "SELECT :number, :aggregate, 1, topic, state, recorded_at FROM events WHERE id = :id",
        number=number,
        aggregate=shown,
        id=_place(dice),
    )


def reorder(connection: Connection, dice: random.Random) -> None:
    """Two events change places."""
    one, other = _two(dice)
    for source, target in ((one, -9), (other, one), (-9, other)):
        _sql(connection, "UPDATE events SET id = :target WHERE id = :source", source=source, target=target)


def swap(connection: Connection, dice: random.Random) -> None:
    """The ciphertexts of two events change places."""
    one, other = _two(dice)
    query = sa.text("SELECT state FROM events WHERE id = :id")
    states = [connection.execute(query, {"id": number}).scalar_one() for number in (one, other)]
    for number, state in zip((other, one), states, strict=True):
        _sql(connection, "UPDATE events SET state = :state WHERE id = :id", state=state, id=number)


def duplicate(connection: Connection, dice: random.Random) -> None:
    """An event says what another says."""
    one, other = _two(dice)
    _sql(
        connection,
        "UPDATE events SET state = (SELECT state FROM events WHERE id = :one) WHERE id = :other",
        one=one,
        other=other,
    )


def cut_tail(connection: Connection, dice: random.Random) -> None:
    """The last events go, and the log says that they never were; at times their checkpoints go, too."""
    size = dice.randrange(0, HEAD)
    _sql(connection, "DELETE FROM events WHERE id > :size", size=size)
    _sql(connection, "UPDATE log_head SET head = :size", size=size)
    if dice.random() < 0.5:
        _sql(connection, "DELETE FROM checkpoints WHERE size > :size", size=size)


def tree(connection: Connection, dice: random.Random) -> None:
    """A stretch of the tree is another."""
    rows = connection.execute(sa.text("SELECT level, first, hashes FROM tiles ORDER BY level, first")).all()
    row = dice.choice(rows)
    hashes = bytearray(row.hashes)
    hashes[dice.randrange(len(hashes))] ^= 1 << dice.randrange(8)
    _sql(
        connection,
        "UPDATE tiles SET hashes = :hashes WHERE level = :level AND first = :first",
        hashes=bytes(hashes),
        level=row.level,
        first=row.first,
    )


def checkpoint(connection: Connection, dice: random.Random) -> None:
    """A checkpoint is gone, or says something else."""
    number = dice.randrange(1, HEAD // 5)
    statement = dice.choice(
        [
            "DELETE FROM checkpoints WHERE number = :number",
            "UPDATE checkpoints SET size = size + 1 WHERE number = :number",
            "UPDATE checkpoints SET recorded_until = recorded_until + 1 WHERE number = :number",
            "UPDATE checkpoints SET note = replace(note, 'ledger', 'Ledger') WHERE number = :number",
            "UPDATE checkpoints SET root = (SELECT root FROM checkpoints WHERE number = :number + 1) "
            "WHERE number = :number",
        ]
    )
    _sql(connection, statement, number=number)


ACTS: tuple[Act, ...] = (update, delete, insert, reorder, swap, duplicate, cut_tail, tree, checkpoint)


def tamper(connection: Connection, dice: random.Random) -> str:
    """Do one of `ACTS`, its guards taken away before and put back after; its name."""
    if connection.dialect.name == "sqlite":
        for (name,) in connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    else:
        for table in guards.GUARDED:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    act = dice.choice(ACTS)
    act(connection, dice)
    guards.install(connection)
    return act.__name__

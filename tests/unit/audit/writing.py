"""Entries for a log, as many as a test likes and recorded when it likes."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import uuid4

import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent

from shared.audit.days import ZONE
from shared.audit.keys import Signer
from shared.audit.sealer import Sealer
from shared.eventstore.append import append
from shared.eventstore.log import Log
from shared.eventstore.tables import BUSINESS

SIGNER = Signer("impulso/ledger", bytes(range(32)))


def at(text: str) -> int:
    """A moment in Bogotá (ISO 8601, without zone) in microseconds of UTC."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1_000_000)


NOON = at("2026-11-02T12:00")


def write(log: Log, count: int = 1, now: int = NOON) -> None:
    """Append so many entries in one transaction."""
    stored = [StoredEvent(uuid4(), 1, "ledger.Booked", uuid4().bytes) for _ in range(count)]
    with log.database.write() as connection:
        append(connection, stored, tables=log.tables, now=now)


def seal(log: Log, now: int = NOON) -> int:
    """Seal until nothing is left; how many checkpoints that took."""
    sealer, count = Sealer(log, SIGNER), 0
    while (step := sealer.step(now)).sealed is not None:
        count += 1
    assert not step.more
    return count


def unguarded(log: Log, *statements: str) -> None:
    """Change history as somebody would who has the database in hand: its guards are taken away and put back.

    The statements name the tables of the business log; of another log, its own are meant.
    """
    from shared.eventstore import guards

    own = {one.name: other.name for one, other in zip(BUSINESS.all, log.tables.all, strict=True)}
    statements = tuple(re.sub(rf"\b({'|'.join(own)})\b", lambda found: own[found[0]], each) for each in statements)
    with log.database.write() as connection:
        if connection.dialect.name == "sqlite":
            for (name,) in connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            for table in guards.GUARDED:
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for statement in statements:
            connection.exec_driver_sql(statement)
        guards.install(connection)

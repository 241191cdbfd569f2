"""Which service a command went to, where several services have one of that name.

Such a command goes to the service in which its case stands. When the case has gone on by the time that a caller asks
again for the answer that was lost, the same key must find the same service: another one has never seen it, and would do
the act a second time (X-09).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.gateway.tables import ways
from shared.eventstore.database import Database

KEPT_S = 30 * 24 * 60 * 60
"""Seconds after which nobody asks again with the same key."""


class Ways:
    """The ways of the last `KEPT_S`. ``clock`` gives seconds since 1970. Blocking calls, safe from many threads."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._insert: Any = sqlite.insert if database.dialect == "sqlite" else postgresql.insert

    def known(self, command_id: UUID) -> str | None:
        """The service that had the command; None if it was refused everywhere, or never came."""
        with self._database.read() as connection:
            return connection.scalar(sa.select(ways.c.service).where(ways.c.command_id == command_id))

    def keep(self, command_id: UUID, service: str) -> None:
        """Keep where a command was done, or may have been. What a service refused left no trace and is not kept."""
        row = {"command_id": command_id, "service": service, "at": self._clock()}
        with self._database.write() as connection:
            connection.execute(self._insert(ways).values(row).on_conflict_do_nothing())

    def sweep(self) -> int:
        """Forget what is older than `KEPT_S`; how many."""
        old = ways.delete().where(ways.c.at < self._clock() - KEPT_S)
        with self._database.write() as connection:
            return int(connection.execute(old).rowcount)

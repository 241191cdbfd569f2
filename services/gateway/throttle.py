"""Throttling of log-ins, per login, per address, and per both, in the database: it holds for all replicas."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import sqlalchemy as sa

from services.gateway.tables import login_failures
from shared.eventstore.database import Database
from shared.privacy.blind_index import BlindIndex

WINDOW_S = 15 * 60
"""Seconds over which failures count."""


@dataclass(frozen=True)
class Limits:
    """Failures allowed within the window. One login from anywhere has more than from one address, so that a stranger
    does not easily lock a person out."""

    pair: int = 5
    login: int = 20
    address: int = 50


class Throttled(Exception):
    """Too many failures; ``retry_after_s`` seconds until the next attempt is looked at."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("throttled")
        self.retry_after_s = retry_after_s


class Throttle:
    """Counts an attempt before it is checked, so that a hundred at once cannot all slip through."""

    def __init__(
        self,
        database: Database,
        index: BlindIndex,
        limits: Limits | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._index = index
        self._limits = limits or Limits()
        self._clock = clock

    def enter(self, login: str, address: str) -> UUID:
        """Note an attempt as failed until `succeeded` says otherwise. Raises `Throttled`, counting nothing."""
        now, attempt = self._clock(), uuid4()
        scopes = {
            self._index.of("throttle-pair", login, address): self._limits.pair,
            self._index.of("throttle-login", login): self._limits.login,
            self._index.of("throttle-address", address): self._limits.address,
        }
        with self._database.write() as connection:
            if connection.dialect.name == "postgresql":
                # SQLite has one writer; here two attempts would both count the same past.
                connection.execute(sa.text("LOCK TABLE login_failures IN EXCLUSIVE MODE"))
            connection.execute(login_failures.delete().where(login_failures.c.at <= now - WINDOW_S))
            waits = 0.0
            for scope, limit in scopes.items():
                times = connection.scalars(
                    sa.select(login_failures.c.at).where(login_failures.c.scope == scope).order_by(login_failures.c.at)
                ).all()
                if len(times) >= limit:
                    waits = max(waits, times[len(times) - limit] + WINDOW_S - now)
            if waits:
                raise Throttled(max(1, int(waits) + 1))
            rows = [{"attempt": attempt, "scope": scope, "at": now} for scope in scopes]
            connection.execute(login_failures.insert(), rows)
        return attempt

    def succeeded(self, attempt: UUID) -> None:
        """The password was right: the attempt does not count."""
        with self._database.write() as connection:
            connection.execute(login_failures.delete().where(login_failures.c.attempt == attempt))

"""The access log (X-13): log-ins, failures, denials, log-outs, openings of personal data and exports."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
import structlog

from services.gateway.tables import access_log
from shared.eventstore.database import Database
from shared.privacy.blind_index import BlindIndex

What = Literal[
    "login",
    "login_failed",
    "login_throttled",
    "logout",
    "denied",
    "read",
    "personal_data_read",
    "export",
    "password_changed",
]

log = structlog.get_logger("impulso.access")


class AccessLog:
    """Appends rows and reads them; nothing changes or deletes one. No personal value goes in."""

    def __init__(self, database: Database, index: BlindIndex, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._index = index
        self._clock = clock

    def note(
        self,
        what: What,
        *,
        account_id: UUID | None = None,
        person: UUID | None = None,
        login: str | None = None,
        address: str | None = None,
        **facts: Any,
    ) -> None:
        """Append one row. ``login`` and ``address`` are kept as blind indexes only."""
        row = {
            "at": self._clock(),
            "what": what,
            "account_id": account_id,
            "person": person,
            "login_index": None if login is None else self._index.of("login", login),
            "origin_index": None if not address else self._index.of("address", address),
            **facts,
        }
        with self._database.write() as connection:
            connection.execute(access_log.insert().values(row))
        log.info(what, person=str(person) if person else None, **facts)

    def entries(self, *, after: int = 0, limit: int = 200) -> list[dict[str, Any]]:
        """Rows in the order they were written, for who audits access."""
        query = sa.select(access_log).where(access_log.c.id > after).order_by(access_log.c.id).limit(limit)
        with self._database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

"""Secrets of service tokens: only their hashes, beside the log, so that one that is over can be forgotten."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.gateway.tables import service_token_secrets
from services.gateway.views import accounts, service_tokens
from shared.eventstore.database import Database
from shared.runtime.clock import today

PREFIX = "impulso_"
"""How a token begins, so that a leaked one is recognised by whoever scans for secrets."""
SEEN_EVERY_S = 60
"""How often its use is written down: not every page of the feed needs a write."""
ROLE = "integration_client"
"""The role under which a token asks, whatever else its holder may do (requirements 1.2)."""


@dataclass(frozen=True)
class Holder:
    """The token that was shown, and under whose grants it asks. ``scopes`` is all that it may ask."""

    token_id: UUID
    person: UUID
    scopes: frozenset[str]


class ServiceTokens:
    """The tokens of all integrators. ``clock`` gives seconds since 1970, ``day`` today. Blocking calls."""

    def __init__(
        self, database: Database, *, clock: Callable[[], float] = time.time, day: Callable[[], date] = today
    ) -> None:
        self._database = database
        self._clock = clock
        self._day = day

    def make(self, token_id: UUID, version: int, *, overlap_s: float = 0.0) -> str | None:
        """The secret of the token as of ``version``; earlier ones serve ``overlap_s`` seconds more.

        None if that version has one already: it was given out then, and is kept nowhere.
        """
        token, now = PREFIX + secrets.token_urlsafe(32), self._clock()
        mine = service_token_secrets.c.token_id == token_id
        until = now + overlap_s
        try:
            with self._database.write() as connection:
                connection.execute(
                    service_token_secrets.insert().values(
                        secret_hash=_hash(token), token_id=token_id, version=version, made_at=now
                    )
                )
                older = mine & (service_token_secrets.c.version < version)
                later = older & (service_token_secrets.c.ends_at.is_(None) | (service_token_secrets.c.ends_at > until))
                connection.execute(service_token_secrets.update().where(later).values(ends_at=until))
        except IntegrityError:
            return None
        return token

    @staticmethod
    def forget(connection: sa.engine.Connection, token_id: UUID) -> None:
        """Remove the secrets, in the transaction of the event that revokes the token."""
        connection.execute(service_token_secrets.delete().where(service_token_secrets.c.token_id == token_id))

    def find(self, token: str) -> Holder | None:
        """Who asks by this token, if it stands and its holder may still enter; notes that it was used."""
        if not token.startswith(PREFIX):
            return None
        now, secret = self._clock(), service_token_secrets.c
        joined = service_token_secrets.join(service_tokens, service_tokens.c.token_id == secret.token_id)
        # Whoever has no account that opens has no token that opens either (ROL-04).
        enters = sa.exists().where(accounts.c.person == service_tokens.c.person, accounts.c.disabled.is_(False))
        query = (
            sa.select(service_tokens, secret.secret_hash, secret.used_at, secret.ends_at)
            .select_from(joined)
            .where(secret.secret_hash == _hash(token), service_tokens.c.revoked_on.is_(None), enters)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None or row.expires_on < self._day() or (row.ends_at is not None and row.ends_at <= now):
            return None
        if row.used_at is None or now - row.used_at >= SEEN_EVERY_S:
            with self._database.write() as connection:
                seen = service_token_secrets.update().where(secret.secret_hash == row.secret_hash)
                connection.execute(seen.values(used_at=now))
        return Holder(row.token_id, row.person, frozenset(json.loads(row.scopes)))

    def sweep(self) -> int:
        """Delete secrets whose overlap is over; returns how many went."""
        over = service_token_secrets.c.ends_at <= self._clock()
        with self._database.write() as connection:
            return connection.execute(service_token_secrets.delete().where(over)).rowcount


def all_tokens(connection: sa.engine.Connection) -> list[dict[str, Any]]:
    """Every token with its last use, the newest first, for the administrator."""
    used = sa.select(service_token_secrets.c.token_id, sa.func.max(service_token_secrets.c.used_at).label("used_at"))
    last = used.group_by(service_token_secrets.c.token_id).subquery()
    query = (
        sa.select(service_tokens, last.c.used_at)
        .outerjoin(last, last.c.token_id == service_tokens.c.token_id)
        .order_by(service_tokens.c.issued_on.desc(), service_tokens.c.token_id)
    )
    return [
        {
            "id": str(row.token_id),
            "version": row.version,
            "person": str(row.person),
            "system": row.system,
            "scopes": json.loads(row.scopes),
            "issued_on": row.issued_on.isoformat(),
            "expires_on": row.expires_on.isoformat(),
            "revoked_on": row.revoked_on and row.revoked_on.isoformat(),
            "used_at": row.used_at,
        }
        for row in connection.execute(query)
    ]


def _hash(token: str) -> str:
    # 256 random bits: no slow hash is needed against guessing, and every call of an integrator is looked up by it.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

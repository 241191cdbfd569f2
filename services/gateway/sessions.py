"""Server-side sessions: a random cookie or bearer token, of which only the hash is stored."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID, uuid4

import sqlalchemy as sa

from services.gateway.tables import sessions
from shared.eventstore.database import Database

SessionChannel = Literal["console", "api"]

IDLE_S = 30 * 60
"""Seconds without a request after which a session is over."""
ABSOLUTE_S = 12 * 60 * 60
"""Seconds after log-in when it is over, whatever happens."""
SEEN_EVERY_S = 30
"""How often activity is written down: not every page needs a write."""


@dataclass(frozen=True)
class Session:
    """A log-in that stands. ``name`` identifies it in tokens and logs; ``csrf`` guards its forms."""

    name: UUID
    account_id: UUID
    person: UUID
    channel: SessionChannel
    csrf: str


class Sessions:
    """The session store. ``clock`` gives seconds since 1970."""

    def __init__(
        self,
        database: Database,
        *,
        idle_s: float = IDLE_S,
        absolute_s: float = ABSOLUTE_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._idle_s = idle_s
        self._absolute_s = absolute_s
        self._clock = clock

    def start(self, account_id: UUID, person: UUID, channel: SessionChannel) -> tuple[str, Session]:
        """A new session and its token (256 bits). Always new: a token from before the log-in is worth nothing."""
        token = secrets.token_urlsafe(32)
        now = self._clock()
        session = Session(uuid4(), account_id, person, channel, _csrf(token))
        with self._database.write() as connection:
            connection.execute(sessions.delete().where(sessions.c.ends_at <= now))
            connection.execute(
                sessions.insert().values(
                    token_hash=_hash(token),
                    name=session.name,
                    account_id=account_id,
                    person=person,
                    channel=channel,
                    started_at=now,
                    seen_at=now,
                    ends_at=now + self._absolute_s,
                )
            )
        return token, session

    def find(self, token: str, channel: SessionChannel) -> Session | None:
        """The session of this token, if it stands and was made for this channel; notes that it was used."""
        now = self._clock()
        with self._database.read() as connection:
            row = connection.execute(sa.select(sessions).where(sessions.c.token_hash == _hash(token))).first()
        # A cookie never works as bearer token nor the other way round: each has its own protection.
        if row is None or row.channel != channel or row.ends_at <= now or row.seen_at + self._idle_s <= now:
            return None
        if now - row.seen_at >= SEEN_EVERY_S:
            with self._database.write() as connection:
                seen = sessions.update().where(sessions.c.token_hash == row.token_hash)
                connection.execute(seen.values(seen_at=now))
        return Session(row.name, row.account_id, row.person, row.channel, _csrf(token))

    def end(self, token: str) -> None:
        """Log-out: the token opens nothing from now on."""
        with self._database.write() as connection:
            connection.execute(sessions.delete().where(sessions.c.token_hash == _hash(token)))

    def end_all(self, account_id: UUID, *, but: UUID | None = None) -> None:
        """End every session of an account (password changed or reset, account disabled), except the one named."""
        condition = sessions.c.account_id == account_id
        if but is not None:
            condition &= sessions.c.name != but
        with self._database.write() as connection:
            connection.execute(sessions.delete().where(condition))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _csrf(token: str) -> str:
    """The form token of a session: derived, so that it needs no storage and tells nothing about the cookie."""
    return hmac.new(token.encode("utf-8", "replace"), b"impulso.csrf.v1", hashlib.sha256).hexdigest()

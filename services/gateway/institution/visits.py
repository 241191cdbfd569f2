"""Log-ins that are on their way to the provider and back, sessions that it may end, and log-outs that were carried out.

An attempt holds no secret: state, nonce and verifier are derived from one random value that only the browser's
address bar and the provider see, under a key of this service.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.gateway.tables import institution_attempts, institution_logouts, institution_sessions, sessions
from shared.eventstore.database import Database
from shared.privacy.blind_index import BlindIndex

ATTEMPT_S = 10 * 60
"""Seconds that a person has to log in at the provider."""
LOGOUTS_KEPT_S = 60 * 60
"""Seconds that a log-out token is remembered: longer than one may be valid."""


@dataclass(frozen=True)
class Attempt:
    """A log-in on its way. ``after`` is where the person goes then, in this console."""

    state: str
    nonce: str
    verifier: str
    after: str = ""


class Visits:
    """What this installation remembers of its people's visits to the provider. Blocking, safe from many threads."""

    def __init__(
        self, database: Database, key: bytes, index: BlindIndex, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._key = key
        self._index = index
        self._clock = clock

    def begin(self, browser: str, after: str) -> Attempt:
        """A new attempt, for the browser that holds this cookie."""
        state, now = secrets.token_urlsafe(32), self._clock()
        row = {"attempt": self._row(state, browser), "after": after, "at": now}
        with self._database.write() as connection:
            old = institution_attempts.c.at <= now - ATTEMPT_S
            connection.execute(institution_attempts.delete().where(old))
            connection.execute(institution_attempts.insert().values(row))
        return self._attempt(state, after)

    def finish(self, browser: str, state: str) -> Attempt | None:
        """The attempt, this once; None when this browser began none with that state, or too long ago."""
        mine = institution_attempts.c.attempt == self._row(state, browser)
        with self._database.write() as connection:
            done = connection.execute(
                institution_attempts.delete()
                .where(mine)
                .returning(institution_attempts.c.after, institution_attempts.c.at)
            ).first()
        if done is None or done.at <= self._clock() - ATTEMPT_S:
            return None
        return self._attempt(state, done.after)

    def remember(self, session: UUID, account_id: UUID, provider_session: str) -> None:
        """This session of ours was opened through the provider's session ``provider_session`` (its ``sid``)."""
        known = sa.select(sessions.c.name)
        with self._database.write() as connection:
            gone = institution_sessions.c.session.not_in(known)
            connection.execute(institution_sessions.delete().where(gone))
            connection.execute(
                institution_sessions.insert().values(
                    session=session,
                    account_id=account_id,
                    sid_index=self._index.of("sid", provider_session) if provider_session else None,
                )
            )

    def came_through(self, session: UUID) -> bool:
        """Whether the session was opened through the provider."""
        query = sa.select(institution_sessions.c.session).where(institution_sessions.c.session == session)
        with self._database.read() as connection:
            return connection.execute(query).first() is not None

    def end(self, token_id: str, account_id: UUID | None, provider_session: str) -> int | None:
        """End what a log-out token names: how many sessions; None if the token was used before."""
        now = self._clock()
        which = institution_sessions.c.session.is_not(None)
        if account_id is not None:
            which &= institution_sessions.c.account_id == account_id
        if provider_session:
            which &= institution_sessions.c.sid_index == self._index.of("sid", provider_session)
        try:
            with self._database.write() as connection:
                connection.execute(institution_logouts.delete().where(institution_logouts.c.at <= now - LOGOUTS_KEPT_S))
                connection.execute(institution_logouts.insert().values(token=self._index.of("jti", token_id), at=now))
                if account_id is None and not provider_session:
                    return 0
                names = connection.scalars(sa.select(institution_sessions.c.session).where(which)).all()
                connection.execute(institution_sessions.delete().where(which))
                return connection.execute(sessions.delete().where(sessions.c.name.in_(names))).rowcount
        except IntegrityError:
            return None

    def _attempt(self, state: str, after: str) -> Attempt:
        return Attempt(state, self._derived("nonce", state), self._derived("verifier", state), after)

    def _derived(self, what: str, state: str) -> str:
        mac = hmac.digest(self._key, f"impulso.oidc.{what}.v1:{state}".encode("utf-8", "replace"), hashlib.sha256)
        return urlsafe_b64encode(mac).rstrip(b"=").decode()

    def _row(self, state: str, browser: str) -> str:
        return self._derived("row", f"{len(browser)}:{browser}:{state}")

"""The door: log-in, log-out, and who stands behind a session now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher

from services.gateway import views
from services.gateway.application import GatewayApplication
from services.gateway.carrying import Carrying
from services.gateway.credentials import MAX_LENGTH, MIN_LENGTH, Credentials
from services.gateway.domain.refusals import AlreadyInstalled
from services.gateway.drafts import Drafts
from services.gateway.service_tokens import ServiceTokens
from services.gateway.sessions import Session, SessionChannel, Sessions
from services.gateway.throttle import Throttle, Throttled
from services.gateway.ways import Ways
from services.gateway.webhooks.outbox import Outbox
from services.gateway.webhooks.signing import WebhookSecrets
from shared.privacy.blind_index import BlindIndex
from shared.runtime.clock import today
from shared.runtime.tokens import GrantInForce


class LoginFailed(Exception):
    """Login and password do not belong together. It never says which of them was wrong."""


class InstitutionOnly(Exception):
    """The password is right, but this installation lets the account in through its institution alone."""


class PasswordUnfit(Exception):
    """The new password cannot be used; ``text`` says why, in Spanish."""

    def __init__(self, text: str) -> None:
        super().__init__("unfit")
        self.text = text


class Door:
    """Log-ins over the gateway's store. Blocking calls, safe from many threads."""

    def __init__(
        self,
        application: GatewayApplication,
        *,
        sessions: Sessions | None = None,
        throttle: Throttle | None = None,
        hasher: PasswordHasher | None = None,
        day: Callable[[], date] = today,
    ) -> None:
        database = application.database
        index = BlindIndex(application.keys.service_key("blind-index"))
        self._application = application
        self._database = database
        self._day = day
        self.credentials = Credentials(database, hasher)
        self.service_tokens = ServiceTokens(database)
        self.webhook_secrets = WebhookSecrets(database, application.keys.service_key("webhooks"))
        self.outbox = Outbox(database)
        self.sessions = sessions or Sessions(database)
        self.throttle = throttle or Throttle(database, index)
        self.access_log = application.access
        self.access_log.index = index
        self.carrying = Carrying(database, self.access_log)
        self.institution_only = False
        """Whether an account with institutional log-in is closed to its password."""
        self.drafts = Drafts(database, application.keys)
        self.ways = Ways(database)

    def enter(
        self, login: str, password: str, *, address: str, channel: SessionChannel, request_id: str = ""
    ) -> tuple[str, Session]:
        """A new session and its token. Raises `LoginFailed`, `Throttled` or `InstitutionOnly`; each is noted in the
        access log."""
        login = views.normal_login(login)[:200]
        noted: dict[str, Any] = {"login": login, "address": address, "channel": channel, "request_id": request_id}
        try:
            attempt = self.throttle.enter(login, address)
        except Throttled:
            self.access_log.note("login_throttled", **noted)
            raise
        index = views.login_index(self._application, login)
        with self._database.read() as connection:
            account = views.account_by_login(connection, index)
        known = None if account is None or account.disabled else account.account_id
        if not self.credentials.check(known, password):
            self.access_log.note("login_failed", **noted)
            raise LoginFailed
        self.throttle.succeeded(attempt)
        if self.institution_only and account.institutional:
            self.access_log.note("login_failed", code="INSTITUTION_REQUIRED", **noted)
            raise InstitutionOnly
        token, session = self.sessions.start(account.account_id, account.person, channel)
        self.access_log.note(
            "login",
            account_id=account.account_id,
            person=account.person,
            session=str(session.name),
            address=address,
            channel=channel,
            request_id=request_id,
        )
        return token, session

    def leave(self, token: str, session: Session, *, request_id: str = "") -> None:
        """End the session."""
        self.sessions.end(token)
        self.access_log.note(
            "logout",
            account_id=session.account_id,
            person=session.person,
            session=str(session.name),
            channel=session.channel,
            request_id=request_id,
        )

    def find(self, token: str, channel: SessionChannel) -> Session | None:
        """The session of a token, unless it ended or its account was disabled since."""
        session = self.sessions.find(token, channel)
        if session is None:
            return None
        query = views.accounts.select().where(views.accounts.c.account_id == session.account_id)
        with self._database.read() as connection:
            account = connection.execute(query).first()
        return None if account is None or account.disabled else session

    def pause_webhook(self, webhook_id: UUID, cause: str) -> None:
        """The courier gives a webhook up until somebody resumes it. Raises like `Webhook.pause`."""
        self._application.pause_for(webhook_id, cause)

    def grants(self, person: UUID) -> tuple[GrantInForce, ...]:
        """The grants in force at this moment (ROL-04)."""
        with self._database.read() as connection:
            return views.grants_in_force(connection, person, self._day())

    def names(self, people: set[UUID]) -> dict[UUID, str | None]:
        """Display names of staff."""
        if not people:
            return {}
        with self._database.read() as connection:
            return views.names_of(connection, self._application, people)

    def people(self) -> dict[str, str]:
        """Staff by person id, to choose one by name."""
        with self._database.read() as connection:
            found = views.staff_names(connection, self._application)
        return {str(person): name for person, name in sorted(found.items(), key=lambda one: one[1].casefold())}

    def change_password(self, session: Session, current: str, new: str, *, address: str, request_id: str = "") -> None:
        """Set a password that the person chose; other sessions of the account end. Raises `LoginFailed`,
        `Throttled`, `PasswordUnfit`."""
        if not MIN_LENGTH <= len(new) <= MAX_LENGTH:
            raise PasswordUnfit(f"La contraseña nueva debe tener entre {MIN_LENGTH} y {MAX_LENGTH} caracteres.")
        if new == current:
            raise PasswordUnfit("La contraseña nueva debe ser distinta de la actual.")
        # The same throttle as at the door: a stolen session must not become a place to guess the password.
        attempt = self.throttle.enter(str(session.account_id), address)
        if not self.credentials.check(session.account_id, current):
            raise LoginFailed
        self.throttle.succeeded(attempt)
        self.credentials.change(session.account_id, new)
        self.sessions.end_all(session.account_id, but=session.name)
        self.access_log.note(
            "password_changed",
            account_id=session.account_id,
            person=session.person,
            session=str(session.name),
            channel=session.channel,
            request_id=request_id,
        )

    def first_administrator(
        self, login: str, display_name: str, organisation: str = "IPES", password: str | None = None
    ) -> str:
        """Make the first administrator; its password: ``password``, else one made now, which is shown nowhere else.

        An installation that broke off before the account had its password is finished. Raises `AlreadyInstalled`.
        """
        try:
            account_id = self._application.install(login, display_name, organisation)
        except AlreadyInstalled:
            if (unfinished := self._account_without_password(login)) is None:
                raise
            account_id = unfinished
        given = self.credentials.issue(account_id, password)
        if given is None:
            raise AlreadyInstalled
        return given

    def _account_without_password(self, login: str) -> UUID | None:
        with self._database.read() as connection:
            account = views.account_by_login(connection, views.login_index(self._application, login))
        if account is None or account.disabled or self.credentials.known(account.account_id):
            return None
        return UUID(str(account.account_id))

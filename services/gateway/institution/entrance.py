"""The institutional entrance: to the provider, back from it, and out again."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from services.gateway import views
from services.gateway.application import GatewayApplication
from services.gateway.door import Door
from services.gateway.institution.provider import CodeRefused, Provider, ProviderAway
from services.gateway.institution.settings import InstitutionSettings, is_protected
from services.gateway.institution.verification import Identity, TokenRefused, identity_of, logged_out
from services.gateway.institution.visits import Visits
from services.gateway.sessions import Session
from shared.catalogue.refusals import Refusal
from shared.privacy.blind_index import BlindIndex

T = TypeVar("T")
Blocking = Callable[[Callable[[], Any]], Awaitable[Any]]
BACK = "/entrar/institucion/vuelta"
OUT = "/entrar"


class EntranceRefused(Exception):
    """Nobody enters. ``code`` is stable, ``text`` Spanish and for the person, ``why`` a word for the log."""

    def __init__(self, code: str, text: str, why: str = "") -> None:
        super().__init__(code)
        self.code, self.text, self.why = code, text, why


AWAY = "El ingreso institucional no responde. Reintente en unos minutos o entre con su contraseña."
EXPIRED = "El ingreso institucional venció o se abrió en otra ventana. Empiécelo de nuevo."
REFUSED = "La institución no confirmó su ingreso. Reintente; si sigue, avise a la administración de accesos."
UNKNOWN = (
    "Su cuenta de la institución no tiene ingreso en Impulso. Pida a la administración de accesos que se lo permita."
)


class Entrance:
    """Log-in by one provider. What blocks runs through ``blocking``; what the provider answers is awaited."""

    def __init__(
        self,
        settings: InstitutionSettings,
        application: GatewayApplication,
        door: Door,
        provider: Provider | None = None,
    ) -> None:
        self.settings = settings
        self.provider = provider or Provider(settings)
        self._application = application
        self._door = door
        self._clock: Callable[[], float] = time.time
        keys = application.keys
        index = BlindIndex(keys.service_key("blind-index"))
        self.visits = Visits(application.database, keys.service_key("oidc"), index)

    async def begin(self, blocking: Blocking, *, browser: str, after: str, here: str) -> str:
        """The provider's address to which the browser goes. ``here`` is where this console is reached. Raises
        `EntranceRefused`."""
        try:
            described = await self.provider.description()
        except ProviderAway as error:
            raise EntranceRefused("INSTITUTION_AWAY", AWAY, error.why) from error
        attempt = await blocking(lambda: self.visits.begin(browser, after))
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self._at(here, BACK),
            "scope": self.settings.scopes,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": create_s256_code_challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        return str(add_params_to_uri(described["authorization_endpoint"], list(asked.items())))

    async def enter(
        self, blocking: Blocking, given: dict[str, str], *, browser: str, here: str, address: str, request_id: str
    ) -> tuple[str, Session, str]:
        """A session's token, the session, and where the person goes. ``given`` is what the provider sent along.

        Raises `EntranceRefused`, noted in the access log.
        """
        noted = {"address": address, "channel": "console", "act": "institution", "request_id": request_id}
        try:
            return await self._enter(blocking, given, browser, here, noted)
        except EntranceRefused as error:
            code = error.code
            await blocking(lambda: self._door.access_log.note("login_failed", code=code, **noted))
            raise

    async def _enter(
        self, blocking: Blocking, given: dict[str, str], browser: str, here: str, noted: dict[str, Any]
    ) -> tuple[str, Session, str]:
        attempt = await blocking(lambda: self.visits.finish(browser, given.get("state", "")))
        if attempt is None:
            raise EntranceRefused("INSTITUTION_EXPIRED", EXPIRED, "state")
        if given.get("iss", self.settings.issuer) != self.settings.issuer:
            # RFC 9207: the answer of another provider is mixed up with ours.
            raise EntranceRefused("INSTITUTION_REFUSED", REFUSED, "iss")
        if given.get("error") or not given.get("code"):
            raise EntranceRefused("INSTITUTION_REFUSED", REFUSED, "error")
        try:
            tokens = await self.provider.exchange(given["code"], attempt.verifier, self._at(here, BACK))
            identity = await identity_of(self.provider, tokens, nonce=attempt.nonce, now=self._clock())
        except ProviderAway as error:
            raise EntranceRefused("INSTITUTION_AWAY", AWAY, error.why) from error
        except CodeRefused as error:
            raise EntranceRefused("INSTITUTION_REFUSED", REFUSED, "code") from error
        except TokenRefused as error:
            raise EntranceRefused("INSTITUTION_REFUSED", REFUSED, error.why) from error
        account = await blocking(lambda: self._account(identity))
        if account is None:
            raise EntranceRefused("INSTITUTION_UNKNOWN", UNKNOWN, "account")

        def start() -> tuple[str, Session]:
            token, session = self._door.sessions.start(account.account_id, account.person, "console")
            self.visits.remember(session.name, session.account_id, identity.session)
            who = {"account_id": session.account_id, "person": session.person, "session": str(session.name)}
            self._door.access_log.note("login", **who, **noted)
            return token, session

        token, session = await blocking(start)
        return token, session, attempt.after

    async def log_out(self, blocking: Blocking, token: object, *, request_id: str) -> int:
        """End the sessions that a log-out token names; how many. Raises `TokenRefused`, `ProviderAway`."""
        ended = await logged_out(self.provider, token, now=self._clock())

        def end() -> int | None:
            account = self._holder(ended.subject) if ended.subject else None
            if ended.subject and account is None:
                # Somebody who never entered here; the token is spent all the same.
                return self.visits.end(ended.token_id, None, "")
            account_id = None if account is None else account.account_id
            count = self.visits.end(ended.token_id, account_id, ended.session)
            if count:
                who = {"account_id": account_id, "person": None if account is None else account.person}
                facts = {"channel": "console", "act": "institution", "request_id": request_id}
                self._door.access_log.note("logout", **who, **facts)
            return count

        count: int | None = await blocking(end)
        if count is None:
            raise TokenRefused("replayed")
        return count

    async def way_out(self, here: str) -> str:
        """Where a person ends the provider's own session; empty when it offers no such place or does not answer."""
        try:
            place = (await self.provider.description()).get("end_session_endpoint")
        except ProviderAway:
            return ""
        if not isinstance(place, str) or not is_protected(place):
            return ""
        asked = {"client_id": self.settings.client_id, "post_logout_redirect_uri": self._at(here, OUT)}
        return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}"

    def _account(self, identity: Identity) -> Any:
        """The account that this identity opens, tied to it now if it waits for its first log-in."""
        if (known := self._holder(identity.subject)) is not None:
            return None if known.disabled else known
        if not identity.login:
            return None
        with self._application.database.read() as connection:
            index = views.login_index(self._application, identity.login)
            waiting = views.account_by_login(connection, index)
        if waiting is None or waiting.disabled or not waiting.institutional or waiting.identity_index is not None:
            return None
        try:
            self._application.link_at_first_login(waiting.account_id, identity.subject)
        except Refusal:
            # Somebody was faster: who holds it now says whether it was the same identity.
            holder = self._holder(identity.subject)
            return holder if holder is not None and holder.account_id == waiting.account_id else None
        return waiting

    def _holder(self, subject: str) -> Any:
        index = views.identity_index(self._application, self.settings.issuer, subject)
        with self._application.database.read() as connection:
            return views.account_by_identity(connection, index)

    def _at(self, here: str, path: str) -> str:
        return (self.settings.public_url or here).rstrip("/") + path

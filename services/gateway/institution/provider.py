"""The identity provider over HTTP: its description, its keys, and the exchange of a code for tokens."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.gateway.institution.settings import InstitutionSettings, is_protected

DESCRIBED_S = 60 * 60
"""Seconds that the provider's description and keys are taken as they were."""
KEYS_AGAIN_S = 10
"""Seconds between two looks for a key that is not known: a stranger's tokens must not make us ask without end."""
TIMEOUT_S = 5.0
MAX_BYTES = 512 * 1024
log = structlog.get_logger("impulso.gateway")


class ProviderAway(Exception):
    """The provider does not answer, or not as a provider does. ``why`` is a word for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class CodeRefused(Exception):
    """The provider gives no tokens for this code."""


class Provider:
    """One identity provider. ``clock`` gives seconds; ``transport`` is httpx's, for tests."""

    def __init__(
        self,
        settings: InstitutionSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._transport = transport
        self._described: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def description(self) -> dict[str, Any]:
        """The provider's metadata (OpenID Connect Discovery 1.0). Raises `ProviderAway`."""
        now = self._clock()
        if self._described is not None and now - self._described[0] < DESCRIBED_S:
            return self._described[1]
        found = await self._json(f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.settings.issuer:
            # Another issuer's description would send our codes and people elsewhere.
            raise ProviderAway("another_issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(found.get(name), str) or not is_protected(found[name]):
                raise ProviderAway(f"no_{name}")
        self._described = (now, found)
        return found

    async def keys(self, *, again: bool = False) -> KeySet:
        """The provider's public keys; ``again``: a token names one that is not among them. Raises `ProviderAway`."""
        now = self._clock()
        if self._keys is not None:
            age = now - self._keys[0]
            if age < (KEYS_AGAIN_S if again else DESCRIBED_S):
                return self._keys[1]
        described = await self.description()
        found = await self._json(described["jwks_uri"])
        try:
            keys = KeySet.import_key_set({"keys": [key for key in found["keys"] if key.get("kty") != "oct"]})
        except (JoseError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise ProviderAway("broken_keys") from error
        self._keys = (now, keys)
        return keys

    async def exchange(self, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
        """The tokens for a code (RFC 6749 4.1.3 with RFC 7636). Raises `CodeRefused`, `ProviderAway`."""
        described = await self.description()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": self.settings.client_id,
        }
        auth: httpx.BasicAuth | None = None
        if self.settings.client_secret:
            ways = described.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
            if "client_secret_basic" in ways:
                auth = httpx.BasicAuth(_form(self.settings.client_id), _form(self.settings.client_secret))
            else:
                form["client_secret"] = self.settings.client_secret
        async with self._client() as client:
            try:
                answer = await client.post(
                    described["token_endpoint"], data=form, auth=auth or httpx.USE_CLIENT_DEFAULT
                )
            except httpx.HTTPError as error:
                raise ProviderAway(type(error).__name__) from error
        if answer.status_code in (400, 401, 403):
            log.warning("institution_code_refused", status=answer.status_code)
            raise CodeRefused
        return _object(answer)

    async def _json(self, address: str) -> dict[str, Any]:
        async with self._client() as client:
            try:
                return _object(await client.get(address))
            except httpx.HTTPError as error:
                raise ProviderAway(type(error).__name__) from error

    def _client(self) -> httpx.AsyncClient:
        # No redirects: what the provider said of itself is where we go.
        return httpx.AsyncClient(timeout=TIMEOUT_S, transport=self._transport, headers={"Accept": "application/json"})


def _object(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code != 200 or len(answer.content) > MAX_BYTES:
        raise ProviderAway(f"status_{answer.status_code}")
    try:
        found = answer.json()
    except ValueError as error:
        raise ProviderAway("not_json") from error
    if not isinstance(found, dict):
        raise ProviderAway("not_json")
    return found


def _form(text: str) -> str:
    # RFC 6749 2.3.1: id and secret are form-encoded before they become user and password.
    return quote_plus(text)

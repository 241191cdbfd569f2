"""What a provider's token has to be before anything in it is believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.gateway.institution.provider import Provider

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
"""Signatures by a private key alone: never ``none``, never one made with our own secret."""
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
MAX_TOKEN = 16 * 1024
MAX_AGE_S = 10 * 60
"""Seconds after which a log-out token is too old, whatever end it names for itself."""


class TokenRefused(Exception):
    """The token is not what it has to be. ``why`` is a word for the log; nothing of the token is in it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Identity:
    """Who entered, as the provider names them. ``login`` is empty when the provider vouches for none."""

    subject: str
    login: str
    session: str


@dataclass(frozen=True)
class LoggedOut:
    """Whose session ended at the provider: of that person, or the one session, or both."""

    subject: str
    session: str
    token_id: str


async def identity_of(provider: Provider, tokens: Mapping[str, Any], *, nonce: str, now: float) -> Identity:
    """The person of an id token (OpenID Connect Core 3.1.3.7). Raises `TokenRefused`, `ProviderAway`."""
    settings = provider.settings
    token = await _opened(provider, tokens.get("id_token"))
    options = {
        "iss": {"essential": True, "value": settings.issuer},
        "aud": {"essential": True, "value": settings.client_id},
    }
    params = {"nonce": nonce, "client_id": settings.client_id, "access_token": tokens.get("access_token")}
    claims = CodeIDToken(token.claims, token.header, options, params)
    try:
        claims.validate(now=int(now), leeway=settings.leeway_s)
    except (JoseError, TypeError, ValueError) as error:
        raise TokenRefused(_word(error)) from error
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255:
        raise TokenRefused("sub")
    return Identity(subject, _login(claims, settings.login_claim), _text(claims.get("sid")))


async def logged_out(provider: Provider, token: object, *, now: float) -> LoggedOut:
    """Who is logged out by a token (OpenID Connect Back-Channel Logout 2.6). Raises `TokenRefused`, `ProviderAway`."""
    settings = provider.settings
    opened = await _opened(provider, token)
    claims, leeway = opened.claims, settings.leeway_s
    if str(opened.header.get("typ", "logout+jwt")).lower() not in ("logout+jwt", "jwt"):
        raise TokenRefused("typ")
    if claims.get("iss") != settings.issuer:
        raise TokenRefused("iss")
    audience = claims.get("aud")
    if settings.client_id not in (audience if isinstance(audience, list) else [audience]):
        raise TokenRefused("aud")
    issued, ends = claims.get("iat"), claims.get("exp")
    if not _number(issued) or not now - MAX_AGE_S - leeway <= issued <= now + leeway:
        raise TokenRefused("iat")
    if not _number(ends) or ends < now - leeway:
        raise TokenRefused("exp")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise TokenRefused("events")
    # With a nonce it would be an id token: nobody may make one of those end sessions.
    if "nonce" in claims:
        raise TokenRefused("nonce")
    subject, session, token_id = (_text(claims.get(name)) for name in ("sub", "sid", "jti"))
    if not token_id:
        raise TokenRefused("jti")
    if not subject and not session:
        raise TokenRefused("sub")
    return LoggedOut(subject, session, token_id)


async def _opened(provider: Provider, token: object) -> jwt.Token:
    if not isinstance(token, str) or not token or len(token) > MAX_TOKEN:
        raise TokenRefused("missing")
    try:
        return _decode(token, await provider.keys())
    except TokenRefused as error:
        if error.why == "algorithm":
            raise
    # The provider may have changed its keys since.
    return _decode(token, await provider.keys(again=True))


def _decode(token: str, keys: KeySet) -> jwt.Token:
    try:
        opened = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise TokenRefused("algorithm" if "Algorithm" in type(error).__name__ else "signature") from error
    if not isinstance(opened.claims, dict):
        raise TokenRefused("claims")
    return opened


def _login(claims: Mapping[str, Any], name: str) -> str:
    if name == "email" and claims.get("email_verified") is not True:
        # Whoever may write any address at the provider would enter as anybody.
        return ""
    return _text(claims.get(name))


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= 255 else ""


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _word(error: Exception) -> str:
    return str(getattr(error, "claim", "") or type(error).__name__)

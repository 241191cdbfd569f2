"""An OpenID Connect provider of our own, served on loopback for a test; it can be told to misbehave.

Real HTTP: discovery, JWKS, authorization code with PKCE, and log-out tokens that it makes on demand.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from services.gateway.hosting import listen
from tests.waiting import until

CLIENT, SECRET = "impulso", "un secreto: con signos & más"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass
class IdentityProvider:
    """What it knows and how it answers. ``claims`` and ``header`` change what it signs; None removes a claim."""

    algorithm: str = "RS256"
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1", "preferred_username": "carla"})
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    publishes: bool = True
    silent: bool = False
    refuses: str = ""
    url: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rotate()

    def rotate(self) -> None:
        """A new key; the old one is gone from what is published."""
        made: Any = (
            RSAKey.generate_key(2048, auto_kid=False)
            if self.algorithm.startswith("RS")
            else OKPKey.generate_key("Ed25519")
        )
        self.kid = secrets.token_hex(4)
        self.key = made

    def published(self) -> list[dict[str, Any]]:
        facts = {"kid": self.kid, "use": "sig", "alg": self.algorithm}
        return [dict(self.key.as_dict(private=False)) | facts] if self.publishes else []

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        head = {"alg": self.algorithm, "kid": self.kid, **header}
        head = {name: value for name, value in head.items() if value is not None}
        said = {name: value for name, value in claims.items() if value is not None}
        if head["alg"] == "none":
            parts = (_base64(_json(head)), _base64(_json(said)), "")
            return ".".join(parts)
        if head["alg"].startswith("HS"):
            return jwt.encode(head, said, OctKey.import_key(SECRET), [head["alg"]])
        return jwt.encode(head, said, self.key, [head["alg"]])

    def id_token(self, code: dict[str, str], access: str) -> str:
        now = int(time.time())
        half = hashlib.new("sha512" if self.algorithm == "EdDSA" else "sha256", access.encode()).digest()
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": code["nonce"],
            "sid": "s-1",
            "at_hash": _base64(half[: len(half) // 2]),
            **self.person,
            **self.claims,
        }
        return self.sign(claims, **self.header)

    def logout_token(self, **claims: Any) -> str:
        now = int(time.time())
        said = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": secrets.token_hex(8)}
        said |= {"events": {EVENT: {}}, "sub": self.person["sub"], "sid": "s-1", **claims}
        return self.sign(said, typ="logout+jwt")

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._describe),
                Route("/keys", self._jwks),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/logout", self._logout),
            ]
        )

    async def _describe(self, _request: Request) -> Response:
        self.asked.append("description")
        if self.silent:
            return PlainTextResponse("mantenimiento", 503)
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "end_session_endpoint": f"{self.url}/logout",
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        )

    async def _jwks(self, _request: Request) -> Response:
        self.asked.append("keys")
        return JSONResponse({"keys": self.published()})

    async def _authorize(self, request: Request) -> Response:
        """Logs the person in without asking and sends the browser back."""
        given = dict(request.query_params)
        back = {"state": given["state"], "iss": self.url}
        if self.refuses:
            return RedirectResponse(f"{given['redirect_uri']}?{urlencode({**back, 'error': self.refuses})}", 302)
        assert given["code_challenge_method"] == "S256" and given["response_type"] == "code"
        code = secrets.token_urlsafe(16)
        self.codes[code] = given
        return RedirectResponse(f"{given['redirect_uri']}?{urlencode({**back, 'code': code})}", 302)

    async def _token(self, request: Request) -> Response:
        self.asked.append("token")
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        user, _, password = b64decode(request.headers["authorization"].partition(" ")[2]).decode().partition(":")
        code = self.codes.pop(form.get("code", ""), None)
        proven = code is not None and code["code_challenge"] == _base64(
            hashlib.sha256(form["code_verifier"].encode()).digest()
        )
        known = (unquote_plus(user), unquote_plus(password)) == (CLIENT, SECRET)
        if code is None or not proven or not known or code["redirect_uri"] != form["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(16)
        return JSONResponse({"access_token": access, "token_type": "Bearer", "id_token": self.id_token(code, access)})

    async def _logout(self, request: Request) -> Response:
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 302)


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@contextmanager
def identity_provider(**how: Any) -> Iterator[IdentityProvider]:
    """A provider that serves on a port of its own until the block ends."""
    provider = IdentityProvider(**how)
    listener = listen("127.0.0.1", 0)
    provider.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(provider.app(), log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until(lambda: server.started, "the identity provider serves")
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join(60)

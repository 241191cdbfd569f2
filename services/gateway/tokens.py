"""The signing half of the 60-second token, and the gateway's signing key."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.jwk import OKPKey

from shared.privacy.mounted import guarded_by_its_mount
from shared.runtime.tokens import ALGORITHM, ISSUER, LIFETIME_S, GrantInForce


class KeyFileExposed(Exception):
    """The signing key can be read by others than its owner: whoever reads it can speak for anybody."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"Otros usuarios pueden leer la clave de firma {path.name}. Quite esos permisos (chmod 600).")


class TokenIssuer:
    """Signs one token a call. It lives 60 s and names its service, so that it is worth nothing elsewhere or later."""

    def __init__(self, key: OKPKey, *, clock: Callable[[], float] = time.time) -> None:
        key.ensure_kid()
        self._key = key
        self._clock = clock

    @classmethod
    def generate(cls) -> TokenIssuer:
        """A new key that is kept nowhere (tests, an installation of one process)."""
        return cls(OKPKey.generate_key("Ed25519"))

    @classmethod
    def from_file(cls, path: Path) -> TokenIssuer:
        """The key at ``path``, made there at first start. Raises `KeyFileExposed`."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(OKPKey.generate_key("Ed25519").as_pem(private=True))
        if path.stat().st_mode & 0o077 and not guarded_by_its_mount(path):
            raise KeyFileExposed(path)
        return cls.from_text(path.read_text("utf-8"))

    @classmethod
    def from_text(cls, text: str) -> TokenIssuer:
        """The key in ``text``: a private JWK in JSON, or PEM. Raises ValueError when it is neither, or public alone."""
        key = OKPKey.import_key(json.loads(text) if text.lstrip().startswith("{") else text)
        if not key.is_private:
            raise ValueError("not a private key")
        return cls(key)

    def public_keys(self) -> dict[str, Any]:
        """The JWK set to hand to the services."""
        public = dict(self._key.as_dict(private=False))
        return {"keys": [public | {"kid": self._key.kid, "alg": ALGORITHM, "use": "sig"}]}

    def write_public_keys(self, path: Path) -> None:
        """Write the JWK set where the services read it, in one step: a reader never sees half of it."""
        draft = path.with_name(f".{path.name}.{uuid4().hex}")
        draft.write_text(json.dumps(self.public_keys(), indent=1), "utf-8")
        draft.replace(path)

    def issue(
        self,
        service: str,
        person: UUID,
        grants: tuple[GrantInForce, ...],
        *,
        channel: str,
        session: str = "",
        purpose: str = "",
    ) -> str:
        """A token for one call to ``service``; ``session`` is the session's name, never its secret; ``purpose`` what
        data are looked at for."""
        now = int(self._clock())
        claims = {
            "iss": ISSUER,
            "aud": service,
            "sub": str(person),
            "sid": session,
            "chn": channel,
            "pur": purpose,
            "iat": now,
            "exp": now + LIFETIME_S,
            "jti": uuid4().hex,
            "grants": [
                {"id": one.id, "role": one.role, "org": one.organisation, "prg": one.programme, "ctr": one.contract}
                for one in grants
            ],
        }
        return jwt.encode({"alg": ALGORITHM, "kid": self._key.kid, "typ": "JWT"}, claims, self._key, [ALGORITHM])

"""What an installation says about its identity provider."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from shared.runtime.config import ConfigurationError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class InstitutionSettings:
    """The identity provider by which people of the institution log in. Without an issuer there is none.

    ================================ ====================================================================
    IMPULSO_OIDC_ISSUER              the provider's issuer, an https address; empty: no institutional log-in
    IMPULSO_OIDC_CLIENT_ID           this installation's client id at the provider
    IMPULSO_OIDC_CLIENT_SECRET_FILE  file of its secret (or IMPULSO_OIDC_CLIENT_SECRET); none: a public client
    IMPULSO_OIDC_LABEL               the institution's name on the button «Entrar con …» (default: la institución)
    IMPULSO_OIDC_SCOPES              what is asked for (default ``openid profile``)
    IMPULSO_OIDC_LOGIN_CLAIM         claim with the login (default ``preferred_username``; ``email`` must be verified)
    IMPULSO_OIDC_ONLY                1: an account with institutional log-in is not opened by its password
    IMPULSO_OIDC_LEEWAY              seconds by which the provider's clock may differ (default 60)
    IMPULSO_PUBLIC_URL               address at which people reach this installation; empty: that of each request
    ================================ ====================================================================
    """

    issuer: str = ""
    client_id: str = ""
    client_secret: str = ""
    label: str = "la institución"
    scopes: str = "openid profile"
    login_claim: str = "preferred_username"
    only: bool = False
    leeway_s: int = 60
    public_url: str = ""

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> InstitutionSettings:
        """The settings in ``environ``. Raises `ConfigurationError`."""

        def given(name: str, default: str = "") -> str:
            return environ.get(name, "").strip() or default

        issuer = given("IMPULSO_OIDC_ISSUER")
        if issuer and not is_protected(issuer):
            raise ConfigurationError("IMPULSO_OIDC_ISSUER debe ser una dirección https (http solo en este equipo).")
        if issuer and not given("IMPULSO_OIDC_CLIENT_ID"):
            raise ConfigurationError("Falta IMPULSO_OIDC_CLIENT_ID, el identificador de este sistema en el proveedor.")
        scopes = given("IMPULSO_OIDC_SCOPES", cls.scopes)
        if "openid" not in scopes.split():
            raise ConfigurationError("IMPULSO_OIDC_SCOPES debe incluir «openid».")
        leeway = given("IMPULSO_OIDC_LEEWAY", str(cls.leeway_s))
        if not leeway.isdigit() or int(leeway) > 600:
            raise ConfigurationError("IMPULSO_OIDC_LEEWAY es un número de segundos entre 0 y 600.")
        return cls(
            issuer=issuer,
            client_id=given("IMPULSO_OIDC_CLIENT_ID"),
            client_secret=_secret(environ) if issuer else "",
            label=given("IMPULSO_OIDC_LABEL", cls.label),
            scopes=scopes,
            login_claim=given("IMPULSO_OIDC_LOGIN_CLAIM", cls.login_claim),
            only=given("IMPULSO_OIDC_ONLY") == "1",
            leeway_s=int(leeway),
            public_url=given("IMPULSO_PUBLIC_URL").rstrip("/"),
        )

    def __bool__(self) -> bool:
        return bool(self.issuer)

    def __repr__(self) -> str:
        return f"InstitutionSettings({self.issuer!r})"


def is_protected(address: str) -> bool:
    """Whether what travels to ``address`` is protected: https, or it never leaves this machine."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))


def _secret(environ: Mapping[str, str]) -> str:
    if path := environ.get("IMPULSO_OIDC_CLIENT_SECRET_FILE", "").strip():
        try:
            return Path(path).read_text("utf-8").strip()
        except OSError as error:
            raise ConfigurationError("IMPULSO_OIDC_CLIENT_SECRET_FILE no se puede leer.") from error
    return environ.get("IMPULSO_OIDC_CLIENT_SECRET", "").strip()

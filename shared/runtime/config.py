"""What one service of the nameko host is told through its environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.privacy.scanner import Clamd, NoScanner, Scanner
from shared.runtime.assembly import Place


class ConfigurationError(Exception):
    """A variable is missing or wrong. Its text is Spanish, names the variable and never shows a secret."""


@dataclass(frozen=True)
class ServiceConfig:
    """One service's settings.

    ========================== ==========================================================================
    IMPULSO_DATABASE_URL       database of events and read models (SQLAlchemy URL)
    IMPULSO_KEYS_URL           database of the subject keys
    IMPULSO_FILES              folder of the encrypted files
    IMPULSO_AMQP_URL           RabbitMQ, ``amqp://user:password@host:5672/vhost``
    IMPULSO_MASTER_KEY_FILE    file of the master key (or IMPULSO_MASTER_KEY, the key itself)
    IMPULSO_TOKEN_KEYS_FILE    file of the gateway's public keys (or IMPULSO_TOKEN_KEYS, the JWK set itself)
    IMPULSO_CATALOGUE          folder of the catalogue; empty: the one that is shipped
    IMPULSO_HTTP_BIND          address of the internal port (default 127.0.0.1:8080; port 0: any)
    IMPULSO_WORKERS            calls handled at once (default 32)
    IMPULSO_PRODUCTION         1: real people are served, and content made for demonstrations is refused
    IMPULSO_CLAMAV             ``host:port`` of ClamAV's daemon: files pass it before they are kept; empty: none
    IMPULSO_HEMI               reporting: HEMI's address, a folder for its files, or ``manual`` (the default)
    IMPULSO_HEMI_TOKEN         reporting: bearer token for HEMI's address
    IMPULSO_CREATE_TABLES      1: make missing tables at start; otherwise ``impulso migrate`` made them
    ========================== ==========================================================================
    """

    place: Place
    amqp_url: str
    token_keys: Mapping[str, Any] | None
    catalogue: Path | None
    http_host: str
    http_port: int
    workers: int
    create_tables: bool
    scanner: Scanner

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> ServiceConfig:
        """The settings in ``environ``. Raises `ConfigurationError`."""
        host, _, port = environ.get("IMPULSO_HTTP_BIND", "127.0.0.1:8080").rpartition(":")
        catalogue = environ.get("IMPULSO_CATALOGUE")
        try:
            return cls(
                place=Place(
                    _required(environ, "IMPULSO_DATABASE_URL"),
                    _required(environ, "IMPULSO_KEYS_URL"),
                    Path(_required(environ, "IMPULSO_FILES")),
                ),
                amqp_url=_required(environ, "IMPULSO_AMQP_URL"),
                token_keys=_token_keys(environ),
                catalogue=Path(catalogue) if catalogue else None,
                http_host=host or "127.0.0.1",
                http_port=int(port),
                workers=int(environ.get("IMPULSO_WORKERS", "32")),
                create_tables=environ.get("IMPULSO_CREATE_TABLES", "") == "1",
                scanner=scanner_of(environ),
            )
        except ValueError as error:
            raise ConfigurationError("IMPULSO_HTTP_BIND o IMPULSO_WORKERS no tiene un número válido.") from error


def scanner_of(environ: Mapping[str, str] = os.environ) -> Scanner:
    """The virus scanner that ``IMPULSO_CLAMAV`` names; none without it. Raises `ConfigurationError`."""
    address = environ.get("IMPULSO_CLAMAV", "").strip()
    try:
        return Clamd.at(address) if address else NoScanner()
    except ValueError as error:
        raise ConfigurationError("IMPULSO_CLAMAV debe ser la dirección del antivirus: host:puerto.") from error


def _token_keys(environ: Mapping[str, str]) -> Mapping[str, Any] | None:
    text, path = environ.get("IMPULSO_TOKEN_KEYS", "").strip(), environ.get("IMPULSO_TOKEN_KEYS_FILE", "").strip()
    if not text and not path:
        return None
    try:
        keys = json.loads(text or Path(path).read_text("utf-8"))
        if not isinstance(keys, dict) or not keys.get("keys"):
            raise ValueError("not a JWK set")
    except (ValueError, OSError) as error:
        raise ConfigurationError(
            "IMPULSO_TOKEN_KEYS (o su archivo, IMPULSO_TOKEN_KEYS_FILE) no contiene las claves públicas de la puerta "
            "de entrada: un conjunto JWK en JSON. Cópielo de donde «make env» lo escribió."
        ) from error
    return keys


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise ConfigurationError(f"Falta la variable {name}. Defínala y vuelva a iniciar el servicio.")
    return value

"""What one service of the nameko host is told through its environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.privacy.scanner import Clamd, NoScanner, Scanner
from shared.runtime import health
from shared.runtime.assembly import Place
from shared.runtime.sealing import EVERY_S, interval
from shared.runtime.settings import ConfigurationError, address, setting


@dataclass(frozen=True)
class ServiceConfig:
    """One service's settings.

    ========================== ==========================================================================
    IMPULSO_DATABASE_URL       database of events and read models (SQLAlchemy URL); over TLS with
                               ``?sslmode=verify-full&sslrootcert=FILE``
    IMPULSO_KEYS_URL           database of the subject keys
    IMPULSO_DATABASE_PASSWORD_FILE  file of the password of both, where their URLs hold none (or
                               IMPULSO_DATABASE_PASSWORD, the password itself)
    IMPULSO_FILES              folder of the encrypted files
    IMPULSO_SHRED_LIST         folder of the list of destroyed keys, best on a medium of its own; empty: with the files
    IMPULSO_AMQP_URL           RabbitMQ, ``amqp://user@host:5672/vhost``; over TLS ``amqps://…``, with ``?cafile=FILE``
                               for the authority that its certificate must come from
    IMPULSO_AMQP_PASSWORD_FILE  file of its password, where the URL holds none (or IMPULSO_AMQP_PASSWORD, the
                               password itself)
    IMPULSO_MASTER_KEY_FILE    file of the master key (or IMPULSO_MASTER_KEY, the key itself)
    IMPULSO_FORMER_MASTER_KEY_FILE  file of the master key of before, while `impulso keys rotate` is under way (or
                               IMPULSO_FORMER_MASTER_KEY)
    IMPULSO_LOG_KEY_FILE       file of the key that signs the checkpoints of this service's log (or IMPULSO_LOG_KEY, the
                               key itself); empty: the log is not sealed
    IMPULSO_SEAL_EVERY         seconds between two checkpoints of a log that grows (default 2)
    IMPULSO_WITNESS            service whose witness cosigns this log (default ``reporting``); ``-`` for none
    IMPULSO_WITNESS_KEY_FILE   reporting: file of the key with which it cosigns, as the witness of all logs (or
                               IMPULSO_WITNESS_KEY, the key itself); empty: it cosigns nothing
    IMPULSO_LOG_KEYS_FILE      file of the public keys of logs and witnesses, one a line: for the witness, and for
                               ``impulso verify --here``
    IMPULSO_TOKEN_KEYS_FILE    file of the gateway's public keys (or IMPULSO_TOKEN_KEYS, the JWK set itself)
    IMPULSO_CATALOGUE          folder of the catalogue; empty: the one that is shipped
    IMPULSO_HTTP_BIND          address of the internal port (default 127.0.0.1:8080; port 0: any)
    IMPULSO_READY_LAG          entries that a follower may stand behind while ready (default 10000)
    IMPULSO_WORKERS            calls handled at once (default 32)
    IMPULSO_PRODUCTION         1: real people are served, and content made for demonstrations is refused
    IMPULSO_CLAMAV             ``host:port`` of ClamAV's daemon: files pass it before they are kept; empty: none
    IMPULSO_HEMI               reporting: HEMI's address, a folder for its files, or ``manual`` (the default)
    IMPULSO_HEMI_TOKEN_FILE    reporting: file of the bearer token for HEMI's address (or IMPULSO_HEMI_TOKEN)
    IMPULSO_OTLP_ENDPOINT      OpenTelemetry collector that gets spans, ``http://collector:4318``; empty: none
    IMPULSO_OTLP_RATIO         share of the requests whose spans are sent, 0 to 1 (default 1)
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
    ready_lag: int = health.LAG
    seal_every: float = EVERY_S

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> ServiceConfig:
        """The settings in ``environ``. Raises `ConfigurationError`."""
        host, _, port = environ.get("IMPULSO_HTTP_BIND", "127.0.0.1:8080").rpartition(":")
        catalogue = environ.get("IMPULSO_CATALOGUE")
        try:
            return cls(
                place=Place(
                    address("IMPULSO_DATABASE_URL", "IMPULSO_DATABASE_PASSWORD", environ),
                    address("IMPULSO_KEYS_URL", "IMPULSO_DATABASE_PASSWORD", environ),
                    Path(_required(environ, "IMPULSO_FILES")),
                ),
                amqp_url=address("IMPULSO_AMQP_URL", "IMPULSO_AMQP_PASSWORD", environ),
                token_keys=_token_keys(environ),
                catalogue=Path(catalogue) if catalogue else None,
                http_host=host or "127.0.0.1",
                http_port=int(port),
                workers=int(environ.get("IMPULSO_WORKERS", "32")),
                create_tables=environ.get("IMPULSO_CREATE_TABLES", "") == "1",
                scanner=scanner_of(environ),
                ready_lag=health.bound(environ),
                seal_every=interval(environ),
            )
        except ValueError as error:
            raise ConfigurationError(
                "IMPULSO_HTTP_BIND, IMPULSO_WORKERS o IMPULSO_READY_LAG no tiene un número válido."
            ) from error


def scanner_of(environ: Mapping[str, str] = os.environ) -> Scanner:
    """The virus scanner that ``IMPULSO_CLAMAV`` names; none without it. Raises `ConfigurationError`."""
    address = environ.get("IMPULSO_CLAMAV", "").strip()
    try:
        return Clamd.at(address) if address else NoScanner()
    except ValueError as error:
        raise ConfigurationError("IMPULSO_CLAMAV debe ser la dirección del antivirus: host:puerto.") from error


def _token_keys(environ: Mapping[str, str]) -> Mapping[str, Any] | None:
    text = setting("IMPULSO_TOKEN_KEYS", environ)
    if not text:
        return None
    try:
        keys = json.loads(text)
        if not isinstance(keys, dict) or not keys.get("keys"):
            raise ValueError("not a JWK set")
    except ValueError as error:
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

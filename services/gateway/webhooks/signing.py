"""Signatures of deliveries, as Standard Webhooks 1.0 has them, and the secrets they are made with."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from uuid import UUID

import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.exc import IntegrityError

from services.gateway.tables import webhook_secrets
from shared.contracts.channels import WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP
from shared.eventstore.database import Database

PREFIX = "whsec_"
NONCE_BYTES = 12


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """``v1,…``: HMAC-SHA256 over ``id.timestamp.body`` under the secret's bytes."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.digest(b64decode(secret.removeprefix(PREFIX)), signed, hashlib.sha256)).decode()


def headers(secrets_in_force: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers; during a change of secrets one signature for each, so that either one verifies."""
    return {
        WEBHOOK_ID: message_id,
        WEBHOOK_TIMESTAMP: str(timestamp),
        WEBHOOK_SIGNATURE: " ".join(signature(each, message_id, timestamp, body) for each in secrets_in_force),
    }


class WebhookSecrets:
    """The secrets of all webhooks, sealed under a key of this service. ``clock`` gives seconds since 1970."""

    def __init__(self, database: Database, key: bytes, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._cipher = AESGCM(key)
        self._clock = clock

    def make(self, webhook_id: UUID, version: int, *, overlap_s: float = 0.0) -> str | None:
        """A new secret as of ``version``; earlier ones sign beside it for ``overlap_s`` seconds.

        None if that version has one already: it was shown then, once.
        """
        secret, nonce = PREFIX + b64encode(secrets.token_bytes(32)).decode(), os.urandom(NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, secret.encode(), _place(webhook_id, version))
        columns, until = webhook_secrets.c, self._clock() + overlap_s
        try:
            with self._database.write() as connection:
                connection.execute(
                    webhook_secrets.insert().values(
                        webhook_id=webhook_id, version=version, sealed=b64encode(sealed).decode()
                    )
                )
                older = (columns.webhook_id == webhook_id) & (columns.version < version)
                later = older & (columns.ends_at.is_(None) | (columns.ends_at > until))
                connection.execute(webhook_secrets.update().where(later).values(ends_at=until))
        except IntegrityError:
            return None
        return secret

    def in_force(self, webhook_id: UUID) -> list[str]:
        """The secrets that sign now, the newest first."""
        columns = webhook_secrets.c
        query = (
            sa.select(webhook_secrets)
            .where(columns.webhook_id == webhook_id, columns.ends_at.is_(None) | (columns.ends_at > self._clock()))
            .order_by(columns.version.desc())
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [self._opened(row) for row in rows]

    @staticmethod
    def forget(connection: sa.engine.Connection, webhook_id: UUID) -> None:
        """Remove the secrets, in the transaction that removes the webhook."""
        connection.execute(webhook_secrets.delete().where(webhook_secrets.c.webhook_id == webhook_id))

    def sweep(self) -> int:
        """Delete secrets whose overlap is over; returns how many went."""
        over = webhook_secrets.c.ends_at <= self._clock()
        with self._database.write() as connection:
            return connection.execute(webhook_secrets.delete().where(over)).rowcount

    def _opened(self, row: sa.Row[tuple[object, ...]]) -> str:
        raw = b64decode(row.sealed)
        place = _place(row.webhook_id, row.version)
        return self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place).decode()


def _place(webhook_id: UUID, version: int) -> bytes:
    return b"impulso.webhook.v1" + webhook_id.bytes + version.to_bytes(8, "big")

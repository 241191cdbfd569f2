"""Passwords: argon2id hashes outside the event log, and work that is the same for a login that does not exist."""

from __future__ import annotations

import secrets
from uuid import UUID

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from services.gateway.tables import credentials
from shared.eventstore.database import Database

MIN_LENGTH = 12
MAX_LENGTH = 200
_ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without 0 O 1 l I i o: a password given on paper is typed once."""


class Credentials:
    """The passwords of accounts. ``hasher`` may be given cheaper parameters by tests."""

    def __init__(self, database: Database, hasher: PasswordHasher | None = None) -> None:
        self._database = database
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    def issue(self, account_id: UUID, password: str | None = None) -> str | None:
        """A password for an account that has none: ``password``, else one made now and given out this once.

        None if the account has one already.
        """
        password = password or "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))
        row = {"account_id": account_id, "hash": self._hasher.hash(password), "temporary": True}
        try:
            with self._database.write() as connection:
                connection.execute(credentials.insert().values(row))
        except IntegrityError:
            return None
        return password

    @staticmethod
    def forget(connection: Connection, account_id: UUID) -> None:
        """Remove the password, in the transaction of the event that ends it: from then on it opens nothing."""
        connection.execute(credentials.delete().where(credentials.c.account_id == account_id))

    def change(self, account_id: UUID, password: str) -> None:
        """Set the password that the person chose."""
        change = credentials.update().where(credentials.c.account_id == account_id)
        with self._database.write() as connection:
            connection.execute(change.values(hash=self._hasher.hash(password), temporary=False))

    def known(self, account_id: UUID) -> bool:
        """True if the account has a password."""
        query = sa.select(credentials.c.account_id).where(credentials.c.account_id == account_id)
        with self._database.read() as connection:
            return connection.execute(query).first() is not None

    def check(self, account_id: UUID | None, password: str) -> bool:
        """Whether it is the account's password. Without account or hash the work is the same, and the answer no."""
        found = None
        with self._database.read() as connection:
            query = sa.select(credentials.c.hash).where(credentials.c.account_id == account_id)
            found = connection.execute(query).scalar()
        try:
            self._hasher.verify(found or self._nobody, password[:MAX_LENGTH])
        except VerificationError:
            return False
        if found is None or account_id is None:
            return False
        if self._hasher.check_needs_rehash(found):
            self._rehash(account_id, found, password)
        return True

    def is_temporary(self, account_id: UUID) -> bool:
        """True while the person still uses the password that the system made."""
        query = sa.select(credentials.c.temporary).where(credentials.c.account_id == account_id)
        with self._database.read() as connection:
            return bool(connection.execute(query).scalar())

    def _rehash(self, account_id: UUID, old: str, password: str) -> None:
        # Only over the hash that was checked: a reset in between must win.
        change = credentials.update().where(credentials.c.account_id == account_id, credentials.c.hash == old)
        with self._database.write() as connection:
            connection.execute(change.values(hash=self._hasher.hash(password)))

"""The key ring of one service: one key a person and data class; destroying it erases what it sealed.

A key is durable before it is handed out, so no event can commit whose key a power failure takes away.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.engine import URL

from shared.catalogue.refusals import Refusal
from shared.privacy.key_store import KeyRemnant, metadata
from shared.privacy.master_key import (
    MasterKey,
    MasterKeyExists,
    MasterKeyExposed,
    MasterKeyInvalid,
    MasterKeyMissing,
    MasterKeyProblem,
    MasterKeyWrong,
)
from shared.privacy.personal import Kind
from shared.privacy.shred_list import ShredList
from shared.privacy.vault import ROWS_A_STATEMENT, KeyDamaged, KeyMissing, KeyVault, Pair

__all__ = [
    "KeyDamaged",
    "KeyDestroyed",
    "KeyMissing",
    "KeyRemnant",
    "KeyRing",
    "MasterKey",
    "MasterKeyExists",
    "MasterKeyExposed",
    "MasterKeyInvalid",
    "MasterKeyMissing",
    "MasterKeyProblem",
    "MasterKeyWrong",
    "Pair",
    "derive",
    "metadata",
]


class KeyDestroyed(Refusal):
    """New data for a person whose data of that class were erased."""

    code = "PERSONAL_DATA_ERASED"
    status = 410
    message = (
        "Los datos de esta persona de la clase «{kind}» fueron suprimidos y no se pueden registrar otros en su lugar. "
        "Si la persona vuelve al programa, regístrela de nuevo."
    )


@dataclass(frozen=True, slots=True)
class _Held:
    """An unwrapped key with its cipher, which costs as much to make as a value to seal."""

    key: bytes = field(repr=False)
    cipher: AESGCM = field(repr=False)


class KeyRing:
    """The keys of ``service``, in its own database at ``url``, wrapped by ``master``.

    ``former`` are master keys that may still wrap some rows while a rotation is under way. At most ``capacity``
    unwrapped keys stay in memory. A destruction is honoured at once by this ring, and by the rings of other
    processes after ``recheck`` at the latest. ``shred`` lists what is destroyed apart from the database. Safe under
    threads and several processes.
    """

    def __init__(
        self,
        url: str | URL,
        master: MasterKey,
        service: str,
        *,
        former: Sequence[MasterKey] = (),
        capacity: int = 20_000,
        recheck: timedelta = timedelta(seconds=1),
        shred: ShredList | None = None,
    ) -> None:
        self.service = service
        self._vault = KeyVault(url, master, service, former)
        self._shred = shred
        self._capacity = capacity
        self._recheck = recheck.total_seconds()
        self._guard = threading.Lock()
        self._held: OrderedDict[Pair, _Held | None] = OrderedDict()
        self._service_keys: dict[str, bytes] = {}
        self._era = 0
        self._destructions = -1
        self._checked_at = float("-inf")

    @property
    def master(self) -> MasterKey:
        """The master key that wraps what this ring makes."""
        return self._vault.master

    @property
    def era(self) -> int:
        """Another number than before once a key was destroyed, by this process or (after ``recheck``) by another.

        Whoever keeps opened values asks it: those of an earlier era may be of somebody who was erased since.
        """
        self._notice_destructions()
        with self._guard:
            return self._era

    def create_tables(self) -> None:
        """Make the key tables where they are missing (tests and the embedded host; elsewhere the migrations do)."""
        self._vault.store.create_tables()

    def close(self) -> None:
        """Forget every unwrapped key and give back the connections."""
        with self._guard:
            self._era += 1
            self._held.clear()
            self._service_keys.clear()
        self._vault.store.close()

    def key(self, subject: UUID, kind: Kind, *, create: bool = False) -> bytes | None:
        """The 256-bit key of a person and class; None once destroyed.

        With ``create`` it is made, durably, when there was none; without it `KeyMissing` is raised.
        """
        held = self._obtain([(subject, kind)], create)[subject, kind]
        return held.key if held else None

    def ciphers(self, pairs: Iterable[Pair], *, create: bool = False) -> dict[Pair, AESGCM | None]:
        """The keys of many pairs as ready AES-256-GCM ciphers; missing ones are made in one transaction."""
        return {pair: held.cipher if held else None for pair, held in self._obtain(pairs, create).items()}

    def ensure(self, pairs: Iterable[Pair]) -> None:
        """Make every missing key of ``pairs`` in one transaction: one flush to disk for a whole block of an import.

        A destroyed key stays destroyed, without an error.
        """
        self._obtain(pairs, create=True)

    def destroy(self, subject: UUID, kind: Kind) -> None:
        """Erase: wipe the key and leave a tombstone, so that it is never made again. Repeating it is harmless.

        Raises `KeyRemnant` when the key is destroyed but its wrapped bytes could not yet be driven out of SQLite's
        log. PostgreSQL keeps old row versions until VACUUM, and backups keep theirs: `rewrap` makes those worthless.
        """
        if self._shred is not None:
            self._shred.merge([(subject, kind)])
        self._vault.destroy(subject, kind)
        with self._guard:
            # A thread that read the key before the commit may be about to keep it: the new era forbids that.
            self._era += 1
            self._held[subject, kind] = None
        self._vault.store.scrub()

    def destroy_again(self) -> int:
        """Destroy what the list names and this database, older than the list, does not know as destroyed; how many.

        Before anything else is read: a copy of keys that was put back opens nobody who was erased since. And the list
        learns what this database knows, so that it holds also what was destroyed before there was a list.
        """
        if self._shred is None:
            return 0
        gone, listed = self._vault.tombstones(), self._shred.pairs()
        self._shred.merge(gone)
        for subject, kind in sorted(listed - gone):
            self._vault.destroy(subject, kind)
        if listed - gone:
            with self._guard:
                self._era += 1
                self._held.clear()
            self._vault.store.scrub()
        return len(listed - gone)

    def tombstones(self) -> set[Pair]:
        """Every person and class whose key was destroyed here."""
        return self._vault.tombstones()

    def service_key(self, name: str) -> bytes:
        """The service's own 256-bit key for a purpose (``blind-index``, ``files``), made on first use."""
        known = self._service_keys.get(name)
        if known is None:
            known = self._service_keys[name] = self._vault.service_key(name)
        return known

    def check_master(self) -> None:
        """Raise `MasterKeyWrong` unless every stored key is wrapped by a master key that this ring has."""
        self._vault.check_master()

    def rewrap(self, new_master: MasterKey, *, batch: int = ROWS_A_STATEMENT) -> int:
        """Wrap every key with ``new_master``, ``batch`` rows a transaction; returns how many were wrapped anew.

        Interrupted, it goes on where it stopped when called again. Give the processes that run meanwhile the new
        master with the old one as ``former``. Afterwards destroy the old one: with it die all copies of old keys.
        """
        done = self._vault.rewrap(new_master, batch)
        self._vault.store.scrub()
        return done

    def _obtain(self, pairs: Iterable[Pair], create: bool) -> dict[Pair, _Held | None]:
        self._notice_destructions()
        found: dict[Pair, _Held | None] = {}
        missing: list[Pair] = []
        with self._guard:
            era = self._era
            for pair in pairs:
                if pair in self._held:
                    self._held.move_to_end(pair)
                    found[pair] = self._held[pair]
                else:
                    missing.append(pair)
        if not missing:
            return found
        keys = self._vault.keys(missing, create=create)
        fresh = {pair: _Held(key, AESGCM(key)) if key else None for pair, key in keys.items()}
        with self._guard:
            if era == self._era:
                self._held.update(fresh)
                while len(self._held) > self._capacity:
                    self._held.popitem(last=False)
        return found | fresh

    def _notice_destructions(self) -> None:
        """Forget what other processes destroyed. Their count only grows, so a change of it is all one must see."""
        now = time.monotonic()
        with self._guard:
            if now - self._checked_at < self._recheck:
                return
            self._checked_at = now
        destructions = self._vault.destructions()
        with self._guard:
            if destructions != self._destructions:
                self._destructions = destructions
                self._era += 1
                self._held.clear()


def derive(key: bytes, purpose: str) -> bytes:
    """Another 256-bit key for ``purpose``, so that one key never serves two algorithms or formats."""
    return hmac.digest(key, f"impulso.derive.v1|{purpose}".encode(), hashlib.sha256)

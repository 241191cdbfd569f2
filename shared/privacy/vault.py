"""The stored keys of one service: made, read, destroyed and wrapped anew, always under a master key."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeAlias, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection

from shared.privacy.key_store import KeyStore, service_key, subject_key
from shared.privacy.master_key import KEY_BYTES, MasterKey, MasterKeyWrong
from shared.privacy.personal import KINDS, Kind

Pair: TypeAlias = tuple[UUID, Kind]
"""A person and one data class of theirs."""

ROWS_A_STATEMENT = 500


class KeyMissing(Exception):
    """Something is sealed under a key that this database never had: it was restored from too old a copy."""

    def __init__(self, subject: UUID, kind: str) -> None:
        super().__init__(
            f"Falta la clave de la persona {subject}, clase «{kind}». La base de claves no corresponde a estos datos: "
            "restaure la copia que va con ellos."
        )


class KeyDamaged(Exception):
    """A stored key was altered or moved to another row."""

    def __init__(self, what: str) -> None:
        super().__init__(f"La clave guardada de {what} está alterada. Restaure la base de claves de una copia.")


_DESTROYED = sa.select(sa.func.count()).where(subject_key.c.destroyed_at.is_not(None))


class KeyVault:
    """The rows of the key database at ``url``; a key never leaves it before it is durable there."""

    def __init__(self, url: str | URL, master: MasterKey, service: str, former: Sequence[MasterKey]) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_-]*", service):
            raise ValueError(f"nombre de servicio no válido: {service!r}")
        self.service = service
        self.store = KeyStore(url)
        self._master = master
        self._masters = {known.id: known for known in (master, *former)}
        self._insert: Any = sqlite.insert if self.store.sqlite else postgresql.insert

    @property
    def master(self) -> MasterKey:
        """The master key under which new keys are wrapped."""
        return self._master

    def keys(self, pairs: Sequence[Pair], *, create: bool) -> dict[Pair, bytes | None]:
        """The key of each pair, None where destroyed. Raises `KeyMissing` for an absent one unless ``create``."""
        for _, kind in pairs:
            _check_kind(kind)
        with self.store.read() as connection:
            rows = self._rows(connection, pairs)
        if absent := sorted({pair for pair in pairs if pair not in rows}):
            if not create:
                raise KeyMissing(*absent[0])
            # Sorted, so that two processes that make the same keys wait for each other in one order.
            with self.store.write() as connection:
                for block in _blocks(absent, ROWS_A_STATEMENT):
                    connection.execute(
                        self._insert(subject_key).on_conflict_do_nothing(), [self._new_row(*pair) for pair in block]
                    )
                # Read back: where another process was faster, its key is the key.
                rows |= self._rows(connection, absent)
        return {pair: self._open(rows[pair]) for pair in pairs}

    def destroy(self, subject: UUID, kind: Kind) -> None:
        """Put a tombstone in the place of a key, whether there was one or not."""
        _check_kind(kind)
        now = datetime.now(UTC)
        tombstone: dict[str, Any] = {"wrapped": None, "destroyed_at": now}
        row: dict[str, Any] = {"subject": subject, "kind": kind, "key_id": uuid4().hex, "master_id": ""}
        with self.store.write() as connection:
            connection.execute(
                self._insert(subject_key)
                .values(row | tombstone | {"created_at": now})
                .on_conflict_do_update(
                    index_elements=[subject_key.c.subject, subject_key.c.kind],
                    set_=tombstone,
                    where=subject_key.c.wrapped.is_not(None),
                )
            )

    def destructions(self) -> int:
        """How many keys were ever destroyed here, by whatever process. Only grows."""
        with self.store.read() as connection:
            return connection.scalar(_DESTROYED) or 0

    def tombstones(self) -> set[Pair]:
        """Every person and class whose key was destroyed here."""
        query = sa.select(subject_key.c.subject, subject_key.c.kind).where(subject_key.c.destroyed_at.is_not(None))
        with self.store.read() as connection:
            return {(row.subject, cast(Kind, row.kind)) for row in connection.execute(query)}

    def service_key(self, name: str) -> bytes:
        """The service's own key ``name``, made on first use."""
        with self.store.read() as connection:
            row = self._service_row(connection, name)
        if row is None:
            key_id = uuid4().hex
            wrapped = self._master.wrap(secrets.token_bytes(KEY_BYTES), self._about_service(name, key_id))
            new = {"name": name, "key_id": key_id, "wrapped": wrapped, "master_id": self._master.id}
            with self.store.write() as connection:
                connection.execute(
                    self._insert(service_key).values(created_at=datetime.now(UTC), **new).on_conflict_do_nothing()
                )
                row = self._service_row(connection, name)
        assert row is not None
        return self._unwrap(row, self._about_service(name, row.key_id), f"uso «{name}»")

    def check_master(self) -> None:
        """Raise `MasterKeyWrong` unless every stored key is wrapped by a master key that is loaded here."""
        with self.store.read() as connection:
            for table in (subject_key, service_key):
                used = sa.select(table.c.master_id).where(table.c.wrapped.is_not(None)).distinct()
                for master_id in connection.scalars(used):
                    self._master_named(master_id)

    def rewrap(self, new_master: MasterKey, batch: int) -> int:
        """Wrap every key with ``new_master``, ``batch`` rows a transaction; returns how many were wrapped anew."""
        self._masters[new_master.id] = new_master
        self._master = new_master
        done = 0
        for table in (subject_key, service_key):
            while turned := self._rewrap_some(table, batch):
                done += turned
        return done

    def _rewrap_some(self, table: sa.Table, batch: int) -> int:
        pending = table.c.wrapped.is_not(None) & (table.c.master_id != self._master.id)
        with self.store.write() as connection:
            rows = connection.execute(sa.select(table).where(pending).limit(batch)).all()
            for row in rows:
                if table is subject_key:
                    about, what = self._about_subject(row.subject, row.kind, row.key_id), f"la persona {row.subject}"
                else:
                    about, what = self._about_service(row.name, row.key_id), f"uso «{row.name}»"
                wrapped = self._master.wrap(self._unwrap(row, about, what), about)
                # Only over the bytes just read: a key destroyed meanwhile must not come back.
                connection.execute(
                    sa.update(table)
                    .where(table.c.key_id == row.key_id, table.c.wrapped == row.wrapped)
                    .where(*(column == getattr(row, column.name) for column in table.primary_key))
                    .values(wrapped=wrapped, master_id=self._master.id)
                )
        return len(rows)

    def _rows(self, connection: Connection, pairs: Iterable[Pair]) -> dict[Pair, sa.Row[Any]]:
        wanted = set(pairs)
        rows: dict[Pair, sa.Row[Any]] = {}
        for block in _blocks({subject for subject, _ in wanted}, ROWS_A_STATEMENT):
            for row in connection.execute(sa.select(subject_key).where(subject_key.c.subject.in_(block))):
                if (pair := (row.subject, row.kind)) in wanted:
                    rows[pair] = row
        return rows

    def _service_row(self, connection: Connection, name: str) -> sa.Row[Any] | None:
        return connection.execute(sa.select(service_key).where(service_key.c.name == name)).first()

    def _new_row(self, subject: UUID, kind: Kind) -> dict[str, Any]:
        key_id = uuid4().hex
        wrapped = self._master.wrap(secrets.token_bytes(KEY_BYTES), self._about_subject(subject, kind, key_id))
        row = {"subject": subject, "kind": kind, "key_id": key_id, "master_id": self._master.id, "wrapped": wrapped}
        return row | {"created_at": datetime.now(UTC), "destroyed_at": None}

    def _open(self, row: sa.Row[Any]) -> bytes | None:
        if row.wrapped is None:
            return None
        about = self._about_subject(row.subject, row.kind, row.key_id)
        return self._unwrap(row, about, f"la persona {row.subject}")

    def _unwrap(self, row: sa.Row[Any], about: bytes, what: str) -> bytes:
        key = self._master_named(row.master_id).unwrap(bytes(row.wrapped), about)
        if key is None:
            raise KeyDamaged(what)
        return key

    def _master_named(self, master_id: str) -> MasterKey:
        if known := self._masters.get(master_id):
            return known
        raise MasterKeyWrong(service=self.service, expected=master_id, given=self._master.id)

    def _about_subject(self, subject: UUID, kind: str, key_id: str) -> bytes:
        return f"impulso.key.v1|{self.service}|{subject.hex}|{kind}|{key_id}".encode()

    def _about_service(self, name: str, key_id: str) -> bytes:
        return f"impulso.service-key.v1|{self.service}|{name}|{key_id}".encode()


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"clase de datos desconocida: {kind!r}")


def _blocks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(items)
    while block := list(islice(rest, size)):
        yield block

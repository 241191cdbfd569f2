"""The copy of the keys: apart from the events, and of the latest moment alone.

Every key that any kept point needs is in the latest key database, or was destroyed since. So one copy serves all
points, and with the next backup a destroyed key is gone from the backup, too: an old copy of the events brings
nobody's data back. The keys are wrapped as in the database; the master key is in neither folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from shared.backup.archive import write_whole
from shared.backup.problems import NoBackup, PieceBroken
from shared.backup.rows import plain, reader
from shared.privacy.key_store import KeyStore, service_key, subject_key
from shared.privacy.personal import Kind
from shared.privacy.vault import Pair

TABLES = (subject_key, service_key)
_BLOCK = 1_000


@dataclass(frozen=True)
class KeyCopy:
    """The key database of one service at one moment: its rows by table, as JSON has them."""

    service: str
    rows: dict[str, list[list[Any]]]

    @property
    def pairs(self) -> set[Pair]:
        """Every person and class that has, or had, a key here."""
        return {(UUID(row[0]), cast("Kind", row[1])) for row in self.rows["subject_key"]}

    @property
    def destroyed_pairs(self) -> set[Pair]:
        """Those whose key was destroyed."""
        return {(UUID(row[0]), cast("Kind", row[1])) for row in self.rows["subject_key"] if row[4] is None}

    @property
    def destroyed(self) -> int:
        return len(self.destroyed_pairs)

    @property
    def masters(self) -> set[str]:
        """Names of the master keys that wrap what is here."""
        used = {row[3] for row in self.rows["subject_key"] if row[4] is not None}
        return used | {row[2] for row in self.rows["service_key"]}


def read(service: str, store: KeyStore) -> KeyCopy:
    """What the key database holds now. A short transaction: an erasure must not wait for a backup."""
    with store.read() as connection:
        rows = {
            table.name: [[plain(value) for value in row] for row in connection.execute(sa.select(table)).all()]
            for table in TABLES
        }
    return KeyCopy(service, rows)


def keep(place: Path, copy: KeyCopy) -> None:
    """Write ``copy`` in the place of the one before."""
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    body = {"service": copy.service, "taken_at": datetime.now(UTC).isoformat(), "rows": copy.rows}
    write_whole(place / f"{copy.service}.json", json.dumps({**body, "seal": _seal(body)}).encode())


def kept(place: Path, service: str) -> KeyCopy:
    """The copy in ``place``. Raises `NoBackup` or `PieceBroken`."""
    path = place / f"{service}.json"
    try:
        body = json.loads(path.read_bytes())
        seal = body.pop("seal")
    except FileNotFoundError:
        raise NoBackup(place=path) from None
    except (ValueError, KeyError):
        raise PieceBroken(name=f"{service} (claves)") from None
    if seal != _seal(body) or body["service"] != service:
        raise PieceBroken(name=f"{service} (claves)")
    return KeyCopy(service, body["rows"])


def fill(connection: Connection, copy: KeyCopy) -> None:
    """Put the keys into an empty or half-filled key database. Repeating it is harmless; what is destroyed stays so."""
    insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    for table in TABLES:
        columns = list(table.columns)
        rows = copy.rows[table.name]
        for start in range(0, len(rows), _BLOCK):
            values = [
                {column.name: _value(column, value) for column, value in zip(columns, row, strict=True)}
                for row in rows[start : start + _BLOCK]
            ]
            connection.execute(insert(table).on_conflict_do_nothing(), values)
    bury(connection, copy.destroyed_pairs)


def tombstones(connection: Connection) -> set[Pair]:
    """Whose keys of which class were destroyed in this database."""
    query = sa.select(subject_key.c.subject, subject_key.c.kind).where(subject_key.c.destroyed_at.is_not(None))
    return {(row.subject, row.kind) for row in connection.execute(query)}


def bury(connection: Connection, pairs: Iterable[Pair]) -> int:
    """Destroy these keys here, too, where they stand; how many stood."""
    now, count = datetime.now(UTC), 0
    for subject, kind in sorted(pairs):
        gone = (
            subject_key.update()
            .where(subject_key.c.subject == subject, subject_key.c.kind == kind, subject_key.c.wrapped.is_not(None))
            .values(wrapped=None, destroyed_at=now)
        )
        count += connection.execute(gone).rowcount
    return count


def entomb(connection: Connection, pairs: Iterable[Pair]) -> int:
    """`bury`, and leave a tombstone also where there is no key, so that none is ever made; how many keys stood."""
    insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    wanted, now = sorted(pairs), datetime.now(UTC)
    stone = {"master_id": "", "wrapped": None, "created_at": now, "destroyed_at": now}
    for start in range(0, len(wanted), _BLOCK):
        block = wanted[start : start + _BLOCK]
        rows = [{"subject": subject, "kind": kind, "key_id": uuid4().hex, **stone} for subject, kind in block]
        connection.execute(insert(subject_key).on_conflict_do_nothing(), rows)
    return bury(connection, wanted)


def _value(column: sa.Column[Any], value: Any) -> Any:
    return None if value is None else reader(column)(value)


def _seal(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()

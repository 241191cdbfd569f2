"""Taking a backup: one moment of every database, then at leisure everything that this moment holds."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.backup import keys, logs
from shared.backup.archive import Archive, write_whole
from shared.backup.rows import CUT_ONE_IN, line, lines_of, pieces_of
from shared.backup.sites import Site, one_moment
from shared.eventstore.database import Database
from shared.eventstore.tables import ACCESS, log_head, tracking
from shared.privacy.key_store import KeyStore
from shared.privacy.secret_file import sync_directory
from shared.privacy.shred_list import ShredList

_POSITIONS = sa.select(tracking.c.upstream, tracking.c.position, tracking.c.epoch, tracking.c.entry_hash)

Told = Callable[[str, int, int], None]
"""``told(what, done, total)``: how far the work is."""


@dataclass(frozen=True)
class Taken:
    """A finished backup, which holds at least what was recorded before ``taken_at``.

    ``entries`` and ``new_entries`` of all logs, ``files`` and ``new_files`` of all stores.
    """

    point: str
    taken_at: datetime
    entries: int
    new_entries: int
    files: int
    new_files: int
    heads: dict[str, int]

    def document(self) -> dict[str, Any]:
        return {**vars(self), "taken_at": self.taken_at.isoformat()}


def take(sites: Sequence[Site], place: Path, keys_place: Path, *, keep: int = 0, told: Told = lambda *_: None) -> Taken:
    """Back up ``sites`` into ``place``, their keys into ``keys_place``, while they are served; forget all but ``keep``.

    Copies only what the latest point in ``place`` (or an interrupted run) does not hold yet. What is recorded after
    the moment that it begins with is not in it. Raises `BackupProblem`.
    """
    archive = Archive(place)
    with archive.writing(), ExitStack() as stack:
        before = archive.point()["services"] if archive.names() else {}
        databases = {site.name: Database(site.database_url, pool_size=2) for site in sites}
        for database in databases.values():
            stack.callback(database.close)
        # Before the moment itself: everything that was recorded earlier than this is in the point.
        taken_at = datetime.now(UTC)
        connections = stack.enter_context(one_moment(databases))
        services: dict[str, Any] = {}
        totals = {"entries": 0, "new_entries": 0, "files": 0, "new_files": 0}
        for site in sites:
            connection = connections[site.name]
            known = before.get(site.name, {"events": [], "files": {"pieces": []}})
            found = _Service(site, archive, connection, known, told)
            services[site.name] = found.copy(keys_place)
            for name in totals:
                totals[name] += getattr(found, name)
        heads = {name: service["head"] for name, service in services.items()}
        point = archive.add_point({"taken_at": taken_at.isoformat(), "services": services}, taken_at)
        for site in sites:
            (place / f"{site.name}.unfinished").unlink(missing_ok=True)
        if keep:
            archive.prune(keep)
    return Taken(point, taken_at, heads=heads, **totals)


class _Service:
    """One service's part of a backup."""

    def __init__(self, site: Site, archive: Archive, connection: Connection, known: dict[str, Any], told: Told) -> None:
        self._site = site
        self._archive = archive
        self._connection = connection
        self._known = known
        self._told = told
        self._unfinished = archive.place / f"{site.name}.unfinished"
        self.entries = self.new_entries = self.files = self.new_files = 0

    def copy(self, keys_place: Path) -> dict[str, Any]:
        """Everything but the keys, which go to ``keys_place``; what the point says of this service."""
        head = self._connection.execute(sa.select(log_head)).one()
        access = self._connection.execute(sa.select(ACCESS.head)).one()
        stretches = self._log(head.head)
        tables = {table.name: self._table(table) for table in self._site.tables()}
        # After the moment: every key and file that an entry up to it needs was durable before the entry was.
        store = KeyStore(self._site.keys_url)
        try:
            copy = keys.read(self._site.name, store)
        finally:
            store.close()
        keys.keep(keys_place, copy)
        known = ShredList.of(self._site.name, self._site.files).pairs() | copy.destroyed_pairs
        ShredList.beside_keys(keys_place, self._site.name).merge(known)
        return {
            "epoch": head.epoch,
            "head": head.head,
            "clock": head.clock,
            "chain": stretches[-1]["chain"] if stretches else "",
            "events": stretches,
            "access": {"head": access.head, "clock": access.clock},
            "tables": tables,
            "tracking": [list(row) for row in self._connection.execute(_POSITIONS).all()],
            "revisions": {schema.name: schema.current(self._connection) for schema in self._site.schemas},
            "files": self._files(),
            "keys": {"destroyed": copy.destroyed, "masters": sorted(copy.masters)},
        }

    def _log(self, head: int) -> list[logs.Stretch]:
        known = self._known["events"]
        if self._unfinished.exists():
            begun = json.loads(self._unfinished.read_text("utf-8"))
            if len(begun) > len(known):
                known = list(takewhile(lambda stretch: self._archive.has(stretch["piece"]), begun))
        name = self._site.name

        def told(stretches: list[logs.Stretch], done: int) -> None:
            # What is copied is not read again by the run that follows an interrupted one.
            write_whole(self._unfinished, json.dumps(stretches).encode())
            self._told(name, done, head)

        stretches = logs.copy(self._connection, name, head, known, self._archive, told)
        self._told(name, head, head)
        former = self._known["events"][-1]["last"] if self._known["events"] else 0
        self.entries, self.new_entries = head, max(head - former, 0)
        return stretches

    def _table(self, table: sa.Table) -> dict[str, Any]:
        pieces, rows = [], 0
        for piece, count in pieces_of(self._connection, table):
            pieces.append(self._archive.add(piece))
            rows += count
        return {"rows": rows, "columns": [column.name for column in table.columns], "pieces": pieces}

    def _files(self) -> dict[str, Any]:
        """Copy the files that are not here yet. A stored file never changes, so its name says that it is the same."""
        name = self._site.name
        before = (self._archive.piece(piece) for piece in self._known["files"]["pieces"])
        known = {row[0]: row for piece in before for row in lines_of(piece)}
        here = sorted(self._site.files.glob("[0-9a-f][0-9a-f]/*")) if self._site.files.is_dir() else []
        listed: list[bytes] = []
        pieces: list[str] = []
        size = 0
        for number, path in enumerate(here, start=1):
            file_id = path.parent.name + path.name
            copied = self._archive.files / name / path.parent.name / path.name
            row = known.get(file_id)
            if row is None or not copied.exists():
                row = [file_id, *copy_file(path, copied)]
                self.new_files += 1
            size += row[1]
            listed.append(line(row))
            if int(file_id[:8], 16) % CUT_ONE_IN == 0:
                pieces.append(self._archive.add(b"".join(listed)))
                listed = []
            self._told(f"{name}: archivos", number, len(here))
        if listed:
            pieces.append(self._archive.add(b"".join(listed)))
        self.files = len(here)
        return {"pieces": pieces, "count": len(here), "bytes": size}


def copy_file(source: Path, target: Path) -> tuple[int, str]:
    """Copy a file whole and durably; its size in bytes and the SHA-256 of its (sealed) content."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_name(f".{target.name}.part")
    draft.unlink(missing_ok=True)
    with source.open("rb") as read, os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as write:
        shutil.copyfileobj(read, write, 1 << 20)
        write.flush()
        os.fsync(write.fileno())
    size, digest = measured(draft)
    draft.replace(target)
    sync_directory(target.parent)
    return size, digest


def measured(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return path.stat().st_size, digest

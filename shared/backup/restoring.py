"""Restoring a point into an empty place: piece by piece, checked before it opens, and opened under new epochs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.backup import keys, logs
from shared.backup.archive import Archive
from shared.backup.landing import Landing
from shared.backup.problems import (
    AnotherRestore,
    CheckFailed,
    CodeOlder,
    KeysOlder,
    MasterKeyOther,
    NotEmpty,
    PieceBroken,
    PointBroken,
)
from shared.backup.rows import lines_of, load
from shared.backup.sites import Site, access_defect
from shared.backup.taking import Told, copy_file, measured
from shared.backup.verifying import ahead
from shared.delivery import acts
from shared.eventstore import guards
from shared.eventstore.database import Database
from shared.eventstore.log import Entry, instant
from shared.eventstore.tables import ACCESS, events, log_head, tracking
from shared.privacy.key_store import KeyStore
from shared.privacy.sealing import sealed_pairs
from shared.privacy.shred_list import ShredList
from shared.privacy.vault import Pair
from shared.runtime import migrate
from shared.runtime.restoration import mark

_POSTGRES_EVENTS = sa.text(
    "INSERT INTO events (id, originator_id, originator_version, topic, state, recorded_at) "
    "SELECT * FROM unnest(CAST(:id AS bigint[]), CAST(:originator_id AS uuid[]), "
    "CAST(:originator_version AS integer[]), CAST(:topic AS text[]), "
    "CAST(:state AS bytea[]), CAST(:recorded_at AS bigint[]))"
)


@dataclass
class Restored:
    """A finished restore. ``set_aside``: where what stood there before now lies. ``stayed_erased``: keys of the copy
    that were destroyed since and did not come back."""

    point: str
    taken_at: str
    entries: int = 0
    files: int = 0
    stayed_erased: int = 0
    epochs: dict[str, str] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)
    set_aside: dict[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        return dict(vars(self))


def restore(
    sites: Sequence[Site],
    place: Path,
    keys_place: Path,
    point: str | None = None,
    *,
    replace: bool = False,
    masters: Mapping[str, str] | None = None,
    told: Told = lambda *_: None,
) -> Restored:
    """Put the point (default: the latest) of ``place`` with the keys of ``keys_place`` where ``sites`` say.

    Interrupted, the same call goes on. What stands there already is refused unless ``replace``; then it is set aside,
    and whoever was erased there stays erased, as does everybody on the list of erasures. Nothing opens before it was
    checked: hashes, counts, positions, guards, a key for everybody. Then every log begins a new epoch, which its
    followers here know already and integrators see. ``masters`` names the master key (its id) that each service has,
    where that is known. Raises `BackupProblem`.
    """
    archive = Archive(place)
    found = archive.point(point)
    services = found["services"]
    for defect in ahead(archive, found):
        raise PointBroken(point=found["name"], what=defect)
    copies = {site.name: keys.kept(keys_place, site.name) for site in sites}
    for name, master in (masters or {}).items():
        if copies[name].masters - {master}:
            raise MasterKeyOther(place=name, expected=", ".join(sorted(copies[name].masters)))
    done = Restored(found["name"], found["taken_at"])
    with ExitStack() as stack:
        landings = {site.name: Landing(site) for site in sites}
        for landing in landings.values():
            stack.callback(landing.close)
        listed = {
            site.name: ShredList.of(site.name, site.files).pairs()
            | ShredList.beside_keys(keys_place, site.name).pairs()
            for site in sites
        }
        plan = _plan(landings, found, replace, done)
        done.epochs = plan["epochs"]
        filling = [
            _Filling(landing, services[name], archive, copies[name], plan, listed[name], told)
            for name, landing in landings.items()
            if landing.head() is None or (landing.head() or (0, ""))[1] != plan["epochs"][name]
        ]
        for each in filling:
            each.fill()
        for each in filling:
            each.check()
        for each in filling:
            done.stayed_erased += each.open()
    done.heads = {name: service["head"] for name, service in services.items()}
    done.entries = sum(done.heads.values())
    done.files = sum(service["files"]["count"] for service in services.values())
    return done


def _plan(landings: Mapping[str, Landing], point: dict[str, Any], replace: bool, done: Restored) -> dict[str, Any]:
    """What this restore is: its point and the epochs that it begins; the same again when it was interrupted."""
    begun = {name: plan for name, landing in landings.items() if (plan := landing.begun()) is not None}
    for name, plan in begun.items():
        if plan["point"] != point["name"] and not replace:
            raise AnotherRestore(service=name, point=plan["point"])
    going_on = next((plan for plan in begun.values() if plan["point"] == point["name"]), None)
    chosen = going_on or {"point": point["name"], "epochs": {name: uuid4().hex for name in landings}}
    for name, landing in landings.items():
        if begun.get(name) == chosen:
            continue
        standing = landing.head()
        if standing is not None and standing[1] == chosen["epochs"][name]:
            continue
        if standing is not None or landing.holds_keys():
            if not replace and (standing is None or standing[0] or landing.holds_keys()):
                raise NotEmpty(service=name, head=standing[0] if standing else 0)
            if name in begun or replace:
                done.set_aside[name] = landing.set_aside()
        landing.begin(chosen)
    return chosen


class _Filling:
    """One service's place while it is filled, checked and opened."""

    def __init__(
        self,
        landing: Landing,
        kept: dict[str, Any],
        archive: Archive,
        copy: keys.KeyCopy,
        plan: dict[str, Any],
        listed: set[Pair],
        told: Told,
    ) -> None:
        self._landing = landing
        self._site = landing.site
        self._kept = kept
        self._archive = archive
        self._copy = copy
        self._plan = plan
        self._told = told
        self._pairs: set[Pair] = set()
        # Whoever was erased since the copy of the keys was taken, wherever that is still known.
        self._gone = landing.buried() | listed

    @property
    def _database(self) -> Database:
        return self._landing.database

    def fill(self) -> None:
        """Keys first: an event may never be there without its key."""
        self._keys()
        self._files()
        migrate.upgrade(self._database, self._site.schemas)
        with self._database.read() as connection:
            for schema in self._site.schemas:
                self._refuse_newer(schema, connection)
        if self._site.views is not None:
            migrate.make_views(self._database, self._site.views, self._site.name)
        for stretch in self._kept["events"]:
            self._events(stretch)
        tables = {table.name: table for table in self._site.tables()}
        for name, kept in self._kept["tables"].items():
            for number, piece in enumerate(kept["pieces"]):
                if name in tables:
                    self._once(f"{name} {number}", self._loading(tables[name], kept["columns"], piece))

    def check(self) -> None:
        """Read back what is stored now. Raises `CheckFailed`."""
        chain, count = "", 0
        with self._database.read() as connection:
            for entry, _row in logs.stored(connection, self._site.name, 0, self._kept["head"]):
                chain = logs.chained(chain, entry)
                self._pairs |= sealed_pairs(entry.state)
                count += 1
            if count != self._kept["head"] or chain != self._kept["chain"]:
                raise CheckFailed(service=self._site.name, what="el registro no es el de la copia")
            if gone := guards.missing(connection):
                raise CheckFailed(service=self._site.name, what=f"faltan las protecciones {', '.join(gone)}")
            names = {table.name: table for table in self._site.tables()}
            for name, kept in self._kept["tables"].items():
                if name in names:
                    rows = connection.execute(sa.select(sa.func.count()).select_from(names[name])).scalar_one()
                    if rows != kept["rows"]:
                        raise CheckFailed(service=self._site.name, what=f"{name} tiene {rows} filas")
            if defect := access_defect(connection, self._access["head"]):
                raise CheckFailed(service=self._site.name, what=defect)
        if absent := self._pairs - self._copy.pairs - self._gone:
            raise KeysOlder(service=self._site.name, what=f"las de {len({who for who, _ in absent})} personas")

    def open(self) -> int:
        """Let the service start again: a new epoch, the read model to be built. How many keys stayed destroyed."""
        if self._site.role is not None:
            migrate.grant(self._database, self._site.role)
        buried = self._bury()
        with self._database.write(alone=True) as connection:
            connection.execute(
                log_head.update().values(
                    head=self._kept["head"], clock=self._kept["clock"], epoch=self._plan["epochs"][self._site.name]
                )
            )
            epoch = self._plan["epochs"][self._site.name]
            connection.execute(ACCESS.head.update().values(**self._access, epoch=epoch))
            for upstream, epoch in self._plan["epochs"].items():
                # The restored set knows itself: every position was checked against the log that is restored with it.
                connection.execute(
                    tracking.update().where(tracking.c.upstream == upstream, tracking.c.epoch != "").values(epoch=epoch)
                )
            if connection.dialect.name == "postgresql":
                _go_on_counting(connection, self._site)
            # What a witness asks for when it meets a life of this log that it does not know.
            acts.record(connection, "restore", self._plan["epochs"][self._site.name], by="impulso restore")
            mark.drop(connection)
        return buried

    @property
    def _access(self) -> dict[str, int]:
        """Head and clock of the access log; of a backup of before there was one: of an empty log."""
        known: dict[str, int] = self._kept.get("access") or {"head": 0, "clock": 0}
        return known

    def _keys(self) -> None:
        database = Database(self._site.keys_url, pool_size=1)
        try:
            migrate.upgrade(database, [migrate.KEYS])
            if self._site.role is not None:
                migrate.grant(database, self._site.role)
        finally:
            database.close()
        store = KeyStore(self._site.keys_url)
        try:
            with store.write() as connection:
                keys.fill(connection, self._copy)
                keys.entomb(connection, self._gone)
            store.scrub()
        finally:
            store.close()
        ShredList.of(self._site.name, self._site.files).merge(self._gone | self._copy.destroyed_pairs)

    def _bury(self) -> int:
        store = KeyStore(self._site.keys_url)
        try:
            with store.read() as connection:
                return len(keys.tombstones(connection)) - self._copy.destroyed
        finally:
            store.close()

    def _files(self) -> None:
        name, count = self._site.name, self._kept["files"]["count"]
        number = 0
        for piece in self._kept["files"]["pieces"]:
            for file_id, size, digest in lines_of(self._archive.piece(piece)):
                number += 1
                target = self._site.files / file_id[:2] / file_id[2:]
                if not target.exists() or measured(target) != (size, digest):
                    source = self._archive.files / name / file_id[:2] / file_id[2:]
                    if not source.is_file() or copy_file(source, target) != (size, digest):
                        raise PieceBroken(name=f"{name}/{file_id[:16]}")
                self._told(f"{name}: archivos", number, count)
        if self._site.files.is_dir():
            os.chmod(self._site.files, 0o700)

    def _events(self, stretch: logs.Stretch) -> None:
        with self._database.read() as connection:
            there = connection.execute(sa.select(sa.func.max(events.c.id))).scalar() or 0
        if there < stretch["last"]:
            with self._database.write() as connection:
                _insert(connection, [*logs.entries(self._archive, self._site.name, stretch)])
        self._told(self._site.name, stretch["last"], self._kept["head"])

    def _loading(self, table: sa.Table, columns: Sequence[str], piece: str) -> Callable[[Connection], None]:
        def run(connection: Connection) -> None:
            load(connection, table, columns, self._archive.piece(piece))

        return run

    def _once(self, what: str, work: Callable[[Connection], None]) -> None:
        """Do ``work`` and note it in the same transaction; nothing if it was done before an interruption."""
        with self._database.write() as connection:
            if connection.execute(sa.select(mark.c.what).where(mark.c.what == what)).first() is None:
                work(connection)
                connection.execute(mark.insert().values(what=what, plan=""))

    def _refuse_newer(self, schema: migrate.Schema, connection: Connection) -> None:
        revision = self._kept["revisions"].get(schema.name)
        if revision is not None and not schema.knows(connection, revision):
            raise CodeOlder(service=self._site.name, revision=revision)


def _insert(connection: Connection, entries: list[Entry]) -> None:
    rows = [
        {
            "id": entry.sequence,
            "originator_id": entry.originator_id,
            "originator_version": entry.originator_version,
            "topic": entry.topic,
            "state": entry.state,
            "recorded_at": round((entry.recorded_at - instant(0)).total_seconds() * 1_000_000),
        }
        for entry in entries
    ]
    if connection.dialect.name == "postgresql":
        connection.execute(_POSTGRES_EVENTS, {name: [row[name] for row in rows] for name in rows[0]})
    else:
        connection.execute(events.insert(), rows)


def _go_on_counting(connection: Connection, site: Site) -> None:
    """Counters behind numbered columns go on after the highest number that was restored."""
    quote = connection.dialect.identifier_preparer.quote
    for table in site.tables():
        column = table.autoincrement_column
        if column is None:
            continue
        sequence = connection.execute(
            sa.text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
        ).scalar()
        if sequence:
            highest = f"SELECT COALESCE(MAX({quote(column.name)}), 0) + 1 FROM {quote(table.name)}"
            connection.exec_driver_sql(f"SELECT setval('{sequence}', ({highest}), false)")

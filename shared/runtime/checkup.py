"""Examining one service where it keeps things, whether its process runs or not. No personal value is ever shown."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url

from shared.audit.witness import divergences_of
from shared.delivery.relay import AGAIN
from shared.delivery.tables import parked, relay_cursor
from shared.eventstore import guards
from shared.eventstore.database import Database
from shared.eventstore.tables import ACCESS, LOGS, events, log_head
from shared.eventstore.views import Views
from shared.privacy.filestore import FileBroken, FileErased, FileStore
from shared.privacy.keys import (
    KeyDamaged,
    KeyMissing,
    KeyRing,
    MasterKey,
    MasterKeyExposed,
    MasterKeyInvalid,
    MasterKeyMissing,
    MasterKeyProblem,
)
from shared.privacy.sealing import sealed_pairs
from shared.runtime import migrate, rabbit
from shared.runtime.assembly import Place
from shared.runtime.findings import Finding, finding
from shared.runtime.restoration import mark

SAMPLE = 500
"""The latest entries whose keys are looked for, and as many of the first ones."""
FILES = 5
CLOCK_S = 5.0
BACKLOG = 1_000
FREE_SHARE, FREE_BYTES = 0.05, 1 << 30


@dataclass(frozen=True)
class Patient:
    """What is examined: a service, its place, its master key (read when needed) and its broker, if it has one."""

    name: str
    views: Views
    place: Place
    master: Callable[[], MasterKey]
    amqp_url: str = ""

    @property
    def embedded(self) -> bool:
        return make_url(self.place.database_url).get_backend_name() == "sqlite"


def examine(patient: Patient) -> list[Finding]:
    """Everything that is broken here. Takes a few seconds at most, and changes nothing."""
    return [*_stored(patient), *_keys_and_files(patient), *_disk(patient), *_broker(patient)]


def _found(patient: Patient, code: str, **about: Any) -> Finding:
    where = about.pop("where", patient.place.files.parent)
    data = patient.place.files.parent.parent
    return finding(patient.name, code, embedded=patient.embedded, where=where, data=data, **about)


def _stored(patient: Patient) -> Iterator[Finding]:
    url = make_url(patient.place.database_url)
    if patient.embedded and not Path(url.database or "").is_file():
        yield _found(patient, "TABLES_MISSING")
        return
    database = Database(patient.place.database_url, pool_size=1)
    try:
        with database.read() as connection:
            yield from _tables(patient, connection)
    except sa.exc.DBAPIError as error:
        yield _found(patient, "DATABASE_AWAY", reason=type(error.orig).__name__, where=url.database or "")
    finally:
        database.close()


def _tables(patient: Patient, connection: Connection) -> Iterator[Finding]:
    tables = sa.inspect(connection)
    if tables.has_table(mark.name):
        yield _found(patient, "RESTORE_UNFINISHED")
        return
    if not tables.has_table(log_head.name):
        yield _found(patient, "TABLES_MISSING")
        return
    outdated = False
    for schema in (migrate.STORE, *migrate.extra_schemas(patient.name)):
        current = schema.current(connection)
        if current is not None and not schema.knows(connection, current):
            yield _found(patient, "CODE_OUTDATED", what=f"{schema.name} {current}")
            outdated = True
        elif current != schema.head(connection):
            yield _found(patient, "TABLES_OUTDATED", what=f"{schema.name} {current or '—'}")
            outdated = True
    if gone := guards.missing(connection):
        yield _found(patient, "GUARD_MISSING", what=", ".join(gone))
    if outdated:
        return
    if not patient.views.is_current(connection, patient.name):
        yield _found(patient, "READ_MODEL_OUTDATED")
    elif not patient.views.is_built(connection, patient.name):
        yield _found(patient, "READ_MODEL_NOT_BUILT")
    yield from _log(patient, connection)


def _log(patient: Patient, connection: Connection) -> Iterator[Finding]:
    for log in LOGS:
        ends = connection.execute(sa.select(log.head.c.head)).scalar_one()
        last = connection.execute(sa.select(sa.func.max(log.events.c.id))).scalar() or 0
        if last != ends:
            what = "registro de accesos" if log is ACCESS else "registro"
            yield _found(patient, "LOG_BROKEN", head=ends, count=last, what=what)
    head = connection.execute(sa.select(log_head)).one()
    behind = head.clock / 1_000_000 - time.time()
    if behind > CLOCK_S:
        yield _found(patient, "CLOCK_BEHIND", seconds=round(behind))
    for each in divergences_of(connection):
        if each.open:
            yield _found(patient, "LOG_DIVERGES", what=each.log, reason=each.code)
    waiting = connection.execute(
        sa.select(sa.func.count()).select_from(parked).where(parked.c.status == "parked")
    ).scalar_one()
    if waiting:
        yield _found(patient, "PARKED", count=waiting)
    if patient.amqp_url:
        relays = relay_cursor.c.destination.not_like(f"{AGAIN}%")
        published = connection.execute(sa.select(sa.func.min(relay_cursor.c.position)).where(relays)).scalar() or 0
        if head.head - published > BACKLOG:
            yield _found(patient, "RELAY_BACKLOG", count=head.head - published)


def _keys_and_files(patient: Patient) -> Iterator[Finding]:
    try:
        master = patient.master()
    except MasterKeyProblem as problem:
        codes = {MasterKeyMissing: "MISSING", MasterKeyExposed: "EXPOSED", MasterKeyInvalid: "INVALID"}
        yield _found(patient, f"MASTER_KEY_{codes.get(type(problem), 'INVALID')}", reason=problem)
        yield from _folder(patient, None)
        return
    if patient.embedded and not Path(make_url(patient.place.keys_url).database or "").is_file():
        # Nothing was ever sealed here, or `_stored` says already that nothing is there.
        return
    ring = KeyRing(patient.place.keys_url, master, patient.name)
    try:
        ring.check_master()
        pairs = {pair for state in _sampled(patient) for pair in sealed_pairs(state)}
        ring.ciphers(pairs)
    except MasterKeyProblem as problem:
        yield _found(patient, "MASTER_KEY_WRONG", reason=problem)
        yield from _folder(patient, None)
        return
    except KeyMissing as problem:
        yield _found(patient, "KEYS_MISSING", reason=problem)
    except KeyDamaged as problem:
        yield _found(patient, "KEYS_DAMAGED", reason=problem)
    except sa.exc.DBAPIError as error:
        where = make_url(patient.place.keys_url).database or ""
        yield _found(patient, "KEYS_DATABASE_AWAY", reason=type(error.orig).__name__, where=where)
        return
    finally:
        ring.close()
    yield from _folder(patient, ring)


def _sampled(patient: Patient) -> list[bytes]:
    """Stored bytes of the first and the latest entries; none where the database does not answer."""
    database = Database(patient.place.database_url, pool_size=1)
    try:
        with database.read() as connection:
            query = sa.select(events.c.state).limit(SAMPLE)
            found = [
                *connection.scalars(query.order_by(events.c.id.desc())),
                *connection.scalars(query.order_by(events.c.id)),
            ]
            return [bytes(state) for state in found]
    except sa.exc.DBAPIError:
        return []  # `_stored` has said so
    finally:
        database.close()


def _folder(patient: Patient, ring: KeyRing | None) -> Iterator[Finding]:
    folder = patient.place.files
    if not folder.is_dir():
        # Made with the first file, unless something else stands in its place.
        if folder.exists():
            yield _found(patient, "FILES_UNREADABLE", where=folder, reason="no es una carpeta")
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield _found(patient, "FILES_UNREADABLE", where=folder, reason="permisos")
        return
    if ring is None:
        return
    store = FileStore(folder, ring)
    try:
        for path in islice(folder.glob("[0-9a-f][0-9a-f]/*"), FILES):
            try:
                store.info(path.parent.name + path.name)
            except FileErased:
                continue
            except FileBroken:
                yield _found(patient, "FILE_BROKEN", what=f"{path.parent.name}{path.name[:10]}…")
            except KeyMissing as problem:
                yield _found(patient, "KEYS_MISSING", reason=problem)
    except OSError as error:
        yield _found(patient, "FILES_UNREADABLE", where=folder, reason=type(error).__name__)
    finally:
        ring.close()


def _disk(patient: Patient) -> Iterator[Finding]:
    folder = patient.place.files if patient.place.files.is_dir() else patient.place.files.parent
    if not folder.is_dir():
        return
    usage = shutil.disk_usage(folder)
    if usage.free < min(FREE_BYTES, usage.total * FREE_SHARE):
        yield _found(patient, "DISK_NEARLY_FULL", where=folder, free=f"{usage.free / 1e6:,.0f} MB")


def _broker(patient: Patient) -> Iterator[Finding]:
    if not patient.amqp_url:
        return
    try:
        rabbit.connect(patient.amqp_url).release()
    except rabbit.BROKER_ERRORS:
        yield _found(patient, "BROKER_AWAY")

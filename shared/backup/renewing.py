"""New epochs for databases that were put back by other means than `restore`: PostgreSQL's own point in time, a snapshot
of a disk. Until then nobody could tell the life that begins here from the one that it branches off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from shared.backup import keys
from shared.backup.logs import stored
from shared.backup.problems import CheckFailed
from shared.backup.sites import Site, access_defect, one_moment
from shared.delivery import acts
from shared.eventstore import guards
from shared.eventstore.database import Database
from shared.eventstore.tables import ACCESS, events, log_head, tracking
from shared.privacy.key_store import KeyStore
from shared.privacy.shred_list import ShredList


def renew(sites: Sequence[Site], keys_place: Path | None = None) -> dict[str, Any]:
    """Check that ``sites`` fit together and give every log a new epoch, which the others here adopt.

    Whoever is on the list of erasures, or erased in the copy of the keys in ``keys_place``, is erased here again.
    Repeating it is harmless, but for one more epoch. Raises `CheckFailed` where a log has a hole or a position is not
    borne out by its log.
    """
    epochs = {site.name: uuid4().hex for site in sites}
    with ExitStack() as stack:
        databases = {site.name: Database(site.database_url, pool_size=2) for site in sites}
        for database in databases.values():
            stack.callback(database.close)
        with one_moment(databases) as connections:
            heads = {name: _checked(name, connection, connections) for name, connection in connections.items()}
        buried = sum(_buried(site, keys_place) for site in sites)
        for name, database in databases.items():
            with database.write(alone=True) as connection:
                connection.execute(log_head.update().values(epoch=epochs[name]))
                connection.execute(ACCESS.head.update().values(epoch=epochs[name]))
                acts.record(connection, "restore", epochs[name], by="impulso new-epoch")
                for upstream, epoch in epochs.items():
                    known = tracking.c.upstream == upstream
                    connection.execute(tracking.update().where(known, tracking.c.epoch != "").values(epoch=epoch))
    return {"heads": heads, "epochs": epochs, "erased_again": buried}


def _checked(name: str, connection: sa.Connection, all_of_them: Mapping[str, sa.Connection]) -> int:
    """The head of a log that has no hole, whose guards stand, and whose service is ahead of nobody."""
    head: int = connection.execute(sa.select(log_head.c.head)).scalar_one()
    count, last = connection.execute(sa.select(sa.func.count(), sa.func.max(events.c.id)).select_from(events)).one()
    if count != head or (last or 0) != head:
        raise CheckFailed(service=name, what=f"el registro dice llegar a {head} y tiene {count} entradas")
    access: int = connection.execute(sa.select(ACCESS.head.c.head)).scalar_one()
    if defect := access_defect(connection, access):
        raise CheckFailed(service=name, what=defect)
    if gone := guards.missing(connection):
        raise CheckFailed(service=name, what=f"faltan las protecciones {', '.join(gone)}")
    for row in connection.execute(sa.select(tracking).where(tracking.c.position > 0)):
        upstream = all_of_them.get(row.upstream)
        if upstream is None:
            continue
        there = [entry.hash for entry, _ in stored(upstream, row.upstream, row.position - 1, row.position)]
        if not there or (row.entry_hash and there != [row.entry_hash]):
            what = f"aplicó la entrada {row.position} de {row.upstream}, que no está en su registro"
            raise CheckFailed(service=name, what=what)
    return head


def _buried(site: Site, place: Path | None) -> int:
    """Destroy again what the lists name, and the copy of the keys; how many keys had come back."""
    listed = ShredList.of(site.name, site.files)
    known = listed.pairs()
    if place is not None:
        known |= keys.kept(place, site.name).destroyed_pairs | ShredList.beside_keys(place, site.name).pairs()
    if not known:
        return 0
    store = KeyStore(site.keys_url)
    try:
        with store.write() as connection:
            done = keys.entomb(connection, known)
        store.scrub()
    finally:
        store.close()
    return done

"""Where a restore lands: what is there already, how it is set aside, and the mark of a restore that is not finished."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url

from shared.backup import keys
from shared.backup.problems import StillServed
from shared.backup.sites import Site
from shared.eventstore.database import Database
from shared.eventstore.tables import log_head
from shared.privacy.key_store import KeyStore
from shared.privacy.vault import Pair
from shared.runtime.restoration import mark, metadata

ASIDE = "before_restore_"


class Landing:
    """The place of one service that a restore fills. `close` gives its connections back."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.database = Database(site.database_url, pool_size=3)

    def close(self) -> None:
        self.database.close()

    def begun(self) -> dict[str, Any] | None:
        """The plan of a restore that was begun here and is not finished: its point and the new epochs."""
        with self.database.read() as connection:
            if not sa.inspect(connection).has_table(mark.name):
                return None
            plan = connection.execute(sa.select(mark.c.plan).where(mark.c.what == "plan")).scalar()
        return None if plan is None else dict(json.loads(plan))

    def head(self) -> tuple[int, str] | None:
        """Head and epoch of what is here; None for a place without a log."""
        with self.database.read() as connection:
            if not sa.inspect(connection).has_table(log_head.name):
                return None
            row = connection.execute(sa.select(log_head.c.head, log_head.c.epoch)).first()
        return None if row is None else (row.head, row.epoch)

    def holds_keys(self) -> bool:
        """True when keys lie here, even without a log."""
        if _sqlite(self.site.keys_url) and not _file(self.site.keys_url).exists():
            return False
        store = KeyStore(self.site.keys_url)
        try:
            with store.read() as connection:
                if not sa.inspect(connection).has_table(keys.TABLES[0].name):
                    return False
                return any(connection.execute(sa.select(table).limit(1)).first() for table in keys.TABLES)
        finally:
            store.close()

    def begin(self, plan: dict[str, Any]) -> None:
        """Mark this place as being restored: from now until `shared.runtime.restoration` is lifted nobody opens it."""
        with self.database.write(alone=True) as connection:
            metadata.create_all(connection)
            connection.execute(mark.delete())
            connection.execute(mark.insert().values(what="plan", plan=json.dumps(plan)))

    def set_aside(self) -> str:
        """Move what is here out of the way, whole; its new name. Raises `StillServed`."""
        stamp = ASIDE + datetime.now(UTC).strftime("%Y%m%d%H%M%S%f")
        if _sqlite(self.site.database_url):
            self.database.close()
            for url in (self.site.keys_url, self.site.database_url):
                path = _file(url)
                for part in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
                    if part.exists():
                        (path.parent / stamp).mkdir(exist_ok=True, mode=0o700)
                        part.rename(path.parent / stamp / part.name)
            self.database = Database(self.site.database_url, pool_size=3)
            return stamp
        for url in (self.site.keys_url, self.site.database_url):
            database = Database(url, pool_size=1)
            try:
                with database.write(alone=True) as connection:
                    self._refuse_others(connection)
                    connection.exec_driver_sql(f"ALTER SCHEMA public RENAME TO {stamp}")
                    connection.exec_driver_sql("CREATE SCHEMA public")
            finally:
                database.close()
        self.database.close()
        return stamp

    def buried(self) -> set[Pair]:
        """Whose keys were destroyed in what was set aside here: no backup may bring them back."""
        found: set[Pair] = set()
        if _sqlite(self.site.keys_url):
            path = _file(self.site.keys_url)
            for aside in path.parent.glob(f"{ASIDE}*/{path.name}"):
                store = KeyStore(f"sqlite:///{aside}")
                try:
                    with store.read() as connection:
                        found |= keys.tombstones(connection)
                finally:
                    store.close()
            return found
        store = KeyStore(self.site.keys_url)
        try:
            with store.read() as connection:
                for schema in sa.inspect(connection).get_schema_names():
                    if schema.startswith(ASIDE) and sa.inspect(connection).has_table("subject_key", schema=schema):
                        connection.exec_driver_sql(f"SET LOCAL search_path TO {schema}")
                        found |= keys.tombstones(connection)
        finally:
            store.close()
        return found

    def _refuse_others(self, connection: Connection) -> None:
        others = connection.execute(
            sa.text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND usename <> current_user"
            )
        ).scalar_one()
        if others:
            raise StillServed(service=self.site.name)


def _sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def _file(url: str) -> Path:
    return Path(make_url(url).database or "")

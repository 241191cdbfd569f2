"""What there is to back up: of each service its two databases, its files, and the tables that hold truth."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from shared.backup.problems import Busy, NoSites
from shared.eventstore.database import Database
from shared.eventstore.tables import ACCESS, events, log_head
from shared.runtime import migrate
from shared.runtime.migrate import Schema
from shared.runtime.settings import address

SERVED_ANEW = frozenset({"events", "log_head", "access_head", "view_schema", "snapshots", "rebuilds"})
"""Tables of the store that are not copied row by row: the log has a form of its own, heads are told beside what they
are of, the rest is made from it."""
HOLD_UP_S = 2.0
TRIES = 5


@dataclass(frozen=True)
class Site:
    """One service's data. ``role``: the application's role on PostgreSQL, which a restore gives its rights back.

    ``views`` is the read model, which is made anew from the log and not copied, but for what is in no log.
    """

    name: str
    database_url: str
    keys_url: str
    files: Path
    role: str | None = None
    views: Any = None

    @property
    def schemas(self) -> list[Schema]:
        return [migrate.STORE, *migrate.extra_schemas(self.name)]

    def tables(self) -> Iterator[sa.Table]:
        """The tables that are copied row by row, in an order in which they can be filled."""
        for schema in self.schemas:
            for metadata in schema.tables:
                for table in metadata.sorted_tables:
                    if table.name not in SERVED_ANEW and table.name not in schema.fleeting:
                        yield table
        if self.views is not None:
            yield from (table for table in self.views.metadata.sorted_tables if table.name in self.views.kept)


def embedded_sites(data: Path, read_models: Mapping[str, Any]) -> list[Site]:
    """Every service of the embedded system over ``data``; ``read_models`` has the `Views` of each by name."""
    return [
        Site(
            name,
            f"sqlite:///{data / name / 'events.db'}",
            f"sqlite:///{data / name / 'keys.db'}",
            data / name / "files",
            views=views,
        )
        for name, views in read_models.items()
    ]


def server_sites(read_models: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> list[Site]:
    """Every service by the owner's addresses in the environment. Raises `NoSites`.

    ================================== ==================================================================
    IMPULSO_<SERVICE>_OWNER_URL        a service's database, as its owner: ``migrate``, ``backup``, ``restore``
    IMPULSO_<SERVICE>_KEYS_OWNER_URL   its database of keys, as its owner
    IMPULSO_<SERVICE>_ROLE             the application's role, which owns nothing (default: the service's name)
    IMPULSO_<SERVICE>_FILES            folder of its encrypted files (``backup`` and ``restore``)
    ================================== ==================================================================
    """
    sites, missing = [], []
    for name, views in read_models.items():
        prefix = f"IMPULSO_{name.upper()}"
        wanted = [f"{prefix}_OWNER_URL", f"{prefix}_KEYS_OWNER_URL", f"{prefix}_FILES"]
        absent = [variable for variable in wanted if not environ.get(variable, "").strip()]
        if absent:
            missing += absent
            continue
        found = [address(variable, f"{prefix}_OWNER_PASSWORD", environ) for variable in wanted[:2]]
        found.append(environ[wanted[2]])
        sites.append(Site(name, found[0], found[1], Path(found[2]), environ.get(f"{prefix}_ROLE", name), views))
    if missing:
        raise NoSites(missing=", ".join(missing))
    return sites


@contextmanager
def one_moment(databases: Mapping[str, Database]) -> Iterator[dict[str, sa.Connection]]:
    """A reading connection to each database, all of them at one and the same moment.

    Writers of all services are held up together, for as long as it takes to open the readers (milliseconds): nobody's
    position can then be ahead of the log it follows, in whatever circle the services follow each other. Raises `Busy`.
    """
    with ExitStack() as readers:
        for attempt in range(TRIES):
            holding = ""
            try:
                with ExitStack() as gates:
                    for name, database in databases.items():
                        holding = name
                        gates.enter_context(database.held_up(HOLD_UP_S))
                    opened = {name: readers.enter_context(database.read()) for name, database in databases.items()}
                    for connection in opened.values():
                        # The moment is that of the first statement, not of BEGIN.
                        connection.execute(sa.select(log_head.c.head)).scalar()
                        connection.execute(sa.select(events.c.id).limit(1)).first()
                break
            except TimeoutError:
                if attempt == TRIES - 1:
                    raise Busy(service=holding) from None
        yield opened


def access_defect(connection: sa.Connection, head: int) -> str:
    """What is wrong with an access log that says it goes up to ``head``; nothing for a whole one."""
    ids = ACCESS.events.c.id
    count, last = connection.execute(sa.select(sa.func.count(), sa.func.max(ids))).one()
    if (count, last or 0) == (head, head):
        return ""
    return f"el registro de accesos dice llegar a {head}, llega a {last or 0} y tiene {count} anotaciones"

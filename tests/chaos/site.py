"""Where chaos happens: a database server of its own, real processes, and a wire on each of their connections."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from tests import postgres
from tests.clocks import Clock
from tests.postgres import Server
from tests.processes import Cluster, Process, cluster
from tests.wires import Wire, Wires, wires


@dataclass
class Post:
    """One process, its two lines and its clock."""

    process: Process
    lines: dict[str, Wire]
    clock: Clock


@dataclass
class Site:
    """All of it. ``around.databases`` leads to the databases past the wires."""

    around: Cluster
    server: Server
    wires: Wires
    posts: list[Post] = field(default_factory=list)

    def post(self, service: str, **environment: str) -> Post:
        """Start a process of ``service`` behind wires of its own."""
        broker, database = make_url(self.around.broker), make_url(self.around.databases[service])
        lines = {
            "broker": self.wires.lay(broker.host or "", broker.port or 5672),
            "database": self.wires.lay(database.host or "", database.port or 5432),
        }
        clock = Clock(self.around.folder / f"clock-{len(self.posts)}")
        process = self.around.process(
            service,
            IMPULSO_AMQP_URL=broker.set(port=lines["broker"].port).render_as_string(hide_password=False),
            IMPULSO_DATABASE_URL=database.set(port=lines["database"].port).render_as_string(hide_password=False),
            **clock.environment,
            **environment,
        )
        made = Post(process, lines, clock)
        self.posts.append(made)
        return made

    def of(self, service: str) -> list[Post]:
        return [post for post in self.posts if post.process.service == service]

    def administer(self, *statements: str) -> None:
        """Run statements as the database server's administrator, each by itself."""
        engine = sa.create_engine(self.server.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))

    def disconnect(self, service: str) -> None:
        """End every connection to the database of ``service``."""
        self.administer(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name(service)}'"
        )

    def name(self, service: str) -> str:
        return str(make_url(self.around.databases[service]).database)


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """An empty site; nothing of it is left afterwards."""
    with postgres.server() as server, wires() as laid, cluster(folder, at=server.url) as around:
        yield Site(around, server, laid)

"""Databases of a test's own: a SQLite file, or a PostgreSQL database created and dropped around the test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import make_url

POSTGRES = os.environ.get("IMPULSO_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
DIALECTS = ("sqlite", "postgresql")


@contextmanager
def database_url(dialect: str, folder: Path, at: str = POSTGRES) -> Iterator[str]:
    """The URL of an empty database that only the caller uses; it is gone afterwards. ``at``: the PostgreSQL server."""
    name = f"impulso_test_{uuid4().hex[:16]}"
    if dialect == "sqlite":
        yield f"sqlite:///{folder / name}.db"
        return
    server = sa.create_engine(at, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    try:
        yield make_url(at).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


def blocked(url: str) -> bool:
    """Whether a transaction of the PostgreSQL database at ``url`` waits for a lock that another holds."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with engine.connect() as connection:
        return connection.execute(sa.text(query)).scalar_one() > 0

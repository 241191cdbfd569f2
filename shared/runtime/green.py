"""Import this before anything else in a process of the nameko host: it makes the standard library cooperative.

psycopg 3 reads ``PSYCOPG_WAIT_FUNC`` when it is imported. Its fast C wait blocks every green thread of the process
for the length of each query; ``wait_selector`` goes through the patched `select`, so the others run on.
"""

# ruff: noqa: E402

from __future__ import annotations

import os
import sys

os.environ["PSYCOPG_WAIT_FUNC"] = "wait_selector"
_too_late = [name for name in ("psycopg", "sqlalchemy", "amqp") if name in sys.modules]

import warnings

# It is in maintenance; that is why it stays at this edge. Every start of every service need not say so.
warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated")
import eventlet

eventlet.monkey_patch()

import time

import sqlalchemy as sa

from shared.eventstore.database import Database

QUERIES = 5
SLEEP = 0.3


class BlockingWaits(RuntimeError):
    """Queries of this process block its other work; serving like that would freeze on the first slow query."""


def verify(database: Database) -> None:
    """Prove that ``QUERIES`` sleeping queries overlap. Raises `BlockingWaits`. A SQLite file has nothing to wait for.

    The database's pool must allow five connections.
    """
    if _too_late:
        raise BlockingWaits(f"shared.runtime.green debe importarse antes que {', '.join(_too_late)}")
    if database.dialect != "postgresql":
        return

    def sleep() -> None:
        with database.read() as connection:
            connection.execute(sa.select(sa.func.pg_sleep(SLEEP)))

    def open_one() -> None:
        with database.read() as connection:
            connection.execute(sa.select(1))
            eventlet.sleep(0.05)

    # Connections first: the time to open five is not what is measured.
    for thread in [eventlet.spawn(open_one) for _ in range(QUERIES)]:
        thread.wait()
    began = time.monotonic()
    for thread in [eventlet.spawn(sleep) for _ in range(QUERIES)]:
        thread.wait()
    took = time.monotonic() - began
    if took > SLEEP * QUERIES / 2:
        raise BlockingWaits(
            f"{QUERIES} consultas de {SLEEP} s tardaron {took:.1f} s: se bloquean unas a otras. "
            "Revise que PSYCOPG_WAIT_FUNC=wait_selector rija antes de importar psycopg; el servicio no se inicia."
        )

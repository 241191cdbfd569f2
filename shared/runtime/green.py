"""Import this before anything else in a process of the nameko host: it makes the standard library cooperative.

psycopg 3 reads ``PSYCOPG_WAIT_FUNC`` when it is imported. Its fast C wait blocks every green thread of the process
for the length of each query; ``wait_selector`` goes through the patched `select`, so the others run on.

Names of hosts are looked up by the system, in threads. eventlet's own way brings a whole DNS library into memory, and
knows less of how this machine finds names.
"""

# ruff: noqa: E402

from __future__ import annotations

import os
import sys

os.environ["PSYCOPG_WAIT_FUNC"] = "wait_selector"
os.environ["EVENTLET_NO_GREENDNS"] = "yes"
_too_late = [name for name in ("psycopg", "sqlalchemy", "amqp") if name in sys.modules]

import warnings

# It is in maintenance; that is why it stays at this edge. Every start of every service need not say so.
warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated")
import eventlet

eventlet.monkey_patch()

import socket
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from eventlet import tpool

from shared.eventstore.database import Database


def _in_a_thread(look_up: Callable[..., Any]) -> Callable[..., Any]:
    """``look_up``, which waits in the system, without anybody waiting but who asked."""
    return lambda *arguments, **named: tpool.execute(look_up, *arguments, **named)


for _name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo"):
    setattr(socket, _name, _in_a_thread(getattr(socket, _name)))

QUERIES = 5
SLEEP = 0.3
ATTEMPTS = 3
"""A machine that is busy, after a power failure for one, is slow without anything blocking."""


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
    for _ in range(ATTEMPTS):
        began = time.monotonic()
        for thread in [eventlet.spawn(sleep) for _ in range(QUERIES)]:
            thread.wait()
        took = time.monotonic() - began
        # One after the other they take at least that long: whatever is less proves that they overlapped.
        if took < SLEEP * QUERIES:
            break
    else:
        raise BlockingWaits(
            f"{QUERIES} consultas de {SLEEP} s tardaron {took:.1f} s: se bloquean unas a otras. "
            "Revise que PSYCOPG_WAIT_FUNC=wait_selector rija antes de importar psycopg; el servicio no se inicia."
        )

"""A broker of a test's own: a virtual host that only the caller uses."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

AMQP = os.environ.get("IMPULSO_TEST_AMQP", "amqp://guest:guest@127.0.0.1:5672")


@contextmanager
def virtual_host() -> Iterator[str]:
    """The URL of an empty virtual host; it is gone afterwards."""
    name = f"impulso-test-{uuid4().hex[:16]}"
    create(name)
    try:
        yield f"{AMQP}/{name}"
    finally:
        control("delete_vhost", name)


def create(name: str) -> None:
    control("add_vhost", name)
    control("set_permissions", "-p", name, "guest", ".*", ".*", ".*")


def wipe(url: str) -> None:
    """Lose everything that the broker held: exchanges, queues, messages, connections."""
    name = url.rsplit("/", 1)[1]
    control("delete_vhost", name)
    create(name)


def control(*arguments: str) -> str:
    done = subprocess.run(["rabbitmqctl", "--quiet", *arguments], capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise RuntimeError(f"rabbitmqctl {arguments[0]}: {done.stderr.strip()}")
    return done.stdout

"""Key rings of a test's own, on both kinds of database."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from shared.privacy.keys import KeyRing, MasterKey
from tests.databases import DIALECTS, database_url

NewRing = Callable[..., KeyRing]


@pytest.fixture
def master() -> MasterKey:
    return MasterKey(secrets.token_bytes(32))


@pytest.fixture(params=DIALECTS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database_url(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def new_ring(url: str, master: MasterKey) -> Iterator[NewRing]:
    """Open the key database once more, as another process or a restart would."""
    opened: list[KeyRing] = []

    def new(with_master: MasterKey = master, **options: object) -> KeyRing:
        ring = KeyRing(url, with_master, "intake", **({"recheck": timedelta(0)} | options))  # type: ignore[arg-type]
        ring.create_tables()
        opened.append(ring)
        return ring

    yield new
    for ring in opened:
        ring.close()


@pytest.fixture
def ring(new_ring: NewRing) -> KeyRing:
    return new_ring()


@pytest.fixture
def own_ring(tmp_path: Path, master: MasterKey) -> Iterator[KeyRing]:
    """A ring on SQLite, for tests whose subject is not the key database."""
    with database_url("sqlite", tmp_path) as url:
        ring = KeyRing(url, master, "intake")
        ring.create_tables()
        yield ring
        ring.close()

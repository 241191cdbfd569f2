from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.eventstore.database import Database
from shared.eventstore.log import Log
from shared.eventstore.schema import create_store
from tests.databases import DIALECTS, database_url


@pytest.fixture(params=DIALECTS)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Log]:
    """The log of a store of its own, on either database."""
    with database_url(request.param, tmp_path) as url:
        database = Database(url)
        create_store(database)
        yield Log("ledger", database)
        database.close()

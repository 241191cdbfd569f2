from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.intake.definition import SERVICE
from tests.databases import DIALECTS, database_url
from tests.services.casework import office
from tests.services.intake.counter import Counter


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """Intake on SQLite."""
    with office(SERVICE, tmp_path) as desk:
        yield Counter(desk, tmp_path)


@pytest.fixture(params=DIALECTS)
def any_counter(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Counter]:
    """Intake on SQLite, and on PostgreSQL."""
    with database_url(request.param, tmp_path) as url, office(SERVICE, tmp_path, url) as desk:
        yield Counter(desk, tmp_path)

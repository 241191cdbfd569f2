"""A living pair of services, for every test of backups."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.backup import logs
from tests.backup.pair import Pair, pair
from tests.databases import DIALECTS


@pytest.fixture(params=DIALECTS)
def living(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    with pair(request.param, tmp_path / "living") as made:
        yield made


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretches of forty entries, so that a small log has several."""
    monkeypatch.setattr(logs, "STRETCH", 40)

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.inventory.desk import Office, office


@pytest.fixture
def warehouse_office(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as opened:
        yield opened

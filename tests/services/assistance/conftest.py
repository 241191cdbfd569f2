from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.assistance.definition import SERVICE
from tests.services.assistance.field import Field
from tests.services.casework import office


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    with office(SERVICE, tmp_path) as desk:
        yield Field(desk)

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.assistance.definition import SERVICE as ASSISTANCE
from services.intake.definition import SERVICE as INTAKE
from tests.services.editing.press import Press, office


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Press]:
    with office(INTAKE, tmp_path / "intake") as desk:
        yield Press(desk)


@pytest.fixture
def assistance(tmp_path: Path) -> Iterator[Press]:
    with office(ASSISTANCE, tmp_path / "assistance") as desk:
        yield Press(desk)

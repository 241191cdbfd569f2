from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import DIALECTS
from tests.unit.eventstore.ledger import LedgerApplication, ledger_application


@pytest.fixture(params=DIALECTS)
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LedgerApplication]:
    with ledger_application(request.param, tmp_path) as application:
        yield application

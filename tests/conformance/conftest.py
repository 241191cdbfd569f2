from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.worlds import TRANSPORTS, World


@pytest.fixture(params=TRANSPORTS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The two services, stopped and empty, over the transport whose turn it is."""
    make, dialect = TRANSPORTS[request.param]
    with make(tmp_path, dialect) as made:
        yield made
        made.stop()

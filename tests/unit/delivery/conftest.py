from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Assembled, Place, assemble
from tests.counting import COUNTER, WATCHER


@pytest.fixture(scope="session")
def master(tmp_path_factory: pytest.TempPathFactory) -> MasterKey:
    return MasterKey.create(tmp_path_factory.mktemp("master") / "master.key")


@pytest.fixture
def counter(tmp_path: Path, master: MasterKey) -> Iterator[Assembled]:
    made = assemble(COUNTER, Place.under(tmp_path / "counter"), master, None, create=True)
    yield made
    made.close()


@pytest.fixture
def watcher(tmp_path: Path, master: MasterKey) -> Iterator[Assembled]:
    made = assemble(WATCHER, Place.under(tmp_path / "watcher"), master, None, create=True)
    yield made
    made.close()

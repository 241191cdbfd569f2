"""One container system for everything that is tested on it: to build and start it takes longer than most tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.cli.api import Api
from tests.containers.stack import ADMINISTRATOR, Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    made = Stack(tmp_path_factory.mktemp("stack"))
    made.make_env()
    try:
        made.up()
        yield made
    except BaseException:
        print(made.compose("logs", "--tail", "30"))
        raise
    finally:
        made.down()


@pytest.fixture
def administrator(stack: Stack) -> Iterator[Api]:
    with Api(stack.url) as api:
        yield api.log_in(ADMINISTRATOR, stack.secrets()["admin_password"])

"""How the tests are shared out among workers (``make test``), and what any of them may look at."""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from shared.runtime import logs
from tests.figures import IN_FULL

# How long an example takes depends on what else the machine does: that is no reason to fail.
# A run says of the code and not of luck: new examples are looked for where figures are proved.
settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=not IN_FULL
)
settings.load_profile("unhurried")

SHARED = ("tests/e2e/test_", "tests/e2e/nameko/test_one_request")


class Sharing(LoadScopeScheduling):  # type: ignore[misc]
    """Each test by itself to whoever is free, except those that share one running system: all to one worker.

    (Marks of the kind ``xdist_group`` say the same, but pytest 9.2 no longer lets xdist write them into a test's name.)
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((system for system in SHARED if nodeid.startswith(system)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing:
    return Sharing(config, log)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Every log line that this process writes meanwhile, as a process in a container would."""
    stream = io.StringIO()
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    monkeypatch.setattr(logs.OUT, "instead", stream)
    logs.configure("DEBUG")
    yield stream
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks

"""How the tests are shared out among workers (``make test``)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

# How long an example takes depends on what else the machine does: that is no reason to fail.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

END_TO_END = "tests/e2e/test_"


class Sharing(LoadScopeScheduling):  # type: ignore[misc]
    """Each test by itself to whoever is free, except those that share one running system: all to one worker.

    (Marks of the kind ``xdist_group`` say the same, but pytest 9.2 no longer lets xdist write them into a test's name.)
    """

    def _split_scope(self, nodeid: str) -> str:
        return END_TO_END if nodeid.startswith(END_TO_END) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing:
    return Sharing(config, log)

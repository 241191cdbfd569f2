"""What a process that serves loads: its own code, and nothing that only a terminal or a seldom act needs."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from shared.runtime.definition import FOLLOWS, installed, installed_services

ELSEWHERE = ("rich", "typer", "pydantic", "alembic", "typst", "openpyxl", "dns")
SERVING = {
    **{
        name: f"import shared.runtime.nameko_host; from shared.runtime.definition import installed; installed('{name}')"
        for name in installed_services()
    },
    "gateway": "import services.gateway.__main__",
}


@pytest.mark.parametrize("name", SERVING)
def test_a_process_loads_its_own_service_and_nothing_that_it_seldom_needs(name: str) -> None:
    told = "import sys; print(*[module for module in sys.modules if sys.modules[module] is not None])"
    done = subprocess.run(
        [sys.executable, "-c", f"{SERVING[name]}; {told}"], capture_output=True, text=True, check=True
    )
    modules = done.stdout.split()
    others = [f"services.{other}.definition" for other in SERVING if other != name]
    assert [module for module in modules if module.split(".")[0] in ELSEWHERE or module in others] == []


def test_who_follows_whom_is_known_without_loading_them() -> None:
    services = installed_services()
    assert {point.name: point.load() for point in entry_points(group=FOLLOWS)} == {
        name: definition.follows for name, definition in services.items()
    }
    for name, definition in services.items():
        found = installed(name)
        assert found is not None and found[0] is definition
        assert set(found[1]) == {other for other, each in services.items() if name in each.follows}
    assert installed("warehouse") is None

"""A served system of the module's own, and the browser that looks at it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.serving import Served
from tests.required import required

CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("screens"))
    made.start()
    yield made
    assert made.stop() == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    required(CHROMIUM, "chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        # Without its own sandbox: in a container root may not open one, and only our pages are shown.
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--lang=es-CO"])
        yield opened
        opened.close()

"""A draft on screen: what somebody types is kept by itself and is there after the browser was closed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.screen import Screen
from tests.browser.staff import account


@pytest.fixture
def screens(served, browser: Browser, tmp_path: Path) -> Iterator[tuple[Screen, Screen]]:
    """The same person in two browsers, one after the other."""
    with served.session("admin") as admin:
        accounts = {"drafter": account(admin, "drafter", "coordinator")}
    yield tuple(Screen(browser, served.url, accounts, tmp_path) for _ in range(2))


def test_what_is_typed_is_kept_by_itself_found_in_another_browser_and_discarded(screens: tuple[Screen, Screen]) -> None:
    first, second = screens
    page = first.open("drafter", "OpenCall")
    name = page.get_by_label("Nombre").first
    name.click()
    name.press_sequentially("Fortalecimiento de tejedoras")
    saved = page.get_by_role("status")
    expect(saved).to_have_text(re.compile(r"^Borrador guardado a las \d\d:\d\d$"))
    shot(page, "writing")
    page.context.clear_cookies()
    name.press_sequentially(" y más")
    expect(saved).to_contain_text("Su sesión terminó")
    expect(name).to_have_value("Fortalecimiento de tejedoras y más")
    page.context.close()

    page = second.open("drafter", "OpenCall")
    expect(page.get_by_label("Nombre").first).to_have_value("Fortalecimiento de tejedoras")
    expect(page.get_by_role("region", name="Borrador guardado")).to_contain_text("Nadie más lo ve")
    shot(page, "again")
    page.get_by_role("button", name="Descartar borrador").click()
    expect(page.get_by_label("Nombre").first).to_have_value("")
    expect(page.get_by_role("region", name="Borrador guardado")).to_have_count(0)
    page.context.close()


def shot(page, name: str) -> None:
    """A picture for who looks at the screens, where IMPULSO_SHOTS names a folder."""
    if folder := os.environ.get("IMPULSO_SHOTS"):
        page.screenshot(path=f"{folder}/draft-{name}.png")

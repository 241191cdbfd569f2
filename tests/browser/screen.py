"""The console as people use it: log-in, links, forms filled in by their labels, in a real browser."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page

from tests.services.intake.counter import PDF

START = {"IdentifyCandidate": "/casos", "OpenCall": "/convocatorias"}
"""Where the link to an act stands that makes something new."""
HEARD_S = 30.0
"""How long a case may take to be known by the next service."""


class Wrong(AssertionError):
    """The screen came back with faults; ``faults`` are the lines of its error summary."""

    def __init__(self, command: str, faults: list[str]) -> None:
        super().__init__(f"{command}: {faults}")
        self.faults = faults


class Screen:
    """The pages of several people. ``act`` does what `tests.services.casework.Office.act` does, with mouse and keys."""

    def __init__(self, browser: Browser, url: str, accounts: Mapping[str, tuple[str, str]], folder: Path) -> None:
        self._browser, self._url, self._accounts = browser, url, accounts
        self._pages: dict[str, Page] = {}
        self._paper = folder / "soporte.pdf"
        self._paper.write_bytes(PDF)
        self.application = None
        self.ask = None
        self.acts: list[str] = []

    def page(self, who: str) -> Page:
        """The person's window; logged in the first time."""
        if who not in self._pages:
            login, password = self._accounts[who]
            page = self._pages[who] = self._browser.new_context(locale="es-CO").new_page()
            page.goto(f"{self._url}/entrar")
            page.get_by_label("Usuario").fill(login)
            page.get_by_label("Contraseña").fill(password)
            page.get_by_role("button", name="Entrar").click()
            page.wait_for_url("**/trabajo")
        return self._pages[who]

    def open(self, who: str, command: str, target: str | None = None) -> Page:
        """Go to the screen of an act by the link that leads there."""
        page = self.page(who)
        link = page.locator(f'a[href*="/{command}"]')
        deadline = time.monotonic() + HEARD_S
        while True:
            page.goto(self._url + (START[command] if target is None else self._home(command, target)))
            if link.count() or time.monotonic() > deadline:
                break
        assert link.count(), f"no link to {command} for {who}: {page.inner_text('main')[:1500]}"
        if not link.first.is_visible():
            # What is lawful at any time stands folded up, below the step at hand.
            page.locator("details", has=link).locator("summary").click()
        link.first.click()
        return page

    def act(self, who: str, command: str, target: str | None = None, *, on: str = "", **body: Any) -> dict[str, Any]:
        """Open the act, fill its form in, send it; the id of what it acted on. Raises `Wrong`."""
        page = self.open(who, command, target)
        self.fill(page, body)
        if on:
            page.get_by_label("¿Cuándo ocurrió?").fill(on)
        self.send(page, command)
        self.acts.append(command)
        return {"id": urlsplit(page.url).path.rsplit("/", 1)[-1]}

    def send(self, page: Page, command: str) -> None:
        page.locator("form[action^='/actos/'] button.govuk-button[type=submit]:not([name])").last.click()
        page.wait_for_function("location.search.includes('hecho=') || document.querySelector('.govuk-error-summary')")
        if "hecho=" not in page.url:
            raise Wrong(command, page.locator(".govuk-error-summary li").all_inner_texts() or [page.inner_text("main")])

    def fill(self, page: Page, body: Mapping[str, Any], prefix: str = "") -> None:
        """Fill in every field of a body; rows are added where the form has too few."""
        for name, value in body.items():
            path = prefix + name
            if isinstance(value, Mapping):
                self.fill(page, value, path + ".")
            elif isinstance(value, list) and value and isinstance(value[0], Mapping):
                for number, row in enumerate(value):
                    controls = page.locator(f'[name^="{path}[{number}]."]')
                    if not controls.count():
                        page.locator(f'button[name="_add"][value="{path}"]').click()
                        controls.first.wait_for(state="attached")
                    self.fill(page, row, f"{path}[{number}].")
            else:
                self._control(page, path, value)

    def _control(self, page: Page, path: str, value: Any) -> None:
        control = page.locator(f'[name="{path}"]:not([type=hidden])')
        assert control.count(), f"no control {path}"
        kind = control.first.get_attribute("type") or control.first.evaluate("node => node.tagName.toLowerCase()")
        if kind in ("radio", "checkbox"):
            for each in value if isinstance(value, list) else [value]:
                wanted = str(each).lower() if isinstance(each, bool) else str(each)
                option = page.locator(f'[name="{path}"][value="{wanted}"]')
                if not option.is_checked():
                    self._labelled(page, option).click()
        elif kind == "file":
            control.set_input_files(self._paper)
        elif kind == "select":
            control.select_option(str(value))
        else:
            self._labelled(page, control).click()
            control.fill("\n".join(map(str, value)) if isinstance(value, list) else str(value))

    @staticmethod
    def _labelled(page: Page, control: Locator) -> Locator:
        """The label of a control: what people read and press. A control without one fails here."""
        return page.locator(f'label[for="{control.get_attribute("id")}"]')

    @staticmethod
    def _home(command: str, target: str) -> str:
        return f"/convocatorias/{target}" if command == "ConsolidateList" else f"/casos/{target}"

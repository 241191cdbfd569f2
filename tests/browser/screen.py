"""The console as people use it: log-in, links, forms filled in by their labels, in a real browser."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page
from pytest import raises

from tests.services.casework import CATALOGUE
from tests.services.intake.counter import PDF

START = {
    "IdentifyCandidate": "/casos",
    "OpenCall": "/convocatorias",
    "RegisterContract": "/listas/contratos",
    "RegisterWarehouse": "/almacen",
    "RegisterItem": "/almacen",
    "ReceiveStock": "/almacen",
    "ConfirmFormsReceived": "/listas/formatos",
    "DraftReport": "/informes",
    "GrantRole": "/cuentas",
}
"""Where the link to an act stands that is on no case."""
HOMES = {"call": "/convocatorias", "report": "/informes"}
"""The pages of what an act may be on, besides cases."""
HEARD_S = 30.0
"""How long a case may take to be known by the next service."""


class Wrong(AssertionError):
    """The screen came back with faults; ``faults`` are the lines of its error summary."""

    def __init__(self, command: str, faults: list[str]) -> None:
        super().__init__(f"{command}: {faults}")
        self.faults = faults


class Pick(str):
    """What a person reads in a list and chooses: the option whose label contains it."""


class Screen:
    """The pages of several people. ``act`` does what `tests.services.casework.Office.act` does, with mouse and keys."""

    def __init__(self, browser: Browser, url: str, accounts: Mapping[str, tuple[str, str]], folder: Path) -> None:
        self._browser, self._url, self._accounts = browser, url, accounts
        self._looks = os.environ.get("IMPULSO_SCREENSHOTS")
        self._pages: dict[str, Page] = {}
        self._paper = folder / "soporte.pdf"
        self._paper.write_bytes(PDF)
        self.application = None
        self.ask = None
        self.acts: list[str] = []
        self._looked = 0

    def page(self, who: str) -> Page:
        """The person's window; logged in the first time."""
        if who not in self._pages:
            login, password = self._accounts[who]
            page = self._pages[who] = self._browser.new_context(locale="es-CO").new_page()
            page.goto(f"{self._url}/entrar")
            page.get_by_label("Usuario").fill(login)
            page.get_by_label("Contraseña").fill(password)
            page.get_by_role("button", name="Entrar").click()
            page.wait_for_url(lambda address: not address.endswith("/entrar"))
        return self._pages[who]

    def visit(self, who: str, path: str) -> Page:
        """Go to a page by its address."""
        page = self.page(who)
        page.goto(self._url + path)
        self.look(page, path)
        return page

    def look(self, page: Page, name: str) -> None:
        """Keep what the person sees, for whoever wants to look at it afterwards."""
        if self._looks:
            self._looked += 1
            file = f"{self._looked:03}-{re.sub(r'[^A-Za-z]+', '-', name).strip('-')[:40]}.png"
            page.screenshot(path=Path(self._looks) / file, full_page=True)

    def open(self, who: str, command: str, target: str | None = None) -> Page:
        """Go to the screen of an act by the link that leads there."""
        page = self.page(who)
        link = page.locator(f'a[href*="/{command}"]')
        deadline = time.monotonic() + HEARD_S
        while True:
            page.goto(self._url + self._start(command, target))
            if link.count() or time.monotonic() > deadline:
                break
        assert link.count(), f"no link to {command} for {who}: {page.inner_text('main')[:1500]}"
        if not link.first.is_visible():
            # What is lawful at any time stands folded up, below the step at hand.
            page.locator("details", has=link).locator("summary").click()
        definition = CATALOGUE.command(command)
        label = definition.label
        # What stands beside a row or a button of its list may be shorter than the title of the act.
        assert link.first.inner_text().strip(), f"the link to {label} says nothing"
        link.first.click()
        page.get_by_role("heading", level=1, name=label).wait_for()
        if definition.activity:
            assert f"Actividad {definition.activity}:" in page.locator(".govuk-caption-l").inner_text()
        return page

    def act(self, who: str, command: str, target: str | None = None, *, on: str = "", **body: Any) -> dict[str, Any]:
        """Open the act, fill its form in, send it; the id of what it acted on. Raises `Wrong`."""
        page = self.open(who, command, target)
        self.fill(page, body)
        if on:
            page.get_by_label("¿Cuándo ocurrió?").fill(on)
        self.look(page, command)
        self.send(page, command)
        self.acts.append(command)
        return {"id": urlsplit(page.url).path.rsplit("/", 1)[-1]}

    def correct(
        self, who: str, command: str, target: str | None, at: str, wrong: Mapping[str, Any], **body: Any
    ) -> None:
        """Send something ``wrong``, see it said at the field labelled ``at``, put it right there and send again."""
        page = self.open(who, command, target)
        self.fill(page, {**body, **wrong})
        with raises(Wrong) as refused:
            self.send(page, command)
        self.look(page, f"{command} con error")
        assert any(at in line for line in refused.value.faults), refused.value.faults
        page.locator(".govuk-error-summary a", has_text=at).first.click()
        shown = page.locator(".govuk-form-group--error, fieldset[aria-describedby*='-error']", has_text=at)
        assert shown.locator(".govuk-error-message").first.inner_text().startswith("Error:")
        self.fill(page, {name: body[name] for name in wrong})
        self.send(page, command)
        self.acts.append(command)

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
                if isinstance(each, Pick):
                    read = page.locator(
                        ".govuk-checkboxes__item, .govuk-radios__item", has=page.locator(f'[name="{path}"]')
                    )
                    option = read.filter(has_text=each).locator("input")
                if not option.is_checked():
                    self._labelled(page, option).click()
        elif kind == "file":
            control.set_input_files(self._paper)
        elif kind == "select":
            if isinstance(value, Pick):
                read = [each for each in control.locator("option").all_inner_texts() if value in each]
                assert read, f"{path}: none of {control.locator('option').all_inner_texts()} says {value}"
                control.select_option(label=read[0])
            else:
                control.select_option(str(value))
        else:
            self._labelled(page, control).click()
            control.fill("\n".join(map(str, value)) if isinstance(value, list) else str(value))

    @staticmethod
    def _labelled(page: Page, control: Locator) -> Locator:
        """The label of a control: what people read and press. A control without one fails here."""
        return page.locator(f'label[for="{control.get_attribute("id")}"]')

    @staticmethod
    def _start(command: str, target: str | None) -> str:
        if command in START:
            return START[command]
        home = HOMES.get(CATALOGUE.command(command).subject, "/casos") if target else ""
        return f"{home}/{target}"

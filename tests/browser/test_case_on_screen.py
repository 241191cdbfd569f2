"""One case through the procedure on screen, each act by the account of who may do it, in Debian's chromium."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.screen import Screen, Wrong
from tests.browser.staff import account
from tests.e2e.serving import Served
from tests.services import bodies
from tests.services.casework import CATALOGUE, TODAY
from tests.services.intake.counter import Counter

PEOPLE = {
    "coordinator": "coordinator",
    "caseworker": "caseworker",
    "psychosocial": "psychosocial",
    "second_psychosocial": "psychosocial",
}
CONSENT = {"notice_version": "1", "purposes": ["profiling"], "given_on": "2026-11-10", "file": "soporte.pdf"}
BLOCKS = len(CATALOGUE.instrument("DISC", TODAY).blocks)


@pytest.fixture
def screen(served: Served, browser: Browser, tmp_path: Path) -> Screen:
    with served.session("admin") as admin:
        accounts = {name: account(admin, name, role) for name, role in PEOPLE.items()}
    return Screen(browser, served.url, accounts, tmp_path)


def test_a_person_is_identified_evaluated_profiled_and_accepts_the_offer_on_screen(
    screen: Screen, tmp_path: Path
) -> None:
    """X-11, X-14: activities 1 to 10 by mouse and keyboard alone; a refusal stands at its field, in Spanish."""
    counter = Counter(screen, tmp_path)  # type: ignore[arg-type]
    counter.file = lambda *_: "soporte.pdf"  # type: ignore[method-assign]
    call = counter.open_call()
    faults_stand_at_their_fields(screen, call)
    case = counter.identify(call)
    counter.basic(case)
    counter.consolidate(call)
    counter.checks(case)
    counter.evaluate(case)
    counter.communicate(case)
    screen.act("caseworker", "RecordConsent", case, **CONSENT)
    screen.act("psychosocial", "StartProfiling", case)
    screen.act("psychosocial", "RecordInterview", case, **bodies.interview())
    screen.act("psychosocial", "ApplyInstrument", case, **bodies.disc(BLOCKS))
    counter.basic(case, "UpdateBasicIdentification", version_reason="update")
    for who, command, body in (
        ("psychosocial", "ClassifyProfile", bodies.classification()),
        ("second_psychosocial", "ValidateProfile", bodies.validation()),
        ("caseworker", "PresentOffer", bodies.offer(call)),
        ("caseworker", "RecordInterest", bodies.interest(call)),
        ("caseworker", "AcceptOffer", bodies.acceptance(call)),
    ):
        screen.act(who, command, case, **body)
    page = screen.page("caseworker")
    accepted = CATALOGUE.procedure("PR-156", TODAY).label("accepted")
    page.locator(".govuk-tag", has_text=accepted).first.wait_for()
    assert screen.acts[0] == "OpenCall" and screen.acts[-1] == "AcceptOffer"


def faults_stand_at_their_fields(screen: Screen, call: str) -> None:
    """What is wrong is listed on top, leads to its field, and nothing that was typed is lost."""
    page = screen.open("caseworker", "IdentifyCandidate")
    screen.fill(page, {"call": call, "names": "Rosalba Inés", "doc_no": "52.123.456"})
    with pytest.raises(Wrong) as wrong:
        screen.send(page, "IdentifyCandidate")
    assert any("Apellidos" in line for line in wrong.value.faults)
    page.locator(".govuk-error-summary a", has_text="Apellidos").click()
    field = page.get_by_label("Apellidos")
    assert field.evaluate("node => node === document.activeElement")
    described = str(field.get_attribute("aria-describedby")).split()
    assert any("Error:" in page.locator(f"#{each}").inner_text() for each in described)
    assert page.get_by_label("Nombres").input_value() == "Rosalba Inés"

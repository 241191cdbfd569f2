"""Drafts: what was typed on the screen of an act outlives the page, the session and the browser, and nobody else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio
import httpx
import pytest
import sqlalchemy as sa

from services.gateway.drafts import CLOSED_S, KEPT_S, LIMIT, Spot
from services.gateway.tables import drafts
from tests import logged
from tests.e2e.canaries import Canaries
from tests.services.gateway.conftest import Api, Gateway, new_person
from tests.services.gateway.test_console import Page, enter

pytestmark = pytest.mark.anyio

ACT = "/actos/profiling/ValidateProfile"
MOTIVE = "Su taller de Villacarmín recibe pedidos"
HX = {"hx-request": "true"}


@pytest.fixture
async def login(admin: Api) -> tuple[str, str, str]:
    return await new_person(admin, "carla", "caseworker", "psychosocial")


@pytest.fixture
async def browser(gateway: Gateway, login: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway.client() as client:
        await enter(client, *login[:2])
        yield client


def address(gateway: Gateway) -> str:
    return f"{ACT}?caso={gateway.remote.case_id}"


async def opened(browser: httpx.AsyncClient, where: str) -> Page:
    answer = await browser.get(where)
    assert answer.status_code == 200
    return Page(answer)


async def typed(browser: httpx.AsyncClient, where: str, act: str = ACT, **fields: str) -> tuple[Page, httpx.Response]:
    """Open the screen and let the page keep what was typed, as it does by itself."""
    form = await opened(browser, where)
    return form, await browser.post(f"{act}/borrador", data={**form.fields, **fields}, headers=HX)


def rows(gateway: Gateway) -> list[Any]:
    with gateway.application.database.read() as connection:
        return list(connection.execute(sa.select(drafts)))


async def test_what_was_typed_is_there_after_the_session_ended_and_under_the_same_key(
    gateway: Gateway, browser: Any, login: Any
) -> None:
    """FRM-3: a draft may be incomplete."""
    form, kept = await typed(browser, address(gateway), reason=MOTIVE, happened_on="2026-10-14")
    assert kept.status_code == 200 and re.fullmatch(r"Borrador guardado a las \d\d:\d\d", kept.text)
    await browser.post("/salir", data={"_csrf": form.fields["_csrf"]})
    async with gateway.client() as tomorrow:
        await enter(tomorrow, *login[:2])
        again = await opened(tomorrow, address(gateway))
        assert MOTIVE in again.text and "Borrador guardado" in again.text and "Descartar borrador" in again.text
        assert next(one for one in again.inputs if one.get("id") == "happened-on")["value"] == "2026-10-14"
        # It may have been sent before the answer was lost: sent again, it must not be done twice.
        assert again.fields["_key"] == form.fields["_key"]
        assert "El formulario cambió" not in again.text


async def test_without_a_script_the_button_keeps_the_draft_and_shows_the_form_again(
    gateway: Gateway, browser: Any
) -> None:
    form = await opened(browser, address(gateway))
    kept = await browser.post(f"{ACT}/borrador", data={**form.fields, "decision": "approve", "_borrador": "1"})
    assert kept.status_code == 303 and kept.headers["location"] == address(gateway)
    again = await browser.get(kept.headers["location"])
    assert 'value="approve" checked' in again.text and "Borrador guardado" in again.text
    assert again.headers["cache-control"] == "no-store"


async def test_nobody_but_its_author_finds_a_draft_nor_does_it_show_on_another_act(
    gateway: Gateway, browser: Any, admin: Api
) -> None:
    await typed(browser, address(gateway), reason=MOTIVE)
    login, password, _ = await new_person(admin, "flor", "caseworker", "psychosocial")
    async with gateway.client() as other:
        await enter(other, login, password)
        assert MOTIVE not in (await opened(other, address(gateway))).text
        await typed(other, address(gateway), reason="Lo mío")
    assert MOTIVE in (await opened(browser, address(gateway))).text
    assert "Borrador guardado" not in (await opened(browser, ACT)).text


async def test_a_draft_goes_when_the_act_is_done_and_a_late_save_does_not_bring_it_back(
    gateway: Gateway, browser: Any
) -> None:
    form, _ = await typed(browser, address(gateway), reason=MOTIVE)
    data = {**form.fields, "decision": "approve", "reason": MOTIVE, "happened_on": "2026-10-15"}
    assert (await browser.post(ACT, data=data)).status_code == 303
    late = await browser.post(f"{ACT}/borrador", data=data, headers=HX)
    assert "ya se registró" in late.text and [row.content for row in rows(gateway)] == [None]
    again = await opened(browser, address(gateway))
    assert MOTIVE not in again.text and again.fields["_key"] != form.fields["_key"]


async def test_a_form_that_is_refused_keeps_its_draft(gateway: Gateway, browser: Any) -> None:
    form, _ = await typed(browser, address(gateway), reason=MOTIVE)
    assert (await browser.post(ACT, data={**form.fields, "reason": MOTIVE})).status_code == 422
    assert MOTIVE in (await opened(browser, address(gateway))).text


async def test_a_second_form_of_the_same_act_keeps_its_draft_when_the_first_is_sent(
    gateway: Gateway, browser: Any
) -> None:
    first = await opened(browser, address(gateway))
    await typed(browser, address(gateway), reason=MOTIVE)
    data = {**first.fields, "decision": "approve", "reason": "El primero", "happened_on": "2026-10-15"}
    assert (await browser.post(ACT, data=data)).status_code == 303
    again = await opened(browser, address(gateway))
    assert MOTIVE in again.text and "El caso también cambió" in again.text


async def test_a_discarded_draft_is_gone_for_good(gateway: Gateway, browser: Any) -> None:
    await typed(browser, address(gateway), reason=MOTIVE)
    form = await opened(browser, address(gateway))
    gone = await browser.post(f"{ACT}/borrador/descartar", data=form.fields)
    assert gone.status_code == 303 and gone.headers["location"] == address(gateway)
    again = await opened(browser, address(gateway))
    assert MOTIVE not in again.text and "Borrador guardado" not in again.text
    assert [row.content for row in rows(gateway)] == [None]


async def test_a_draft_is_not_shown_after_thirty_days_and_the_sweep_deletes_it(gateway: Gateway, browser: Any) -> None:
    person = gateway.door.find(browser.cookies["impulso"], "console").person
    form, _ = await typed(browser, address(gateway), reason=MOTIVE)
    spot = Spot(person, "profiling", "ValidateProfile", f"caso={gateway.remote.case_id}")
    gateway.clock.now += KEPT_S - 1
    assert gateway.door.drafts.sweep() == 0 and gateway.door.drafts.find(spot) is not None
    gateway.clock.now += 1
    assert gateway.door.drafts.find(spot) is None
    assert gateway.door.drafts.sweep() == 1 and rows(gateway) == []
    gateway.door.drafts.close(spot, UUID(form.fields["_key"]))
    gateway.clock.now += CLOSED_S
    assert gateway.door.drafts.sweep() == 1 and rows(gateway) == []


async def test_the_running_gateway_sweeps_by_itself(gateway: Gateway, browser: Any) -> None:
    await typed(browser, address(gateway), reason=MOTIVE)
    gateway.clock.now += KEPT_S
    async with gateway.app.router.lifespan_context(gateway.app):
        with anyio.fail_after(10):
            while rows(gateway):
                await anyio.sleep(0.01)


async def test_a_draft_is_kept_for_pages_of_ours_alone(gateway: Gateway, browser: Any) -> None:
    form = await opened(browser, address(gateway))
    for token in ("", "0" * 64):
        data = {**form.fields, "_csrf": token, "reason": MOTIVE}
        assert (await browser.post(f"{ACT}/borrador", data=data)).status_code == 403
        assert "no salió de esta sesión" in (await browser.post(f"{ACT}/borrador", data=data, headers=HX)).text
        assert (await browser.post(f"{ACT}/borrador/descartar", data=data)).status_code == 403
    assert rows(gateway) == []


async def test_a_page_whose_session_ended_stays_and_says_how_to_go_on(gateway: Gateway, browser: Any) -> None:
    form, _ = await typed(browser, address(gateway), reason=MOTIVE)
    await browser.post("/salir", data={"_csrf": form.fields["_csrf"]})
    here = {**HX, "hx-current-url": f"http://impulso.test{address(gateway)}"}
    late = await browser.post(f"{ACT}/borrador", data={**form.fields, "reason": "Más"}, headers=here)
    assert late.status_code == 401 and "Su sesión terminó" in late.text and "hx-redirect" not in late.headers
    assert f"/entrar?siguiente=/actos/profiling/ValidateProfile%3Fcaso%3D{gateway.remote.case_id}" in late.text
    assert (await browser.post(f"{ACT}/borrador", data=form.fields)).headers["location"] == "/entrar"


async def test_a_draft_larger_than_its_bound_is_told_and_the_last_one_stays(gateway: Gateway, browser: Any) -> None:
    await typed(browser, address(gateway), reason=MOTIVE)
    _, kept = await typed(browser, address(gateway), reason="x" * LIMIT)
    assert "supera 200 mil caracteres" in kept.text
    assert MOTIVE in (await opened(browser, address(gateway))).text


async def test_a_draft_of_an_older_form_says_so_and_keeps_what_still_fits(gateway: Gateway, browser: Any) -> None:
    person = gateway.door.find(browser.cookies["impulso"], "console").person
    form = await opened(browser, address(gateway))
    spot = Spot(person, "profiling", "ValidateProfile", form.fields["_desde"])
    older = {"reason": [MOTIVE], "decision": ["an_option_of_before"], "field_of_before": ["Otra cosa"]}
    key = UUID(form.fields["_key"])
    gateway.door.drafts.keep(spot, key=key, subject=gateway.remote.candidate, fields={"s": older}, layout="before")
    again = await opened(browser, address(gateway))
    text = re.sub(r"\s+", " ", again.text)
    assert MOTIVE in text and "El formulario cambió desde entonces" in text and "se omitieron 2 datos" in text


async def test_the_files_of_a_draft_stay_with_it(gateway: Gateway, browser: Any) -> None:
    where = f"/actos/intake/RecordConsent?caso={gateway.remote.case_id}"
    form = await opened(browser, where)
    files = {"file": ("firma.pdf", b"%PDF-1.7 firmada", "application/pdf")}
    act = "/actos/intake/RecordConsent"
    assert (await browser.post(f"{act}/borrador", data=form.fields, files=files)).status_code == 303
    again = await opened(browser, where)
    assert "Archivo cargado" in again.text and again.fields["file"] in gateway.remote.files
    # A file that was only chosen is nothing yet when the page saves by itself.
    data = {**again.fields, "file": [again.fields["file"], "[object File]"]}
    await browser.post(f"{act}/borrador", data=data, headers=HX)
    assert (await opened(browser, where)).fields["file"] == again.fields["file"]
    bad = {"file": ("firma.pdf", b"<script>alert(1)</script>", "application/pdf")}
    refused = await browser.post(f"{act}/borrador", data={**form.fields, "notice_version": "2"}, files=bad)
    assert refused.status_code in (415, 422) and "Lo demás quedó en el borrador" in refused.text


async def test_an_erasure_takes_the_drafts_about_the_person_and_no_new_one_is_kept(
    gateway: Gateway, browser: Any
) -> None:
    form, _ = await typed(browser, address(gateway), reason=MOTIVE)
    assert MOTIVE in (await opened(browser, address(gateway))).text
    gateway.assembled.keys.destroy(gateway.remote.candidate, "s")
    again = await opened(browser, address(gateway))
    assert MOTIVE not in again.text and "Borrador guardado" not in again.text and rows(gateway) == []
    late = await browser.post(f"{ACT}/borrador", data={**form.fields, "reason": MOTIVE}, headers=HX)
    assert "fueron suprimidos" in late.text and rows(gateway) == []


async def test_no_draft_is_kept_while_nobody_can_say_whose_case_it_is(gateway: Gateway, browser: Any) -> None:
    form = await opened(browser, address(gateway))
    gateway.remote.away = {"intake"}
    data = {**form.fields, "reason": MOTIVE}
    assert "no se pudo guardar ahora" in (await browser.post(f"{ACT}/borrador", data=data, headers=HX)).text
    gateway.remote.away = set()
    assert "Borrador guardado" in (await browser.post(f"{ACT}/borrador", data=data, headers=HX)).text
    # From then on its services are not asked at every pause of the keyboard.
    gateway.remote.received.clear()
    await browser.post(f"{ACT}/borrador", data=data, headers=HX)
    assert gateway.remote.received == []


async def test_nothing_of_a_draft_lies_in_the_clear_nor_is_it_an_event_or_a_log_line(
    gateway: Gateway, browser: Any, login: Any, tmp_path: Path
) -> None:
    head = gateway.application.log.head()
    new = "/actos/intake/IdentifyCandidate"
    with logged.lines() as lines:
        await typed(browser, address(gateway), reason=MOTIVE)
        names = [one["name"] for one in (await opened(browser, new)).inputs if one.get("type") == "text"]
        await typed(browser, new, new, **dict.fromkeys(names, "Escolástica Barrameda"))
        assert "Escolástica Barrameda" in (await browser.get(new)).text
    assert {str(row.subject) for row in rows(gateway)} == {str(gateway.remote.candidate), login[2]}
    canaries = Canaries([("motive", MOTIVE), ("name", "Escolástica Barrameda")])
    read, found = canaries.found_under(tmp_path / "gateway")
    assert read > 1 and found == [] and canaries.found_in(repr(lines).encode()) == []
    assert gateway.application.log.head() == head

"""A case on another date over HTTP and in the console: both clocks, what is left out, what changed, and who may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.gateway.conftest import Gateway, new_person
from tests.services.gateway.test_console import Page, enter
from tests.services.gateway.town import Town, said
from tests.services.intake.counter import ROSALBA, Counter

pytestmark = pytest.mark.anyio


@pytest.fixture
async def told(gateway: Gateway, tmp_path: Path) -> AsyncIterator[tuple[Town, str, str]]:
    """A town with a case that was evaluated and told so; its id, and the moment before it was told."""
    town = Town(gateway, tmp_path)
    counter = Counter(town.offices["intake"], tmp_path)
    case = counter.candidate()
    counter.evaluate(case)
    log = counter.app.log
    known = log.entries(log.head() - 1, 1)[0].recorded_at.isoformat()
    counter.communicate(case)
    town.tell("intake", "profiling", "assistance", "inventory")
    town.report("intake")
    yield town, case, known
    await town.close()


async def test_a_case_is_told_as_of_a_moment_and_what_changed_since(told: Any) -> None:
    """X-17: one answer of every service that knows the case, in words and in fields; personal values masked."""
    town, case, known = told
    api = await town.staff("caseworker")
    before = (await api.send("GET", f"/api/cases/{case}/as-of", params={"known_by": known})).json()
    assert (before["state"], before["difference"]) == ("identified", None)
    assert {event["type"] for event in before["left_out"]} >= {"EligibilityCommunicated"}
    assert all(event["why_label"] for event in before["left_out"])
    answer = await api.send("GET", f"/api/cases/{case}/as-of", params={"from_known_by": known})
    assert answer.status_code == 200, answer.text
    now = answer.json()
    assert (now["state"], now["left_out"], now["exists"]) == ("eligible", [], True)
    words = now["difference"]["words"]
    assert words[0].startswith("El estado pasa de «") and any("Resultado de los criterios" in line for line in words)
    assert now["difference"]["events"]["came"] and now["difference"]["events"]["went"] == []
    assert ROSALBA["surnames"] not in answer.text and "52123456" not in answer.text
    back = (
        await api.send("GET", f"/api/cases/{case}/as-of", params={"known_by": known, "from_happened_by": "2026-11-20"})
    ).json()
    assert back["difference"]["events"]["went"] and back["difference"]["events"]["came"] == []


async def test_a_day_on_which_there_was_no_case_says_so(told: Any) -> None:
    """X-17"""
    town, case, _ = told
    api = await town.staff("auditor")
    answer = (await api.send("GET", f"/api/cases/{case}/as-of", params={"happened_by": "2020-02-29"})).json()
    assert (answer["exists"], answer["state"], answer["facts"], answer["events"]) == (False, None, [], [])
    # SOD-9, X-13: one row for the reading, however many services answered it.
    assert [row["act"] for row in town.log() if row["what"] == "read"] == ["case_as_of"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("known_by", "2026-02-30", "AAAA-MM-DD"),
        ("known_by", "2999-12-31", "no ha llegado"),
        ("known_by", "2026-01-01T10:00:00", "zona"),
        ("happened_by", "2999-12-31", "no ha llegado"),
        ("happened_by", "0001-01-01", "no ha llegado"),
        ("from_happened_by", "ayer", "AAAA-MM-DD"),
    ],
)
async def test_a_bad_date_is_refused_with_what_to_write(told: Any, field: str, value: str, words: str) -> None:
    """X-11, X-17"""
    town, case, _ = told
    api = await town.staff("caseworker")
    answer = await api.send("GET", f"/api/cases/{case}/as-of", params={field: value})
    assert said(answer) == (422, "PARAMETER_INVALID")
    assert answer.json()["field"] == field and words in answer.json()["detail"]


async def test_who_may_not_see_the_case_does_not_see_its_past(told: Any) -> None:
    """ROL-02, SOD-7"""
    town, case, _ = told
    foreign = await town.staff("operator_staff", contract="00000000-0000-4000-8000-000000000001")
    assert (await foreign.send("GET", f"/api/cases/{case}/as-of")).status_code == 404
    runs = await town.staff("operations")
    assert said(await runs.send("GET", f"/api/cases/{case}/as-of")) == (403, "NOT_AUTHORISED")


async def test_the_page_of_a_case_leads_to_it_on_another_date(told: Any) -> None:
    """X-17, X-14: the form has both dates, the page the state, what is left out and what changed."""
    town, case, _ = told
    admin = await town.admin()
    login, password, _ = await new_person(admin, "clara", "caseworker")
    async with town.gateway.client() as client:
        await enter(client, login, password)
        page = Page(await client.get(f"/casos/{case}"))
        labels = set(page.labelled)
        assert {"sabido", "ocurrido", "desde_sabido", "desde_ocurrido"} <= labels
        shown = await client.get(f"/casos/{case}/en-fecha", params={"ocurrido": "2026-11-04", "desde_sabido": ""})
        assert shown.status_code == 200 and "Quedan por fuera" in shown.text and "ocurrió después" in shown.text
        page = Page(shown)
        assert all(one.get("id") in set(page.labelled) for one in page.inputs if one.get("type") == "date")
        compared = await client.get(f"/casos/{case}/en-fecha", params={"desde_ocurrido": "2026-11-04"})
        assert "Qué cambió" in compared.text and "Cuentan además" in compared.text
        wrong = await client.get(f"/casos/{case}/en-fecha", params={"sabido": "2999-01-01"})
        assert wrong.status_code == 422 and "no ha llegado" in wrong.text and 'href="#sabido"' in wrong.text

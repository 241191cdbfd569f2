"""Data protection in the console and the API: what people ask of their data, and what a restriction stops (X-12)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.gateway.conftest import Gateway
from tests.services.gateway.test_console import Page
from tests.services.gateway.test_work import browser, titles, work
from tests.services.gateway.town import Town, said
from tests.services.intake import rights
from tests.services.intake.counter import Counter
from tests.services.intake.rights import ask_data, restrict

pytestmark = pytest.mark.anyio
MOTIVE = "Un borrador sobre su estado de salud"


@pytest.fixture
async def town(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Town]:
    made = Town(gateway, tmp_path)
    yield made
    await made.close()


@pytest.fixture
def counter(town: Town, tmp_path: Path) -> Counter:
    made = Counter(town.offices["intake"], tmp_path)
    rights.hire(made)
    return made


async def test_what_is_due_waits_for_the_officer_first_the_overdue(town: Town, counter: Counter) -> None:
    """P-42, P-43: in «Mi trabajo» with the acts beside it, and for nobody else."""
    case = counter.candidate()
    late = ask_data(counter, case, "claim", "2026-09-01")["id"]
    ask_data(counter, case, "query", "2026-11-20")
    client, _ = await browser(town, "privacy_officer")
    page = (await client.get("/trabajo")).text
    assert "Solicitudes de titulares vencidas" in page and f"/actos/intake/AnswerDataRequest?id={late}" in page
    found = titles(await work(await town.staff("privacy_officer")))
    assert found["Solicitudes de titulares vencidas"] == found["Solicitudes de titulares por responder"] == 1
    assert not [title for title in titles(await work(await town.staff("caseworker"))) if "titulares" in title]
    assert "plazo vencido" in (await client.get("/listas/solicitudes", params={"estado": "overdue"})).text


async def test_the_case_says_what_is_under_way_and_leads_the_officer_to_the_acts(town: Town, counter: Counter) -> None:
    """Ley 1581 de 2012 art. 15 num. 2: the legend is there for everybody who opens the case."""
    case = counter.candidate()
    request = ask_data(counter, case, "claim", "2026-11-19")["id"]
    rights.placed(counter, case)
    officer, _ = await browser(town, "privacy_officer")
    page = (await officer.get(f"/casos/{case}")).text
    for said_on_page in ("reclamo en trámite", "Retención legal: vigente", "Protección de datos"):
        assert said_on_page in page
    links = {link for link in Page(await officer.get(f"/casos/{case}")).addresses if link.startswith("/actos/intake/")}
    assert [link for link in links if link.startswith("/actos/intake/AnswerDataRequest?") and request in link]
    for act in ("OpenDataRequest", "RequestLegalHoldLift", "RestrictProcessing", "RequestKeyDestruction"):
        assert [link for link in links if link.startswith(f"/actos/intake/{act}?") and case in link], act
    worker, _ = await browser(town, "caseworker")
    page = (await worker.get(f"/casos/{case}")).text
    assert "reclamo en trámite" in page and "/actos/intake/OpenDataRequest" not in page
    form = (await officer.get("/actos/intake/RequestKeyDestruction", params={"caso": case})).text
    assert "Solicitud que se concedió" in form


async def test_the_page_of_a_request_says_what_was_asked_and_opens_its_files(town: Town, counter: Counter) -> None:
    """X-12, X-13: texts masked until somebody asks for them; texts and files noted with what they were opened for."""
    case = counter.candidate()
    request = ask_data(counter, case, "claim", "2026-11-19")["id"]
    address = f"/solicitudes/{request}"
    officer, _ = await browser(town, "privacy_officer")
    assert address in Page(await officer.get("/listas/solicitudes")).addresses
    masked = await officer.get(address)
    assert "Se responde a más tardar el" in masked.text and "AnswerDataRequest" in masked.text
    told = (await (await town.staff("privacy_officer")).send("GET", f"/api/data-requests/{request}?reveal=i")).json()
    said_in_it = told["texts"][0]["text"]["value"]
    assert said_in_it not in masked.text
    opened = await officer.post(f"{address}/revelar", data={**Page(masked).fields, "finalidad": "data_subject"})
    assert opened.status_code == 200 and said_in_it in opened.text
    answered = ask_data(counter, case, "query")["id"]
    rights.answer(counter, answered)
    page = Page(await officer.get(f"/solicitudes/{answered}"))
    files = [link for link in page.addresses if link.startswith("/archivos/intake/")]
    assert files and all([(await officer.get(link)).status_code == 200 for link in files])
    noted = town.offices["intake"].application.access.entries(limit=5_000)
    shown = [row for row in noted if row["what"] in ("personal_data_read", "export")]
    assert {row["purpose"] for row in shown} == {"data_subject"}
    assert [f"/archivos/intake/{row['about']}" for row in shown if row["act"] == "file"] == files
    worker, _ = await browser(town, "caseworker")
    assert (await worker.get(address)).status_code == 403
    assert (await worker.get(files[0])).status_code == 404


async def test_a_restricted_case_shows_why_its_acts_do_not_go_on(town: Town, counter: Counter) -> None:
    """X-12, X-14: the page says so before anybody fills in a form; the service refuses it in any case."""
    case = counter.candidate()
    caseworker = await town.staff("caseworker")
    restrict(counter, case, "s")
    described = (await caseworker.send("GET", f"/api/cases/{case}")).json()
    assert described["restricted"] == ["s"] and described["tracks"]["processing"] == "restricted"
    acts = {act["command"]: act for act in described["lawful"]}
    assert acts["EvaluateCriteria"]["may"] is False and "socioeconómicos" in acts["EvaluateCriteria"]["why"]
    assert acts["WithdrawCase"]["may"] is True
    body = {"as_of": "2026-11-10", "excluded": False, "disqualified": False}
    refused = await caseworker.act(f"/api/cases/{case}/evaluate-criteria", body)
    assert said(refused) == (409, "PROCESSING_RESTRICTED")
    client, _ = await browser(town, "caseworker")
    page = (await client.get(f"/casos/{case}")).text
    assert "Tratamiento: restringido" in page and "[RESTRINGIDO]" in page


async def test_a_draft_of_an_act_that_is_stopped_stays_closed(town: Town, counter: Counter) -> None:
    """X-12: what was typed before the restriction is kept and not shown."""
    case = counter.candidate()
    client, _ = await browser(town, "caseworker")
    address = f"/actos/intake/WithdrawConsent?caso={case}"
    where = f"/actos/intake/RecordSocioeconomicSheet?caso={case}"
    form = Page(await client.get(where))
    kept = await client.post(
        "/actos/intake/RecordSocioeconomicSheet/borrador",
        data={**form.fields, "form.monthly_income": "1313131"},
        headers={"hx-request": "true"},
    )
    assert kept.status_code == 200, kept.text
    assert "1313131" in (await client.get(where)).text
    restriction = restrict(counter, case, "s")
    assert "1313131" not in (await client.get(where)).text
    assert (await client.get(address)).status_code == 200
    rights.lift_restriction(counter, restriction)
    assert "1313131" in (await client.get(where)).text


async def test_requests_holds_and_restrictions_are_read_over_the_api(town: Town, counter: Counter) -> None:
    """ROL-01: by who answers for data protection, and by internal control."""
    case = counter.candidate()
    request = ask_data(counter, case, "erasure")["id"]
    rights.answer(counter, request, "refused")
    restriction = restrict(counter, case, request=request)
    rights.hold(counter, case)
    auditor = await town.staff("auditor")
    for path in ("data-requests", "legal-holds", "restrictions"):
        [item] = (await auditor.send("GET", f"/api/{path}")).json()["items"]
        assert item["case"] == case
        assert said(await (await town.staff("caseworker")).send("GET", f"/api/{path}")) == (403, "NOT_AUTHORISED")
    found = (await auditor.send("GET", f"/api/data-requests/{request}")).json()
    assert (found["state"], found["restriction"], len(found["files"])) == ("answered", restriction, 1)
    assert all(each["text"]["masked"] for each in found["texts"])

"""Versions of the catalogue over HTTP and in the console, with every real service behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.runtime.clock import today
from tests.services.editing.press import most_age, topics
from tests.services.gateway.conftest import Api, Gateway, new_person
from tests.services.gateway.test_console import Page, enter
from tests.services.gateway.town import Town, said
from tests.services.intake.counter import Counter

pytestmark = pytest.mark.anyio
SOON = (today() + timedelta(days=30)).isoformat()


@pytest.fixture
async def town(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Town]:
    made = Town(gateway, tmp_path)
    yield made
    await made.close()


async def upload(api: Api, service: str, text: str, name: str = "version.yaml") -> str:
    files = {"file": (name, text.encode(), "application/yaml")}
    answer = await api.send("POST", f"/api/files/{service}", files=files)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def draft(api: Api, owner: str, kind: str, text: str, *approvers: Api) -> httpx.Response:
    body = {"owner": owner, "kind": kind, "file": await upload(api, owner, text)}
    body["approvers"] = [each.person for each in approvers]  # type: ignore[assignment]
    return await api.act("/api/catalogue-versions/load-catalogue-draft", body)


async def test_a_version_goes_from_file_to_publication_over_the_api(town: Town) -> None:
    """CAT-04, CAT-10: the address is one; the owner that the draft names, and later the version's, answers."""
    editor, head = await town.staff("catalogue_editor"), await town.staff("subdirector")
    loaded = await draft(editor, "assistance", "code_list", topics(SOON), head)
    assert loaded.status_code == 201, loaded.text
    version = loaded.json()["id"]
    path = f"/api/catalogue-versions/{version}"
    shown = (await head.send("GET", path)).json()
    assert (shown["state"], shown["owner"], shown["named"]) == ("draft", "assistance", ["Ana Prueba, Subdirectora"])
    assert shown["approvals"] == [{"person": head.person, "approved_on": None}]
    assert said(await editor.act(f"{path}/approve-catalogue-version", {})) == (403, "NOT_AUTHORISED")
    approved = await head.act(f"{path}/approve-catalogue-version", {}, **{"If-Match": '"1"'})
    assert approved.json()["state"] == "published", approved.text
    listed = (await head.send("GET", "/api/catalogue-versions?kind=code_list&code=topic")).json()["items"]
    assert [(each["version"], each["state"], each["effective_to"]) for each in listed] == [
        ("1", "published", SOON),
        ("2", "published", None),
    ]
    withdrawn = await editor.act(f"{path}/withdraw-catalogue-version", {"reason": "Se corrige"})
    assert withdrawn.json()["state"] == "withdrawn", withdrawn.text


async def test_what_is_wrong_with_a_file_is_said_beside_it(town: Town) -> None:
    """CAT-03, CAT-04."""
    editor, head = await town.staff("catalogue_editor"), await town.staff("subdirector")
    refused = await draft(editor, "intake", "parameter", most_age("2019-10-23"), head)
    assert said(refused) == (422, "CATALOGUE_OVERLAP")
    assert refused.json()["field"] == "file"


async def test_every_shipped_version_is_listed_once_with_its_owner(town: Town) -> None:
    """CAT-02, CAT-10."""
    auditor = await town.staff("auditor")
    items = (await auditor.send("GET", "/api/catalogue-versions")).json()["items"]
    shipped = {
        (each.kind, each.code, each.version) for each in town.gateway.catalogue.artefacts() if each.kind != "roles"
    }
    assert sorted((each["kind"], each["code"], each["version"]) for each in items) == sorted(shipped)
    owners = {each["code"]: each["owner"] for each in items}
    expected = {"DE-017": "intake", "FO-069": "intake", "FO-423": "profiling", "phase": "assistance"}
    expected |= {"movement_reason": "inventory", "FRM-18": "reporting", "PR-156": "intake", "TECAE": "profiling"}
    assert {code: owners[code] for code in expected} == expected


async def test_a_version_tells_its_people_its_changes_and_its_content(town: Town) -> None:
    """CAT-02, X-01."""
    auditor = await town.staff("auditor")
    found = (await auditor.send("GET", "/api/catalogue/procedure/PR-156/01")).json()
    artefact = town.gateway.catalogue.procedure("PR-156", today()).artefact
    assert found["hash"] == artefact.sha256
    assert found["effective_from"] == "2019-10-23"
    assert len(found["content"]["activities"]) == 21
    assert [each["name"] for each in found["approved"]] == [each.name for each in artefact.approved]
    assert said(await auditor.send("GET", "/api/catalogue/procedure/PR-156/99")) == (404, "NOT_FOUND")


async def console(town: Town, admin: Api, login: str, role: str) -> Any:
    name, password, _ = await new_person(admin, login, role)
    client = town.gateway.client()
    town._clients.append(client)
    await enter(client, name, password)
    return client


async def test_the_console_lists_shows_and_offers_what_may_be_done(town: Town, admin: Api) -> None:
    """CAT-04, X-14"""
    editor, head = await town.staff("catalogue_editor"), await town.staff("subdirector")
    version = (await draft(editor, "assistance", "code_list", topics(SOON), head)).json()["id"]
    client = await console(town, admin, "edita", "catalogue_editor")
    listing = Page(await client.get("/catalogo?clase=code_list"))
    assert f"/catalogo/{version}" in listing.addresses and "/catalogo/code_list/phase/1" in listing.addresses
    assert "/actos/assistance/LoadCatalogueDraft" in listing.addresses and not listing.inline
    labels = set(listing.labelled)
    assert all(one.get("id") in labels for one in listing.inputs if one.get("type") != "hidden")
    page = Page(await client.get(f"/catalogo/{version}"))
    acts = {each.partition("?")[0] for each in page.addresses if each.startswith("/actos/")}
    assert acts == {"/actos/assistance/WithdrawCatalogueVersion"}
    assert "Ana Prueba" in page.text and "costeo" in page.text
    shipped = Page(await client.get("/catalogo/procedure/PR-156/01"))
    assert "Aprobó" in shipped.text
    form = Page(await client.get("/actos/assistance/LoadCatalogueDraft"))
    assert "Personas que aprueban" in form.text


async def test_the_description_of_the_api_follows_the_catalogue(town: Town) -> None:
    """X-03: it is made anew when a version is published, and each day."""
    auditor = await town.staff("auditor")
    first = (await auditor.send("GET", "/api/openapi.json")).json()
    assert (await auditor.send("GET", "/api/openapi.json")).json() == first
    made = town.gateway.app.state.openapi
    town.gateway.app.state.openapi = ((None, None), {"paths": {}})
    assert (await auditor.send("GET", "/api/openapi.json")).json() == first
    assert town.gateway.app.state.openapi[0] == made[0]


async def test_a_trial_is_run_listed_and_opened_with_a_note_in_the_access_log(town: Town, admin: Api) -> None:
    """CAT-09, X-13: over the API and in the console; the reasons only by an act that is noted."""
    intake = Counter(town.offices["intake"], Path())
    call = intake.open_call()
    intake.basic(intake.identify(call, birth_date="1964-06-01"), birth_date="1964-06-01")
    editor, head = await town.staff("catalogue_editor"), await town.staff("subdirector")
    assert (await draft(editor, "intake", "parameter", most_age(), head)).status_code == 201
    body = {"kind": "parameter", "code": "P-03", "version": "2", "call": call}
    trial = await head.act("/api/what-ifs/run-what-if", body | {"as_of": "2026-11-10", "known_on": "2099-12-31"})
    assert (trial.status_code, trial.json()["changed"]) == (201, 1), trial.text
    path = f"/api/what-ifs/{trial.json()['id']}"
    assert [each["id"] for each in (await head.send("GET", "/api/what-ifs")).json()["items"]] == [trial.json()["id"]]
    shut = (await head.send("GET", path)).json()["changes"][0]["criteria"][0]["reason"]
    seen = town.head()
    opened = (await head.act(f"{path}/reveal", {})).json()["changes"][0]["criteria"][0]["reason"]
    assert (shut["masked"], opened["masked"]) == (True, False)
    (noted,) = [each for each in town.log(seen) if each["what"] == "personal_data_read"]
    assert (noted["act"], noted["classes"]) == ("what_if", "s")
    client = await console(town, admin, "coordina", "coordinator")
    listing = Page(await client.get("/catalogo/ensayos"))
    assert f"/catalogo/ensayos/{trial.json()['id']}" in listing.addresses
    assert "/actos/intake/RunWhatIf" in listing.addresses
    shown = Page(await client.get(f"/catalogo/ensayos/{trial.json()['id']}"))
    assert "no cumple → cumple" in shown.text and not shown.inline

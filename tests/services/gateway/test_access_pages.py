"""Reading the access logs: by address and page, by few, and every reading leaves its own entry (X-13)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.gateway.conftest import Api, Gateway
from tests.services.gateway.test_catalogue_pages import console
from tests.services.gateway.test_console import Page
from tests.services.gateway.town import Town, said
from tests.services.intake.counter import Counter

pytestmark = pytest.mark.anyio


@pytest.fixture
async def town(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Town]:
    made = Town(gateway, tmp_path)
    yield made
    await made.close()


def person_of(town: Town) -> str:
    """A case of intake with personal data."""
    counter = Counter(town.offices["intake"], Path())
    return str(counter.identify(counter.open_call()))


def noted(town: Town, service: str) -> list[dict[str, Any]]:
    return list(town.offices[service].application.access.entries(limit=5_000))


async def test_what_was_shown_is_in_the_log_of_who_showed_it_and_of_the_gateway_under_one_request(town: Town) -> None:
    case = person_of(town)
    caseworker, auditor = await town.staff("caseworker"), await town.staff("auditor")
    opened = await caseworker.act(f"/api/cases/{case}/reveal", {"classes": ["i", "c"]})
    assert opened.status_code == 200
    found = (await auditor.send("GET", f"/api/access/intake?what=personal_data_read&case={case}")).json()
    (one,) = found["items"]
    assert (one["person"], one["case_id"], one["act"]) == (caseworker.person, case, "case")
    assert set(one["classes"]) <= {"i", "c"} and one["role"] == "caseworker"
    assert found["people"][caseworker.person] and found["log"] == "intake.access"
    (passed,) = [row for row in town.log() if row["what"] == "personal_data_read"]
    assert passed["request_id"] == one["request_id"] and passed["session"] == one["session"]


async def test_what_they_were_looked_at_for_is_said_by_who_looks_or_by_the_role(town: Town) -> None:
    """X-13: purpose."""
    case = person_of(town)
    caseworker, auditor = await town.staff("caseworker"), await town.staff("auditor")
    address = f"/api/cases/{case}/reveal"
    for said_by_header in ({}, {"impulso-purpose": "authority"}):
        opened = await caseworker.send("POST", address, json={"classes": ["i"]}, headers=said_by_header)
        assert opened.status_code == 200
    unknown = await caseworker.send("POST", address, json={"classes": ["i"]}, headers={"impulso-purpose": "curiosidad"})
    assert said(unknown) == (422, "FIELD_INVALID") and "case_work" in unknown.json()["detail"]
    taken = await auditor.send("GET", f"/api/cases/{case}/evidence")
    assert taken.status_code == 200
    shown = [row for row in noted(town, "intake") if row["what"] == "personal_data_read"]
    assert [row["purpose"] for row in shown] == ["case_work", "authority"]
    exports = [row for row in town.log() if row["what"] == "export"]
    assert [row["purpose"] for row in exports] == ["audit"]


async def test_the_page_of_a_case_asks_what_for_and_the_page_of_accesses_tells_it(town: Town, admin: Api) -> None:
    """X-13: purpose."""
    case = person_of(town)
    browser = await console(town, admin, "atiende", "caseworker")
    shown = await browser.get(f"/casos/{case}")
    assert '<option value="case_work" selected>Atención del caso</option>' in shown.text
    form = {**Page(shown).fields, "clase": "i"}
    opened = await browser.post(f"/casos/{case}/revelar", data={**form, "finalidad": "data_subject"})
    assert opened.status_code == 200
    refused = await browser.post(f"/casos/{case}/revelar", data={**form, "finalidad": "curiosidad"})
    assert refused.status_code == 422
    control = await console(town, admin, "vigila", "auditor")
    listed = await control.get(f"/accesos?servicio=intake&que=personal_data_read&caso={case}")
    assert "Petición del titular" in listed.text


async def test_only_control_and_the_privacy_officer_read_it_and_that_is_noted(town: Town) -> None:
    for role in ("caseworker", "coordinator", "subdirector", "administrator"):
        asked = await (await town.staff(role)).send("GET", "/api/access/intake")
        assert said(asked) == (403, "NOT_AUTHORISED"), role
    for role in ("auditor", "privacy_officer"):
        reader = await town.staff(role)
        answer = await reader.send("GET", "/api/access/intake")
        assert answer.status_code == 200, role
        last = noted(town, "intake")[-1]
        assert (last["what"], last["act"], last["person"]) == ("read", "access.entries", reader.person)
    assert [row["what"] for row in noted(town, "intake")] == ["denied"] * 4 + ["read"] * 2


async def test_the_gateways_own_log_tells_log_ins_by_the_same_address(town: Town) -> None:
    auditor = await town.staff("auditor")
    first = (await auditor.send("GET", "/api/access/gateway?limit=1")).json()
    assert first["items"][0]["what"] and first["next"]
    following = (await auditor.send("GET", f"/api/access/gateway?limit=1&cursor={first['next']}")).json()
    assert following["items"][0]["sequence"] == first["items"][0]["sequence"] - 1
    mine = (await auditor.send("GET", f"/api/access/gateway?person={auditor.person}&what=login")).json()["items"]
    assert [each["person"] for each in mine] == [auditor.person]
    for wrong in ("what=todo", "person=yo", "from=ayer", "cursor=x", "limit=0", "otra=1"):
        answer = await auditor.send("GET", f"/api/access/gateway?{wrong}")
        assert answer.status_code == 422, wrong
    assert said(await auditor.send("GET", "/api/access/nadie"))[0] == 404


async def test_a_denial_of_the_gateways_own_desk_is_noted_once(town: Town, admin: Api) -> None:
    caseworker = await town.staff("caseworker")
    before = town.head()
    assert said(await caseworker.send("GET", "/api/accounts"))[0] == 403
    (row,) = town.log(before)
    assert (row["what"], row["act"], row["person"]) == ("denied", "accounts", caseworker.person)


async def test_the_page_lists_filters_and_explains_what_it_does_not_understand(town: Town, admin: Api) -> None:
    case = person_of(town)
    caseworker = await town.staff("caseworker")
    await caseworker.act(f"/api/cases/{case}/reveal", {"classes": ["i"]})
    client = await console(town, admin, "vigila", "auditor")
    assert "/accesos" in Page(await client.get("/casos")).addresses
    listing = Page(await client.get("/accesos"))
    assert "Datos personales a la vista" in listing.text and "intake.access:1" in listing.text
    assert all(one.get("id") in set(listing.labelled) for one in listing.inputs)
    assert f"/accesos?servicio=intake&quien={caseworker.person}" in listing.addresses
    assert "Ingreso" in Page(await client.get("/accesos?servicio=gateway&que=login")).text
    assert "No hay ninguna" in Page(await client.get("/accesos?desde=2001-01-01&hasta=2001-01-02")).text
    wrong = await client.get("/accesos?quien=yo")
    assert wrong.status_code == 422 and "identificador completo" in Page(wrong).text
    other = await console(town, admin, "coordina", "coordinator")
    assert (await other.get("/accesos")).status_code == 403
    assert "/accesos" not in Page(await other.get("/casos")).addresses

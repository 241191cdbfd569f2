"""The candidate register on screen, over what intake really answers (FRM-15)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.intake.definition import SERVICE as INTAKE
from tests.services.casework import office
from tests.services.gateway.conftest import Api, Gateway, new_person
from tests.services.gateway.test_console import Page, enter
from tests.services.intake.counter import Counter

pytestmark = pytest.mark.anyio


@pytest.fixture
async def clerk(
    gateway: Gateway, admin: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[httpx.AsyncClient, str, str]]:
    """A coordinator in the console, two candidates behind it: one is still only identified, the other is eligible."""
    login, password, _ = await new_person(admin, "clara", "coordinator")
    with office(INTAKE, tmp_path / "intake") as desk:
        counter = Counter(desk, tmp_path)
        first = counter.candidate()
        counter.evaluate(first)
        counter.communicate(first)
        call = counter.ask("case", id=first)["call"]["id"]
        second = counter.identify(call, doc_no="79.111.222", names="Aurelio", source="hemi", hemi_ref="H-1")
        for query in ("candidates", "candidates_file"):

            def answer(_service: str, params: dict[str, Any], _who: Any, query: str = query) -> Any:
                return desk.ask(query, "coordinator", **params)

            monkeypatch.setattr(gateway.remote, f"_{query}", answer, raising=False)
        async with gateway.client() as client:
            await enter(client, login, password)
            yield client, first, second


async def test_the_register_is_filtered_and_leads_to_the_cases_and_to_its_file(
    gateway: Gateway, clerk: tuple[httpx.AsyncClient, str, str]
) -> None:
    """FRM-15, X-13: by state, source, route and interest; the file has the same filters and leaves a row."""
    client, first, second = clerk
    page = Page(await client.get("/candidatos"))
    assert {f"/casos/{first}", f"/casos/{second}"} <= set(page.addresses) and not page.inline
    assert "Fortalecimiento" in page.text and "Sin preguntar" in page.text
    labels = set(page.labelled)
    assert all(one.get("id") in labels for one in page.inputs)
    for asked, shown in (("fuente=hemi", second), ("ruta=strengthening", first), ("estado=eligible", first)):
        addresses = Page(await client.get(f"/candidatos?{asked}")).addresses
        assert [one for one in (first, second) if f"/casos/{one}" in addresses] == [shown], asked
    assert "No hay candidatos" in Page(await client.get("/candidatos?interes=yes")).text
    filtered = Page(await client.get("/candidatos?fuente=hemi"))
    (csv,) = [one for one in filtered.addresses if "formato=csv" in one]
    before = len(gateway.door.access_log.entries(after=0, limit=5000))
    file = await client.get(csv)
    assert file.headers["content-disposition"].startswith("attachment") and second in file.text
    assert first not in file.text
    noted = gateway.door.access_log.entries(after=0, limit=5000)[before:]
    assert [(row["what"], row["act"]) for row in noted] == [("export", "candidates")]
    assert "/candidatos" in Page(await client.get("/listas")).addresses

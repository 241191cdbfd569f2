"""The pages of the control board, the reports and HEMI, over what reporting really answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.services.gateway.conftest import Api, Gateway, new_person
from tests.services.gateway.test_console import Page, enter
from tests.services.reporting.bureau import Bureau, bureau

pytestmark = pytest.mark.anyio


def answering(office: Bureau, query: str) -> Any:
    """What the office answers to a query, as the gateway's stand-in for the services asks it."""

    def answer(_service: str, params: dict[str, Any], _who: Any) -> Any:
        return office.ask(query, **params)

    return answer


@pytest.fixture
async def coordinator(gateway: Gateway, admin: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A coordinator in the console, with an office behind it that has a report, a visit and a HEMI entry."""
    login, password, _ = await new_person(admin, "clara", "coordinator")
    with bureau(tmp_path / "reporting") as office:
        case = office.assisted()
        office.visited(case)
        report = office.drafted()
        office.next_actions(report, case)
        office.submitted(report)
        for query in ("board", "reports", "report", "hemi"):
            monkeypatch.setattr(gateway.remote, f"_{query}", answering(office, query), raising=False)
        async with gateway.client() as client:
            await enter(client, login, password)
            yield client, case, report


async def test_every_number_of_the_board_leads_to_its_cases(coordinator: Any) -> None:
    """BRD-1, BRD-2, BRD-3, FRM-20"""
    client, case, _ = coordinator
    page = Page(await client.get("/tablero"))
    assert f"/casos/{case}" in page.addresses and "/tablero?estado=in_assistance" in page.addresses
    assert "Tablero de control" in page.text and "Visitas de seguimiento" in page.text and not page.inline
    assert f"/casos/{case}" in Page(await client.get("/tablero?estado=in_assistance")).addresses
    assert f"/casos/{case}" not in Page(await client.get("/tablero?estado=identified")).addresses
    labels = set(page.labelled)
    assert all(one.get("id") in labels for one in page.inputs)
    assert all(words in page.text for words in ("Casos por actividad", "Existencias", "Líneas de almacén sin cruzar"))


async def test_a_number_of_a_selection_is_opened_within_it(coordinator: Any) -> None:
    """BRD-1, BRD-3: the numbers count within the selection, so their lists keep it, and both clocks."""
    client, case, _ = coordinator
    asked = "ruta=strengthening&ocurrido=2026-11-20"
    empty = Page(await client.get(f"/tablero?{asked}"))
    assert f"/casos/{case}" not in empty.addresses
    page = Page(await client.get("/tablero?ocurrido=2026-11-20&novedad=hemi_late"))
    numbers = {each for each in page.addresses if each.startswith("/tablero?")}
    assert numbers and all("ocurrido=2026-11-20" in each for each in numbers)
    assert "/tablero?ocurrido=2026-11-20&llegaron=20" in numbers
    assert f"/casos/{case}" in Page(await client.get("/tablero?ocurrido=2026-11-20&llegaron=20")).addresses


async def test_the_report_offers_the_step_that_is_next_to_who_may_take_it(coordinator: Any) -> None:
    """A21-2, REP-7"""
    client, case, report = coordinator
    assert f"/informes/{report}" in Page(await client.get("/informes")).addresses
    page = Page(await client.get(f"/informes/{report}"))
    acts = [each for each in page.addresses if each.startswith("/actos/")]
    assert [each.partition("?")[0] for each in acts] == ["/actos/reporting/ConsolidateReport"]
    assert "FIG-16" in page.text and "Costear el segundo producto" in page.text and f"/casos/{case}" in page.addresses


async def test_the_work_list_of_hemi_leads_to_its_receipt(coordinator: Any) -> None:
    """HEM-3"""
    client, case, _ = coordinator
    page = Page(await client.get("/hemi?estado=pending"))
    acts = {each.partition("?")[0] for each in page.addresses if each.startswith("/actos/")}
    assert acts == {"/actos/reporting/RecordHemiReceipt", "/actos/reporting/RecordHemiRejection"}
    assert f"/casos/{case}" in page.addresses and not page.inline

"""The warehouse's page of the console: what is there, what it is worth, as of both clocks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.services.gateway.conftest import Api, Gateway, new_person
from tests.services.gateway.test_console import Page, enter
from tests.services.inventory.desk import office
from tests.services.inventory.test_periods import close, opened_in_september

pytestmark = pytest.mark.anyio


@pytest.fixture
async def keeper(gateway: Gateway, admin: Api) -> AsyncIterator[httpx.AsyncClient]:
    login, password, _ = await new_person(admin, "karina", "warehouse_keeper")
    async with gateway.client() as client:
        await enter(client, login, password)
        yield client


async def test_the_stock_is_shown_with_its_value_as_of_both_clocks(gateway: Gateway, keeper: httpx.AsyncClient) -> None:
    """INV-5, INV-7, INV-11, INV-4: a moment that a person picks is one of Bogotá; what waits or expires is under it."""
    answer = await keeper.get("/almacen?ocurrido=2026-11-02&registrado=2026-11-05T17:30")
    assert answer.status_code == 200
    assert "$ 1.446.000,00" in answer.text and "ALM-1-2026-17-1" in answer.text
    assert "Retiro sin entrega firmada" in answer.text and "más de 5 días" in answer.text
    assert "ALM-1-2026-18-1" in answer.text and "por vencer" in answer.text
    asked = [payload["params"] for _, _, payload in gateway.remote.received if payload.get("query") == "stock"]
    assert asked == [{"limit": 200, "as_of": "2026-11-02", "recorded_until": "2026-11-05T17:30:00-05:00"}]


async def test_the_kardex_leads_to_documents_and_timeline_page_by_page_and_as_a_workbook(
    gateway: Gateway, keeper: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-8: over what inventory really answers; every page has what the next one needs."""
    with office(tmp_path / "inventory") as opened:
        case, withdrawal = opened.withdrawn("6")
        for query in ("kardex", "kardex_workbook"):

            def answer(_service: str, params: dict[str, Any], _who: Any, query: str = query) -> Any:
                return opened.ask(query, **{**params, **({"limit": "2"} if "limit" in params else {})})

            monkeypatch.setattr(gateway.remote, f"_{query}", answer, raising=False)
        (row,) = opened.ask("stock")["items"]
        page = Page(await keeper.get(f"/almacen/kardex?elemento={row['item_id']}"))
        assert "Asignación" in page.text and "Retiro" not in page.text and not page.inline
        assert f"/casos/{case}#linea" in page.addresses
        (following,) = [one for one in page.addresses if "desde=" in one]
        second = Page(await keeper.get(following))
        assert "Retiro" in second.text and withdrawal["number"] in second.text
        (workbook,) = [one for one in page.addresses if one.startswith("/almacen/kardex.xlsx")]
        answer = await keeper.get(workbook)
        assert answer.content[:2] == b"PK" and answer.headers["content-disposition"].startswith("attachment")


async def test_the_closed_months_are_shown_with_the_figures_they_keep(
    gateway: Gateway, keeper: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-9: over what inventory really answers, by month and warehouse."""
    with office(tmp_path / "inventory") as opened:
        opened_in_september(opened)
        close(opened, "2026-09")
        close(opened, "2026-10")
        for query in ("closed_periods", "warehouses"):

            def answer(_service: str, params: dict[str, Any], _who: Any, query: str = query) -> Any:
                return opened.ask(query, who="keeper", **{name: str(value) for name, value in params.items()})

            monkeypatch.setattr(gateway.remote, f"_{query}", answer, raising=False)
        page = Page(await keeper.get("/almacen/cierres"))
        (row,) = opened.ask("closed_periods", who="keeper", period="2026-09")["items"]
        code, item = row["warehouse_code"], row["items"][0]
        assert f"2026-09, {code}" in page.text and f"2026-10, {code}" in page.text and not page.inline
        assert item["item_code"] in page.text and item["on_hand"] in page.text
        labels = set(page.labelled)
        assert all(one.get("id") in labels for one in page.inputs)
        one = Page(await keeper.get(f"/almacen/cierres?mes=2026-09&almacen={code}"))
        assert f"2026-09, {code}" in one.text and f"2026-10, {code}" not in one.text
        assert "No hay meses cerrados" in Page(await keeper.get("/almacen/cierres?mes=2026-01")).text
        assert (await keeper.get("/listas/cierres")).headers["location"] == "/almacen/cierres"

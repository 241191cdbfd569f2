"""The warehouse's page of the console: what is there, what it is worth, as of both clocks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.services.gateway.conftest import Api, Gateway, new_person
from tests.services.gateway.test_console import enter

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

"""Whether the edge lives and is ready, as those ask who start, stop and watch it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from services.gateway.hosting import local_system
from shared.runtime.health import Check, Checks
from tests.services.gateway.conftest import Gateway


@pytest.mark.anyio
async def test_the_edge_tells_what_it_misses_and_lives_all_the_same(gateway: Gateway) -> None:
    async def needs() -> Checks:
        return {"broker": Check(False, "el intermediario de mensajes no responde")}

    gateway.app.state.ready = needs
    async with gateway.client() as client:
        away = await client.get("/healthz/ready")
        assert away.status_code == 503
        assert away.json() == {
            "status": "unavailable",
            "checks": {"broker": {"ok": False, "reason": "el intermediario de mensajes no responde"}},
        }
        assert (await client.get("/healthz/live")).json() == {"status": "ok"}


def test_the_embedded_system_is_ready_when_each_of_its_services_is(tmp_path: Path) -> None:
    with local_system(tmp_path) as system:
        answer = httpx.get(f"{system.url}/healthz/ready")
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
        assert {"database", "triggers", "threads", "intake.database", "reporting.followers"} <= answer.json()[
            "checks"
        ].keys()
        assert httpx.get(f"{system.url}/healthz/live").status_code == 200

        with system.host.services["intake"].application.database.write() as connection:
            connection.exec_driver_sql("DROP TRIGGER events_refuse_update")
        answer = httpx.get(f"{system.url}/healthz/ready")
        assert answer.status_code == 503
        assert "events_refuse_update" in answer.json()["checks"]["intake.triggers"]["reason"]

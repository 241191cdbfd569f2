"""Who may read the figures of the edge's process, and what they tell of requests, calls and log-ins."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from starlette.routing import Route

from services.gateway.exposition import listen, loopback_route
from services.gateway.hosting import local_system
from shared.runtime.config import ConfigurationError
from shared.runtime.instruments import Instruments
from shared.runtime.probes import Figures
from tests.services.gateway.conftest import Api, Gateway
from tests.unit.runtime.test_instruments import told

ROOT = Path(__file__).parents[3]


@pytest.mark.anyio
async def test_a_request_a_call_and_a_failed_log_in_are_counted(gateway: Gateway, caseworker: Api) -> None:
    instruments = gateway.instruments
    before = told(instruments)
    gateway.remote.late = {"intake"}
    assert (await caseworker.send("GET", "/api/calls")).status_code == 503
    gateway.remote.late = set()
    await caseworker.send("GET", "/api/calls")
    await caseworker.client.post("/api/session", json={"login": "carla", "password": "wrong-wrong"})
    await caseworker.client.request("CEDULA1020304050", "/api/1020304050")
    found = told(instruments)

    def more(name: str, *labels: str) -> float:
        return found.get((name, labels), 0) - before.get((name, labels), 0)

    assert more("impulso_http_requests_total", "GET", "/api/calls", "503") == 1
    assert more("impulso_http_requests_total", "GET", "/api/calls", "200") == 1
    assert more("impulso_rpc_seconds_count", "intake", "query") == 2
    assert more("impulso_rpc_failures_total", "intake", "query", "deadline") == 1
    assert more("impulso_access_total", "login_failed") == 1
    assert b"1020304050" not in instruments.exposition()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("address", "base_url", "headers", "status"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000", {}, 200),
        ("::1", "http://localhost:8000", {}, 200),
        ("192.0.2.10", "http://127.0.0.1:8000", {}, 404),
        # A proxy on the same machine, and a page whose name was pointed at it.
        ("127.0.0.1", "http://127.0.0.1:8000", {"X-Forwarded-For": "192.0.2.10"}, 404),
        ("127.0.0.1", "http://evil.example:8000", {}, 404),
    ],
)
async def test_the_embedded_system_tells_its_figures_on_its_own_machine_alone(
    gateway: Gateway, address: str, base_url: str, headers: dict[str, str], status: int
) -> None:
    gateway.app.router.routes.insert(0, loopback_route(gateway.instruments))
    async with gateway.client(address, base_url=base_url) as client:
        assert (await client.get("/metrics", headers=headers)).status_code == status


def test_the_gateway_of_the_containers_has_no_such_address_and_the_proxy_none_either(gateway: Gateway) -> None:
    assert not [route for route in gateway.app.routes if isinstance(route, Route) and "metrics" in route.path]
    proxy = (ROOT / "deploy/caddy/Caddyfile").read_text("utf-8")
    refused = next(line for line in proxy.splitlines() if line.strip().startswith("@inside path"))
    assert {"/metrics", "/metrics/*", "/healthz/*"} <= set(refused.split())
    assert proxy.index("respond @inside 404") < proxy.index("\treverse_proxy {")


def test_a_port_of_its_own_tells_the_figures_and_nothing_else() -> None:
    server = listen("127.0.0.1:0", Figures(Instruments()))
    assert server is not None
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        assert "impulso_commands_total" in httpx.get(f"{url}/metrics").text
        assert httpx.get(f"{url}/api/me").status_code == 404
    finally:
        server.shutdown()
        server.server_close()
    assert listen("", Figures(Instruments())) is None
    with pytest.raises(ConfigurationError):
        listen("nowhere", Figures(Instruments()))


def test_the_whole_embedded_system_tells_the_figures_of_each_service(tmp_path: Path) -> None:
    with local_system(tmp_path) as system:
        httpx.get(f"{system.url}/healthz")
        answer = httpx.get(f"{system.url}/metrics")
    assert answer.status_code == 200
    for service in ("intake", "profiling", "assistance", "inventory", "reporting", "gateway"):
        assert f'impulso_check_ok{{check="database",service="{service}"}} 1.0' in answer.text
    assert 'impulso_follower_lag_events{service="reporting",upstream="intake"} 0.0' in answer.text

"""Rate limits: who runs wild is told to wait, and nobody else notices."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from services.gateway.app import create_app
from services.gateway.problems import MEDIA_TYPE
from services.gateway.rate_limit import MAX_BUCKETS, PROXIES, Buckets, Limits, Rate, RateLimit, trusted_proxies
from services.gateway.service_tokens import PREFIX
from shared.runtime.config import ConfigurationError
from tests.services.gateway.conftest import Clock, Gateway

pytestmark = pytest.mark.anyio
TIGHT = Limits(token=Rate(1, 3), session=Rate(2, 4), address=Rate(10, 50), stranger=Rate(1, 2))


class Served:
    def __init__(self, limits: Limits = TIGHT) -> None:
        self.clock = Clock()
        self.buckets = Buckets(limits, clock=self.clock)

        async def hello(_request: Request) -> PlainTextResponse:
            return PlainTextResponse("hola")

        routes = [Route(path, hello) for path in ("/api/me", "/healthz", "/casos", "/static/x.css")]
        inner = Starlette(routes=routes)
        limited = RateLimit(inner, self.buckets)

        async def app(scope, receive, send) -> None:
            scope.setdefault("state", {})
            await limited(scope, receive, send)

        self.app = app

    def client(self, address: str = "192.0.2.1") -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, client=(address, 4000)), base_url="http://impulso.test"
        )

    async def statuses(self, count: int, address: str = "192.0.2.1", path: str = "/api/me", **sent: str) -> list[int]:
        async with self.client(address) as client:
            return [(await client.get(path, headers=sent)).status_code for _ in range(count)]


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    yield Served()


async def test_a_burst_is_taken_and_what_follows_waits_for_its_turn(served: Served) -> None:
    token = {"Authorization": f"Bearer {PREFIX}a"}
    assert await served.statuses(5, **token) == [200, 200, 200, 429, 429]
    served.clock.now += 2
    assert await served.statuses(3, **token) == [200, 200, 429]


async def test_a_refusal_says_how_long_and_each_answer_how_much_is_left(served: Served) -> None:
    token = {"Authorization": f"Bearer {PREFIX}a"}
    async with served.client() as client:
        answers = [await client.get("/api/me", headers=token) for _ in range(4)]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer.headers["ratelimit-limit"] for answer in answers} == {"3"}
    refused = answers[-1]
    assert refused.headers["retry-after"] == "1" and refused.headers["ratelimit-reset"] == "3"
    assert refused.headers["content-type"] == MEDIA_TYPE and refused.json()["code"] == "RATE_LIMITED"


async def test_one_client_running_wild_costs_another_nothing(served: Served) -> None:
    await served.statuses(10, Authorization=f"Bearer {PREFIX}a")
    assert await served.statuses(3, Authorization=f"Bearer {PREFIX}b") == [200] * 3
    assert await served.statuses(4, Authorization="Bearer una-sesion") == [200] * 4
    assert await served.statuses(4, Cookie="otra=1; impulso=una-galleta") == [200] * 4


async def test_made_up_tokens_share_the_bucket_of_their_address(served: Served) -> None:
    found: list[int] = []
    for number in range(60):
        found += await served.statuses(1, Authorization=f"Bearer inventado-{number}")
    assert found == [200] * 50 + [429] * 10
    assert await served.statuses(1, "192.0.2.2", Authorization="Bearer inventado-1") == [200]


async def test_who_has_no_session_is_counted_by_address(served: Served) -> None:
    assert await served.statuses(3) == [200, 200, 429]
    assert await served.statuses(2, "192.0.2.2") == [200, 200]
    async with served.client() as client:
        page = await client.get("/casos")
    assert page.status_code == 429 and "Demasiadas solicitudes" in page.text and "ratelimit-limit" not in page.headers


async def test_health_and_assets_are_never_refused(served: Served) -> None:
    for path in ("/healthz", "/static/x.css"):
        assert await served.statuses(20, path=path) == [200] * 20


async def test_no_more_clients_are_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.gateway.rate_limit.MAX_BUCKETS", 10)
    buckets = Buckets(TIGHT, clock=Clock())
    for number in range(100):
        buckets.take(f"192.0.2.{number}", "")
    assert len(buckets._held) == 10 < MAX_BUCKETS
    assert "192.0.2.99" in {address for _, address in buckets._held}


async def test_nothing_that_opens_a_session_is_remembered() -> None:
    buckets = Buckets(TIGHT, clock=Clock())
    buckets.take("192.0.2.1", PREFIX + "secreto")
    assert "secreto" not in str(buckets._held)


async def test_the_gateway_answers_within_its_limits(gateway: Gateway) -> None:
    limits = Limits(stranger=Rate(0.001, 2))
    app = create_app(gateway.app.state.edge.port, gateway.door, gateway.issuer, gateway.catalogue, limits=limits)
    transport = httpx.ASGITransport(app, client=("192.0.2.10", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://impulso.test") as client:
        answers = [await client.get("/api/me") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert answers[-1].headers["x-request-id"] in answers[-1].json()["instance"]


@pytest.mark.parametrize("wrong", ["20", "veinte/200", "20/0", "0/20", "-1/3"])
def test_a_wrong_limit_is_named_at_start(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match="IMPULSO_RATE_TOKEN"):
        Limits.read({"IMPULSO_RATE_TOKEN": wrong})


def test_limits_are_read_and_may_be_switched_off() -> None:
    found = Limits.read({"IMPULSO_RATE_TOKEN": "5/10", "IMPULSO_RATE_ADDRESS": "0/0", "IMPULSO_RATE_STRANGER": "0/0"})
    assert (found.token, found.session) == (Rate(5, 10), Limits().session)
    assert Buckets(found).take("192.0.2.1", "") is None


def test_only_private_networks_may_say_who_the_client_was_unless_told_otherwise() -> None:
    assert trusted_proxies({}) == PROXIES and "*" not in PROXIES
    assert trusted_proxies({"IMPULSO_TRUSTED_PROXIES": "198.51.100.4"}) == "198.51.100.4"

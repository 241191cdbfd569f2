"""Service tokens of integrators: shown once, narrow, and over when they are over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa

from services.gateway import service_tokens, tables
from services.gateway.app import COMMAND_PATHS
from services.gateway.scopes import OPENED
from shared.catalogue.commands import SERVICES
from shared.runtime.clock import today
from shared.runtime.rebuild import rebuild
from tests.services.gateway.conftest import Api, Clock, Gateway, log_in, new_person

pytestmark = pytest.mark.anyio
ISSUE = "/api/service-tokens/issue-service-token"


class Desk:
    """An administrator who gives tokens to integrators."""

    def __init__(self, gateway: Gateway, admin: Api, person: str, account: str, password: str, clock: Clock) -> None:
        self.gateway, self.admin, self.person, self.account = gateway, admin, person, account
        self.password, self.clock = password, clock

    async def issue(self, *scopes: str, days: int = 90, **more: Any) -> dict[str, Any]:
        answer = await self.admin.act(ISSUE, self.body(*scopes, days=days), **more)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def body(self, *scopes: str, days: int = 90) -> dict[str, Any]:
        last = (today() + timedelta(days=days)).isoformat()
        return {"person": self.person, "system": "Tablero distrital", "scopes": list(scopes), "expires_on": last}

    async def on(self, token: str, act: str, **body: Any) -> httpx.Response:
        return await self.admin.act(f"/api/service-tokens/{token}/{act}-service-token", body)

    async def ask(self, token: str, path: str, method: str = "GET", **options: Any) -> httpx.Response:
        async with self.gateway.client() as client:
            return await client.request(method, path, headers={"Authorization": f"Bearer {token}"}, **options)

    async def listed(self) -> list[dict[str, Any]]:
        return list((await self.admin.send("GET", "/api/service-tokens")).json()["items"])


@pytest.fixture
async def desk(gateway: Gateway, admin: Api) -> Desk:
    gateway.door.service_tokens._clock = clock = Clock()
    login, password, person = await new_person(admin, "tablero", "integration_client")
    accounts = (await admin.send("GET", "/api/accounts")).json()["items"]
    account = next(one["id"] for one in accounts if one["login"] == login)
    return Desk(gateway, admin, person, account, password, clock)


async def test_a_token_is_shown_once_and_stored_nowhere(desk: Desk) -> None:
    key = str(uuid4())
    made = await desk.issue("events:read", key=key)
    again = await desk.issue("events:read", key=key)
    assert made["token"].startswith(service_tokens.PREFIX) and again["token"] is None and made["id"] == again["id"]
    with desk.gateway.application.database.read() as connection:
        kept = connection.execute(sa.select(tables.service_token_secrets)).all()
    assert len(kept) == 1 and made["token"] not in str(kept)
    assert "secret" not in str(await desk.listed()) and made["token"] not in str(await desk.listed())


async def test_a_token_reads_the_feeds_of_its_scopes_and_nothing_else(desk: Desk) -> None:
    narrow, wide = await desk.issue("events:read:intake"), await desk.issue("events:read")
    assert (await desk.ask(narrow["token"], "/api/events/intake")).status_code == 200
    for service in SERVICES:
        answer = await desk.ask(narrow["token"], f"/api/events/{service}")
        assert answer.status_code == (200 if service == "intake" else 403)
        assert (await desk.ask(wide["token"], f"/api/events/{service}")).status_code == 200
    assert (await desk.ask(wide["token"], "/api/catalogue")).json()["code"] == "SCOPE_MISSING"
    reader = await desk.issue("catalogue:read")
    assert (await desk.ask(reader["token"], "/api/catalogue")).status_code == 200
    me = (await desk.ask(narrow["token"], "/api/me")).json()
    assert me["scopes"] == ["events:read:intake"] and [one["role"] for one in me["grants"]] == ["integration_client"]


async def test_a_token_keeps_webhooks_for_the_events_that_it_may_read_itself(desk: Desk) -> None:
    desk.gateway.application.private_webhooks = True
    writer = (await desk.issue("webhooks:write", "events:read:intake"))["token"]
    reader = (await desk.issue("webhooks:read"))["token"]

    async def act(token: str, path: str, body: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
        async with desk.gateway.client() as client:
            return await client.post(f"/api/webhooks/{path}", json=body, headers=headers)

    body = {"url": "http://127.0.0.1:9/eventos", "services": ["intake"]}
    assert (await act(reader, "register-webhook", body)).json()["code"] == "SCOPE_MISSING"
    for services in (["inventory"], ["intake", "inventory"]):
        refused = await act(writer, "register-webhook", {**body, "services": services})
        assert (refused.status_code, refused.json()["code"]) == (403, "SCOPE_MISSING")
    made = (await act(writer, "register-webhook", body)).json()
    assert made["person"] == desk.person and made["secret"].startswith("whsec_")
    wide = {**body, "services": ["intake", "inventory"], "person": desk.person}
    other = (await desk.admin.act("/api/webhooks/register-webhook", wide)).json()
    again = {"service": "inventory", "after": 0}
    assert (await act(writer, f"{other['id']}/replay", again)).json()["code"] == "SCOPE_MISSING"
    assert (await act(writer, f"{other['id']}/replay", {**again, "service": "intake"})).status_code == 200
    for token in (reader, writer):
        listed = (await desk.ask(token, "/api/webhooks")).json()["items"]
        assert {one["id"] for one in listed} == {made["id"], other["id"]}
        assert (await desk.ask(token, f"/api/webhooks/{made['id']}/deliveries")).status_code == 200
    for path, content in (
        ("ping", {}),
        ("pause-webhook", {}),
        ("resume-webhook", {}),
        ("rotate-webhook-secret", {"overlap_hours": 0}),
        ("remove-webhook", {"reason": "Ya no se usa"}),
    ):
        assert (await act(reader, f"{made['id']}/{path}", content)).json()["code"] == "SCOPE_MISSING"
        assert (await act(writer, f"{made['id']}/{path}", content)).status_code == 200, path


async def test_every_other_address_is_closed_to_every_token(desk: Desk) -> None:
    """ROL-01: generated over the routes of the API, with every scope there is; each denial is logged."""
    fields = desk.gateway.catalogue.command("IssueServiceToken", "gateway").fields
    every = next(list(each.item.options) for each in fields if each.name == "scopes" and each.item)
    token = (await desk.issue(*every))["token"]
    open_to_all = {"/api/openapi.json", "/api/docs", *COMMAND_PATHS}
    asked = 0
    for route in desk.gateway.app.routes:
        path = getattr(route, "path", "")
        if not path.startswith("/api/") or path in open_to_all or path in OPENED:
            continue
        for method in getattr(route, "methods", ()) - {"HEAD"}:
            if (path, method) == ("/api/session", "POST"):
                continue
            address = path.replace("{id:uuid}", str(uuid4())).replace("{service}", "intake")
            address = address.replace("{upstream}", "profiling").replace("{sequence:int}", "1")
            answer = await desk.ask(token, address, method, json={} if method == "POST" else None)
            assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_MISSING"), (method, path, answer.text)
            asked += 1
    command = await desk.ask(token, ISSUE, "POST", json={})
    assert command.json()["code"] == "SCOPE_MISSING"
    noted = [row for row in desk.gateway.door.access_log.entries(limit=5000) if row["code"] == "SCOPE_MISSING"]
    assert len(noted) == asked + 1 > 20


async def test_a_rotated_token_serves_beside_its_successor_for_the_overlap(desk: Desk) -> None:
    first = await desk.issue("events:read")
    last = (today() + timedelta(days=30)).isoformat()
    second = (await desk.on(first["id"], "rotate", expires_on=last, overlap_hours=2)).json()
    for token in (first, second):
        assert (await desk.ask(token["token"], "/api/me")).status_code == 200
    desk.clock.now += 2 * 3600
    assert (await desk.ask(first["token"], "/api/me")).status_code == 401
    assert (await desk.ask(second["token"], "/api/me")).status_code == 200
    third = (await desk.on(first["id"], "rotate", expires_on=last, overlap_hours=0)).json()
    assert (await desk.ask(second["token"], "/api/me")).status_code == 401
    assert (await desk.ask(third["token"], "/api/me")).status_code == 200
    assert desk.gateway.door.service_tokens.sweep() == 2


async def test_a_revoked_token_is_over_at_once_and_stays_so(desk: Desk) -> None:
    """X-11: `TOKEN_REVOKED`."""
    made = await desk.issue("events:read")
    assert (await desk.on(made["id"], "revoke", reason="El convenio terminó")).status_code == 200
    assert (await desk.ask(made["token"], "/api/me")).status_code == 401
    last = today().isoformat()
    assert (await desk.on(made["id"], "rotate", expires_on=last)).json()["code"] == "TOKEN_REVOKED"
    assert (await desk.on(made["id"], "revoke", reason="Otra vez")).json()["code"] == "TOKEN_REVOKED"
    rebuild(desk.gateway.application, desk.gateway.assembled.definition)
    assert (await desk.listed())[0]["revoked_on"] == today().isoformat()
    assert (await desk.ask(made["token"], "/api/me")).status_code == 401


async def test_a_token_ends_after_its_last_day(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await desk.issue("events:read", days=0)
    assert (await desk.ask(made["token"], "/api/me")).status_code == 200
    monkeypatch.setattr(desk.gateway.door.service_tokens, "_day", lambda: today() + timedelta(days=1))
    assert (await desk.ask(made["token"], "/api/me")).status_code == 401


async def test_a_token_is_given_to_an_integrator_for_at_most_a_year(desk: Desk) -> None:
    """X-11: `INTEGRATOR_REQUIRED`, `TOKEN_PERIOD_INVALID`."""
    _, _, other = await new_person(desk.admin, "carla", "caseworker")
    refused = await desk.admin.act(ISSUE, {**desk.body("events:read"), "person": other})
    assert (refused.status_code, refused.json()["code"]) == (409, "INTEGRATOR_REQUIRED")
    for days in (-1, 400):
        assert (await desk.admin.act(ISSUE, desk.body("events:read", days=days))).json()[
            "code"
        ] == "TOKEN_PERIOD_INVALID"
    for scopes in ([], ["cases:write"]):
        assert (await desk.admin.act(ISSUE, desk.body(*scopes))).status_code == 422


async def test_a_token_asks_as_an_integrator_alone_and_falls_with_its_holder(desk: Desk) -> None:
    """ROL-04: it gives nothing once the grant or the account ended, and never the other roles of its holder."""
    token = (await desk.issue("events:read"))["token"]
    body = {"role": "coordinator", "organisation": "IPES", "programme": "PR-156"}
    assert (await desk.admin.act(f"/api/staff-members/{desk.person}/grant-role", body)).status_code == 200
    me = (await desk.ask(token, "/api/me")).json()
    assert [one["role"] for one in me["grants"]] == ["integration_client"]
    held = next(one for one in me["grants"])["id"]
    ended = {"grant": held, "reason": "Terminó el convenio"}
    assert (await desk.admin.act(f"/api/staff-members/{desk.person}/end-role", ended)).status_code == 200
    assert (await desk.ask(token, "/api/events/intake")).json()["code"] == "NOT_AUTHORISED"
    gone = await desk.admin.act(f"/api/accounts/{desk.account}/disable-account", {"reason": "Terminó el convenio"})
    assert gone.status_code == 200
    assert (await desk.ask(token, "/api/me")).status_code == 401


async def test_only_the_administrator_gives_and_sees_tokens_and_a_token_opens_no_console(desk: Desk) -> None:
    token = (await desk.issue("events:read"))["token"]
    async with desk.gateway.client() as client:
        integrator = await log_in(client, "tablero", desk.password)
        assert (await integrator.send("GET", "/api/service-tokens")).status_code == 403
        assert (await integrator.act(ISSUE, desk.body("events:read"))).status_code == 403
    async with desk.gateway.client(cookies={"impulso": token}) as browser:
        assert (await browser.get("/casos")).status_code == 303
    assert (await desk.ask(service_tokens.PREFIX + "x" * 43, "/api/me")).status_code == 401


async def test_the_list_tells_when_a_token_was_last_used(desk: Desk) -> None:
    token = (await desk.issue("events:read"))["token"]
    assert (await desk.listed())[0]["used_at"] is None
    await desk.ask(token, "/api/me")
    assert (await desk.listed())[0]["used_at"] == desk.clock.now


async def test_the_document_says_which_scopes_open_an_address(gateway: Gateway) -> None:
    async with gateway.client() as client:
        document = (await client.get("/api/openapi.json")).json()
    assert set(document["components"]["securitySchemes"]) == {"bearer", "serviceToken"}
    feed = document["paths"]["/api/events/{service}"]["get"]["security"]
    assert {"serviceToken": ["events:read", "events:read:{service}"]} in feed
    paths = document["paths"]
    assert {"serviceToken": ["webhooks:write"]} in paths["/api/webhooks/{id}/pause-webhook"]["post"]["security"]
    assert "security" not in paths["/api/accounts"]["get"]
    assert "security" not in paths["/api/calls/open-call"]["post"]

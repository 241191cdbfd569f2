"""Webhooks as those who own them keep them: secrets, pauses, addresses that are refused, and the console's page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.gateway import tables
from services.gateway.webhooks import addresses
from services.gateway.webhooks.settings import WebhookSettings
from services.gateway.webhooks.signing import signature
from shared.runtime.config import ConfigurationError
from shared.runtime.rebuild import rebuild
from tests.services.gateway.conftest import Gateway, log_in, new_person
from tests.services.gateway.posting import Post

pytestmark = pytest.mark.anyio


async def test_a_secret_is_shown_once_sealed_and_signs_beside_its_successor_for_the_overlap(post: Post) -> None:
    hook = await post.register()
    second = (await post.on(hook, "rotate-webhook-secret", overlap_hours=1)).json()["secret"]
    post.logs.record("intake", "A")
    await post.courier.deliver()
    headers, body = post.inbox.got[0]
    stamp = int(headers["webhook-timestamp"])
    both = [signature(each, "intake:1", stamp, body) for each in (second, hook["secret"])]
    assert headers["webhook-signature"].split() == both
    with post.gateway.application.database.read() as connection:
        kept = str(connection.execute(sa.select(tables.webhook_secrets)).all())
    assert hook["secret"] not in kept and second not in kept
    secrets = post.gateway.door.webhook_secrets
    secrets._clock = lambda: post.gateway.clock.now + 3601
    assert secrets.in_force(UUID(hook["id"])) == [second]
    assert secrets.sweep() == 1


async def test_a_test_message_is_signed_and_no_event(post: Post) -> None:
    hook = await post.register()
    path = f"/api/webhooks/{hook['id']}/ping"
    assert (await post.integrator.send("POST", path, json={})).json()["outcome"] == "delivered"
    assert post.inbox.events[0]["type"] == "Ping"
    post.inbox.statuses = [500]
    told = (await post.integrator.send("POST", path, json={})).json()
    assert (told["outcome"], told["status"]) == ("refused", 500)
    assert (await post.listed(hook))["positions"] == []


async def test_a_pause_a_removal_and_the_end_of_the_role_stop_the_deliveries(post: Post) -> None:
    """ROL-04; X-11: `WEBHOOK_PAUSED`, `WEBHOOK_REMOVED`."""
    hook, other = await post.register(), await post.register()
    assert (await post.on(hook, "pause-webhook")).status_code == 200
    assert (await post.on(hook, "pause-webhook")).json()["code"] == "WEBHOOK_PAUSED"
    assert (await post.on(other, "remove-webhook", reason="Ya no se usa")).status_code == 200
    assert (await post.on(other, "resume-webhook")).json()["code"] == "WEBHOOK_REMOVED"
    post.logs.record("intake", "A")
    await post.courier.deliver()
    assert post.ids == []
    await post.on(hook, "resume-webhook")
    rebuild(post.gateway.application, post.gateway.assembled.definition)
    accounts = (await post.admin.send("GET", "/api/accounts")).json()["items"]
    held = next(one for one in accounts if one["login"] == "tablero")["grants"][0]["grant_id"]
    ended = {"grant": held, "reason": "Terminó el convenio"}
    await post.admin.act(f"/api/staff-members/{post.integrator.person}/end-role", ended)
    await post.courier.deliver()
    assert post.ids == []
    items = (await post.admin.send("GET", "/api/webhooks")).json()["items"]
    assert next(one for one in items if one["id"] == hook["id"])["cause"] == "grant"


async def test_an_integrator_sees_and_changes_its_own_webhooks_alone(post: Post, gateway: Gateway) -> None:
    """X-11: `INTEGRATOR_REQUIRED`."""
    hook = await post.register()
    login, password, person = await new_person(post.admin, "otro", "integration_client")
    async with gateway.client() as client:
        other = await log_in(client, login, password)
        assert (await other.send("GET", "/api/webhooks")).json()["items"] == []
        assert (await other.send("GET", f"/api/webhooks/{hook['id']}/deliveries")).status_code == 404
        assert (await other.act(f"/api/webhooks/{hook['id']}/pause-webhook", {})).status_code == 404
        assert (await other.send("POST", f"/api/webhooks/{hook['id']}/ping", json={})).status_code == 404
        body = {"url": post.inbox.url, "services": ["intake"], "person": post.integrator.person}
        mine = (await other.act("/api/webhooks/register-webhook", body)).json()
        assert mine["person"] == person
    by_admin = await post.admin.act("/api/webhooks/register-webhook", body)
    assert by_admin.json()["person"] == post.integrator.person
    nobody = {key: value for key, value in body.items() if key != "person"}
    refused = await post.admin.act("/api/webhooks/register-webhook", nobody)
    assert refused.json()["code"] == "INTEGRATOR_REQUIRED"


@pytest.mark.parametrize(
    "url",
    [
        "http://receptor.example.org/x",
        "https://10.0.0.7/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest",
        "https://localhost/x",
        "https://postgres/x",
        "https://algo.internal/x",
        "https://usuario:clave@receptor.example.org/x",
        "https://receptor.example.org/x#y",
        "https:///x",
        "ftp://receptor.example.org/x",
        "https://receptor.example.org:99999/x",
    ],
)
async def test_an_address_of_our_own_network_is_not_registered(post: Post, url: str) -> None:
    """X-11: `WEBHOOK_URL_INVALID`."""
    post.gateway.application.private_webhooks = False
    refused = await post.integrator.act("/api/webhooks/register-webhook", {"url": url, "services": ["intake"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "WEBHOOK_URL_INVALID")


async def test_a_name_that_leads_into_our_own_network_is_not_followed(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[str] = []

    async def lookup(_host: str, port: int, **_: Any) -> list[Any]:
        return [(2, 1, 6, "", (number, port)) for number in answers]

    monkeypatch.setattr("services.gateway.webhooks.addresses.anyio.getaddrinfo", lookup)
    for numbers in (["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::ffff:10.0.0.1"], ["64:ff9b::a00:1"], []):
        answers[:] = numbers
        with pytest.raises(addresses.AddressRefused):
            await addresses.resolve("https://receptor.example.org/x", private=False)
    answers[:] = ["93.184.216.34"]
    assert (await addresses.resolve("https://receptor.example.org/x", private=False)).address == "93.184.216.34"
    hook = await post.register()
    post.courier.settings = replace(post.courier.settings, private=False)
    told = await post.integrator.send("POST", f"/api/webhooks/{hook['id']}/ping", json={})
    assert told.json()["outcome"] == "url" and post.ids == []


async def test_the_log_of_deliveries_is_bounded_in_age(post: Post) -> None:
    hook = await post.register()
    await post.integrator.send("POST", f"/api/webhooks/{hook['id']}/ping", json={})
    assert post.gateway.door.outbox.sweep(30) == 0
    post.gateway.door.outbox._clock = lambda: post.gateway.clock.now + 31 * 24 * 3600
    assert post.gateway.door.outbox.sweep(30) == 1


async def test_the_console_shows_webhooks_and_sends_a_test(post: Post, gateway: Gateway) -> None:
    hook = await post.register()
    async with gateway.client() as client:
        page = (await client.get("/entrar")).text
        csrf = page.split('name="_csrf" value="')[1].split('"')[0]
        login = {"usuario": "admin", "contrasena": gateway.admin_password, "_csrf": csrf}
        assert (await client.post("/entrar", data=login)).status_code == 303
        assert post.inbox.url in (await client.get("/webhooks")).text
        page = (await client.get(f"/webhooks/{hook['id']}")).text
        csrf = page.split('name="_csrf" value="')[1].split('"')[0]
        sent = await client.post(f"/webhooks/{hook['id']}/prueba", data={"_csrf": csrf})
        assert sent.status_code == 200 and "Prueba: entregado (respuesta 204)" in sent.text
        assert (await client.post(f"/webhooks/{hook['id']}/prueba", data={"_csrf": "x"})).status_code == 403


async def test_the_console_delivers_again_from_a_position(post: Post, gateway: Gateway) -> None:
    hook = await post.register()
    post.logs.record("intake", "A", "B", "C")
    await post.courier.deliver()
    again = f"/webhooks/{hook['id']}/repetir"
    async with gateway.client() as client:
        page = (await client.get("/entrar")).text
        csrf = page.split('name="_csrf" value="')[1].split('"')[0]
        login = {"usuario": "admin", "contrasena": gateway.admin_password, "_csrf": csrf}
        assert (await client.post("/entrar", data=login)).status_code == 303
        page = (await client.get(f"/webhooks/{hook['id']}")).text
        assert "Repetir desde…" in page
        form = {"servicio": "intake", "despues": "1", "_csrf": page.split('name="_csrf" value="')[1].split('"')[0]}
        for wrong in ({"despues": "-1"}, {"despues": ""}, {"despues": "uno"}, {"servicio": "inventory"}):
            refused = await client.post(again, data={**form, **wrong})
            assert refused.status_code == 422 and "Hay un problema" in refused.text, wrong
        assert (await client.post(again, data={**form, "_csrf": "x"})).status_code == 403
        await post.courier.deliver()
        assert post.ids == ["intake:1", "intake:2", "intake:3"]
        told = await client.post(again, data=form)
        assert told.status_code == 200 and "desde después del evento 1. Sale en unos segundos." in told.text
        await post.courier.deliver()
        assert post.ids == ["intake:1", "intake:2", "intake:3", "intake:2", "intake:3"]
        await post.on(hook, "pause-webhook")
        assert "Reanude las entregas" in (await client.post(again, data=form)).text
        assert (await post.on(hook, "remove-webhook", reason="Ya no se usa")).status_code == 200
        assert "Repetir desde…" not in (await client.get(f"/webhooks/{hook['id']}")).text
        assert (await client.post(again, data=form)).status_code == 409


@pytest.mark.parametrize("name", ["IMPULSO_WEBHOOK_ATTEMPTS", "IMPULSO_WEBHOOK_LOG_DAYS"])
def test_a_wrong_setting_of_the_webhooks_is_named_at_start(name: str) -> None:
    assert WebhookSettings.read({name: "7"})
    with pytest.raises(ConfigurationError, match=name):
        WebhookSettings.read({name: "0"})

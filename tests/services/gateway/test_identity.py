"""Log-in, sessions, throttling, grants and SOD-7, over HTTP and a real store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.gateway import tables, views
from services.gateway.definition import SERVICE
from services.gateway.domain.refusals import AlreadyInstalled
from services.gateway.sessions import ABSOLUTE_S, IDLE_S
from services.gateway.throttle import WINDOW_S
from shared.runtime.clock import today
from shared.runtime.rebuild import rebuild
from tests.services.gateway.conftest import Api, Gateway, log_in, new_person

pytestmark = pytest.mark.anyio


async def grant(admin: Api, person: str, role: str, **more: str):
    body = {"role": role, "organisation": "IPES", "programme": "PR-156", **more}
    return await admin.act(f"/api/staff-members/{person}/grant-role", body)


async def test_the_first_administrator_is_made_once_by_the_installation(gateway: Gateway, admin: Api) -> None:
    me = (await admin.send("GET", "/api/me")).json()
    assert [one["role"] for one in me["grants"]] == ["administrator"]
    with pytest.raises(AlreadyInstalled):
        gateway.door.first_administrator("otra", "Otra Persona")


async def test_an_installation_that_broke_off_before_the_password_is_finished_by_the_next_start(
    gateway: Gateway,
) -> None:
    chosen = "la-del-instalador-2026"
    with gateway.assembled.application.database.write() as connection:
        connection.execute(tables.credentials.delete())
    assert gateway.door.first_administrator("admin", "Ana Administradora", password=chosen) == chosen
    async with gateway.client() as client:
        assert (await log_in(client, "admin", chosen)).token
    with pytest.raises(AlreadyInstalled):
        gateway.door.first_administrator("admin", "Ana Administradora", password="otra-contraseña-2026")


async def test_nobody_grants_a_role_to_themselves(admin: Api) -> None:
    answer = await grant(admin, admin.person, "caseworker")
    assert answer.status_code == 403 and answer.json()["code"] == "SOD_VIOLATION" and "SOD-7" in answer.json()["detail"]


async def test_a_second_account_of_the_same_person_cannot_grant_to_the_first_either(
    gateway: Gateway, admin: Api
) -> None:
    _, _, person = await new_person(admin, "segunda", "administrator")
    body = {"login": "segunda.bis", "display_name": "Segunda", "person": person}
    twin = await admin.act("/api/accounts/create-account", body)
    assert twin.json()["person"] == person
    async with gateway.client() as client:
        other = await log_in(client, "segunda.bis", twin.json()["password"])
        assert (await grant(other, person, "caseworker")).json()["code"] == "SOD_VIOLATION"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("administrator", "caseworker"),
        ("caseworker", "operations"),
        ("operations", "administrator"),
        ("operations", "auditor"),
    ],
)
async def test_who_administers_or_operates_holds_no_other_grant_of_any_programme(
    admin: Api, first: str, second: str
) -> None:
    _, _, person = await new_person(admin, "mixta", first)
    answer = await grant(admin, person, second, programme="FortaleSER")
    assert answer.status_code == 403 and answer.json()["code"] == "SOD_VIOLATION"


async def test_a_role_may_follow_an_exclusive_one_that_has_ended(admin: Api) -> None:
    _, _, person = await new_person(admin, "cambia", "operations")
    accounts = (await admin.send("GET", "/api/accounts")).json()["items"]
    held = next(one for one in accounts if one["person"] == person)["grants"][0]["grant_id"]
    ended = await admin.act(f"/api/staff-members/{person}/end-role", {"grant": held, "reason": "Cambio de cargo"})
    assert ended.status_code == 200
    assert (await grant(admin, person, "caseworker")).status_code == 200


async def test_an_ended_grant_refuses_at_once_in_the_session_that_is_open(
    gateway: Gateway, admin: Api, caseworker: Api
) -> None:
    path = f"/api/cases/{gateway.remote.case_id}/validate-profile"
    body = {"decision": "return", "reason": "Falta la entrevista"}
    assert (await caseworker.act(path, body)).status_code == 200
    accounts = (await admin.send("GET", "/api/accounts")).json()["items"]
    held = next(one for one in accounts if one["person"] == caseworker.person)["grants"][0]["grant_id"]
    await admin.act(f"/api/staff-members/{caseworker.person}/end-role", {"grant": held, "reason": "Se retiró"})
    answer = await caseworker.act(path, body)
    assert answer.status_code == 403 and answer.json()["code"] == "NOT_AUTHORISED"


async def test_a_grant_ends_once_and_must_be_one_of_that_person(admin: Api) -> None:
    """X-11: `GRANT_ENDED`, `GRANT_NOT_FOUND`."""
    _, _, person = await new_person(admin, "breve")
    assert (await grant(admin, person, "auditor")).status_code == 200
    accounts = (await admin.send("GET", "/api/accounts")).json()["items"]
    held = next(one for one in accounts if one["person"] == person)["grants"][0]["grant_id"]
    path = f"/api/staff-members/{person}/end-role"
    assert (await admin.act(path, {"grant": held, "reason": "Se retiró"})).status_code == 200
    again = await admin.act(path, {"grant": held, "reason": "Se retiró"})
    unknown = await admin.act(path, {"grant": str(uuid4()), "reason": "Se retiró"})
    assert (again.json()["code"], unknown.json()["code"]) == ("GRANT_ENDED", "GRANT_NOT_FOUND")


async def test_a_disabled_account_gets_no_new_password_and_is_not_disabled_twice(admin: Api) -> None:
    """X-11: `ACCOUNT_DISABLED`."""
    body = {"login": "elvira", "display_name": "Elvira Núñez"}
    made = (await admin.act("/api/accounts/create-account", body)).json()
    path = f"/api/accounts/{made['id']}"
    assert (await admin.act(f"{path}/disable-account", {"reason": "Terminó su contrato"})).status_code == 200
    reset = await admin.act(f"{path}/reset-password", {})
    again = await admin.act(f"{path}/disable-account", {"reason": "Terminó su contrato"})
    assert (reset.json()["code"], again.json()["code"]) == ("ACCOUNT_DISABLED", "ACCOUNT_DISABLED")


async def test_grants_are_in_force_between_their_dates_only(gateway: Gateway, admin: Api) -> None:
    _, _, person = await new_person(admin, "futura")
    tomorrow = (today() + timedelta(days=1)).isoformat()
    assert (await grant(admin, person, "caseworker", starts=tomorrow)).status_code == 200
    operator = await grant(admin, person, "operator_staff", contract="C-7", ends=today().isoformat())
    assert operator.status_code == 200
    assert [(one.role, one.contract) for one in gateway.door.grants(UUID(person))] == [("operator_staff", "C-7")]
    assert (await grant(admin, person, "operator_staff")).json()["code"] == "CONTRACT_REQUIRED"
    backwards = await grant(admin, person, "auditor", starts=tomorrow, ends=today().isoformat())
    assert backwards.json()["code"] == "FIELD_INVALID"


async def test_only_the_administrator_makes_accounts_and_a_login_is_taken_once(admin: Api, caseworker: Api) -> None:
    body = {"login": "carla", "display_name": "Otra Carla"}
    assert (await caseworker.act("/api/accounts/create-account", body)).status_code == 403
    taken = await admin.act("/api/accounts/create-account", {**body, "login": " CARLA "})
    assert taken.status_code == 409 and taken.json()["code"] == "LOGIN_TAKEN"


async def test_a_password_is_given_once_and_a_reset_ends_the_old_one_and_its_sessions(
    gateway: Gateway, admin: Api
) -> None:
    key, body = str(uuid4()), {"login": "daniela", "display_name": "Daniela Días"}
    made = (await admin.act("/api/accounts/create-account", body, key)).json()
    again = (await admin.act("/api/accounts/create-account", body, key)).json()
    assert made["password"] and again["password"] is None and made["id"] == again["id"]
    async with gateway.client() as client:
        api = await log_in(client, "daniela", made["password"])
        reset = await admin.act(f"/api/accounts/{made['id']}/reset-password", {})
        assert (await api.send("GET", "/api/me")).status_code == 401
        old = await client.post("/api/session", json={"login": "daniela", "password": made["password"]})
        assert old.status_code == 401
        await log_in(client, "daniela", reset.json()["password"])
        await admin.act(f"/api/accounts/{made['id']}/disable-account", {"reason": "Terminó su contrato"})
        gone = await client.post("/api/session", json={"login": "daniela", "password": reset.json()["password"]})
        assert gone.status_code == 401


async def test_sessions_end_when_idle_at_the_latest_hour_and_at_log_out(gateway: Gateway, caseworker: Api) -> None:
    async with gateway.client() as client:
        gateway.clock.now += IDLE_S - 60
        assert (await caseworker.send("GET", "/api/me")).status_code == 200
        gateway.clock.now += IDLE_S - 60
        assert (await caseworker.send("GET", "/api/me")).status_code == 200
        for _ in range(ABSOLUTE_S // (IDLE_S - 60)):
            gateway.clock.now += IDLE_S - 60
            last = await caseworker.send("GET", "/api/me")
        assert last.status_code == 401
        admin = await log_in(client, "admin", gateway.admin_password)
        gateway.clock.now += IDLE_S
        assert (await admin.send("GET", "/api/me")).status_code == 401
        admin = await log_in(client, "admin", gateway.admin_password)
        assert (await admin.send("DELETE", "/api/session")).status_code == 204
        assert (await admin.send("GET", "/api/me")).status_code == 401


async def test_five_failures_lock_a_login_from_one_address_and_not_from_another(gateway: Gateway, admin: Api) -> None:
    login, password, _ = await new_person(admin, "erica")
    wrong = {"login": login, "password": "no es esta"}
    async with gateway.client("198.51.100.7") as stranger, gateway.client("203.0.113.5") as owner:
        for _ in range(5):
            assert (await stranger.post("/api/session", json=wrong)).status_code == 401
        locked = await stranger.post("/api/session", json={"login": login, "password": password})
        assert locked.status_code == 429 and int(locked.headers["retry-after"]) > 0
        assert locked.json()["code"] == "LOGIN_THROTTLED"
        await log_in(owner, login, password)
        gateway.clock.now += WINDOW_S
        await log_in(stranger, login, password)


async def test_an_unknown_login_is_answered_like_a_wrong_password_and_throttled_alike(gateway: Gateway) -> None:
    async with gateway.client() as client:
        unknown = await client.post("/api/session", json={"login": "nadie", "password": "x"})
        wrong = await client.post("/api/session", json={"login": "admin", "password": "x"})
        same = ("status", "code", "detail", "title")
        assert [unknown.json()[key] for key in same] == [wrong.json()[key] for key in same]
        for _ in range(4):
            await client.post("/api/session", json={"login": "nadie", "password": "x"})
        assert (await client.post("/api/session", json={"login": "nadie", "password": "x"})).status_code == 429


async def test_the_access_log_tells_log_ins_failures_and_log_outs_without_a_personal_value(
    gateway: Gateway, admin: Api
) -> None:
    async with gateway.client("198.51.100.23") as client:
        await client.post("/api/session", json={"login": "rosalba.q", "password": "x"})
        api = await log_in(client, "admin", gateway.admin_password)
        await api.send("DELETE", "/api/session")
    rows = gateway.door.access_log.entries()
    assert [row["what"] for row in rows][-3:] == ["login_failed", "login", "logout"]
    assert rows[-2]["person"] == rows[-1]["person"] and rows[-2]["session"] == rows[-1]["session"]
    assert "rosalba" not in str(rows) and "198.51.100.23" not in str(rows)


async def test_the_access_table_of_before_refuses_to_change_as_ever(gateway: Gateway) -> None:
    log = tables.access_log
    with gateway.assembled.application.database.write() as c:
        c.execute(log.insert().values(at=1.0, what="export"))
    for change in (log.update().values(what="login"), log.delete()):
        with (
            pytest.raises(sa.exc.DBAPIError, match="never changed"),
            gateway.assembled.application.database.write() as c,
        ):
            c.execute(change)


async def test_nothing_of_an_account_is_stored_in_the_clear(gateway: Gateway, admin: Api) -> None:
    login, password, _ = await new_person(admin, "filomena.restrepo", name="Filomena Restrepo Ibáñez")
    async with gateway.client("198.51.100.77") as client:
        api = await log_in(client, login, password)
    folder = gateway.assembled.application.database.engine.url.database.rsplit("/", 1)[0]
    found = b"".join(path.read_bytes() for path in Path(folder).iterdir() if path.is_file())
    for secret in (login, "Filomena", "Restrepo", password, api.token, "198.51.100.77"):
        assert secret.encode() not in found


async def test_rebuilding_the_read_model_gives_the_same_accounts(gateway: Gateway, admin: Api) -> None:
    await new_person(admin, "gloria", "caseworker", "psychosocial")
    before = (await admin.send("GET", "/api/accounts")).json()
    with gateway.assembled.application.database.write() as connection:
        connection.execute(views.grants.delete())
    rebuild(gateway.application, SERVICE)
    assert (await admin.send("GET", "/api/accounts")).json() == before


async def test_the_roles_on_offer_are_those_of_the_catalogue(gateway: Gateway) -> None:
    offered = gateway.catalogue.command("GrantRole").field("role").options
    assert dict(offered) == {role.code: role.label for role in gateway.catalogue.roles}

"""Log-in by an identity provider: the test starts one, over HTTP, that can also misbehave."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from services.gateway.institution.entrance import Entrance
from services.gateway.institution.settings import InstitutionSettings
from services.gateway.institution.visits import ATTEMPT_S
from shared.runtime.config import ConfigurationError
from shared.runtime.rebuild import rebuild
from tests.identity_provider import CLIENT, EVENT, SECRET, IdentityProvider, identity_provider
from tests.services.gateway.conftest import Api, Gateway, log_in, new_person

pytestmark = pytest.mark.anyio


class Institution:
    """A gateway beside a provider, and a browser of its own for each person."""

    def __init__(self, gateway: Gateway, provider: IdentityProvider, **settings: str) -> None:
        self.gateway, self.provider = gateway, provider
        environ = {
            "IMPULSO_OIDC_ISSUER": provider.url,
            "IMPULSO_OIDC_CLIENT_ID": CLIENT,
            "IMPULSO_OIDC_CLIENT_SECRET": SECRET,
            "IMPULSO_OIDC_LABEL": "la Alcaldía",
            **settings,
        }
        self.settings = InstitutionSettings.read(environ)
        gateway.application.issuer = self.settings.issuer
        gateway.door.institution_only = self.settings.only
        self.entrance = Entrance(self.settings, gateway.application, gateway.door)
        self.entrance.provider._clock = lambda: gateway.clock.now
        self.entrance.visits._clock = gateway.clock
        gateway.app.state.edge.entrance = self.entrance

    async def enter(self, browser: httpx.AsyncClient, after: str = "/casos") -> httpx.Response:
        """There and back: what the console answers in the end."""
        return await self.back(browser, await self.there(browser, after))

    async def there(self, browser: httpx.AsyncClient, after: str = "/casos") -> str:
        """The address to which the provider sends the browser back."""
        begun = await browser.get("/entrar/institucion", params={"siguiente": after})
        assert begun.status_code == 303, begun.text
        async with httpx.AsyncClient() as web:
            sent = await web.get(begun.headers["location"])
        return str(sent.headers["location"])

    async def back(self, browser: httpx.AsyncClient, address: str) -> httpx.Response:
        parts = urlsplit(address)
        assert parts.path == "/entrar/institucion/vuelta"
        return await browser.get(f"{parts.path}?{parts.query}")

    async def tell(self, token: str) -> httpx.Response:
        async with self.gateway.client() as provider:
            return await provider.post("/salir/institucion", data={"logout_token": token})

    def noted(self) -> list[tuple[str, str | None]]:
        return [(row["what"], row["code"]) for row in self.gateway.door.access_log.entries(limit=1000)]


@pytest.fixture(scope="module")
def served() -> Iterator[IdentityProvider]:
    with identity_provider() as provider:
        yield provider


@pytest.fixture
def institution(gateway: Gateway, served: IdentityProvider) -> Institution:
    fresh = IdentityProvider()
    for name in ("person", "claims", "header", "publishes", "silent", "refuses"):
        setattr(served, name, getattr(fresh, name))
    return Institution(gateway, served)


@pytest.fixture
async def browser(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway.client() as client:
        yield client


async def account(admin: Api, login: str, *roles: str, identity: str | None = None) -> dict[str, Any]:
    """An account that may enter by the institution."""
    await new_person(admin, login, *roles)
    found = await one(admin, login)
    allowed = await admin.act(
        f"/api/accounts/{found['id']}/allow-institutional-login", {"identity": identity} if identity else {}
    )
    assert allowed.status_code == 200, allowed.text
    return await one(admin, login)


async def one(admin: Api, login: str) -> dict[str, Any]:
    accounts = (await admin.send("GET", "/api/accounts")).json()["items"]
    return next(each for each in accounts if each["login"] == login)


def is_inside(answer: httpx.Response) -> bool:
    return answer.status_code == 303 and "impulso" in answer.cookies


@pytest.mark.parametrize("algorithm", ["RS256", "EdDSA"])
async def test_an_allowed_account_is_tied_to_the_first_identity_of_its_login_and_keeps_its_roles(
    gateway: Gateway, admin: Api, browser: httpx.AsyncClient, algorithm: str
) -> None:
    with identity_provider(algorithm=algorithm) as provider:
        institution = Institution(gateway, provider)
        assert (await account(admin, "carla", "caseworker"))["institutional"] == "allowed"
        answer = await institution.enter(browser)
        assert is_inside(answer) and answer.headers["location"] == "/casos"
        assert (await one(admin, "carla"))["institutional"] == "linked"
        assert "Profesional Emprendimiento SESEC" in (await browser.get("/trabajo")).text
        provider.person = {"sub": "u-1", "preferred_username": "otro.nombre"}
        async with gateway.client() as second:
            assert is_inside(await institution.enter(second))


async def test_a_rebuilt_read_model_still_knows_who_enters(
    institution: Institution, admin: Api, browser: httpx.AsyncClient
) -> None:
    await account(admin, "carla", "caseworker")
    assert is_inside(await institution.enter(browser))
    rebuild(institution.gateway.application, institution.gateway.assembled.definition)
    assert (await one(admin, "carla"))["institutional"] == "linked"
    async with institution.gateway.client() as again:
        assert is_inside(await institution.enter(again))


@pytest.mark.parametrize("person", [{"sub": "u-9", "preferred_username": "nadie"}, {"sub": "u-9"}])
async def test_an_identity_makes_no_account_by_itself(
    institution: Institution, admin: Api, browser: httpx.AsyncClient, person: dict[str, str]
) -> None:
    institution.provider.person = person
    before = len((await admin.send("GET", "/api/accounts")).json()["items"])
    answer = await institution.enter(browser)
    assert answer.status_code == 403 and "no tiene ingreso en Impulso" in answer.text
    assert len((await admin.send("GET", "/api/accounts")).json()["items"]) == before
    assert ("login_failed", "INSTITUTION_UNKNOWN") in institution.noted()


async def test_an_account_that_nobody_allowed_or_that_waits_for_another_identity_stays_closed(
    institution: Institution, admin: Api, browser: httpx.AsyncClient
) -> None:
    await new_person(admin, "carla", "caseworker")
    assert (await institution.enter(browser)).status_code == 403
    await account(admin, "dora", "caseworker", identity="u-77")
    institution.provider.person = {"sub": "u-1", "preferred_username": "dora"}
    assert (await institution.enter(browser)).status_code == 403
    institution.provider.person = {"sub": "u-77", "preferred_username": "cualquiera"}
    assert is_inside(await institution.enter(browser))


async def test_an_identity_opens_one_account_and_goes_to_another_only_after_it_ended_there(
    institution: Institution, admin: Api, browser: httpx.AsyncClient
) -> None:
    """X-11: `IDENTITY_TAKEN`, `INSTITUTIONAL_LOGIN_ALREADY`, `INSTITUTIONAL_LOGIN_NONE`."""
    first = await account(admin, "carla", "caseworker", identity="u-1")
    await new_person(admin, "dora")
    other = (await one(admin, "dora"))["id"]
    path = f"/api/accounts/{other}/allow-institutional-login"
    assert (await admin.act(path, {"identity": "u-1"})).json()["code"] == "IDENTITY_TAKEN"
    again = await admin.act(f"/api/accounts/{first['id']}/allow-institutional-login", {})
    assert again.json()["code"] == "INSTITUTIONAL_LOGIN_ALREADY"
    assert is_inside(await institution.enter(browser))
    end = f"/api/accounts/{first['id']}/end-institutional-login"
    assert (await admin.act(end, {"reason": "Cambió de dependencia"})).status_code == 200
    assert (await browser.get("/trabajo")).status_code == 303
    assert (await admin.act(end, {"reason": "Otra vez"})).json()["code"] == "INSTITUTIONAL_LOGIN_NONE"
    assert (await admin.act(path, {"identity": "u-1"})).status_code == 200


async def test_without_a_provider_there_is_no_institutional_login(gateway: Gateway, admin: Api) -> None:
    """X-11: `INSTITUTION_NOT_CONFIGURED`."""
    await new_person(admin, "carla")
    path = f"/api/accounts/{(await one(admin, 'carla'))['id']}/allow-institutional-login"
    assert (await admin.act(path, {})).json()["code"] == "INSTITUTION_NOT_CONFIGURED"
    async with gateway.client() as client:
        assert "/entrar/institucion" not in (await client.get("/entrar")).text
        assert (await client.get("/entrar/institucion")).status_code == 404
        assert (await client.post("/salir/institucion", data={"logout_token": "x"})).status_code == 404


BROKEN: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("another nonce", {"nonce": "otro"}, {}),
    ("no nonce", {"nonce": None}, {}),
    ("another audience", {"aud": "otro-sistema"}, {}),
    ("another party", {"aud": [CLIENT, "otro"], "azp": "otro"}, {}),
    ("another issuer", {"iss": "https://otro.example"}, {}),
    ("expired", {"exp": 1_000}, {}),
    ("no expiry", {"exp": None}, {}),
    ("of the future", {"iat": 4_000_000_000}, {}),
    ("another access token", {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, {}),
    ("no subject", {"sub": None}, {}),
    ("a subject that is no text", {"sub": 7}, {}),
    ("unsigned", {}, {"alg": "none", "kid": None}),
    ("signed with our own secret", {}, {"alg": "HS256", "kid": None}),
    ("an unknown key", {}, {"kid": "desconocida"}),
]


@pytest.mark.parametrize(("claims", "header"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
async def test_an_id_token_that_is_not_for_this_log_in_opens_nothing(
    institution: Institution, admin: Api, browser: httpx.AsyncClient, claims: dict[str, Any], header: dict[str, Any]
) -> None:
    await account(admin, "carla", "caseworker")
    institution.provider.claims, institution.provider.header = claims, header
    answer = await institution.enter(browser)
    assert answer.status_code == 401 and "no confirmó su ingreso" in answer.text, answer.text
    assert "impulso" not in answer.cookies
    assert ("login_failed", "INSTITUTION_REFUSED") in institution.noted()
    assert (await one(admin, "carla"))["institutional"] == "allowed"


async def test_the_providers_clock_may_differ_by_the_leeway_and_no_more(
    institution: Institution, admin: Api, browser: httpx.AsyncClient
) -> None:
    await account(admin, "carla", "caseworker")
    institution.provider.claims = {"exp": int(time.time()) - institution.settings.leeway_s + 20}
    assert is_inside(await institution.enter(browser))
    institution.provider.claims = {"exp": int(time.time()) - institution.settings.leeway_s - 20}
    assert (await institution.enter(browser)).status_code == 401


async def test_a_new_key_of_the_provider_is_fetched_and_strangers_do_not_make_us_ask_without_end(
    institution: Institution, admin: Api, browser: httpx.AsyncClient
) -> None:
    await account(admin, "carla", "caseworker")
    assert is_inside(await institution.enter(browser))
    institution.gateway.clock.now += 60
    institution.provider.rotate()
    assert is_inside(await institution.enter(browser))
    asked = institution.provider.asked.count("keys")
    institution.provider.header = {"kid": "desconocida"}
    for _ in range(3):
        assert (await institution.enter(browser)).status_code == 401
    assert institution.provider.asked.count("keys") == asked


async def test_the_way_back_serves_once_in_the_browser_that_began_it_and_for_ten_minutes(
    institution: Institution, admin: Api, browser: httpx.AsyncClient
) -> None:
    await account(admin, "carla", "caseworker")
    address = await institution.there(browser)
    async with institution.gateway.client() as stranger:
        stolen = await institution.back(stranger, address)
        assert stolen.status_code == 401 and "venció" in stolen.text
    assert is_inside(await institution.back(browser, address))
    assert (await institution.back(browser, address)).status_code == 401
    late = await institution.there(browser)
    institution.gateway.clock.now += ATTEMPT_S
    assert (await institution.back(browser, late)).status_code == 401


async def test_a_code_that_was_used_a_refusal_of_the_provider_and_another_issuer_open_nothing(
    institution: Institution, admin: Api, browser: httpx.AsyncClient
) -> None:
    await account(admin, "carla", "caseworker")
    used = parse_qs(urlsplit(await institution.there(browser)).query)["code"][0]
    institution.provider.codes.clear()
    state = parse_qs(urlsplit(await institution.there(browser)).query)["state"][0]
    replayed = await browser.get("/entrar/institucion/vuelta", params={"state": state, "code": used})
    assert replayed.status_code == 401
    state = parse_qs(urlsplit(address := await institution.there(browser)).query)["state"][0]
    code = parse_qs(urlsplit(address).query)["code"][0]
    mixed = {"state": state, "code": code, "iss": "https://otro.example"}
    assert (await browser.get("/entrar/institucion/vuelta", params=mixed)).status_code == 401
    institution.provider.refuses = "access_denied"
    assert (await institution.enter(browser)).status_code == 401


async def test_a_provider_that_is_away_leaves_the_password_open(
    institution: Institution, admin: Api, browser: httpx.AsyncClient
) -> None:
    institution.provider.silent = True
    answer = await browser.get("/entrar/institucion")
    assert answer.status_code == 503 and "no responde" in answer.text and 'name="contrasena"' in answer.text


async def test_a_login_leads_nowhere_but_to_this_console(
    institution: Institution, admin: Api, browser: httpx.AsyncClient
) -> None:
    await account(admin, "carla", "caseworker")
    for elsewhere in ("https://otro.example", "//otro.example", "/\\otro.example"):
        assert (await institution.enter(browser, elsewhere)).headers["location"] == "/trabajo"


async def test_a_log_out_at_the_provider_ends_the_sessions_that_it_opened_and_no_other(
    institution: Institution, admin: Api, browser: httpx.AsyncClient
) -> None:
    login, password, _ = await new_person(admin, "erica", "caseworker")
    found = await one(admin, login)
    await admin.act(f"/api/accounts/{found['id']}/allow-institutional-login", {"identity": "u-1"})
    assert is_inside(await institution.enter(browser))
    async with institution.gateway.client() as second, institution.gateway.client() as program:
        institution.provider.claims = {"sid": "s-2"}
        assert is_inside(await institution.enter(second))
        local = await log_in(program, login, password)
        assert (await institution.tell(institution.provider.logout_token(sub=None))).status_code == 200
        assert (await browser.get("/trabajo")).status_code == 303
        assert (await second.get("/trabajo")).status_code == 200
        assert (await institution.tell(institution.provider.logout_token(sid=None))).status_code == 200
        assert (await second.get("/trabajo")).status_code == 303
        assert (await local.send("GET", "/api/me")).status_code == 200


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("no event", {"events": None}),
    ("another event", {"events": {"https://otro.example": {}}}),
    ("a nonce", {"nonce": "x"}),
    ("another issuer", {"iss": "https://otro.example"}),
    ("another audience", {"aud": "otro"}),
    ("nobody", {"sub": None, "sid": None}),
    ("no id", {"jti": None}),
    ("old", {"iat": 1_000}),
    ("expired", {"exp": 1_000}),
]


@pytest.mark.parametrize("claims", [row[1] for row in WRONG], ids=[row[0] for row in WRONG])
async def test_a_log_out_token_that_is_none_ends_nothing(
    institution: Institution, admin: Api, browser: httpx.AsyncClient, claims: dict[str, Any]
) -> None:
    await account(admin, "carla", "caseworker")
    assert is_inside(await institution.enter(browser))
    answer = await institution.tell(institution.provider.logout_token(**claims))
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
    assert answer.headers["cache-control"] == "no-store"
    assert (await browser.get("/trabajo")).status_code == 200


async def test_a_log_out_token_serves_once_and_an_id_token_never(
    institution: Institution, admin: Api, browser: httpx.AsyncClient
) -> None:
    await account(admin, "carla", "caseworker")
    token = institution.provider.logout_token()
    assert (await institution.tell(token)).status_code == 200
    assert is_inside(await institution.enter(browser))
    assert (await institution.tell(token)).status_code == 400
    assert (await institution.tell(institution.provider.id_token({"nonce": "n"}, "a"))).status_code == 400
    assert (await institution.tell("no es un token")).status_code == 400
    assert (await browser.get("/trabajo")).status_code == 200
    other = institution.provider.sign({"events": {EVENT: {}}, "jti": "1", "sub": "u-1"}, alg="none", kid=None)
    assert (await institution.tell(other)).status_code == 400


async def test_who_logs_out_here_is_shown_the_providers_own_way_out(
    institution: Institution, admin: Api, browser: httpx.AsyncClient
) -> None:
    await account(admin, "carla", "caseworker")
    assert is_inside(await institution.enter(browser))
    page = (await browser.get("/trabajo")).text
    csrf = page.split('name="_csrf" value="')[1].split('"')[0]
    out = await browser.post("/salir", data={"_csrf": csrf})
    assert out.headers["location"] == "/entrar?salida=institucion"
    shown = (await browser.get(out.headers["location"])).text
    assert f"{institution.provider.url}/logout?client_id={CLIENT}" in shown and "Cerrarla también" in shown


async def test_a_password_opens_no_institutional_account_where_the_installation_says_so(
    gateway: Gateway, served: IdentityProvider, admin: Api
) -> None:
    institution = Institution(gateway, served, IMPULSO_OIDC_ONLY="1")
    login, password, _ = await new_person(admin, "erica", "caseworker")
    async with gateway.client() as client:
        await log_in(client, login, password)
        found = await one(admin, login)
        await admin.act(f"/api/accounts/{found['id']}/allow-institutional-login", {})
        refused = await client.post("/api/session", json={"login": login, "password": password})
        assert (refused.status_code, refused.json()["code"]) == (401, "INSTITUTION_REQUIRED")
        wrong = await client.post("/api/session", json={"login": login, "password": "no es esta"})
        assert wrong.json()["code"] == "LOGIN_FAILED"
    assert ("login_failed", "INSTITUTION_REQUIRED") in institution.noted()


async def test_an_email_counts_only_when_the_provider_verified_it(
    gateway: Gateway, served: IdentityProvider, admin: Api, browser: httpx.AsyncClient
) -> None:
    institution = Institution(gateway, served, IMPULSO_OIDC_LOGIN_CLAIM="email")
    await account(admin, "carla@ejemplo.gov.co", "caseworker")
    served.claims, served.header = {}, {}
    served.person = {"sub": "u-5", "email": "carla@ejemplo.gov.co"}
    assert (await institution.enter(browser)).status_code == 403
    served.person = {**served.person, "email_verified": True}
    assert is_inside(await institution.enter(browser))


async def test_no_name_of_the_provider_is_stored_or_logged_in_the_clear(
    institution: Institution, admin: Api, browser: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    institution.provider.person = {"sub": "canario-4711", "preferred_username": "carla"}
    institution.provider.claims = {"sid": "canario-sid-4711"}
    await account(admin, "carla", "caseworker")
    assert is_inside(await institution.enter(browser))
    assert (await institution.tell(institution.provider.logout_token(sub="canario-4711"))).status_code == 200
    folder = institution.gateway.application.database.url.removeprefix("sqlite:///").rpartition("/")[0]
    for path in Path(folder).glob("*.db*"):
        assert b"canario" not in path.read_bytes(), path.name
    said = capsys.readouterr()
    assert "canario" not in said.out + said.err


@pytest.mark.parametrize(
    "wrong",
    [
        {"IMPULSO_OIDC_ISSUER": "http://proveedor.example"},
        {"IMPULSO_OIDC_CLIENT_ID": ""},
        {"IMPULSO_OIDC_SCOPES": "profile"},
        {"IMPULSO_OIDC_LEEWAY": "mucho"},
        {"IMPULSO_OIDC_CLIENT_SECRET_FILE": "/no/existe"},
    ],
)
def test_a_wrong_setting_is_named_at_start(wrong: dict[str, str]) -> None:
    right = {"IMPULSO_OIDC_ISSUER": "https://proveedor.example", "IMPULSO_OIDC_CLIENT_ID": "x"}
    assert InstitutionSettings.read(right)
    with pytest.raises(ConfigurationError, match=next(iter(wrong))):
        InstitutionSettings.read({**right, **wrong})

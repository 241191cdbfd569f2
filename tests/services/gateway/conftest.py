"""A gateway over real stores; the other services stand behind the port as a double of a remote."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from argon2 import PasswordHasher

from services.gateway.app import create_app
from services.gateway.definition import SERVICE
from services.gateway.door import Door
from services.gateway.port import InProcessPort, JoinedPort
from services.gateway.tokens import TokenIssuer
from shared.catalogue.catalogue import Catalogue
from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Assembled, Place, assemble
from shared.runtime.desk import Desk
from shared.runtime.instruments import Instruments
from shared.runtime.tokens import TokenVerifier
from tests.receiver import Receiver, receiver
from tests.services.gateway.posting import Post
from tests.services.gateway.remote import Remote

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Gateway:
    """One gateway with its store, its clock, and the remote services behind it."""

    def __init__(self, folder: Path) -> None:
        self.catalogue = Catalogue.load()
        self.clock = Clock()
        self.assembled: Assembled = assemble(
            SERVICE, Place.under(folder), MasterKey.create(folder / "master.key"), self.catalogue, create=True
        )
        application: Any = self.assembled.application
        self.application = application
        self.door = Door(application, hasher=CHEAP)
        for part in (self.door.sessions, self.door.throttle, self.door.access_log, self.door.drafts, self.door.ways):
            part._clock = self.clock
        self.issuer = TokenIssuer.generate()
        self.remote = Remote(self.catalogue, TokenVerifier(self.issuer.public_keys()).verify)
        verify = TokenVerifier(self.issuer.public_keys(), "gateway").verify
        own = InProcessPort({"gateway": Desk(SERVICE, application, self.assembled.publication, verify)})
        self.instruments = Instruments()
        port = JoinedPort(own, self.remote)
        self.app = create_app(port, self.door, self.issuer, self.catalogue, instruments=self.instruments)
        self.admin_password = self.door.first_administrator("admin", "Ana Administradora")

    def client(self, address: str = "192.0.2.10", **options: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(address, 40000), raise_app_exceptions=False)
        return httpx.AsyncClient(
            transport=transport, base_url=options.pop("base_url", "http://impulso.test"), **options
        )


class Api:
    """A program that is logged in."""

    def __init__(self, client: httpx.AsyncClient, token: str, person: str) -> None:
        self.client, self.token, self.person = client, token, person

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **options)

    async def act(self, path: str, body: Any, key: str | None = None, **headers: str) -> httpx.Response:

        sent = {"Idempotency-Key": key or str(uuid4()), **headers}
        return await self.send("POST", path, json=body, headers=sent)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    made = Gateway(tmp_path / "gateway")
    yield made
    made.assembled.close()


@pytest.fixture
async def admin(gateway: Gateway) -> AsyncIterator[Api]:
    async with gateway.client() as client:
        yield await log_in(client, "admin", gateway.admin_password)


async def log_in(client: httpx.AsyncClient, login: str, password: str) -> Api:
    answer = await client.post("/api/session", json={"login": login, "password": password})
    assert answer.status_code == 201, answer.text
    return Api(client, answer.json()["token"], answer.json()["person"])


async def new_person(admin: Api, login: str, *roles: str, name: str = "Carla Casos") -> tuple[str, str, str]:
    """A new account with roles: (login, password, person)."""
    made = await admin.act("/api/accounts/create-account", {"login": login, "display_name": name})
    assert made.status_code == 201, made.text
    person = made.json()["person"]
    for role in roles:
        body = {"role": role, "organisation": "IPES", "programme": "PR-156"}
        granted = await admin.act(f"/api/staff-members/{person}/grant-role", body)
        assert granted.status_code == 200, granted.text
    return login, made.json()["password"], person


@pytest.fixture
async def caseworker(gateway: Gateway, admin: Api) -> AsyncIterator[Api]:
    login, password, _ = await new_person(admin, "carla", "caseworker")
    async with gateway.client() as client:
        yield await log_in(client, login, password)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def inbox() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
async def post(gateway: Gateway, admin: Api, inbox: Receiver) -> AsyncIterator[Post]:
    login, password, _ = await new_person(admin, "tablero", "integration_client")
    async with gateway.client() as client:
        yield Post(gateway, admin, await log_in(client, login, password), inbox)

"""Hosting the edge: over every service in this process (the embedded system), or over a broker (containers)."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from services.gateway.app import create_app
from services.gateway.definition import SERVICE
from services.gateway.domain.refusals import AlreadyInstalled
from services.gateway.door import Door
from services.gateway.erasing import Shredder
from services.gateway.exposition import listen as listen_for_watchers
from services.gateway.exposition import loopback_route
from services.gateway.institution.entrance import Entrance
from services.gateway.institution.settings import InstitutionSettings
from services.gateway.port import InProcessPort, JoinedPort, ServicePort
from services.gateway.rate_limit import Limits, trusted_proxies
from services.gateway.server import EdgeServer, listen
from services.gateway.tokens import TokenIssuer
from services.gateway.waiting import Waiting
from services.gateway.webhooks.settings import WebhookSettings
from shared.audit.keys import Signer
from shared.catalogue.catalogue import Catalogue
from shared.editing.keeper import Keeper
from shared.privacy.keys import MasterKey
from shared.runtime import logs, otlp
from shared.runtime.assembly import Assembled, Place, assemble
from shared.runtime.config import ServiceConfig
from shared.runtime.definition import ServiceDefinition
from shared.runtime.desk import Desk
from shared.runtime.embedded import EmbeddedHost
from shared.runtime.health import Checks, Readiness
from shared.runtime.instruments import Instruments, Watched
from shared.runtime.key_rotation import former_master
from shared.runtime.log_keys import log_signer, own_log_signer
from shared.runtime.probes import Figures
from shared.runtime.readiness import when_ready
from shared.runtime.rpc_feed import RpcCatalogue, RpcFeed
from shared.runtime.sealing import EVERY_S, run_all
from shared.runtime.settings import setting
from shared.runtime.tokens import TokenVerifier
from shared.runtime.turns import take_turns
from shared.runtime.witnessing import Witnessing, witness_service
from shared.tracing import spans

log = structlog.get_logger("impulso.gateway")

ADMINISTRATOR = "admin"
MAX_CONNECTIONS = 1000
ACCESS_FILE = "accesos.json"
STOP_S = 10.0
"""Seconds that a stop takes at most."""


@dataclass
class EdgeService:
    """The gateway's own service: accounts, grants, sessions, and the key that signs for a minute."""

    assembled: Assembled
    issuer: TokenIssuer
    door: Door
    entrance: Entrance | None = None
    limits: Limits | None = None
    webhooks: WebhookSettings | None = None

    @classmethod
    def open(
        cls,
        place: Place,
        master: MasterKey,
        catalogue: Catalogue,
        issuer: TokenIssuer,
        *,
        create: bool,
        signer: Signer | None = None,
        seal_every: float = EVERY_S,
        former: MasterKey | None = None,
    ) -> EdgeService:
        """Open the gateway's store, to be sealed with the key of ``signer``.

        Raises `ConfigurationError` when a setting of the edge is wrong.
        """
        institution, limits, webhooks = InstitutionSettings.read(), Limits.read(), WebhookSettings.read()
        assembled = assemble(
            SERVICE, place, master, catalogue, create=create, signer=signer, seal_every=seal_every, former=former
        )
        application: Any = assembled.application
        door = Door(application)
        application.issuer = institution.issuer
        application.private_webhooks = webhooks.private
        door.institution_only = bool(institution) and institution.only
        entrance = Entrance(institution, application, door) if institution else None
        return cls(assembled, issuer, door, entrance, limits, webhooks)

    def app(
        self,
        others: ServicePort,
        needs: Callable[[], Awaitable[Checks]],
        instruments: Instruments,
        more: Sequence[BaseRoute] = (),
    ) -> Starlette:
        """The ASGI application over ``others``, with the catalogue that the gateway's store has taken over.

        ``needs`` tells how everything is that the edge needs besides its own store; ``more`` are routes of this host.
        """
        catalogue: Catalogue = self.assembled.application.catalogue
        verify = TokenVerifier(self.issuer.public_keys(), SERVICE.name).verify
        desk = Desk(SERVICE, self.assembled.application, self.assembled.publication, verify, instruments=instruments)
        own = Readiness(self.assembled, {})
        instruments.watch(Watched(self.assembled, own))

        async def ready() -> Checks:
            mine = await anyio.to_thread.run_sync(own.checks)
            return {**mine, **await needs()}

        port = JoinedPort(InProcessPort({SERVICE.name: desk}), others)
        return create_app(
            port,
            self.door,
            self.issuer,
            catalogue,
            ready=ready,
            entrance=self.entrance,
            limits=self.limits,
            webhooks=self.webhooks,
            instruments=instruments,
            more=more,
        )

    def first_administrator(self, password: str | None = None) -> str | None:
        """The first administrator's password: ``password``, else one made now. None when it was installed before."""
        with contextlib.suppress(AlreadyInstalled):
            return self.door.first_administrator(ADMINISTRATOR, "Administración", password=password)
        return None


class LocalSystem:
    """The whole embedded system over one data folder: every service, the edge, and a web server in a thread.

    Raises `DataFolderInUse` when another process serves ``data``.
    """

    def __init__(self, data: Path, *, services: Mapping[str, ServiceDefinition] | None = None) -> None:
        self.data = data
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        issuer = TokenIssuer.from_file(data / "gateway" / "signing.key")
        public_keys = issuer.public_keys()
        self.catalogue = Catalogue.load()
        self.host = EmbeddedHost(
            data,
            verify_for=lambda service: TokenVerifier(public_keys, service).verify,
            services=services,
            catalogue=self.catalogue,
        )
        self.edge = EdgeService.open(
            Place.under(data / SERVICE.name),
            self.host.master,
            self.catalogue,
            issuer,
            create=True,
            signer=own_log_signer(data, SERVICE.name),
            seal_every=self.host.seal_every,
        )
        self.host.seal(self.edge.assembled)
        self.host.hold_catalogue(self.edge.assembled.application)
        if (intake := self.host.desks.get("intake")) is not None:
            self.host.accompany(
                "gateway erasing",
                Shredder(self.edge.assembled.application, intake.orders).run,
            )
        self.url = ""
        self.waiting: Waiting | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.new_password = self.edge.first_administrator()
        if self.new_password is not None:
            self._keep({ADMINISTRATOR: self.new_password})

    def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serve on ``host:port`` (0: any free port) in the background; returns the URL once it answers."""
        otlp.configure()
        self.host.start()

        async def needs() -> Checks:
            return await anyio.to_thread.run_sync(self.host.checks)

        instruments = self.host.instruments
        app = self.edge.app(InProcessPort(self.host.desks), needs, instruments, [loopback_route(instruments)])
        waiting = self.waiting = app.state.waiting
        for name, one in {**self.host.services, SERVICE.name: self.edge.assembled}.items():
            one.application.committed.append(lambda _done, name=name: waiting.ring(name))
        listener = listen(host, port)
        bound = listener.getsockname()[1]
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=8,
        )
        self._server = EdgeServer(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("el servidor web no inició")
            time.sleep(0.01)
        self.url = f"http://{host}:{bound}"
        self.host.lock.announce(self.url)
        return self.url

    def stop(self) -> None:
        """Let requests and transactions finish, within `STOP_S` together, then close everything."""
        deadline = time.monotonic() + STOP_S
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(STOP_S)
        self.host.stop(max(1.0, deadline - time.monotonic()))
        self.edge.assembled.close()
        spans.close()

    def accesses(self) -> dict[str, str]:
        """The passwords that this installation made and wrote to ``accesos.json`` (readable by its owner alone)."""
        path = self.data / ACCESS_FILE
        return json.loads(path.read_text("utf-8")) if path.exists() else {}

    def _keep(self, passwords: Mapping[str, str]) -> None:
        path = self.data / ACCESS_FILE
        known = {**self.accesses(), **passwords}
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(known, file, indent=1, ensure_ascii=False)

    def remember(self, login: str, password: str) -> None:
        """Keep a password that was just made, for the commands that work on the folder."""
        self._keep({login: password})


def serve(host: str, port: int) -> None:
    """Serve the edge over RabbitMQ until told to stop. Settings: those of `ServiceConfig`, and these.

    ========================== ==========================================================================
    IMPULSO_SIGNING_KEY        private key that signs tokens, a JWK (or IMPULSO_SIGNING_KEY_FILE, its file)
    IMPULSO_ADMIN_PASSWORD     first password of the first administrator (or IMPULSO_ADMIN_PASSWORD_FILE, its file);
                               without it one is printed once
    IMPULSO_METRICS_BIND       address of the port with the gateway's own ``/metrics``; empty: none
    IMPULSO_SERVICE_HTTP       internal address of a service (default ``http://{service}:8080``)
    ========================== ==========================================================================
    """
    from services.gateway.rpc_port import RabbitPort

    logs.configure()
    otlp.configure()
    config = ServiceConfig.read()
    catalogue = Catalogue.load(config.catalogue)
    if text := os.environ.get("IMPULSO_SIGNING_KEY", "").strip():
        issuer = TokenIssuer.from_text(text)
    else:
        issuer = TokenIssuer.from_file(Path(os.environ.get("IMPULSO_SIGNING_KEY_FILE", "signing.key")))
    master, signer = MasterKey.load(), log_signer(SERVICE.name)
    edge = when_ready(
        lambda: EdgeService.open(
            config.place,
            master,
            catalogue,
            issuer,
            create=config.create_tables,
            signer=signer,
            seal_every=config.seal_every,
            former=former_master(),
        ),
        SERVICE.name,
    )
    chosen = setting("IMPULSO_ADMIN_PASSWORD") or None
    password = edge.first_administrator(chosen)
    if password is not None and not chosen:
        print(json.dumps({"login": ADMINISTRATOR, "password": password}), flush=True)
    instruments = Instruments()
    exposition = listen_for_watchers(os.environ.get("IMPULSO_METRICS_BIND", ""), Figures(instruments))
    template = os.environ.get("IMPULSO_SERVICE_HTTP", "http://{service}:8080")
    others = RabbitPort(config.amqp_url, lambda service: template.format(service=service))
    instruments.breakers(others.closed_breakers)
    # uvicorn raises the signal that stopped it once more, when it has drained: it must not cut short what follows here.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    stop, prompt = threading.Event(), threading.Event()
    keeper = Keeper(edge.assembled.application, RpcCatalogue(config.amqp_url).ask)
    asked = RpcFeed(config.amqp_url, witness_service(), timeout=2.0)
    own = (edge.assembled.application.log, edge.assembled.application.access.log)
    shows = [Witnessing(each, partial(asked.ask, "witness"), config.seal_every).look for each in own]
    orders = partial(RpcFeed(config.amqp_url, "intake", timeout=2.0).ask, "orders")
    shredder = Shredder(edge.assembled.application, orders)
    background = [
        threading.Thread(target=keeper.run, args=(stop, prompt), name="catalogue", daemon=True),
        threading.Thread(target=run_all, args=(edge.assembled.sealings, stop), name="seal", daemon=True),
        threading.Thread(target=shredder.run, args=(stop,), name="erasing", daemon=True),
    ]
    if signer is not None and witness_service():
        background.append(threading.Thread(target=take_turns, args=(shows, stop), name="witness", daemon=True))
    for thread in background:
        thread.start()

    async def needs() -> Checks:
        return {"broker": await others.reached()}

    settings = uvicorn.Config(
        edge.app(others, needs, instruments),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=8,
        # The proxy says who the client was; nobody else is believed.
        proxy_headers=True,
        forwarded_allow_ips=trusted_proxies(),
    )
    EdgeServer(settings).run()
    stop.set()
    prompt.set()
    for thread in background:
        thread.join(STOP_S)
    asked.close()
    if exposition is not None:
        exposition.shutdown()
    edge.assembled.close()
    spans.close()


@contextlib.contextmanager
def local_system(data: Path, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[LocalSystem]:
    """A started `LocalSystem` that stops when the block ends."""
    system = LocalSystem(data)
    try:
        system.start(host, port)
        yield system
    finally:
        system.stop()

"""Hosting the edge: over every service in this process (the embedded system), or over a broker (containers)."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from starlette.applications import Starlette

from services.gateway.app import create_app
from services.gateway.definition import SERVICE
from services.gateway.domain.refusals import AlreadyInstalled
from services.gateway.door import Door
from services.gateway.port import InProcessPort, JoinedPort, ServicePort
from services.gateway.tokens import TokenIssuer
from shared.catalogue.catalogue import Catalogue
from shared.editing.keeper import Keeper
from shared.privacy.keys import MasterKey
from shared.runtime import logs
from shared.runtime.assembly import Assembled, Place, assemble
from shared.runtime.config import ServiceConfig
from shared.runtime.definition import ServiceDefinition
from shared.runtime.desk import Desk
from shared.runtime.embedded import EmbeddedHost
from shared.runtime.readiness import when_ready
from shared.runtime.rpc_feed import RpcCatalogue
from shared.runtime.tokens import TokenVerifier

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

    @classmethod
    def open(
        cls, place: Place, master: MasterKey, catalogue: Catalogue, issuer: TokenIssuer, *, create: bool
    ) -> EdgeService:
        """Open the gateway's store."""
        assembled = assemble(SERVICE, place, master, catalogue, create=create)
        application: Any = assembled.application
        return cls(assembled, issuer, Door(application))

    def app(self, others: ServicePort) -> Starlette:
        """The ASGI application over ``others``, with the catalogue that the gateway's store has taken over."""
        catalogue: Catalogue = self.assembled.application.catalogue
        verify = TokenVerifier(self.issuer.public_keys(), SERVICE.name).verify
        desk = Desk(SERVICE, self.assembled.application, self.assembled.publication, verify)
        return create_app(JoinedPort(InProcessPort({SERVICE.name: desk}), others), self.door, self.issuer, catalogue)

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
        )
        self.host.hold_catalogue(self.edge.assembled.application)
        self.url = ""
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.new_password = self.edge.first_administrator()
        if self.new_password is not None:
            self._keep({ADMINISTRATOR: self.new_password})

    def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serve on ``host:port`` (0: any free port) in the background; returns the URL once it answers."""
        self.host.start()
        app = self.edge.app(InProcessPort(self.host.desks))
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
        self._server = uvicorn.Server(config)
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
    IMPULSO_ADMIN_PASSWORD     first password of the first administrator; without it one is printed once
    IMPULSO_SERVICE_HTTP       internal address of a service (default ``http://{service}:8080``)
    ========================== ==========================================================================
    """
    from services.gateway.rpc_port import RabbitPort

    logs.configure()
    config = ServiceConfig.read()
    catalogue = Catalogue.load(config.catalogue)
    if text := os.environ.get("IMPULSO_SIGNING_KEY"):
        issuer = TokenIssuer.from_text(text)
    else:
        issuer = TokenIssuer.from_file(Path(os.environ.get("IMPULSO_SIGNING_KEY_FILE", "signing.key")))
    master = MasterKey.load()
    edge = when_ready(
        lambda: EdgeService.open(config.place, master, catalogue, issuer, create=config.create_tables), SERVICE.name
    )
    chosen = os.environ.get("IMPULSO_ADMIN_PASSWORD")
    password = edge.first_administrator(chosen)
    if password is not None and not chosen:
        print(json.dumps({"login": ADMINISTRATOR, "password": password}), flush=True)
    template = os.environ.get("IMPULSO_SERVICE_HTTP", "http://{service}:8080")
    others = RabbitPort(config.amqp_url, lambda service: template.format(service=service))
    # uvicorn raises the signal that stopped it once more, when it has drained: it must not cut short what follows here.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    stop, prompt = threading.Event(), threading.Event()
    keeper = Keeper(edge.assembled.application, RpcCatalogue(config.amqp_url).ask)
    keeping = threading.Thread(target=keeper.run, args=(stop, prompt), name="catalogue", daemon=True)
    keeping.start()
    uvicorn.run(
        edge.app(others),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=8,
        # Only the proxy reaches this port; it says who the client was.
        proxy_headers=True,
        forwarded_allow_ips="*",
    )
    stop.set()
    prompt.set()
    keeping.join(STOP_S)
    edge.assembled.close()


@contextlib.contextmanager
def local_system(data: Path, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[LocalSystem]:
    """A started `LocalSystem` that stops when the block ends."""
    system = LocalSystem(data)
    try:
        system.start(host, port)
        yield system
    finally:
        system.stop()


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at that address (port 0: any free one)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio switches Nagle's algorithm off only where it stands: an answer's body would
    # otherwise wait 40 ms for the acknowledgement of its head.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.listen(256)
    return listener

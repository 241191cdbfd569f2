"""The real services on the nameko host, two processes each, and two gateways behind one address: what is restarted."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import httpx

from services.gateway.tokens import TokenIssuer
from shared.privacy.keys import MasterKey
from tests import brokers, postgres
from tests.databases import database_url
from tests.waiting import until
from tests.wires import Wire, wires

ROOT = Path(__file__).parents[2]
START_S, STOP_S = 180.0, 30.0
STARTS = 5
PASSWORD = f"Prueba-{uuid4().hex}"
"""Of the first administrator."""


class Replica:
    """One process of a service, or of the gateway."""

    def __init__(self, service: str, command: Sequence[str], environment: dict[str, str], log: Path) -> None:
        self.service = service
        self._command = [sys.executable, *command]
        self._environment = {**os.environ, **environment}
        self._log = log
        self._from = 0
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._from = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def stop(self) -> int:
        """SIGTERM, and wait until what is in hand is finished; the exit code."""
        assert self._running is not None
        self._running.send_signal(signal.SIGTERM)
        try:
            return self._running.wait(STOP_S)
        except subprocess.TimeoutExpired:
            # Its stacks go to its log.
            self._running.send_signal(signal.SIGABRT)
            self._running.wait(60)
            raise AssertionError(f"{self.service} does not stop:\n{self.said[-6000:]}") from None

    def end(self) -> None:
        if self._running is not None and self._running.poll() is None:
            self._running.kill()
            self._running.wait(60)

    @property
    def said(self) -> str:
        """What it said since its last start."""
        return self._log.read_bytes()[self._from :].decode("utf-8", "replace") if self._log.exists() else ""

    def until_serving(self) -> None:
        starts = 1

        def serves() -> bool:
            nonlocal starts
            assert self._running is not None
            if self._running.poll() is not None:
                # What a supervisor does. On a machine that is overloaded the self-check of a start may not hold.
                assert starts < STARTS, self.said
                starts += 1
                self.start()
            return "Connected to" in self.said

        until(serves, f"{self.service} serves", START_S)


class Gateway(Replica):
    """A gateway on ``port``."""

    def __init__(self, port: int, environment: dict[str, str], log: Path) -> None:
        command = ("-c", "from shared.cli.main import main; main()", "gateway", "--host", "127.0.0.1")
        super().__init__("gateway", (*command, "--port", str(port)), environment, log)
        self.port = port

    def until_serving(self) -> None:
        def serves() -> bool:
            try:
                return httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=60).status_code < 500
            except httpx.TransportError:
                return False

        until(serves, "the gateway serves", START_S)


class Replicas:
    """All of it. Who asks, asks ``url``: it leads to a gateway that is not being restarted."""

    def __init__(self, databases: dict[str, str], front: Wire, gateways: Sequence[Gateway], others: list[Replica]):
        self.databases = databases
        self.url = f"http://127.0.0.1:{front.port}"
        self._front = front
        self._gateways = gateways
        self._others = others

    def start(self) -> None:
        # One of each first: it makes the tables that the other finds.
        for number in (0, 1):
            batch = [*self._others[number::2], self._gateways[number]]
            for each in batch:
                each.start()
            for each in batch:
                each.until_serving()

    def restart_each(self) -> list[tuple[str, int]]:
        """One process after the other, each drained and back before the next; name and exit code of each."""
        ended = []
        for each in self._others:
            ended.append((each.service, each.stop()))
            each.start()
            each.until_serving()
        for one, other in (self._gateways, tuple(reversed(self._gateways))):
            # As a proxy does it: who comes anew is led to the one that stays.
            self._front.lead(other.port)
            ended.append((one.service, one.stop()))
            one.start()
            one.until_serving()
        return ended

    def end(self) -> None:
        for each in (*self._others, *self._gateways):
            each.end()


@contextmanager
def replicas(folder: Path, services: Sequence[str]) -> Iterator[Replicas]:
    """Two of each of ``services`` and of the gateway, empty and not yet started; gone afterwards."""
    issuer, keys = folder / "signing.key", folder / "keys.json"
    TokenIssuer.from_file(issuer).write_public_keys(keys)
    master = folder / "master.key"
    MasterKey.create(master)
    with ExitStack() as stack:
        broker = stack.enter_context(brokers.virtual_host())
        laid = stack.enter_context(wires())
        names = (*services, "gateway")
        # A dozen processes with their pools: the connections of a server that other tests use, too, would not suffice.
        at = stack.enter_context(postgres.server()).url
        databases = {name: stack.enter_context(database_url("postgresql", folder, at)) for name in names}
        common = {
            "IMPULSO_AMQP_URL": broker,
            "IMPULSO_MASTER_KEY_FILE": str(master),
            "IMPULSO_LOG_KEY": "5e" * 32,
            "IMPULSO_TOKEN_KEYS_FILE": str(keys),
            "IMPULSO_SIGNING_KEY_FILE": str(issuer),
            "IMPULSO_ADMIN_PASSWORD": PASSWORD,
            "IMPULSO_CREATE_TABLES": "1",
            "PYTHONFAULTHANDLER": "1",
            "IMPULSO_HTTP_BIND": "127.0.0.1:0",
        }

        def environment(name: str) -> dict[str, str]:
            place = {
                "IMPULSO_DATABASE_URL": databases[name],
                "IMPULSO_KEYS_URL": f"sqlite:///{folder / name}-keys.db",
                "IMPULSO_FILES": str(folder / f"{name}-files"),
            }
            return {**common, **place}

        others = [
            Replica(
                name, ("-m", "shared.runtime.nameko_host", name), environment(name), folder / f"{name}-{number}.log"
            )
            for name in services
            for number in (0, 1)
        ]
        gateways = [
            Gateway(_free_port(), environment("gateway"), folder / f"gateway-{number}.log") for number in (0, 1)
        ]
        system = Replicas(databases, laid.lay("127.0.0.1", gateways[0].port), gateways, others)
        try:
            yield system
        finally:
            system.end()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port

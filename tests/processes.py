"""Real processes of the nameko host around the counting services, for tests that kill and cut."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Assembled, Place, assemble
from tests import brokers
from tests.counting import SERVICES
from tests.databases import POSTGRES, database_url
from tests.waiting import until

ROOT = Path(__file__).parent.parent


class Cluster:
    """A broker, a database a service, and where each process writes what it says."""

    def __init__(self, folder: Path, broker: str, databases: dict[str, str]) -> None:
        self.folder = folder
        self.broker = broker
        self.databases = databases
        self.master = folder / "master.key"
        MasterKey.create(self.master)
        self.processes: list[Process] = []

    def place(self, service: str) -> Place:
        return Place(
            self.databases[service], f"sqlite:///{self.folder / service}-keys.db", self.folder / f"{service}-files"
        )

    def assembled(self, service: str) -> Assembled:
        """The service in this process, to look at what the others did. The caller closes it."""
        return assemble(SERVICES[service], self.place(service), MasterKey.load(self.master), None, create=True)

    def process(self, service: str, **environment: str) -> Process:
        """Start one process of ``service``."""
        started = Process(self, service, len(self.processes), environment)
        self.processes.append(started)
        started.start()
        return started


class Process:
    """One process of a service; ``start`` again after `kill`."""

    def __init__(self, cluster: Cluster, service: str, number: int, environment: dict[str, str]) -> None:
        place = cluster.place(service)
        self.service = service
        self.log = cluster.folder / f"{service}-{number}.log"
        self.environment = {
            **os.environ,
            "IMPULSO_DATABASE_URL": place.database_url,
            "IMPULSO_KEYS_URL": place.keys_url,
            "IMPULSO_FILES": str(place.files),
            "IMPULSO_AMQP_URL": cluster.broker,
            "IMPULSO_MASTER_KEY_FILE": str(cluster.master),
            "IMPULSO_LOG_KEY": "5e" * 32,
            "IMPULSO_HTTP_BIND": "127.0.0.1:0",
            "IMPULSO_CREATE_TABLES": "1",
            "PYTHONFAULTHANDLER": "1",
            **environment,
        }
        self.running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [sys.executable, "-m", "tests.counting_host", self.service],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    @property
    def alive(self) -> bool:
        return self.running is not None and self.running.poll() is None

    @property
    def said(self) -> str:
        return self.log.read_text("utf-8")

    def kill(self) -> None:
        """SIGKILL: not a chance to say goodbye."""
        if self.running is not None:
            self.running.send_signal(signal.SIGKILL)
            self.running.wait(60)

    def pause(self) -> None:
        """SIGSTOP: it stands still, and its connections stay open."""
        if self.running is not None and self.alive:
            self.running.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT: it goes on in the middle of whatever it did."""
        if self.running is not None and self.alive:
            self.running.send_signal(signal.SIGCONT)

    def terminate(self, seconds: float) -> int:
        """SIGTERM; its exit code. Raises TimeoutExpired when it takes longer than ``seconds``."""
        assert self.running is not None
        self.running.terminate()
        return self.running.wait(seconds)

    def url(self) -> str:
        """The internal address that the latest start announced."""
        until(lambda: '"http"' in self.said or not self.alive, f"{self.service} announces its port")
        lines = [line for line in self.said.splitlines() if line.startswith('{"service"') and '"http"' in line]
        assert lines, self.said
        return f"http://127.0.0.1:{json.loads(lines[-1])['http']}"

    def health(self) -> dict[str, Any]:
        health: dict[str, Any] = httpx.get(f"{self.url()}/healthz", timeout=60).json()
        return health


@contextmanager
def cluster(folder: Path, dialect: str = "postgresql", at: str = POSTGRES) -> Iterator[Cluster]:
    """An empty cluster; its processes are gone afterwards. ``at``: the PostgreSQL server."""
    with ExitStack() as stack:
        databases = {name: stack.enter_context(database_url(dialect, folder, at)) for name in SERVICES}
        made = Cluster(folder, stack.enter_context(brokers.virtual_host()), databases)
        try:
            yield made
        finally:
            for process in made.processes:
                process.kill()

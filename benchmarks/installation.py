"""The whole system as processes of this machine, for measuring: the embedded one, or what the containers run.

Each has databases, a virtual host and ports of its own, and is gone afterwards.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from services.gateway.definition import SERVICE as EDGE
from services.gateway.tokens import TokenIssuer
from shared.catalogue.catalogue import Catalogue
from shared.cli.api import Api
from shared.cli.system import ADMINISTRATOR, OFFICE, add_account
from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Place, assemble
from shared.runtime.definition import installed_services
from tests import brokers
from tests.databases import database_url
from tests.waiting import until

ROOT = Path(__file__).parents[1]
SERVICES = ("intake", "profiling", "assistance", "inventory", "reporting")
PATIENCE_S = 120.0


@dataclass
class Part:
    """One process: its start until it answered (seconds), and what it holds."""

    name: str
    process: subprocess.Popen[bytes]
    output: Path
    began: float
    started_s: float = 0.0

    def ready(self, url: str) -> None:
        """Wait until it answers at ``url``, and note how long that took from its start."""
        until(lambda: self._answers(url), f"{self.name} answers", PATIENCE_S, every=0.05)
        self.started_s = time.monotonic() - self.began

    def _answers(self, url: str) -> bool:
        assert self.process.poll() is None, self.output.read_text("utf-8")[-2000:]
        try:
            return httpx.get(url, timeout=2, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def said(self, pattern: str) -> str:
        """What it printed that ``pattern``'s group finds, once it did."""
        found: list[str] = []

        def look() -> bool:
            assert self.process.poll() is None, self.output.read_text("utf-8")[-2000:]
            found[:] = re.findall(pattern, self.output.read_text("utf-8"))
            return bool(found)

        until(look, f"{self.name} says where it is", PATIENCE_S, every=0.05)
        return found[-1]

    @property
    def megabytes(self) -> float:
        """What it holds of the machine's memory (resident set)."""
        text = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        return int(re.findall(r"VmRSS:\s+(\d+) kB", text)[0]) / 1024


@dataclass
class Installation:
    """A running system: where it answers, its parts, and one account that may open calls and hold field days."""

    url: str
    user: str = OFFICE
    password: str = ""
    parts: list[Part] = field(default_factory=list)


def _start(stack: ExitStack, folder: Path, name: str, command: list[str], settings: dict[str, str]) -> Part:
    mine = {key: value for key, value in os.environ.items() if not key.startswith("IMPULSO_")}
    output = folder / f"{name}.log"
    with output.open("ab") as log:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={**mine, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **settings},
            stdout=log,
            stderr=log,
        )

    def end() -> None:
        process.kill()
        process.wait(10)

    stack.callback(end)
    return Part(name, process, output, began)


@contextmanager
def embedded(folder: Path) -> Iterator[Installation]:
    """`impulso up` over ``folder``: what is there is served again."""
    with ExitStack() as stack:
        folder.mkdir(exist_ok=True)
        data = folder / "var"
        (folder / "embedded.log").unlink(missing_ok=True)
        part = _start(stack, folder, "embedded", ["shared.cli.main", "up", "--data", str(data), "--port", "0"], {})
        url = part.said(r"Impulso está en (http://[\w.:]+)")
        part.ready(f"{url}/healthz")
        accesses = data / "accesos.json"
        until(lambda: OFFICE in json.loads(accesses.read_text("utf-8")), "the accounts are made", 60)
        yield Installation(url, OFFICE, json.loads(accesses.read_text("utf-8"))[OFFICE], [part])


@contextmanager
def containers_alike(folder: Path) -> Iterator[Installation]:
    """The five services and the gateway over RabbitMQ and PostgreSQL, one process each."""
    with ExitStack() as stack:
        folder.mkdir(exist_ok=True)
        MasterKey.create(folder / "master.key")
        issuer = TokenIssuer.from_file(folder / "signing.key")
        common = {
            "IMPULSO_AMQP_URL": stack.enter_context(brokers.virtual_host()),
            "IMPULSO_MASTER_KEY_FILE": str(folder / "master.key"),
            "IMPULSO_LOG_KEY": "5e" * 32,
            "IMPULSO_TOKEN_KEYS": json.dumps(issuer.public_keys()),
            "IMPULSO_SIGNING_KEY_FILE": str(folder / "signing.key"),
            "IMPULSO_ADMIN_PASSWORD": "medidas-de-rendimiento",
            "IMPULSO_HTTP_BIND": "127.0.0.1:0",
            # One client stands for fifty users: what it is measured for is not what one of them may ask.
            "IMPULSO_RATE_SESSION": "0/0",
            "IMPULSO_RATE_ADDRESS": "0/0",
            "IMPULSO_RATE_STRANGER": "0/0",
        }

        master, catalogue = MasterKey.load(folder / "master.key"), Catalogue.load()
        known = {**installed_services(), "gateway": EDGE}

        def place(name: str) -> dict[str, str]:
            databases = [stack.enter_context(database_url("postgresql", folder)) for _ in range(2)]
            made = Place(databases[0], databases[1], folder / name)
            # What `impulso migrate` has done before the containers start.
            assemble(known[name], made, master, catalogue, create=True).close()
            return {
                "IMPULSO_DATABASE_URL": made.database_url,
                "IMPULSO_KEYS_URL": made.keys_url,
                "IMPULSO_FILES": str(made.files),
            }

        parts = [
            _start(stack, folder, name, ["shared.runtime.nameko_host", name], {**common, **place(name)})
            for name in SERVICES
        ]
        for part in parts:
            internal = part.said(r'"http": (\d+)')
            part.ready(f"http://127.0.0.1:{internal}/healthz")
        port = _free_port()
        gateway = _start(
            stack,
            folder,
            "gateway",
            ["services.gateway", "--host", "127.0.0.1", "--port", str(port)],
            {**common, **place("gateway")},
        )
        url = f"http://127.0.0.1:{port}"
        gateway.ready(f"{url}/healthz")
        with Api(url) as api:
            api.log_in(ADMINISTRATOR, common["IMPULSO_ADMIN_PASSWORD"])
            made = add_account(api, OFFICE, "Medidas", ("coordinator", "caseworker"))
        yield Installation(url, OFFICE, made["password"], [*parts, gateway])


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])

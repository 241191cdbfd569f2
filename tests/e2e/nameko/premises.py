"""The system of the containers without the containers: gateway and services as processes, RabbitMQ between them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from services.gateway.tokens import TokenIssuer
from shared.privacy.keys import MasterKey
from tests import brokers
from tests.processes import ROOT
from tests.waiting import until

PASSWORD = "una frase larga de prueba"


class Collector:
    """An OTLP receiver over HTTP that keeps what it was sent."""

    def __init__(self) -> None:
        collector = self
        self.bodies: list[bytes] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def spans(self, trace_id: str) -> list[dict[str, str]]:
        """The spans of that trace: service, name, id, parent."""
        found = []
        for body in list(self.bodies):
            for group in ExportTraceServiceRequest.FromString(body).resource_spans:
                names = {one.key: one.value.string_value for one in group.resource.attributes}
                for span in (one for scope in group.scope_spans for one in scope.spans):
                    if span.trace_id.hex() == trace_id:
                        about = {"id": span.span_id.hex(), "parent": span.parent_span_id.hex(), "name": span.name}
                        found.append({"service": names["service.name"], **about})
        return found

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Premises:
    """Processes over SQLite files in ``folder``, each with its log. ``services`` names the module that holds them.

    ``settings``: what else a process finds in its environment, or instead of what all find there.
    """

    def __init__(
        self, folder: Path, broker: str, collector: Collector, services: str, settings: dict[str, dict[str, str]]
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self._settings = settings
        self.collector = collector
        self._services = services
        self._issuer_file = folder / "signing.key"
        self._keys = json.dumps(TokenIssuer.from_file(self._issuer_file).public_keys())
        MasterKey.create(folder / "master.key")
        self._broker = broker
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._ports: dict[str, int] = {}
        self.url = self._answer = ""

    def start(self, *services: str) -> None:
        """Start the gateway and these services, and wait until all are ready."""
        for name in services:
            module = ["-m", "shared.runtime.nameko_host", name, "--services", self._services]
            self._run(name, module, IMPULSO_TOKEN_KEYS=self._keys)
        port, figures = _free_port(), _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._ports["gateway figures"] = figures
        self._run(
            "gateway",
            ["-m", "services.gateway", "--host", "127.0.0.1", "--port", str(port)],
            IMPULSO_SIGNING_KEY_FILE=str(self._issuer_file),
            IMPULSO_ADMIN_PASSWORD=PASSWORD,
            IMPULSO_METRICS_BIND=f"127.0.0.1:{figures}",
        )
        for name in (*services, "gateway"):
            try:
                until(lambda name=name: self._ready(name), f"{name} is ready", 120)  # type: ignore[misc]
            except AssertionError as late:
                raise AssertionError(f"{late}: {self._answer}") from None

    def stop(self) -> None:
        """SIGTERM to each, and wait."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            process.wait(60)

    def said(self, name: str) -> str:
        """All that a process wrote."""
        return self._log(name).read_text("utf-8")

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The log lines of a process."""
        return [json.loads(line) for line in self.said(name).splitlines() if line.startswith("{")]

    def watched(self) -> str:
        """Everything that any process answers to who watches it."""
        answers = [httpx.get(f"{self.url}{path}", timeout=60).text for path in ("/healthz", "/healthz/ready")]
        answers.append(httpx.get(f"http://127.0.0.1:{self._ports['gateway figures']}/metrics", timeout=60).text)
        for name in self._processes.keys() - {"gateway"}:
            for path in ("/healthz", "/healthz/live", "/healthz/ready", "/metrics"):
                answers.append(httpx.get(f"{self._url_of(name)}{path}", timeout=60).text)
        return "\n".join(answers)

    def _run(self, name: str, arguments: list[str], **settings: str) -> None:
        place = self.folder / name
        place.mkdir()
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("IMPULSO_")},
            "IMPULSO_DATABASE_URL": f"sqlite:///{place / 'events.db'}",
            "IMPULSO_KEYS_URL": f"sqlite:///{place / 'keys.db'}",
            "IMPULSO_FILES": str(place / "files"),
            "IMPULSO_AMQP_URL": self._broker,
            "IMPULSO_MASTER_KEY_FILE": str(self.folder / "master.key"),
            "IMPULSO_LOG_KEY": "5e" * 32,
            "IMPULSO_HTTP_BIND": "127.0.0.1:0",
            "IMPULSO_CREATE_TABLES": "1",
            "IMPULSO_LOG_LEVEL": "DEBUG",
            "IMPULSO_OTLP_ENDPOINT": self.collector.endpoint,
            **settings,
            **self._settings.get(name, {}),
        }
        with self._log(name).open("ab") as log:
            command = [sys.executable, *arguments]
            self._processes[name] = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def _ready(self, name: str) -> bool:
        assert self._processes[name].poll() is None, self.said(name)
        try:
            url = self.url if name == "gateway" else self._url_of(name)
            answer = httpx.get(f"{url}/healthz/ready", timeout=60)
            self._answer = answer.text
            return answer.status_code == 200
        except httpx.TransportError:
            return False

    def _url_of(self, name: str) -> str:
        found = next((line["http"] for line in self.lines(name) if "http" in line), None)
        return f"http://127.0.0.1:{found}" if found else "http://127.0.0.1:9"

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


@contextmanager
def premises(folder: Path, services: str, settings: dict[str, dict[str, str]] | None = None) -> Iterator[Premises]:
    """Premises whose processes are gone afterwards."""
    with ExitStack() as stack:
        collector = Collector()
        stack.callback(collector.close)
        made = Premises(folder, stack.enter_context(brokers.virtual_host()), collector, services, settings or {})
        stack.callback(made.stop)
        yield made


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

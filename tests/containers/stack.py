"""One container system of a test's own: a compose project with its own name, image, ports and secrets."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests.waiting import until

ROOT = Path(__file__).parents[2]
SERVICES = ("intake", "profiling", "assistance", "inventory", "reporting")
OURS = ("gateway", *SERVICES)
KEPT = {
    "postgres": "/var/lib/postgresql/data",
    "rabbitmq": "/var/lib/rabbitmq",
    "caddy": "/data",
    **dict.fromkeys(OURS, "/var/lib/impulso"),
}
"""Where each container keeps what outlives it."""
EVERYTHING = ("caddy", *OURS, "postgres", "rabbitmq")
BUILD_S, HEALTHY_S, COMMAND_S = 900, 240, 120


class Failed(AssertionError):
    """A command of the stack failed; the text holds what it said."""


class Stack:
    """The container system, run by ``docker compose`` exactly as the README says, beside any other that runs."""

    def __init__(self, folder: Path) -> None:
        self.project = f"impulso-smoke-{uuid4().hex[:8]}"
        self.env_file = folder / "env"
        self.port = _free_port()
        self._environment = {
            **os.environ,
            "COMPOSE_PROJECT_NAME": self.project,
            "IMPULSO_IMAGE": f"{self.project}:built",
            "IMPULSO_HTTP_PORT": str(self.port),
            "IMPULSO_HTTPS_PORT": str(_free_port()),
        }
        self.url = f"http://127.0.0.1:{self.port}"

    def make_env(self) -> str:
        """``make env``, into this stack's own file; what it said."""
        return self._run(["make", "--no-print-directory", "env"], 60, ENV_FILE=str(self.env_file))

    def secrets(self) -> dict[str, str]:
        """The variables of the file that ``make env`` wrote."""
        lines = self.env_file.read_text("utf-8").splitlines()
        pairs = [line.split("=", 1) for line in lines if "=" in line and not line.startswith("#")]
        return {name: value.strip("'") for name, value in pairs}

    def compose(self, *arguments: str, seconds: float = COMMAND_S) -> str:
        """``docker compose …``; what it printed. Raises `Failed`."""
        return self._run(["docker", "compose", "--env-file", str(self.env_file), *arguments], seconds)

    def up(self) -> None:
        """``docker compose up``, which builds the image, too; returns when everything is healthy."""
        self.compose("up", "--detach", "--wait", seconds=BUILD_S + HEALTHY_S)

    def down(self) -> None:
        """Remove the containers, networks, volumes and the image."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "20", seconds=180)
        subprocess.run(["docker", "image", "rm", "--force", f"{self.project}:built"], capture_output=True, timeout=60)

    def containers(self) -> dict[str, dict[str, Any]]:
        """What ``docker inspect`` tells of each container, by the name of its service."""
        ids = self.compose("ps", "--all", "--quiet").split()
        found = json.loads(self._run(["docker", "inspect", *ids], COMMAND_S))
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}

    def unhealthy(self) -> set[str]:
        """The long-running containers that are not healthy (yet)."""
        states = {name: one["State"].get("Health", {}).get("Status") for name, one in self.containers().items()}
        return {name for name in EVERYTHING if states.get(name) != "healthy"}

    def until_healthy(self, what: str, seconds: float = HEALTHY_S) -> None:
        """Wait until every container is healthy and the gateway reaches every service."""
        until(lambda: not self.unhealthy() and self.health() == {"ok"}, what, seconds)

    def health(self) -> set[str]:
        """The states that the edge reports, its own and those of its services."""
        try:
            answer = httpx.get(f"{self.url}/healthz", timeout=5).json()
        except (httpx.TransportError, ValueError):
            return {"unreachable"}
        return {answer["status"], *answer["services"].values()}

    def impulso(self, *arguments: str, user: str, password: str, seconds: float = COMMAND_S) -> dict[str, Any]:
        """The command line against this stack; its document. Raises `Failed`."""
        logged_in = {"IMPULSO_USER": user, "IMPULSO_PASSWORD": password}
        return impulso(*arguments, "--url", self.url, seconds=seconds, **logged_in)

    def sql(self, database: str, statement: str, role: str) -> str:
        """Run ``statement`` as ``role`` over TCP, with its password; what psql printed, errors included."""
        password = self.secrets()[f"{role.upper()}_PASSWORD"]
        arguments = ["exec", "-T", "-e", f"PGPASSWORD={password}", "postgres", "psql", "-h", "127.0.0.1", "-U", role]
        command = ["docker", "compose", "--env-file", str(self.env_file), *arguments, "-d", database, "-tAc", statement]
        done = subprocess.run(
            command, cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=COMMAND_S
        )
        return done.stdout + done.stderr

    def copy_data(self, target: Path) -> None:
        """Copy what every container keeps, and what it said, under ``target``; the processes stand still meanwhile."""
        self.sql("postgres", "CHECKPOINT", "postgres")
        self.compose("pause", *KEPT)
        try:
            for name, folder in KEPT.items():
                self.compose("cp", f"{name}:{folder}", str(target / name))
        finally:
            self.compose("unpause", *KEPT)
        (target / "said.log").write_text(self.compose("logs", "--no-color"), "utf-8")

    def _run(self, command: list[str], seconds: float, **environment: str) -> str:
        return run(command, seconds, {**self._environment, **environment})


def impulso(*arguments: str, seconds: float = COMMAND_S, **environment: str) -> dict[str, Any]:
    """The command line with ``--json``; its document. Raises `Failed`."""
    command = [str(Path(sys.executable).with_name("impulso")), *arguments, "--json"]
    document: dict[str, Any] = json.loads(run(command, seconds, {**os.environ, **environment}))
    return document


def run(command: list[str], seconds: float, environment: dict[str, str]) -> str:
    """What ``command`` printed. Raises `Failed` when it does not end with 0."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-40:])
        raise Failed(f"{' '.join(command[:6])} … ended with {done.returncode}:\n{said}")
    return done.stdout


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port

"""One container system of a test's own: a compose project with its own name, image, ports and secrets."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from shared.cli.api import Api
from shared.cli.system import add_account
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
ADMINISTRATOR = "admin"
LABEL = "com.docker.compose"
EVERYTHING = ("caddy", *OURS, "postgres", "rabbitmq")
BUILD_S, HEALTHY_S, COMMAND_S = 900, 400, 120
_NEXT = "== "


class Failed(AssertionError):
    """A command of the stack failed; the text holds what it said."""


class Stack:
    """The container system, run by ``docker compose`` exactly as the README says, beside any other that runs."""

    def __init__(self, folder: Path, **settings: str) -> None:
        """``settings``: variables of the environment that the compose file passes on."""
        self.project = f"impulso-smoke-{uuid4().hex[:8]}"
        self.image = f"{self.project}:built"
        self.env_file = folder / "env"
        self.secrets_folder = folder / "secrets"
        self.port = free_port()
        self.amqps_port = free_port()
        self._environment = {
            **os.environ,
            "COMPOSE_PROJECT_NAME": self.project,
            "IMPULSO_AMQPS_PORT": str(self.amqps_port),
            "IMPULSO_IMAGE": self.image,
            "IMPULSO_HTTP_PORT": str(self.port),
            "IMPULSO_HTTPS_PORT": str(free_port()),
            **settings,
        }
        self.url = f"http://127.0.0.1:{self.port}"

    def make_env(self) -> str:
        """``make env``, into this stack's own file; what it said."""
        return self._run(["make", "--no-print-directory", "env"], 60, ENV_FILE=str(self.env_file))

    def secrets(self) -> dict[str, str]:
        """The passwords and keys that ``make env`` wrote, by the names of their files."""
        files = (one for one in self.secrets_folder.iterdir() if one.name.endswith(("_password", "_key")))
        return {one.name: one.read_text("utf-8").strip() for one in files}

    def compose(self, *arguments: str, seconds: float = COMMAND_S) -> str:
        """``docker compose …``; what it printed. Raises `Failed`."""
        return self._run(["docker", "compose", "--env-file", str(self.env_file), *arguments], seconds)

    def use(self, *overlays: str) -> None:
        """Lay these of ``deploy/compose`` over the file from now on; `up` brings them into effect."""
        files = ["docker-compose.yml", *(f"deploy/compose/{one}.yml" for one in overlays)]
        self._environment["COMPOSE_FILE"] = ":".join(files)

    def add_integrator(self, name: str) -> str:
        """``make integrator``; the new user's password."""
        self._run(["make", "--no-print-directory", "integrator", f"NAME={name}"], 60, ENV_FILE=str(self.env_file))
        return (self.secrets_folder / "integrators" / name).read_text("utf-8").strip()

    def docker(self, *arguments: str) -> str:
        """``docker …``; what it printed. Raises `Failed`."""
        return self._run(["docker", *arguments], COMMAND_S)

    def up(self) -> None:
        """``docker compose up``, which builds the image, too; returns when everything is healthy."""
        self.compose("up", "--detach", "--wait", seconds=BUILD_S + HEALTHY_S)

    def down(self) -> None:
        """Remove the containers, networks, volumes and the image."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "20", seconds=180)
        subprocess.run(["docker", "image", "rm", "--force", self.image], capture_output=True, timeout=60)

    def containers(self) -> dict[str, dict[str, Any]]:
        """What ``docker inspect`` tells of each container, by the name of its service; of the first replica."""
        return {name: each[0] for name, each in self.replicas().items()}

    def replicas(self) -> dict[str, list[dict[str, Any]]]:
        """What ``docker inspect`` tells of every replica, by the name of its service, in the order of their numbers."""
        ids = self.compose("ps", "--all", "--quiet").split()
        found: dict[str, list[dict[str, Any]]] = {}
        inspected = json.loads(self._run(["docker", "inspect", *ids], COMMAND_S))
        for one in sorted(inspected, key=lambda each: int(each["Config"]["Labels"][f"{LABEL}.container-number"])):
            found.setdefault(one["Config"]["Labels"][f"{LABEL}.service"], []).append(one)
        return found

    def unhealthy(self) -> set[str]:
        """The long-running containers that are not healthy (yet)."""
        states = {
            name: {one["State"].get("Health", {}).get("Status") for one in each}
            for name, each in self.replicas().items()
        }
        return {name for name in EVERYTHING if states.get(name) != {"healthy"}}

    def until_healthy(self, what: str, seconds: float = HEALTHY_S) -> None:
        """Wait until every container is healthy and the gateway reaches every service."""
        until(lambda: not self.unhealthy() and self.health() == {"ok"}, what, seconds)

    def health(self) -> set[str]:
        """The states that the edge reports, its own and those of its services."""
        try:
            answer = httpx.get(f"{self.url}/healthz", timeout=60).json()
        except (httpx.TransportError, ValueError):
            return {"unreachable"}
        return {answer["status"], *answer["services"].values()}

    def ready(self, name: str) -> dict[str, Any]:
        """What a container of ours answers on its internal port to who asks whether it is ready; empty for nothing."""
        try:
            answer: dict[str, Any] = httpx.get(f"http://{self.address(name)}:8080/healthz/ready", timeout=60).json()
        except (httpx.TransportError, httpx.InvalidURL, ValueError):
            return {}
        return answer

    def doctor(self, user: str, password: str) -> dict[str, Any]:
        """The document of `impulso doctor`, whatever it finds."""
        logged_in = {"IMPULSO_USER": user, "IMPULSO_PASSWORD": password}
        command = [str(Path(sys.executable).with_name("impulso")), "doctor", "--json", "--url", self.url]
        done = subprocess.run(command, env={**os.environ, **logged_in}, capture_output=True, text=True, timeout=60)
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def impulso(self, *arguments: str, user: str, password: str, seconds: float = COMMAND_S) -> dict[str, Any]:
        """The command line against this stack; its document. Raises `Failed`."""
        logged_in = {"IMPULSO_USER": user, "IMPULSO_PASSWORD": password}
        return impulso(*arguments, "--url", self.url, seconds=seconds, **logged_in)

    def sql(self, database: str, statement: str, role: str) -> str:
        """Run ``statement`` as ``role`` over TCP, with its password; what psql printed, errors included."""
        password = self.secrets()[f"{role}_password"]
        arguments = ["exec", "-T", "-e", f"PGPASSWORD={password}", "postgres", "psql", "-h", "127.0.0.1", "-U", role]
        command = ["docker", "compose", "--env-file", str(self.env_file), *arguments, "-d", database, "-tAc", statement]
        done = subprocess.run(
            command, cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=COMMAND_S
        )
        return done.stdout + done.stderr

    def rows(self, databases: Sequence[str], query: str) -> dict[str, list[list[str]]]:
        """What ``query`` finds in each of ``databases``, asked by the server's administrator: rows of texts."""
        lines = [f"\\c {name}\n\\echo {_NEXT}{name}\n{query};" for name in databases]
        command = ["docker", "exec", "-i", "-e", f"PGPASSWORD={self.secrets()['postgres_password']}"]
        psql = ["psql", "-h", "127.0.0.1", "-U", "postgres", "-qtA", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        said = run([*command, self.container("postgres"), *psql], COMMAND_S, dict(os.environ), "\n".join(lines))
        found: dict[str, list[list[str]]] = {}
        for line in said.splitlines():
            if line.startswith(_NEXT):
                found[line.removeprefix(_NEXT)] = here = []
            elif line:
                here.append(line.split("|"))
        return found

    def container(self, name: str) -> str:
        """The name that Docker knows the first container of a service by."""
        return f"{self.project}-{name}-1"

    def address(self, name: str, network: str = "inside") -> str:
        """The container's address in one of the system's networks, which this machine reaches, too; may be empty."""
        found = json.loads(self.docker("inspect", self.container(name)))[0]["NetworkSettings"]["Networks"]
        return str(found.get(f"{self.project}_{network}", {}).get("IPAddress", ""))

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

    def dump(self, target: Path) -> None:
        """What ``pg_dump`` writes of every database of ours, under ``target``."""
        target.mkdir(parents=True)
        command = ["exec", "-T", "-e", f"PGPASSWORD={self.secrets()['postgres_password']}", "postgres", "pg_dump"]
        for name in (each for service in OURS for each in (service, f"{service}_keys")):
            (target / f"{name}.sql").write_text(
                self.compose(*command, "-h", "127.0.0.1", "-U", "postgres", "-d", name), "utf-8"
            )

    def figures(self) -> dict[str, str]:
        """What each process of ours tells Prometheus."""
        ports = {name: 9464 if name == "gateway" else 8080 for name in OURS}
        return {
            name: httpx.get(f"http://{self.address(name)}:{port}/metrics", timeout=60).raise_for_status().text
            for name, port in ports.items()
        }

    def _run(self, command: list[str], seconds: float, **environment: str) -> str:
        return run(command, seconds, {**self._environment, **environment})


def assert_sound(stack: Stack, administrator: Api) -> None:
    """`impulso doctor` finds nothing broken."""
    report = stack.impulso("doctor", **operator(administrator))
    assert (report["sound"], report["findings"]) == (True, [])


def operator(administrator: Api) -> dict[str, str]:
    """A new account that may operate the platform, as `Stack.impulso` takes it."""
    return account(administrator, "operations")


def account(administrator: Api, *roles: str) -> dict[str, str]:
    """A new account that holds ``roles``, as `Stack.impulso` takes it."""
    login = f"{roles[0]}-{uuid4().hex[:8]}"
    made = add_account(administrator, login, f"Cuenta de {roles[0]}", roles)
    return {"user": login, "password": str(made["password"])}


def is_sound(stack: Stack, administrator: Api) -> bool:
    try:
        assert_sound(stack, administrator)
    except (Failed, AssertionError):
        return False
    return True


def impulso(*arguments: str, seconds: float = COMMAND_S, **environment: str) -> dict[str, Any]:
    """The command line with ``--json``; its document. Raises `Failed`."""
    command = [str(Path(sys.executable).with_name("impulso")), *arguments, "--json"]
    document: dict[str, Any] = json.loads(run(command, seconds, {**os.environ, **environment}))
    return document


def run(command: list[str], seconds: float, environment: dict[str, str], told: str = "") -> str:
    """What ``command`` printed after it was ``told`` that. Raises `Failed` when it does not end with 0."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        input=told,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-40:])
        raise Failed(f"{' '.join(command[:6])} … ended with {done.returncode}:\n{said}")
    return done.stdout


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port

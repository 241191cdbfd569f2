"""`impulso doctor`: what is broken, by a stable code, and the command that cures it."""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from shared.cli.exits import CommandError, Exit
from shared.cli.output import Data, Json, Password, Url, User, answer, guarded, say, table
from shared.cli.system import DEFAULT_DATA, OPERATION, edge, session
from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Place
from shared.runtime.checkup import Patient, examine
from shared.runtime.config import ConfigurationError, ServiceConfig
from shared.runtime.definition import installed_services
from shared.runtime.embedded import DataFolderInUse, FolderLock
from shared.runtime.findings import Finding, finding

CERTIFICATE_DAYS = 14
ANSWER_S = 5.0


@guarded
def doctor(
    here: Annotated[
        str | None,
        typer.Option("--here", help="Revisa este servicio por las variables del contenedor, aunque no inicie."),
    ] = None,
    data: Data = None,
    url: Url = None,
    user: User = None,
    password: Password = None,
    as_json: Json = False,
) -> None:
    """Revisa el sistema y dice qué está roto y cómo se cura; sale con 6 si encuentra algo.

    Con --url, un sistema en marcha; con --data, la carpeta del embebido, en marcha o no.
    """
    services: list[dict[str, Any]] = []
    if here:
        found = list(_here(here))
    elif url is not None:
        found, services = _running(None, url, user, password)
    else:
        folder = Path(data or DEFAULT_DATA)
        found = _stopped(folder)
        if not found:
            found, services = _running(folder, None, user, password)
    document = {"sound": not found, "findings": [one.document() for one in found], "services": services}
    answer(document, as_json, lambda: _tell(services, found))
    if found:
        raise typer.Exit(int(Exit.UNSOUND))


def _running(
    data: Path | None, url: str | None, user: str | None, password: str | None
) -> tuple[list[Finding], list[dict[str, Any]]]:
    """What the running system says of itself, and what its address shows."""
    found = [] if url is None else list(_certificate(url))
    try:
        with session(data, url, user, password, default_user=OPERATION) as api:
            services = api.get("/api/operations/status")["items"]
            looked = {one["service"]: one for one in api.get("/api/operations/checkup")["items"]}
    except CommandError as error:
        if error.exit_code is not Exit.UNAVAILABLE:
            raise
        return [*found, finding("gateway", "SYSTEM_AWAY", where=url or data)], []
    away = [one["service"] for one in services if one.get("unavailable")]
    if len(away) == len(services) and not any(one.get("signature_refused") for one in services):
        # All at once is not five failures but the one thing that they share.
        found.append(finding("rabbitmq", "BROKER_AWAY"))
    for one in services:
        found += _of_service(one, looked.get(one["service"], {}), embedded=url is None)
    return found, services


def _of_service(one: dict[str, Any], looked: dict[str, Any], *, embedded: bool) -> Iterator[Finding]:
    service = one["service"]
    if one.get("signature_refused"):
        yield finding(service, "SIGNING_KEY_MISMATCH")
        return
    if one.get("unavailable"):
        yield finding(service, "SERVICE_AWAY", embedded=embedded)
        return
    yield from (Finding(**each) for each in looked.get("findings", ()))
    for upstream, follower in one.get("followers", {}).items():
        about = {"upstream": upstream, "explanation": follower["explanation"]}
        if follower["state"] == "stopped":
            yield finding(service, "FOLLOWER_STOPPED", embedded=embedded, **about)
        elif follower["state"] == "waiting":
            yield finding(service, "FOLLOWER_WAITING", embedded=embedded, **about)


def _stopped(folder: Path) -> list[Finding]:
    """What is broken in a folder that nobody serves; nothing for one that is served, or that holds nothing yet."""
    if not (folder / "intake").is_dir():
        return []
    try:
        lock = FolderLock(folder)
    except DataFolderInUse:
        return []
    try:
        path = folder / "master.key"
        named = os.environ.get("IMPULSO_MASTER_KEY") or os.environ.get("IMPULSO_MASTER_KEY_FILE")

        def master() -> MasterKey:
            return MasterKey.load(None if named else path)

        views = {name: one.application.views for name, one in installed_services().items()}
        views["gateway"] = edge("definition").application.views
        patients = [
            Patient(name, of, _place(folder / name), master) for name, of in views.items() if (folder / name).is_dir()
        ]
        return [one for patient in patients for one in examine(patient)]
    finally:
        lock.release()


def _place(folder: Path) -> Place:
    return Place(f"sqlite:///{folder / 'events.db'}", f"sqlite:///{folder / 'keys.db'}", folder / "files")


def _here(name: str) -> Iterator[Finding]:
    """The service ``name``, whose variables this process has."""
    try:
        config = ServiceConfig.read()
    except ConfigurationError as error:
        raise CommandError(str(error), Exit.USAGE, "USAGE") from error
    known = {each: one.application.views for each, one in installed_services().items()}
    known["gateway"] = edge("definition").application.views
    if name not in known:
        raise CommandError(f"No hay un servicio «{name}»; hay: {', '.join(known)}.", Exit.USAGE, "USAGE")
    yield from examine(Patient(name, known[name], config.place, MasterKey.load, config.amqp_url))


def _certificate(url: str) -> Iterator[Finding]:
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname is None:
        return
    try:
        with (
            socket.create_connection((parts.hostname, parts.port or 443), timeout=ANSWER_S) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname) as secure,
        ):
            ends = ssl.cert_time_to_seconds(str((secure.getpeercert() or {}).get("notAfter")))
    except ssl.SSLCertVerificationError:
        yield finding("caddy", "CERTIFICATE_EXPIRED", where=parts.hostname)
        return
    except OSError:
        return  # whether the system answers is seen when it is asked
    days = int((ends - time.time()) // 86_400)
    if days < CERTIFICATE_DAYS:
        yield finding("caddy", "CERTIFICATE_EXPIRES", where=parts.hostname, days=days)


def _tell(services: list[dict[str, Any]], found: list[Finding]) -> None:
    rows = [
        (
            one["service"],
            one.get("head", "—"),
            one.get("parked", "—"),
            ", ".join(f"{name} {follower['position']}" for name, follower in one.get("followers", {}).items()),
        )
        for one in services
    ]
    if rows:
        table("Servicios", ("servicio", "eventos", "apartados", "sigue a"), rows)
    # What a person holds is no defect; it is told, so that nobody forgets it.
    for one in services:
        for upstream, follower in one.get("followers", {}).items():
            if pause := follower.get("pause"):
                say(f"‖ {one['service']}: pausado frente a {upstream} desde {pause['at']}: {pause['reason']}")
    for each in found:
        say(f"✗ {each.service}: {each.text}  [{each.code}]")
        say(f"    → {each.cure}")
    if not found:
        say("Todo en orden.")

"""Reaching the system that a command works on: a running one by its URL, or a data folder, served for the moment."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from shared.cli.api import Api, Refused
from shared.cli.exits import CommandError, Exit
from shared.runtime import logs
from shared.runtime.embedded import DataFolderInUse, RotationUnfinished

DEFAULT_DATA = Path("var")
OFFICE = "coordinacion"
"""The account that an installation makes for the commands that work on its folder: coordinator and caseworker."""
OFFICE_ROLES = ("coordinator", "caseworker")
OPERATION = "operacion"
"""The account for the platform's own commands (parked, rebuild, doctor): it sees no case."""
ADMINISTRATOR = "admin"
ORGANISATION = "IPES"


class LocalSystem(Protocol):
    """The embedded system, as the gateway offers it through the entry-point group ``impulso.edge``."""

    data: Path
    url: str
    new_password: str | None
    host: Any

    def start(self, host: str = ..., port: int = ...) -> str: ...

    def stop(self) -> None: ...

    def accesses(self) -> dict[str, str]: ...

    def remember(self, login: str, password: str) -> None: ...


def edge(name: str) -> Any:
    """What the gateway offers under ``name``. Raises `CommandError` when it is not installed."""
    for point in entry_points(group="impulso.edge"):
        if point.name == name:
            return point.load()
    raise CommandError("Falta la puerta de entrada (gateway) en esta instalación.", Exit.FAILED, "NOT_INSTALLED")


def edge_module() -> str:
    """The module that serves the gateway as a process. Raises `CommandError` when it is not installed."""
    for point in entry_points(group="impulso.edge", name="process"):
        return point.value.partition(":")[0]
    raise CommandError("Falta la puerta de entrada (gateway) en esta instalación.", Exit.FAILED, "NOT_INSTALLED")


def open_local(data: Path) -> LocalSystem:
    """The embedded system over ``data``, not yet started. Raises `CommandError` when another process serves it."""
    logs.configure(os.environ.get("IMPULSO_LOG_LEVEL", "WARNING"), as_json=False)
    try:
        system: LocalSystem = edge("local")(data)
    except DataFolderInUse as error:
        raise CommandError(str(error), Exit.UNAVAILABLE, "DATA_FOLDER_IN_USE") from error
    except RotationUnfinished as error:
        raise CommandError(str(error), Exit.REFUSED, "ROTATION_UNFINISHED") from error
    return system


def install_office(system: LocalSystem) -> None:
    """At the first start: make the office's account, so that the folder's commands and its first user can work."""
    if system.new_password is None or OFFICE in system.accesses():
        return
    with Api(system.url) as api:
        api.log_in(ADMINISTRATOR, system.new_password)
        for login, name, roles in ((OFFICE, "Coordinación", OFFICE_ROLES), (OPERATION, "Operación", ("operations",))):
            system.remember(login, add_account(api, login, name, roles)["password"])


def add_account(
    api: Api, login: str, display_name: str, roles: tuple[str, ...], contract: str | None = None
) -> dict[str, Any]:
    """Make an account with its grants, as an administrator; the answer holds its generated password."""
    made = api.act("/api/accounts/create-account", {"login": login, "display_name": display_name}, key=uuid4())
    for role in roles:
        grant = {"role": role, "organisation": ORGANISATION, "programme": "PR-156"}
        if contract is not None:
            grant["contract"] = contract
        api.act(f"/api/staff-members/{made['person']}/grant-role", grant, key=uuid4())
    return made


def person_of(api: Api, login: str) -> str:
    """The id of who logs in as ``login``, as an administrator. Raises `CommandError` when nobody does."""
    wanted = login.strip().casefold()
    for account in api.get("/api/accounts")["items"]:
        if account["login"] == wanted:
            return str(account["person"])
    raise CommandError(f"No hay una cuenta con el usuario «{login}».", Exit.REFUSED, "NOT_FOUND")


@contextlib.contextmanager
def reached(data: Path | None, url: str | None) -> Iterator[tuple[str, dict[str, str]]]:
    """The URL of the system and the log-ins that its folder keeps.

    With ``url``: that system. With ``data`` (default ``var``): the process that serves it, else the embedded system,
    served here until the block ends.
    """
    if url is not None:
        yield url, {}
        return
    folder = data or DEFAULT_DATA
    logs.configure(os.environ.get("IMPULSO_LOG_LEVEL", "WARNING"), as_json=False)
    try:
        system = edge("local")(folder)
    except DataFolderInUse as error:
        if not error.url:
            raise CommandError(str(error), Exit.UNAVAILABLE, "DATA_FOLDER_IN_USE") from error
        yield error.url, _kept(folder)
        return
    try:
        system.start()
        install_office(system)
        yield system.url, system.accesses()
    finally:
        system.stop()


@contextlib.contextmanager
def session(
    data: Path | None, url: str | None, user: str | None, password: str | None, *, default_user: str = OFFICE
) -> Iterator[Api]:
    """A logged-in client. User and password: options, else IMPULSO_USER and IMPULSO_PASSWORD, else the folder's own."""
    with reached(data, url) as (found, kept), Api(found) as api:
        login = user or os.environ.get("IMPULSO_USER") or default_user
        secret = password or os.environ.get("IMPULSO_PASSWORD") or kept.get(login)
        if not secret:
            raise CommandError(
                f"Falta la contraseña de «{login}»: use --user y --password, o IMPULSO_USER e IMPULSO_PASSWORD.",
                Exit.USAGE,
                "PASSWORD_MISSING",
            )
        try:
            api.log_in(login, secret)
        except Refused as error:
            raise CommandError(error.text, Exit.REFUSED, error.code) from error
        yield api


@contextlib.contextmanager
def operating(data: Path | str | None, url: str | None, user: str | None, password: str | None) -> Iterator[Api]:
    """`session` of the account that operates the platform and sees no case."""
    folder = None if data is None else Path(data)
    with session(folder, url, user, password, default_user=OPERATION) as api:
        yield api


@contextlib.contextmanager
def administering(data: Path | str | None, url: str | None, user: str | None, password: str | None) -> Iterator[Api]:
    """`session` of the account that administers accounts and integrators and sees no case."""
    folder = None if data is None else Path(data)
    with session(folder, url, user, password, default_user=ADMINISTRATOR) as api:
        yield api


def _kept(folder: Path) -> dict[str, str]:
    path = folder / "accesos.json"
    kept: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return kept

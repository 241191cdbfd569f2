"""Who works in a served system: an account for each role, and a clerk who acts through the API as they would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from shared.cli.api import Api, Refused
from shared.cli.demo.world import NotAsExpected, commands_of, until
from tests.e2e.serving import Served
from tests.services.intake.counter import PDF

Accounts = Mapping[str, tuple[str, str]]
CONFLICT = 409
"""Of what is refused for what is recorded: a service may not have heard yet of what another one did."""


def account(admin: Api, name: str, role: str | None) -> tuple[str, str]:
    """A new account, with the role where it is given; its log-in and password."""
    login = f"pantalla.{name}"
    made = admin.act("/api/accounts/create-account", {"login": login, "display_name": shown(name)}, key=uuid4())
    if role is not None:
        grant = {"role": role, "organisation": "IPES", "programme": "PR-156"}
        admin.act(f"/api/staff-members/{made['person']}/grant-role", grant, key=uuid4())
    return login, str(made["password"])


def shown(name: str) -> str:
    """What the pages call the person."""
    return f"Cuenta {name}"


class Clerk:
    """Runs commands as people would on screen, without one: what a test has to find done already."""

    def __init__(self, served: Served, accounts: Accounts) -> None:
        self._served, self._accounts = served, accounts
        self._sessions: dict[str, Api] = {}
        self.application = None
        self.ask = None

    def act(self, who: str, command: str, target: str | None = None, *, on: str = "2026-11-10", **body: Any) -> Any:
        api = self.session(who)
        path = self._paths[command].replace("{id}", str(target))
        key = uuid4()
        said: list[str] = []

        def ask() -> Any:
            try:
                return api.act(path, body, on=on, key=key)
            except Refused as refused:
                if refused.problem.get("status") != CONFLICT:
                    raise
                said[:] = [refused.text]
                return None

        try:
            return until(ask, f"{who}: {command}")
        except NotAsExpected as never:
            raise AssertionError(f"{command}: {said}") from never

    def session(self, who: str) -> Api:
        if who not in self._sessions:
            api = self._sessions[who] = Api(self._served.url).log_in(*self._accounts[who])
            self._paths = {command: path for command, (_, path) in commands_of(api).items()}
        return self._sessions[who]

    def file(self, *_: object) -> str:
        stored = self.session("caseworker").upload_bytes("intake", "soporte.pdf", PDF, "application/pdf")
        return str(stored["id"])

    def close(self) -> None:
        for api in self._sessions.values():
            api.close()

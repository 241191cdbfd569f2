"""Every service with its real store and desk behind one gateway, in one process; nothing stands in for anything."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from services.assistance.definition import SERVICE as ASSISTANCE
from services.gateway.app import create_app
from services.gateway.definition import SERVICE as GATEWAY
from services.gateway.port import InProcessPort
from services.intake.definition import SERVICE as INTAKE
from services.inventory.definition import SERVICE as INVENTORY
from services.profiling.definition import SERVICE as PROFILING
from services.reporting.definition import SERVICE as REPORTING
from shared.eventstore.tracking import Step
from shared.runtime.desk import Desk
from shared.runtime.tokens import TokenVerifier
from tests.services.casework import Office
from tests.services.gateway.conftest import Api, Gateway, log_in, new_person

BEHIND = (INTAKE, PROFILING, ASSISTANCE, INVENTORY, REPORTING)


class Town:
    """The gateway of a test over real services; ``offices`` are the same services without HTTP, to prepare cases."""

    def __init__(self, gateway: Gateway, folder: Path) -> None:
        self.gateway = gateway
        self.offices = {one.name: Office(one, folder / one.name) for one in BEHIND}
        desks = {name: self._desk(name, office.assembled) for name, office in self.offices.items()}
        desks[GATEWAY.name] = self._desk(GATEWAY.name, gateway.assembled)
        gateway.app = create_app(InProcessPort(desks), gateway.door, gateway.issuer, gateway.catalogue)
        self._clients: list[httpx.AsyncClient] = []

    def _desk(self, name: str, assembled: Any) -> Desk:
        verify = TokenVerifier(self.gateway.issuer.public_keys(), name).verify
        return Desk(assembled.definition, assembled.application, assembled.publication, verify)

    async def admin(self) -> Api:
        client = self._client()
        return await log_in(client, "admin", self.gateway.admin_password)

    async def staff(self, role: str, contract: str | None = None) -> Api:
        """Somebody new who holds the role (of a contract), logged in."""
        admin = await self.admin()
        login, password, person = await new_person(admin, f"{role}.{len(self._clients)}")
        body = {"role": role, "organisation": "IPES", "programme": "PR-156", "contract": contract}
        granted = await admin.act(
            f"/api/staff-members/{person}/grant-role", {key: value for key, value in body.items() if value}
        )
        assert granted.status_code == 200, granted.text
        return await log_in(self._client(), login, password)

    def log(self, since: int = 0) -> list[dict[str, Any]]:
        """Rows of the access log after that one."""
        return self.gateway.door.access_log.entries(after=since, limit=5000)

    def head(self) -> int:
        """The number of the last row of the access log."""
        rows = self.log()
        return int(rows[-1]["id"]) if rows else 0

    def tell(self, source: str, *others: str) -> None:
        """Hand what one service published to others that react to it."""
        for event in self.offices[source].published():
            for other in others:
                if event.topic in self.offices[other].definition.reactions:
                    self.offices[other].receive(event)

    def report(self, *sources: str) -> None:
        """Hand what services published to reporting, which keeps its place in each of their logs."""
        inbox = self.offices["reporting"].assembled.inbox
        for source in sources:
            for event in self.offices[source].published():
                position = inbox.position(source).position
                inbox.apply(Step(source, position, position + 1, "test", "h"), [replace(event, sequence=position + 1)])

    def _client(self) -> httpx.AsyncClient:
        self._clients.append(self.gateway.client())
        return self._clients[-1]

    async def close(self) -> None:
        await asyncio.gather(*(client.aclose() for client in self._clients))
        for office in self.offices.values():
            office.assembled.close()


def said(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem."""
    return answer.status_code, str(answer.json().get("code", ""))

"""A served town that is asked whatever the API's own document allows, as accounts of every kind."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import schemathesis
import uvicorn
from schemathesis import APIOperation, Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from services.gateway.api.routes import ROUTES
from services.gateway.domain.staff_member import CONFINED, EXCLUSIVE
from services.gateway.hosting import listen
from tests.services.assistance.field import Field
from tests.services.gateway.conftest import Gateway, log_in, new_person
from tests.services.gateway.town import Town
from tests.services.intake.counter import Counter
from tests.services.profiling.test_main_line import approved
from tests.waiting import until

TARGETS = 3
"""How many existing things of a kind the documented examples are sent to."""
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
ENDS_THE_SESSION = "gateway.close_session"
NOT_OF_A_CASE = frozenset({"auditor", *CONFINED, *EXCLUSIVE})


@dataclass
class Fuzz:
    """A served town, a token for each kind of account, and what came of asking."""

    url: str
    town: Town
    tokens: dict[str | None, str]
    office: frozenset[str]
    session: requests.Session = field(default_factory=requests.Session)
    statuses: Tally[int] = field(default_factory=Tally)
    breaches: list[str] = field(default_factory=list)

    def schema(self) -> Any:
        """The document, but for who asks: a token drawn at random, or left out, would never get past the door."""
        document = self.session.get(f"{self.url}/api/openapi.json").json()
        del document["security"], document["components"]["securitySchemes"]
        return schemathesis.openapi.from_dict(document)

    def operations(self, service: str) -> list[APIOperation]:
        found = [each.ok() for each in self.schema().get_all_operations()]
        return [each for each in found if name_of(each).startswith(f"{service}.")]

    def accounts(self, operation: APIOperation) -> list[str | None]:
        """Who asks: of a command those who may run it; everybody reads, and somebody who is not logged in."""
        if name_of(operation) == ENDS_THE_SESSION:
            return [None]
        roles = self.roles().get(name_of(operation))
        return [*self.tokens] if roles is None else [one for one in self.tokens if roles & self.held(one)]

    def held(self, account: str | None) -> frozenset[str]:
        return self.office if account == "office" else frozenset({account} if account else ())

    def roles(self) -> dict[str, frozenset[str]]:
        commands = self.town.gateway.catalogue.commands()
        return {f"{one.service}.{one.command}": frozenset(one.roles) for one in commands}

    def known(self, kind: str) -> list[str]:
        """Ids of that collection that the office finds."""
        path = next((route.path for route in ROUTES if route.path == f"/api/{kind}" and not route.path_id), None)
        if path is None:
            return []
        answer = self.session.get(self.url + path, headers=self.headers("office")).json()
        return [str(item.get("id") or item.get("case_id")) for item in answer["items"]][:TARGETS]

    def headers(self, account: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[account]}"} if account else {}

    def ask(self, case: Case, account: str | None) -> Any:
        """Send it, note what is wrong about the answer, and return that."""
        answer = case.call(base_url=self.url, session=self.session, headers=self.headers(account), timeout=60)
        self.statuses[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except BaseException as error:
            faults = "; ".join(str(each) for each in getattr(error, "exceptions", [error]))
            asked = f"{name_of(case.operation)} as {account}, {case.path_parameters} {case.query} {case.body!r:.300}"
            self.breaches.append(f"{asked}\n  {answer.status_code} {answer.text[:300]}\n  {faults[:400]}")
        return answer


def name_of(operation: APIOperation) -> str:
    return str(operation.definition.raw["operationId"])


@contextmanager
def served(gateway: Gateway, folder: Path) -> Iterator[Fuzz]:
    """A town on a port of its own, with cases under way and somebody logged in for each kind of account."""
    for part in (gateway.door.sessions, gateway.door.throttle, gateway.door.access_log):
        part._clock = time.time
    town = Town(gateway, folder)
    contract = prepare(town, folder)
    office = frozenset(role.code for role in gateway.catalogue.roles) - NOT_OF_A_CASE - {"system"}
    tokens = asyncio.run(accounts(town, office, contract))
    # Whoever waits for an event is told after a moment that there is none.
    gateway.app.state.waiting.longest_s = 0.05
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(gateway.app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until(lambda: server.started, "the gateway serves")
    try:
        yield Fuzz(f"http://127.0.0.1:{listener.getsockname()[1]}", town, tokens, office)
    finally:
        server.should_exit = True
        thread.join(60)
        asyncio.run(town.close())


def prepare(town: Town, folder: Path) -> str:
    """Cases in several services and states; the contract that one of them was handed to."""
    counter = Counter(town.offices["intake"], folder)
    counter.evaluate(counter.candidate())
    approved(town.offices["profiling"], town.offices["profiling"].call())
    field_work = Field(town.offices["assistance"])
    field_work.in_assistance()
    field_work.committed()
    town.report("intake", "profiling", "assistance")
    return field_work.contract


async def accounts(town: Town, office: frozenset[str], contract: str) -> dict[str | None, str]:
    """A token of somebody with every role that one person may hold together, and one for each that stands alone."""
    admin = await town.admin()
    found: dict[str | None, str] = {"administrator": admin.token}

    async def hire(name: str, roles: frozenset[str], **more: str) -> None:
        login, password, person = await new_person(admin, f"fuzz.{name}")
        for role in sorted(roles):
            body = {"role": role, "organisation": "IPES", "programme": "PR-156", **more}
            granted = await admin.act(f"/api/staff-members/{person}/grant-role", body)
            assert granted.status_code == 200, granted.text
        async with town.gateway.client() as client:
            found[name] = (await log_in(client, login, password)).token

    await hire("office", office)
    for role in sorted(NOT_OF_A_CASE - {"administrator"}):
        await hire(role, frozenset({role}), **({"contract": contract} if role in CONFINED else {}))
    return {**found, None: ""}

"""The API against its own document: whatever is sent, nothing breaks and nothing answers what the document leaves out.

Schemathesis makes the requests from ``/api/openapi.json``, lawful and mutilated ones; they travel over HTTP to a
gateway with every service behind it, as accounts of every kind. The documented example of each command goes, besides,
to things that exist. The seed is fixed: a run that failed fails again.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
import requests
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from services.gateway.api.names import collection
from services.gateway.api.routes import ROUTES
from services.gateway.domain.staff_member import CONFINED, EXCLUSIVE
from services.gateway.hosting import listen
from shared.catalogue.commands import SERVICES
from tests.figures import IN_FULL, record
from tests.services.assistance.field import Field
from tests.services.gateway.conftest import Gateway, log_in, new_person
from tests.services.gateway.town import Town
from tests.services.intake.counter import Counter
from tests.services.profiling.test_main_line import approved
from tests.waiting import until

EXAMPLES = 100 if IN_FULL else 4
"""Requests for each operation, each account that may use it, and each way of making one."""
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

    def operations(self, service: str) -> list[APIOperation]:
        schema = schemathesis.openapi.from_dict(self.session.get(f"{self.url}/api/openapi.json").json())
        found = [each.ok() for each in schema.get_all_operations()]
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

    def ask(self, case: Case, account: str | None) -> None:
        answer = case.call(base_url=self.url, session=self.session, headers=self.headers(account), timeout=60)
        self.statuses[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except BaseException as error:
            faults = "; ".join(str(each) for each in getattr(error, "exceptions", [error]))
            asked = f"{name_of(case.operation)} as {account}, {case.path_parameters} {case.query} {case.body!r:.300}"
            self.breaches.append(f"{asked}\n  {answer.status_code} {answer.text[:300]}\n  {faults[:400]}")


def name_of(operation: APIOperation) -> str:
    return str(operation.definition.raw["operationId"])


@pytest.fixture
def fuzz(gateway: Gateway, tmp_path: Path) -> Iterator[Fuzz]:
    for part in (gateway.door.sessions, gateway.door.throttle, gateway.door.access_log):
        part._clock = time.time
    town = Town(gateway, tmp_path)
    contract = prepare(town, tmp_path)
    office = frozenset(role.code for role in gateway.catalogue.roles) - NOT_OF_A_CASE - {"system"}
    tokens = asyncio.run(accounts(town, office, contract))
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(gateway.app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until(lambda: server.started, "the gateway serves")
    yield Fuzz(f"http://127.0.0.1:{listener.getsockname()[1]}", town, tokens, office)
    server.should_exit = True
    thread.join(20)
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


@pytest.mark.parametrize("service", SERVICES)
def test_no_request_breaks_the_api_or_gets_an_answer_that_its_document_leaves_out(fuzz: Fuzz, service: str) -> None:
    """X-11: every answer is one that is documented, a refusal a problem with its code; 0 answers of 5xx."""
    operations = fuzz.operations(service)
    for operation in operations:
        for account in fuzz.accounts(operation):
            for mode in modes(operation):
                generate(fuzz, operation, account, mode)
    show_examples(fuzz, service)
    figures = {"operations": len(operations), "examples": EXAMPLES, "breaches": len(fuzz.breaches)}
    record(f"fuzz-{service}", requests=sum(fuzz.statuses.values()), **figures)
    assert not fuzz.breaches, "\n".join(fuzz.breaches[:20])
    assert not [status for status in fuzz.statuses if status >= 500]
    assert len(operations) >= 5 and fuzz.statuses[200] + fuzz.statuses[201] > 0


def modes(operation: APIOperation) -> list[GenerationMode]:
    raw = operation.definition.raw
    asks = raw.get("parameters") or raw.get("requestBody")
    return [GenerationMode.POSITIVE, GenerationMode.NEGATIVE] if asks else [GenerationMode.POSITIVE]


def generate(fuzz: Fuzz, operation: APIOperation, account: str | None, mode: GenerationMode) -> None:
    kind = operation.path.split("/")[2] if operation.path.startswith("/api/") else ""
    ids = fuzz.known(kind) if "{id}" in operation.path else []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), known=st.sampled_from(ids) if ids else st.none())
    def ask(case: Case, known: str | None) -> None:
        if known is not None:
            case.path_parameters["id"] = known
        fuzz.ask(case, account)

    ask()


def show_examples(fuzz: Fuzz, service: str) -> None:
    """The documented example of each command, by everybody, to things that exist and once to one that does not."""
    by_name = {name_of(each): each for each in fuzz.operations(service)}
    for definition in fuzz.town.gateway.catalogue.commands(service):
        operation = by_name.get(f"{service}.{definition.command}")
        if operation is None:
            # An act of several services has one address, under the name of the first.
            # What several services have under one name has one address, under that of the first.
            named = [each for each in fuzz.town.gateway.catalogue.commands() if each.command == definition.command]
            assert named[0].service != service
            continue
        body = operation.definition.raw["requestBody"]["content"]["application/json"]["example"]
        targets = [] if definition.creates else [*fuzz.known(collection(definition.subject)), str(uuid4())]
        for account in fuzz.tokens:
            for target in targets or [None]:
                case = operation.Case(
                    path_parameters={"id": target} if target else {},
                    headers={"Idempotency-Key": str(uuid4())},
                    body=body,
                    media_type="application/json",
                )
                fuzz.ask(case, account)

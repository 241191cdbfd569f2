"""ROL-02 over HTTP: the case of a contract, asked for at every address by staff of another contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from services.gateway.api.routes import ROUTES
from shared.runtime.clock import today
from tests.services.assistance.field import Field
from tests.services.gateway.conftest import Api, Gateway
from tests.services.gateway.town import Town, said
from tests.services.intake.counter import Counter

pytestmark = pytest.mark.anyio


@dataclass
class Handed:
    """A case that the staff of one contract accepted, and its papers by service."""

    town: Town
    case: str
    contract: str
    call: str
    person: str


@pytest.fixture
async def handed(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Handed]:
    town = Town(gateway, tmp_path)
    counter, desk = Counter(town.offices["intake"], tmp_path), town.offices["assistance"]
    case = counter.candidate()
    counter.evaluate(case)
    counter.communicate(case)
    town.tell("intake", "assistance", "profiling", "inventory")
    field = Field(desk)
    found = UUID(case)
    desk.candidate = lambda _call: found  # type: ignore[method-assign]
    field.preselected()
    field.hand_over(found)
    desk.act("operator", "AcceptHandover", found, on="2026-11-14")
    town.tell("assistance", "intake", "inventory")
    town.report("intake", "assistance")
    yield Handed(town, case, field.contract, field.call, desk.person("caseworker"))
    await town.close()


async def papers(api: Api, case: str) -> list[str]:
    """The addresses of the documents of a case."""
    page = (await api.send("GET", f"/api/cases/{case}")).json()
    return [f"/api/documents/{one['service']}/{one['id']}" for one in page["documents"]]


async def test_every_address_shows_the_case_to_its_own_contract_and_to_no_other(handed: Handed) -> None:
    """ROL-02: 0 cases of a foreign contract over every route; the own case and the office are the counter-proof."""
    town, case = handed.town, handed.case
    office = await town.staff("caseworker")
    own = await town.staff("operator_staff", handed.contract)
    foreign = await town.staff("operator_staff", str(uuid4()))
    lists = [route.path for route in ROUTES if not route.path_id] + [
        f"/api/events/{service}" for service in town.offices
    ]
    assert case in (await office.send("GET", "/api/cases")).text
    assert case in (await own.send("GET", "/api/cases")).text
    assert (await own.send("GET", f"/api/cases/{case}")).status_code == 200
    for path in lists:
        answer = await foreign.send("GET", path)
        assert answer.status_code in (200, 403, 422), (path, answer.text)
        assert case not in answer.text, path
    counts = await foreign.send("GET", "/api/counts")
    assert counts.json()["total"] == 0
    printed = await papers(office, case)
    assert len(printed) > 5
    for path in (f"/api/cases/{case}", f"/api/cases/{case}/timeline", *printed):
        answer = await foreign.send("GET", path)
        assert answer.status_code in (403, 404), (path, answer.text)
    revealed = await foreign.act(f"/api/cases/{case}/reveal", {"classes": ["i"]})
    assert said(revealed) == (404, "NOT_FOUND")
    search = {"document_number": "52123456"}
    assert case in (await office.act("/api/people/search", search)).text
    assert case not in (await foreign.act("/api/people/search", search)).text


async def test_no_command_of_staff_of_another_contract_touches_the_case(handed: Handed) -> None:
    """ROL-02: refused, and the case stays as it was."""
    town, path = handed.town, f"/api/cases/{handed.case}"
    own = await town.staff("operator_staff", handed.contract)
    foreign = await town.staff("operator_staff", str(uuid4()))
    before = (await own.send("GET", path)).json()["versions"]
    body = {"diagnosis": "Le falta costear", "happened_on": today().isoformat()}
    answer = await foreign.act(f"{path}/record-diagnosis", body)
    assert answer.status_code in (403, 404), answer.text
    assert (await own.send("GET", path)).json()["versions"] == before

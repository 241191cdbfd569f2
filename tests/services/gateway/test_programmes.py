"""Who works for one programme finds nothing of another and changes nothing there (X-16)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from services.gateway.api.names import path_of
from services.gateway.api.routes import ROUTES
from shared.runtime.tokens import GrantInForce
from tests.services.casework import CATALOGUE
from tests.services.gateway.conftest import Api, Gateway, log_in, new_person
from tests.services.gateway.town import Town, said
from tests.services.intake.counter import Counter

pytestmark = pytest.mark.anyio
ROLES = [one.code for one in CATALOGUE.roles if one.code not in ("administrator", "operations")]


@pytest.fixture
async def town(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Town]:
    made = Town(gateway, tmp_path)
    yield made
    await made.close()


async def holder(town: Town, *grants: dict[str, str]) -> Api:
    """Somebody new with these grants, logged in."""
    admin = await town.admin()
    login, password, person = await new_person(admin, f"persona.{uuid4().hex[:6]}")
    for grant in grants:
        body = {"organisation": "Cámara de Comercio", **grant}
        given = await admin.act(f"/api/staff-members/{person}/grant-role", body)
        assert given.status_code == 200, given.text
    return await log_in(town._client(), login, password)


@pytest.fixture
def elsewhere() -> list[dict[str, str]]:
    """Every role there is, in another programme."""
    return [{"role": role, "programme": "FortaleSER", "contract": str(uuid4())} for role in ROLES]


async def test_whoever_holds_roles_of_another_programme_alone_reads_nothing_here(
    town: Town, elsewhere: list[dict[str, str]]
) -> None:
    """X-16: each address that reads is denied, and so is the page of a case, its files and the public events."""
    counter = Counter(town.offices["intake"], Path())
    case = counter.identify(counter.open_call())
    api = await holder(town, *elsewhere)
    paths = [route.path.replace("{id}", case).replace("{case_id}", case) for route in ROUTES]
    for path in (*paths, f"/api/cases/{case}", "/api/events/intake", f"/api/files/intake/{uuid4()}"):
        answer = await api.send("GET", path)
        assert answer.status_code in (403, 404), (path, answer.text)
        assert case not in answer.text, path
    assert said(await api.send("GET", "/api/cases")) == (403, "NOT_AUTHORISED")


async def test_whoever_holds_roles_of_another_programme_alone_runs_no_command_here(
    town: Town, elsewhere: list[dict[str, str]]
) -> None:
    """X-16: every command of the catalogue is denied to the same roles of another programme, and it is noted."""
    api, before = await holder(town, *elsewhere), town.head()
    for one in CATALOGUE.commands():
        answer = await api.act(path_of(one).replace("{id}", str(uuid4())), {})
        assert said(answer) == (403, "NOT_AUTHORISED"), (one.service, one.command, answer.text)
    assert {row["what"] for row in town.log(before)} == {"denied"}


async def test_the_services_themselves_count_no_grant_of_another_programme(
    town: Town, elsewhere: list[dict[str, str]]
) -> None:
    """X-16: a signed token that carries such grants is worth nothing at any desk, to read as to act."""
    grants = tuple(GrantInForce(str(uuid4()), one["role"], "IPES", one["programme"]) for one in elsewhere)
    for name in town.offices:
        desk = town._desk(name, town.offices[name].assembled)
        token = town.gateway.issuer.issue(name, uuid4(), grants, channel="api")
        for query in desk.definition.queries:
            assert desk.query({"query": query, "params": {}, "token": token})["refusal"]["code"] == "NOT_AUTHORISED"
        for one in CATALOGUE.commands(name):
            asked = {"command": one.command, "id": str(uuid4()), "body": {}, "token": token}
            assert desk.command(asked)["refusal"]["code"] == "NOT_AUTHORISED"
        assert desk.store({"name": "acta.pdf", "token": token}, iter([b"%PDF-1.7"]))["refusal"]["status"] == 403


async def test_who_works_for_two_programmes_has_in_each_the_rights_of_that_one_alone(town: Town) -> None:
    """X-16, ROL-02: the other programme adds no role here, and its contract confines nobody here."""
    counter = Counter(town.offices["intake"], Path())
    case = counter.identify(counter.open_call())
    here = {"role": "caseworker", "programme": "pr-156"}
    there = {"role": "operator_staff", "programme": "FortaleSER", "contract": str(uuid4())}
    api = await holder(town, here, there, {"role": "coordinator", "programme": "FortaleSER"})
    assert (await api.send("GET", f"/api/cases/{case}")).status_code == 200
    assert [one["role"] for one in (await api.send("GET", "/api/me")).json()["grants"]] == ["caseworker"]
    assign = next(one for one in CATALOGUE.commands("intake") if one.command == "AssignCaseworker")
    answer = await api.act(path_of(assign).replace("{id}", case), {"caseworker": api.person, "reason": "Relevo"})
    assert said(answer) == (403, "NOT_AUTHORISED")

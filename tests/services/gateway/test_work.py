"""«Mi trabajo» and the lists: what waits for each role, and a way by mouse to every act."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.gateway.cases import PROCEDURE
from services.gateway.console.catalogue_pages import ACTS as VERSION_ACTS
from services.gateway.console.render import ENVIRONMENT, TEMPLATES
from services.gateway.console.report_pages import STATES as REPORT_ACTS
from services.gateway.registers import REGISTERS
from services.gateway.work import QUEUES
from shared.catalogue.commands import CommandDefinition
from shared.runtime.clock import today
from tests.services import bodies
from tests.services.assistance.field import Field
from tests.services.casework import CATALOGUE
from tests.services.gateway.conftest import Api, Gateway, new_person
from tests.services.gateway.test_console import enter
from tests.services.gateway.town import Town
from tests.services.intake.counter import Counter
from tests.services.intake.test_reconsideration import asked

pytestmark = pytest.mark.anyio
OFFICE_PAGES = (
    "/almacen",
    "/convocatorias",
    "/catalogo",
    "/catalogo/ensayos",
    "/informes",
    "/hemi",
    "/casos",
    "/trabajo",
    "/listas",
)
REACHED_IN_CASES = frozenset({"ReleaseAssignment", "RefuseWithdrawal", "ReturnStock"})
"""On the page of a case whatever its state: the warehouse says when (its ``also``)."""


@pytest.fixture
async def town(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Town]:
    made = Town(gateway, tmp_path)
    yield made
    await made.close()


async def browser(town: Town, *roles: str, contract: str | None = None) -> tuple[httpx.AsyncClient, str]:
    """Somebody new in the console, with those roles; the client and the person."""
    admin = await town.admin()
    login, password, person = await new_person(admin, f"consola.{len(town._clients)}")
    for role in roles:
        body = {"role": role, "organisation": "IPES", "programme": "PR-156"} | (
            {"contract": contract} if contract else {}
        )
        assert (await admin.act(f"/api/staff-members/{person}/grant-role", body)).status_code == 200
    client = town._client()
    answer = await enter(client, login, password)
    assert answer.headers["location"] == "/trabajo"
    return client, person


async def work(api: Api, **params: str) -> dict:
    answer = await api.send("GET", "/api/work", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def titles(found: dict) -> dict[str, int]:
    return {queue["title"]: len(queue["items"]) for queue in found["queues"]}


async def test_a_caseworker_finds_the_cases_that_wait_for_a_step_first_their_own(town: Town, tmp_path: Path) -> None:
    """CASE-9: the list of what is due follows the responsible caseworker; the others' are one filter away."""
    counter = Counter(town.offices["intake"], tmp_path)
    case = counter.candidate()
    counter.evaluate(case)
    counter.communicate(case)
    client, person = await browser(town, "caseworker")
    town.report("intake")
    page = (await client.get("/trabajo")).text
    assert case not in page and "Todos" in page
    assert case in (await client.get("/trabajo", params={"responsable": "todos"})).text
    counter.act("coordinator", "AssignCaseworker", case, caseworker=person, reason="Reparto", on="2026-11-12")
    town.report("intake")
    assert case in (await client.get("/trabajo")).text
    assert case in (await client.get("/trabajo", params={"estado": "eligible"})).text
    assert case not in (await client.get("/trabajo", params={"estado": "offered"})).text
    psychosocial = await town.staff("psychosocial")
    assert [one["case_id"] for one in (await work(psychosocial))["cases"]] == [case]
    assert (await work(await town.staff("training_officer")))["cases"] == []


async def test_pages_of_the_cases_that_wait_follow_one_another(town: Town, tmp_path: Path) -> None:
    """CASE-9: by cursor; no case twice, none left out."""
    counter = Counter(town.offices["intake"], tmp_path)
    call = counter.open_call()
    cases = {counter.identify(call, doc_no=f"5212345{number}") for number in range(3)}
    town.report("intake")
    api, found, cursor = await town.staff("caseworker"), [], ""
    for _ in range(3):
        page = await work(api, limit="1", **({"cursor": cursor} if cursor else {}))
        found += [one["case_id"] for one in page["cases"]]
        cursor = page["next"]
    assert cursor is None and sorted(found) == sorted(cases)


async def test_a_hand_over_waits_for_the_staff_of_its_contract_alone(town: Town) -> None:
    """ROL-02, CASE-9: who is to accept finds it; staff of another contract do not."""
    field = Field(town.offices["assistance"])
    case = field.preselected()
    field.hand_over(case)
    town.report("assistance")
    own = await town.staff("operator_staff", field.contract)
    foreign = await town.staff("operator_staff", "6f1c2a9e-3b1d-4c58-9a7e-0d2f5b8c4e11")
    assert [one["case_id"] for one in (await work(own))["cases"]] == [str(case)]
    assert (await work(foreign))["cases"] == []


async def test_what_is_to_be_decided_waits_for_who_may_decide_it(town: Town, tmp_path: Path) -> None:
    """A02-3, FUP-1: a reconsideration for the subdirector, a visit that is overdue for the caseworker."""
    counter = Counter(town.offices["intake"], tmp_path)
    case = asked(counter)
    field = Field(town.offices["assistance"])
    visited = field.planned()
    field.desk.act("caseworker", "StartPhase", visited, on="2026-11-16", **bodies.phase("technical_assistance"))
    subdirector, caseworker = await town.staff("subdirector"), await town.staff("caseworker")
    found = await work(subdirector)
    assert titles(found)["Reconsideraciones por resolver"] == 1
    [queue] = [one for one in found["queues"] if one["title"].startswith("Reconsideraciones")]
    assert queue["items"][0]["case_id"] == case and queue["commands"] == ["ResolveReconsideration"]
    assert (await subdirector.send("GET", queue["path"])).json()["items"][0]["case_id"] == case
    visits = [one for one in (await work(caseworker))["queues"] if one["title"].startswith("Visitas")]
    assert [item["case_id"] for one in visits for item in one["items"]] == [str(visited)]
    assert not [title for title in titles(found) if title.startswith("Visitas")]
    counter.act("subdirector", "ResolveReconsideration", case, on="2026-11-13", **ANSWER)
    assert "Reconsideraciones por resolver" not in titles(await work(subdirector))


ANSWER = {
    "resolution": "new_evaluation",
    "reason": "El certificado muestra otra cosa",
    "channel": "in_person",
    "signed_by": {
        "signer": "Jorge Peña",
        "capacity": "Profesional SESEC",
        "method": "electronic",
        "signed_on": "2026-11-10",
    },
}


async def test_a_count_is_done_proposed_and_decided_from_its_lists(town: Town) -> None:
    """SOD-4: each of the warehouse's people finds in «Mi trabajo» what waits for them, with the act beside it."""
    controller, _ = await browser(town, "stock_controller")
    keeper, registrar = await town.staff("warehouse_keeper"), await town.staff("warehouse_registrar")
    warehouse = (await registrar.act("/api/warehouses/register-warehouse", WAREHOUSE)).json()["id"]
    assert (await registrar.act("/api/items/register-item", ITEM)).status_code == 201
    received = await registrar.act("/api/receipts/receive-stock", {"warehouse": warehouse, **RECEIPT})
    assert received.status_code == 201, received.text
    admin = await town.admin()
    _, _, counter = await new_person(admin, "contadora", "caseworker")
    starting = await town.staff("stock_controller")
    body = {"warehouse": warehouse, "counter": counter}
    count = (await starting.act("/api/counts/start-count", body)).json()["id"]
    page = (await controller.get("/listas/conteos", params={"estado": "open"})).text
    assert f"/actos/inventory/RecordCount?id={count}" in page and "/actos/inventory/StartCount" in page
    waste = {"warehouse": warehouse, "reason_code": "damaged", "reason": "Se mojó", "evidence": ["b" * 64]}
    lines = [{"lot": received.json()["lots"][0], "qty": "1"}]
    proposed = await keeper.act("/api/write-offs/propose-write-off", {**waste, "lines": lines})
    assert proposed.status_code == 201, proposed.text
    page = (await controller.get("/trabajo")).text
    assert "Bajas por decidir" in page
    assert f"/actos/inventory/ApproveWriteOff?id={proposed.json()['id']}" in page
    assert "Bajas por decidir" not in titles(await work(keeper))


WAREHOUSE = {"code": "BOG1", "name": "Almacén central"}
ITEM = {"code": "TELA-01", "name": "Tela", "kind": "raw_material", "unit": "m"}
RECEIPT = {
    "origin": "ipes_purchase",
    "delivery_note": "FV-118",
    "lines": [{"item": "TELA-01", "qty": "10", "unit_cost": "12000"}],
    "received_by": {
        "signer": "Rosa Almacén",
        "capacity": "Almacenista",
        "method": "electronic",
        "signed_on": "2026-11-02",
    },
}


async def test_no_act_is_without_a_way_to_it(town: Town) -> None:
    """X-14: every command of the catalogue is opened from a page, from a row of a list there, or from its case."""
    roles = [role.code for role in CATALOGUE.roles]
    office = [
        role
        for role in roles
        if role not in ("administrator", "operations", "operator_staff", "executor_staff", "auditor", "system")
    ]
    client, _ = await browser(town, *office)
    call = Counter(town.offices["intake"], Path()).open_call()
    links: dict[str, str] = {}
    pages = [f"/listas/{name}" for name, one in REGISTERS.items() if not one.page]
    for path in (*OFFICE_PAGES, *pages, f"/convocatorias/{call}"):
        answer = await client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        for service, command in re.findall(r"/actos/(\w+)/(\w+)", answer.text):
            links.setdefault(f"{service}.{command}", path)
        if "/importar" in answer.text:
            links.setdefault("intake.ImportCandidates", "/importar")
    accounts = (town._client(), await town.admin())[0]
    await enter(accounts, "admin", town.gateway.admin_password)
    await town.staff("coordinator")
    for service, command in re.findall(r"/actos/(\w+)/(\w+)", (await accounts.get("/cuentas")).text):
        links.setdefault(f"{service}.{command}", "/cuentas")
    # What is there only once somebody has a token, a webhook or an institution that vouches for them.
    for page in ("accounts", "integrators", "webhooks", "webhook"):
        for command in re.findall(r"/actos/gateway/(\w+)", (TEMPLATES / f"{page}.html").read_text("utf-8")):
            links.setdefault(f"gateway.{command}", page)
    missing = [
        f"{one.service}.{one.command}"
        for one in CATALOGUE.commands()
        if f"{one.service}.{one.command}" not in links and not on_a_case(one) and not from_a_row(one)
    ]
    assert missing == []


def on_a_case(definition: CommandDefinition) -> bool:
    """Whether the page of a case shows it, in some state or on a target of the case."""
    known = definition.command in REACHED_IN_CASES and definition.service == "inventory"
    return known or bool(CATALOGUE.procedure(PROCEDURE, today()).states_of(definition.command))


def from_a_row(definition: CommandDefinition) -> bool:
    """Whether a row of a list, a report or a version of the catalogue shows it."""
    if definition.subject == "report":
        return any(definition.command in commands for commands in REPORT_ACTS.values())
    if definition.subject == "catalogue_version":
        return any(definition.command in commands for commands in VERSION_ACTS.values())
    return any(
        definition.command in one.commands() and shown_on_row(one, definition)
        for one in REGISTERS.values()
        if one.service == definition.service
    )


def shown_on_row(register, definition: CommandDefinition) -> bool:
    state = next(state for state, commands in register.acts.items() if definition.command in commands)
    item = {"id": "1", "version": 3, "label": "Uno", "state": state, **dict.fromkeys(KEYS, "x")}
    row = register.row(item, lambda _list, code: code)
    macro = ENVIRONMENT.get_template("parts.html").module.row_acts
    link = f"/actos/{definition.service}/{definition.command}?"
    return link in str(macro(row, {definition.command: definition}))


KEYS = ("phase", "target", "warehouse_code", "movement", "period", "activity")


def test_every_queue_is_a_state_of_its_list_and_leads_to_commands_that_exist() -> None:
    """CASE-9: nothing is listed as due that no role of the catalogue could do."""
    for queue in QUEUES:
        assert not queue.state or queue.state in queue.of.states, queue
        for command in queue.commands:
            assert CATALOGUE.command(command, queue.of.service).roles

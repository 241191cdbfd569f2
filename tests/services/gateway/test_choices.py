"""What a screen offers to choose from, over the real services: nobody types an identifier."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.assistance.field import Field
from tests.services.gateway.conftest import Api, Gateway, new_person
from tests.services.gateway.test_console import enter
from tests.services.gateway.town import Town

pytestmark = pytest.mark.anyio


@pytest.fixture
async def town(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Town]:
    made = Town(gateway, tmp_path)
    yield made
    await made.close()


async def browser(town: Town, admin: Api, role: str) -> Any:
    login, password, _ = await new_person(admin, f"{role}.elige", role)
    client = town.gateway.client()
    town._clients.append(client)
    await enter(client, login, password)
    return client


def options(html: str, name: str) -> dict[str, str]:
    """Value → text of a drop-down list, the chosen one marked with an asterisk."""
    found = re.search(rf'<select[^>]* name="{re.escape(name)}".*?</select>', html, re.DOTALL)
    assert found, f"no list {name}"
    read = re.findall(r'<option value="([^"]*)"( selected)?>([^<]*)', found.group())
    return {value: text + ("*" if chosen else "") for value, chosen, text in read}


async def test_a_group_act_offers_the_cases_in_whose_state_it_is_lawful(town: Town, admin: Api) -> None:
    """X-11: the case of the page is chosen already in the first row."""
    field = Field(town.offices["assistance"])
    case, other, early = field.enrolled(), field.enrolled(), field.accepted()
    town.report("assistance")
    client = await browser(town, admin, "training_officer")
    page = await client.get(f"/actos/assistance/RecordTrainingHours?caso={case}")
    offered = options(page.text, "attendees[0].case")
    assert offered[str(case)].startswith("Este caso") and offered[str(case)].endswith("*")
    assert str(other) in offered and str(early) not in offered


async def test_an_empty_list_says_so_and_asks_for_no_identifier(town: Town, admin: Api) -> None:
    case = Field(town.offices["assistance"]).accepted()
    client = await browser(town, admin, "caseworker")
    page = await client.get(f"/actos/assistance/RecordTalkAttendance?caso={case}")
    assert options(page.text, "talk") == {"": "Aún no hay ninguno"}


async def test_the_role_of_an_operator_is_granted_for_a_contract_of_the_list(town: Town, admin: Api) -> None:
    field = Field(town.offices["assistance"])
    _, _, person = await new_person(admin, "nueva.operadora")
    client = town.gateway.client()
    town._clients.append(client)
    await enter(client, "admin", town.gateway.admin_password)
    page = await client.get(f"/actos/gateway/GrantRole?id={person}")
    assert "CPS-118-2026" in options(page.text, "contract")[field.contract]

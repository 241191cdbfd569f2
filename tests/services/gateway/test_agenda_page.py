"""The agenda in the console, over the real services."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.assistance import agenda
from tests.services import bodies
from tests.services.assistance.field import Field
from tests.services.casework import TODAY
from tests.services.gateway.conftest import Api, Gateway, new_person
from tests.services.gateway.test_console import Page, enter
from tests.services.gateway.town import Town

pytestmark = pytest.mark.anyio


@pytest.fixture
async def town(gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    monkeypatch.setattr(agenda, "today", lambda: TODAY)
    made = Town(gateway, tmp_path)
    yield made
    await made.close()


async def entered(town: Town, admin: Api, role: str) -> tuple[Any, str]:
    """A colleague in the console, and who that is."""
    login, password, person = await new_person(admin, f"{role}.agenda", role)
    client = town.gateway.client()
    town._clients.append(client)
    await enter(client, login, password)
    return client, person


def planned(field: Field, on: str) -> UUID:
    """A case with a visit planned for that day, and follow-up of its operator."""
    case = field.planned("a", "b")
    phase = bodies.phase("technical_assistance", on)
    field.desk.act("caseworker", "StartPhase", case, on="2026-11-16", **phase)
    work = bodies.activity(field.desk.person("caseworker"), "f1", hours="1.5")
    field.desk.act("operator", "RecordComponentActivity", case, on="2026-11-17", **work)
    return case


async def test_the_agenda_begins_with_what_is_mine_and_shows_everybodys_on_demand(town: Town, admin: Api) -> None:
    """CASE-9: the list follows the responsible caseworker; each line leads to its case."""
    desk = town.offices["assistance"]
    field = Field(desk)
    mine, other = planned(field, "2026-11-18"), planned(field, "2026-11-25")
    client, person = await entered(town, admin, "caseworker")
    desk.hear("intake.CaseworkerAssigned", mine, actor_id=person)
    desk.hear("intake.CaseworkerAssigned", other, actor_id=str(uuid4()))
    own = Page(await client.get("/listas/agenda"))
    assert f"/casos/{mine}" in own.addresses and f"/casos/{other}" not in own.addresses
    assert "Visita de seguimiento (FO-419)" in own.text and "Vencida" in own.text and not own.inline
    everybody = Page(await client.get("/listas/agenda?responsable=todos"))
    assert {f"/casos/{mine}", f"/casos/{other}"} <= set(everybody.addresses)
    late = Page(await client.get("/listas/agenda?responsable=todos&estado=overdue"))
    assert f"/casos/{other}" not in late.addresses
    boss, _ = await entered(town, admin, "coordinator")
    assert {f"/casos/{mine}", f"/casos/{other}"} <= set(Page(await boss.get("/listas/agenda")).addresses)
    assert "/listas/agenda" in Page(await boss.get("/listas")).addresses


async def test_what_the_operator_follows_up_has_a_list_of_its_own(town: Town, admin: Api) -> None:
    """FUP-4: apart from the visits of the entity."""
    case = planned(Field(town.offices["assistance"]), "2026-11-18")
    boss, _ = await entered(town, admin, "coordinator")
    page = Page(await boss.get("/listas/seguimiento-del-ejecutor"))
    assert f"/casos/{case}" in page.addresses and "componente f" in page.text

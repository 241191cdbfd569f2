"""Whatever a screen asks for by reference is chosen from a list: nobody has to know an identifier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services.gateway.console.choices import LISTS, OF_A_CASE, TYPED, Options
from services.gateway.console.forms import Control
from shared.contracts.layout import Slot, command_layout
from shared.runtime.clock import today
from tests.services.casework import CATALOGUE, Refused
from tests.services.gateway.conftest import Gateway
from tests.services.gateway.test_console import Page, browser, enter
from tests.services.gateway.town import Town

__all__ = ["browser", "enter"]
pytestmark = pytest.mark.anyio

EVERYWHERE = {"person", "case"}
"""People by name and cases by masked name are offered on every screen."""


def references() -> set[tuple[str, str]]:
    """Every reference of every command: its service, and what it points to."""
    return {
        (one.service, slot.to)
        for one in CATALOGUE.commands()
        for slot in _all(command_layout(one, CATALOGUE, today()))
        if slot.to
    }


def _all(slots: Sequence[Slot]) -> Iterator[Slot]:
    for slot in slots:
        yield slot
        yield from _all(slot.slots)


@pytest.fixture
async def town(gateway: Gateway, tmp_path: Path):
    made = Town(gateway, tmp_path / "services")
    yield made
    await made.close()


async def test_every_reference_has_a_list_or_its_service_gives_choices(town: Town) -> None:
    """X-14: the test asks each real service; it says «no such list» where nobody would be offered anything."""
    asked = {
        (service, to)
        for service, to in references()
        if to not in (EVERYWHERE | TYPED | (LISTS.keys() - OF_A_CASE)) and (service, to) != ("gateway", "grant")
    }
    assert len(asked) > 15
    assert {one for one in asked if not knows(town, *one)} == set()
    assert not knows(town, "assistance", "planet")


def knows(town: Town, service: str, to: str) -> bool:
    """Whether the service has that list: it misses the case that nobody knows, and not the list."""
    try:
        town.offices[service].ask("choices", to=to, case_id=str(uuid4()))
    except Refused as refused:
        return "lista" not in str(refused)
    return True


def test_a_list_that_goes_on_suggests_and_lets_any_identifier_be_typed() -> None:
    slot = Slot("call", "call", "Convocatoria", "reference", "ref", True, to="call")
    lines = Slot("cases", "cases", "Casos", "lines", "list", True, to="case")
    whole, first = Options({"1": "Uno"}), Options({"1": "Uno"})
    first.goes_on = True
    drawn = [Control(one, one.name, None, None, options).widget for one in (slot, lines) for options in (whole, first)]
    assert drawn == ["select", "text", "checkboxes", "lines"]


async def test_a_case_is_chosen_by_its_masked_name_where_no_case_is_open(gateway: Gateway, browser: Any) -> None:
    where = "/actos/assistance/RecordTrainingHours"
    shown = await browser.get(where)
    assert shown.status_code == 200
    assert f'<option value="{gateway.remote.case_id}">R•••••• Q•••••• T•••• ({str(gateway.remote.case_id)[:8]})' in (
        shown.text
    )
    assert all(one.get("type") != "text" or "case" not in str(one.get("name")) for one in Page(shown).inputs)

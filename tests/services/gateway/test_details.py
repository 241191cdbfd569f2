"""From an event to its details: the event has ids alone, the details need a right and leave a row (EVT-3)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.gateway.conftest import Gateway
from tests.services.gateway.town import Town, said
from tests.services.intake.counter import ROSALBA, Counter

pytestmark = pytest.mark.anyio


@pytest.fixture
async def town(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Town]:
    made = Town(gateway, tmp_path)
    yield made
    await made.close()


async def test_the_details_of_an_event_are_fetched_by_its_id_with_a_right_and_are_logged(town: Town) -> None:
    """EVT-3, EVT-2: who reads the feed learns no name from it and may not open the case; who may leaves a row."""
    counter = Counter(town.offices["intake"], Path())
    case = counter.identify(counter.open_call())
    integrator, caseworker = await town.staff("integration_client"), await town.staff("caseworker")
    feed = await integrator.send("GET", "/api/events/intake")
    assert feed.status_code == 200 and ROSALBA["surnames"] not in feed.text
    [event] = [each for each in feed.json()["events"] if each["subject"] == case]
    before = town.head()
    assert said(await integrator.send("GET", f"/api/cases/{event['subject']}"))[0] in (403, 404)
    assert said(await integrator.act(f"/api/cases/{event['subject']}/reveal", {"classes": ["i"]}))[0] in (403, 404)
    assert {row["what"] for row in town.log(before)} == {"denied"}
    masked = await caseworker.send("GET", f"/api/cases/{event['subject']}")
    assert masked.status_code == 200 and ROSALBA["surnames"] not in masked.text
    before = town.head()
    shown = await caseworker.act(f"/api/cases/{event['subject']}/reveal", {"classes": ["i"]})
    assert ROSALBA["surnames"] in shown.text
    assert [(row["what"], row["case_id"], row["classes"]) for row in town.log(before)] == [
        ("personal_data_read", case, "i")
    ]

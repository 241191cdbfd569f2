"""Every service hears of a merge and closes its work on the other case, and takes it up again after the parting."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from tests.services import bodies
from tests.walks.guide import Guide
from tests.walks.model import FINAL
from tests.walks.town import Refused, Town, town_in
from tests.walks.walker import SERVICES, Traveller, Walker

OWNERS = {"profiling": "profiling", "committed": "assistance", "in_assistance": "assistance"}
"""States in which the other case is merged, and the service that owns each."""


def led_to(town: Town, walker: Walker, state: str) -> Traveller:
    """A case led to a state by one of a few stories."""
    for seed in range(12):
        case = walker.identify(town.calls[0])
        guide = Guide(walker, Random(seed))
        while case.story.state not in FINAL | {state}:
            guide.step(case)
        if case.story.state == state:
            return case
    raise AssertionError(f"no story led to {state}")


def pages(town: Town, case: UUID) -> Any:
    """What each service says of a case; versions and the list of its acts grow with every event."""
    return said([town.ask(name, "case", id=str(case), reveal=["i", "s"]) for name in SERVICES])


def said(page: Any) -> Any:
    if isinstance(page, dict):
        return {key: said(value) for key, value in page.items() if key not in ("version", "acts")}
    return [said(each) for each in page] if isinstance(page, list) else page


def board_state(town: Town, case: UUID) -> str:
    [row] = (town.ask("reporting", "cases", text=str(case)) or {})["items"]
    return str(row["state"])


@pytest.mark.parametrize("state", OWNERS)
def test_a_merged_case_is_closed_in_every_service_and_as_before_after_the_parting(tmp_path: Path, state: str) -> None:
    """A01-3, CASE-1, X-15: terms and papers stay with it; parted, it goes on where it stood."""
    town = town_in(tmp_path)
    try:
        walker = Walker(town)
        other, survivor = led_to(town, walker, state), walker.identify(town.calls[0])
        before = pages(town, other.id)
        walker.act(survivor, "coordinator", "MergeCases", {"other_case": str(other.id), "reason": "Mal digitado"})
        assert (walker.shown(other), board_state(town, other.id)) == (("merged", "intake"), "merged")
        for service in (OWNERS[state], "intake"):
            with pytest.raises(Refused) as found:
                walker.act(other, "caseworker", "WithdrawCase", bodies.withdrawal(), service=service)
            assert found.value.code == "CASE_CLOSED"
        walker.act(other, "coordinator", "SplitCases", {"reason": "Son dos personas"})
        assert walker.shown(other)[0] == board_state(town, other.id) == other.story.state == state
        assert pages(town, other.id) == before
        Guide(walker, Random(2)).step(other)
        assert walker.breaches == []
    finally:
        town.close()

"""A demonstration that was interrupted goes on, however far each service had got by then."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from shared.cli.api import Refused
from shared.cli.demo import journey
from shared.cli.demo.journey import Journey
from shared.cli.demo.plan import CasePlan, Kind
from shared.cli.demo.world import NotAsExpected, World, until


class Answers(World):
    """A world whose system refuses the first ``refusals`` orders."""

    def __init__(self, refusals: int) -> None:
        commands = {"StartProfiling": ("profiling", "/p/{id}")}
        super().__init__(1, None, None, commands, date(2026, 1, 1))  # type: ignore[arg-type]
        self.refusals = refusals

    def order(self, *_: Any, **__: Any) -> dict[str, Any]:
        if self.refusals:
            self.refusals -= 1
            raise Refused({"code": "CONSENT_MISSING", "detail": "Falta la autorización."})
        return {"id": "case", "version": 3}


def case(world: World, *, heard: int) -> Journey:
    found = Journey(world, CasePlan(0, Kind.DELIVERED), None, case_id="case")  # type: ignore[arg-type]
    found._at_start = {"profiling": heard}
    return found


def test_a_step_that_an_earlier_run_may_have_done_waits_until_its_service_has_heard_all() -> None:
    assert case(Answers(2), heard=2).act("psicosocial", "StartProfiling", day=1)["version"] == 3


def test_a_step_that_no_earlier_run_can_have_done_is_not_tried_again() -> None:
    with pytest.raises(NotAsExpected, match="CONSENT_MISSING"):
        case(Answers(1), heard=0).act("psicosocial", "StartProfiling", day=1)


def test_a_step_that_stays_refused_ends_the_run_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journey, "until", lambda ask, what: until(ask, what, seconds=0.0))
    with pytest.raises(NotAsExpected, match="CONSENT_MISSING"):
        case(Answers(10**6), heard=2).act("psicosocial", "StartProfiling", day=1)

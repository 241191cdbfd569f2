"""From any history, no walk of acts leaves the table of states, and the events alone give the same case again."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from shared.catalogue.refusals import Refusal
from tests.unit.profiling.journey import DIEGO, LUCIA, MARTA, PROCEDURE, Journey, act

WALKS, STEPS = 2000, 60
BEFORE = {"": {"profiling"}}
"""Where a case may go that intake still owns."""


def _leave(journey: Journey, dice: random.Random) -> None:
    if dice.random() < 0.05:
        journey.case.withdraw_case(act("WithdrawCase"), reason_code="other", reason=journey.text("Se va"))


def _classify(journey: Journey, dice: random.Random) -> None:
    journey.classified(profile=dice.random() < 0.8, producer=dice.random() < 0.8, trader=dice.random() < 0.3)


def _validate(journey: Journey, dice: random.Random) -> None:
    journey.validated(
        dice.choice(["approve", "approve", "not_approve", "return"]),
        manual=dice.choice([None, None, "confirm_referral", "repeat_profiling"]),
        person=dice.choice([MARTA, LUCIA, DIEGO]),
    )


STEPS_OF_A_WALK: list[Callable[[Journey, random.Random], Any]] = [
    lambda j, d: j.started(),
    lambda j, d: j.interviewed(),
    lambda j, d: j.applied(problem=d.choice(["", "", "duró menos del mínimo."])),
    lambda j, d: j.identified(),
    _classify,
    _validate,
    _validate,
    lambda j, d: j.entered(d.choice(["met", "met", "not_met"])),
    lambda j, d: j.offered(main_income=d.random() < 0.8),
    lambda j, d: j.interested(yes=d.random() < 0.7),
    lambda j, d: j.accepted(),
    lambda j, d: j.declined(),
    lambda j, d: j.informed(*d.choice([(), ("sena",)]), route_undetermined=d.random() < 0.2),
    lambda j, d: j.answered(d.choice([None, "sena", "training"]), interested=d.random() < 0.7),
    _leave,
]


def _walk(seed: int) -> tuple[Counter[str], list[Any], Journey]:
    dice = random.Random(seed)
    journey = Journey()
    events, seen = journey.history, Counter[str]()
    for _ in range(STEPS):
        before, version = journey.case.state, journey.case.version
        try:
            dice.choice(STEPS_OF_A_WALK)(journey, dice)
        except Refusal as refusal:
            assert journey.case.version == version, f"{refusal.code} left an event behind"
            assert refusal.text
        after = journey.case.state
        lawful = BEFORE.get(before) or set(PROCEDURE.states[before].next)
        exits = {"withdrawn"} if before and not PROCEDURE.is_final(before) else set()
        assert after in {before} | lawful | exits, f"{before} → {after}"
        seen[after] += 1
        events += journey.case.collect_events()
    return seen, events, journey


@pytest.mark.parametrize("batch", range(4))
def test_no_walk_leaves_the_table_and_events_alone_rebuild_the_case(batch: int) -> None:
    seen: Counter[str] = Counter()
    for seed in range(batch * WALKS // 4, (batch + 1) * WALKS // 4):
        states, events, journey = _walk(seed)
        seen += states
        rebuilt: Any = None
        for event in events:
            rebuilt = event.mutate(rebuilt)
        known = {name: value for name, value in vars(journey.case).items() if not name.startswith("_")}
        assert {name: value for name, value in vars(rebuilt).items() if not name.startswith("_")} == known
    owned = {name for name, state in PROCEDURE.states.items() if state.owner == "profiling"}
    assert owned - {"referred"} <= set(seen)
    assert {"accepted", "closed_declined", "withdrawn"} <= set(seen)

"""From any history, no walk of acts leaves the table of states, and the events alone give the same case again."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from services.assistance.domain import AssistanceCase
from shared.catalogue.refusals import Refusal
from tests.unit.assistance.journey import NUBIA, OPERATOR, PABLO, PROCEDURE, ROSA, TEXT, Journey, act, cloth
from tests.unit.assistance.journey import commitment_form as form

WALKS, STEPS = 2000, 80
Step = Callable[[Journey, random.Random], None]


def _revisit(journey: Journey, dice: random.Random) -> None:
    journey.visit = uuid4()
    journey.visited(at_unit=dice.random() < 0.9)


def _hours(journey: Journey, dice: random.Random) -> None:
    journey.hours("10", day=dice.randrange(12))


def _declare(journey: Journey, dice: random.Random) -> None:
    result = dice.choice(["apto", "apto", "no_apto"])
    journey.declared(result, components=("technical",), person=dice.choice([ROSA, PABLO]))


def _reply(journey: Journey, dice: random.Random) -> None:
    if dice.random() < 0.5:
        journey.case.accept_handover(journey.operator("AcceptHandover"))
    else:
        journey.case.reject_handover(journey.operator("RejectHandover"), reason=journey.text("Sin equipo"))


def _strengthen(journey: Journey, dice: random.Random) -> None:
    case = journey.case
    dice.choice(
        [
            lambda: case.open_strengthening(act("OpenStrengthening"), components=["technical"], professional=ROSA),
            lambda: case.close_strengthening(
                act("CloseStrengthening"), outcomes=[{"component": "technical", "outcome": "partial"}]
            ),
            lambda: case.enrol_in_next_call(act("EnrolInNextCall"), call_id=uuid4(), open_on_date=dice.random() < 0.8),
        ]
    )()


def _approve(journey: Journey, dice: random.Random) -> None:
    journey.case.approve_plan(act("ApprovePlan", dice.choice([NUBIA, OPERATOR]), "business_adviser"))


def _decide(journey: Journey, dice: random.Random) -> None:
    journey.decided(*dice.choice([("yes",), ("no",)]), lines=dice.choice([[], [cloth()]]))


def _return(journey: Journey, dice: random.Random) -> None:
    reviewer = act("ReturnValidationReport", dice.choice([ROSA, PABLO]), "coordinator")
    journey.case.return_validation_report(reviewer, reason=journey.text("Aclarar"))


def _sign(journey: Journey, _dice: random.Random) -> None:
    journey.case.sign_commitment(
        act("SignCommitment"), commitment_id=uuid4(), form=form(journey.case.call_id or uuid4()), text=TEXT
    )


def _enrol(journey: Journey, _dice: random.Random) -> None:
    journey.case.enrol_in_training(act("EnrolInTraining", role="training_officer"))


def _leave(journey: Journey, dice: random.Random) -> None:
    if dice.random() < 0.03:
        journey.case.withdraw_case(act("WithdrawCase"), reason_code="other", reason=journey.text("Se va"))


STEPS_OF_A_WALK: list[Step] = [
    lambda j, d: _void(j.attended()),
    _sign,
    lambda j, d: _void(j.memo()),
    _enrol,
    _hours,
    _hours,
    _revisit,
    lambda j, d: _void(j.capacity(producer=d.random() < 0.9)),
    lambda j, d: _void(j.product()),
    lambda j, d: _void(j.sheet()),
    lambda j, d: _void(j.reported(d.choice(["apto", "no_apto"]))),
    _declare,
    _declare,
    _return,
    _strengthen,
    _strengthen,
    lambda j, d: _void(j.hand_over()),
    _reply,
    lambda j, d: _void(j.diagnosed()),
    lambda j, d: _void(j.drafted()),
    _approve,
    _decide,
    _leave,
]


STARTS: list[Callable[[], Journey]] = [
    Journey,
    lambda: Journey().enrolled(),
    lambda: Journey().enrolled().trained().visited().forms(),
    lambda: Journey().preselected(),
    lambda: Journey().in_assistance(),
]
"""Walks begin at several depths, because chance alone seldom gets far along a guarded path."""


def _void(_journey: Journey) -> None:
    return None


def _walk(seed: int) -> tuple[Counter[str], list[Any], AssistanceCase]:
    dice = random.Random(seed)
    journey = dice.choice(STARTS)()
    events = [*journey.history, *journey.case.collect_events()]
    seen: Counter[str] = Counter()
    for _ in range(STEPS):
        before, version = journey.case.state, journey.case.version
        try:
            dice.choice(STEPS_OF_A_WALK)(journey, dice)
        except Refusal as refusal:
            assert journey.case.version == version, f"{refusal.code} left an event behind"
            assert refusal.text
        after = journey.case.state
        exits = {"withdrawn"} if not PROCEDURE.is_final(before) else set()
        assert after in {before, *PROCEDURE.states[before].next} | exits, f"{before} → {after}"
        if before == "waiting_next_call" and after == "in_valuation":
            assert len(journey.case.valuations) > 1
        seen[after] += 1
        events += journey.case.collect_events()
    return seen, events, journey.case


def _state(case: AssistanceCase) -> dict[str, Any]:
    return {name: value for name, value in vars(case).items() if not name.startswith("_")}


@pytest.mark.parametrize("batch", range(4))
def test_no_walk_leaves_the_table_and_events_alone_rebuild_the_case(batch: int) -> None:
    seen: Counter[str] = Counter()
    for seed in range(batch * WALKS // 4, (batch + 1) * WALKS // 4):
        states, events, case = _walk(seed)
        seen += states
        rebuilt: Any = None
        for event in events:
            rebuilt = event.mutate(rebuilt)
        assert _state(rebuilt) == _state(case)
    owned = {name for name, state in PROCEDURE.states.items() if state.owner == "assistance"}
    assert owned - {"completed", "ex_post"} <= set(seen)


def test_an_open_state_always_has_a_lawful_act_of_this_service() -> None:
    owned = [state for state in PROCEDURE.states.values() if state.owner == "assistance"]
    assert len(owned) == 11
    for state in owned:
        assert "WithdrawCase" in PROCEDURE.commands_in(state.state)

"""One walk: in a town of its own everyone tries everything, Hypothesis drawing who and what.

After every step the plain model (`tests.walks.model`, `tests.walks.duties`) is asked whether it may have happened. At
the end open cases are led on to an end of the procedure: no dead end.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.walks.detours import Detours
from tests.walks.guide import Guide, NoWayOn
from tests.walks.model import FINAL
from tests.walks.town import Refused, town_in
from tests.walks.walker import Walker

LONG = 30
"""Turns of one walk; in a turn somebody takes up to twelve steps."""
LED_ON = 3
"""Cases of each walk that are led to an end."""
BESIDE = 0.15
"""How often something beside the line happens to such a case."""
ENOUGH = 120
"""Acts within which a case that is led on has to have ended."""
SEEDS = st.integers(0, 2**32 - 1)


def steps_of(totals: dict[str, int]) -> int:
    """Acts tried, by those who know the procedure and by everybody else."""
    return sum(totals.get(each, 0) for each in ("led on", "beside", "tried", "identified"))


class Walk(RuleBasedStateMachine):
    """One town, where everyone tries everything."""

    totals: ClassVar[dict[str, int]] = {}
    enough: ClassVar[int] = 0
    """Steps of all walks together."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.town: Any = None
        self.walker: Any = None

    @initialize(seed=SEEDS)
    def begin(self, seed: int) -> None:
        if steps_of(self.totals) >= self.enough:
            return
        self.town = town_in(Path(self._folder.name))
        self.walker = Walker(self.town)
        self.walker.identify(self.town.calls[seed % 2])

    @precondition(lambda self: self.walker is None or len(self.walker.cases) < 6)
    @rule(call=st.integers(0, 1), again=st.booleans())
    def identify(self, call: int, again: bool) -> None:
        if self.walker is None:
            return
        # The same document again is the same person; a new one may look like another. The call may be closed by now.
        known = [case.person for case in self.walker.cases.values()]
        with contextlib.suppress(Refused, KeyError):
            self.walker.identify(self.town.calls[call], known[-1]["doc_no"] if again else None)
        self._count("identified")

    @rule(seed=SEEDS, steps=st.integers(1, 8))
    def lead_on(self, seed: int, steps: int) -> None:
        """Somebody who knows the procedure takes a case a little further."""
        if self.walker is None:
            return
        draw = Random(seed)
        open_cases = [case for case in self.walker.cases.values() if case.story.state not in FINAL]
        if not open_cases:
            return
        case = draw.choice(open_cases)
        for _ in range(steps):
            if case.story.state in FINAL:
                break
            self._count("led on")
            try:
                Guide(self.walker, draw).step(case)
            except (Refused, NoWayOn) as stuck:
                # Others tried things in between; whether that is a dead end shows when the walk ends.
                self._count(f"stopped in {case.story.state}: {stuck}"[:150])
                break

    @rule(seed=SEEDS)
    def open_again(self, seed: int) -> None:
        """Two people open a case again that ended; it goes on from where it stood."""
        ended = (
            []
            if self.walker is None
            else [case for case in self.walker.cases.values() if case.story.state in FINAL - {"deceased"}]
        )
        if not ended:
            return
        case = Random(seed).choice(ended)
        with contextlib.suppress(Refused):
            self.walker.reopen(case)
            self._count("opened again")
            self.walker.compare(case)

    @rule(seed=SEEDS, turns=st.integers(1, 3))
    def beside_the_line(self, seed: int, turns: int) -> None:
        """Somebody corrects, merges, excludes, changes the executor, counts: what the procedure allows beside it."""
        if self.walker is None:
            return
        draw = Random(seed)
        for _ in range(turns):
            open_cases = [case for case in self.walker.cases.values() if case.story.state not in FINAL]
            if open_cases:
                self._count("beside")
                with contextlib.suppress(Refused):
                    Detours(self.walker, draw).take(draw.choice(open_cases))

    @rule(seed=SEEDS, steps=st.integers(1, 12))
    def try_anything(self, seed: int, steps: int) -> None:
        """Anybody tries any command on any case."""
        for turn in range(steps if self.walker else 0):
            self._count("tried")
            self.walker.anything(Random(seed + turn))

    @invariant()
    def nothing_unlawful_has_happened(self) -> None:
        assert self.walker is None or self.walker.breaches == []

    @invariant()
    def every_state_is_that_of_the_last_decision(self) -> None:
        if self.walker:
            for case in list(self.walker.cases.values())[-2:]:
                self.walker.compare(case)
            assert self.walker.breaches == []

    def teardown(self) -> None:
        if self.walker is None:
            self._folder.cleanup()
            return
        try:
            for number, case in enumerate(list(self.walker.cases.values())[:LED_ON]):
                self._lead_to_an_end(case, Random(number))
            assert self.walker.breaches == []
            assert self.town.parked == 0
        finally:
            for command, count in self.walker.done.items():
                self._count(f"taken {command}", count)
            self.town.close()
            self._folder.cleanup()

    def _lead_to_an_end(self, case: Any, draw: Random) -> None:
        """Lead a case on by the procedure. Where what others tried is in the way of that, leaving must be possible."""
        guide, detours = Guide(self.walker, draw), Detours(self.walker, draw)
        for turn in range(ENOUGH):
            if case.story.state not in FINAL and draw.random() < BESIDE:
                self._count("beside")
                with contextlib.suppress(Refused):
                    detours.take(case)
            if case.story.state in FINAL:
                self._count(f"ended {case.story.state}")
                return
            self._count("led on")
            if turn > ENOUGH // 2:
                # Answers that others left may keep a case going round; then leaving must be possible.
                self._count(f"left for {case.story.state}: it goes round")
                guide.leave(case)
                continue
            try:
                guide.step(case)
            except (Refused, NoWayOn) as stuck:
                self._count(f"left for {case.story.state}: {stuck}"[:150])
                guide.leave(case)
        raise AssertionError(f"dead end: {case.story.states}")

    def _count(self, what: str, by: int = 1) -> None:
        self.totals[what] = self.totals.get(what, 0) + by


def walk(steps: int, number: int | None = None) -> dict[str, int]:
    """Walk until ``steps`` steps were taken; ``number`` draws other walks, None the same every time.

    Answers how often what happened. Raises what Hypothesis found, with the way that led there.
    """
    Walk.totals.clear()
    Walk.enough = steps
    drawn = settings(
        max_examples=max(steps // 20, 20),
        stateful_step_count=LONG,
        deadline=None,
        database=None,
        derandomize=number is None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    machine = type("Walk", (Walk,), {})
    run_state_machine_as_test(machine if number is None else seed(number)(machine), settings=drawn)
    assert steps_of(Walk.totals) >= steps
    return dict(Walk.totals)

"""CASE-1, X-15, AMB-29: whatever anybody tries, in any order, the procedure holds.

No arrow that the table of states does not have, no gate skipped, no separation of duties broken, the state shown is
the one of the last decision, and no case is in a dead end.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from tests.figures import IN_FULL, record
from tests.walks.model import ARROWS
from tests.walks.pieces import PIECE, in_pieces
from tests.walks.town import CATALOGUE
from tests.walks.walk import steps_of, walk

STEPS = int(os.environ.get("IMPULSO_WALK_STEPS", "50000")) if IN_FULL else 600
"""Steps of all walks together; where time is short, fewer: the figure says how many."""
ROOT = Path(__file__).parents[2]


def test_nobody_skips_a_gate_and_no_case_is_stuck() -> None:
    """CASE-1, X-06, X-15: random walks of all roles against the plain model."""
    if IN_FULL:
        place = Path(os.environ.get("IMPULSO_FIGURES") or ROOT / "build" / "prove" / "walks") / "pieces"
        totals = in_pieces(STEPS // PIECE, place)
    else:
        totals = walk(STEPS)
    assert steps_of(totals) >= STEPS
    ended = {name.removeprefix("ended "): count for name, count in sorted(totals.items()) if name.startswith("ended ")}
    taken = [count for name, count in totals.items() if name.startswith("taken ")]
    found = {"skipped_gates": 0, "dead_ends": 0, "broken_separations": 0}
    record("walks", steps=steps_of(totals), acts=sum(taken), commands=len(taken), ended=ended, **found)


def test_the_model_and_the_catalogue_name_the_same_states() -> None:
    """CASE-1: the table of 3.3, written down twice, is the same."""
    procedure = CATALOGUE.procedure("PR-156", date(2026, 11, 10))
    for state, arrows in ARROWS.items():
        if state:
            assert set(procedure.states[state].next) - {"in_valuation"} == arrows - {"in_valuation"}, state

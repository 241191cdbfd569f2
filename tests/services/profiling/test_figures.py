"""What profiling counts for the reports: decisions by cell of the outcome matrix, against a recount of its log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.profiling.definition import SERVICE
from tests.services import bodies
from tests.services.casework import Office, office
from tests.services.folding import folded, raw_events
from tests.services.profiling.profile import profiled


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(SERVICE, tmp_path) as opened:
        yield opened


CELLS = {
    "profile_producer": {},
    "profile_trader": {"is_producer": False, "is_trader": True},
    "profile_neither": {"is_producer": False},
    "no_profile_producer": {"entrepreneurial_profile": False, "is_trader": True},
    "no_profile_trader": {"entrepreneurial_profile": False, "is_producer": False, "is_trader": True},
    "no_profile_neither": {"entrepreneurial_profile": False, "is_producer": False},
}


def decided(desk: Office) -> None:
    """A case in each cell, decided; one more of the first, not approved."""
    call = desk.call()
    for cell, classification in CELLS.items():
        case = profiled(desk, call, **classification)
        manual = {"manual_decision": "confirm_referral"} if cell == "no_profile_producer" else {}
        decision = "approve" if cell == "profile_producer" else "not_approve"
        desk.act("second_psychosocial", "ValidateProfile", case, **bodies.validation(decision, **manual))
    case = profiled(desk, call)
    own = bodies.validation("not_approve") | {"reason": "No quiere seguir con la unidad"}
    desk.act("second_psychosocial", "ValidateProfile", case, on="2026-11-11", **own)


def test_decisions_are_counted_by_the_cell_of_the_matrix(desk: Office) -> None:
    """FIG-05, FIG-04, REP-4, A03-3: each of the six cells, equal to a recount of the stored events."""
    decided(desk)
    cells, expected = {}, defaultdict(set)
    for case, kind, facts, _ in raw_events(desk, "ProfileClassified", "ProfileApproved", "ProfileNotApproved"):
        if kind == "ProfileClassified":
            trade = ("neither", "trader", "producer", "producer")[facts["is_producer"] * 2 + facts["is_trader"]]
            cells[case] = ("profile_" if facts["entrepreneurial_profile"] else "no_profile_") + trade
        else:
            names = {"ProfileApproved": ("FIG-04", "approved_by_cell")}
            expected[*names.get(kind, ("FIG-05", "not_approved_by_cell")), cells[case]].add(case)
    assert {key[2] for key in expected} == set(CELLS)
    assert folded(desk) == {key: (str(len(cases)), frozenset(cases)) for key, cases in expected.items()}


def test_the_count_is_of_its_days_and_of_its_position(desk: Office) -> None:
    """REP-1, REP-4: what happened outside the span or was recorded after the position is not in it."""
    decided(desk)
    head, before = desk.application.log.head(), folded(desk)
    assert folded(desk, "2026-10-01", "2026-10-31") == {}
    assert sum(int(value) for value, _ in folded(desk, "2026-11-11", "2026-11-11").values()) == 1
    decided(desk)
    assert folded(desk) != before
    assert folded(desk, position=head) == before

"""A16-2: a hand-over takes a place of the call's quota, and two at once never share one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from uuid import UUID

import pytest

from services.assistance.definition import SERVICE
from tests.databases import DIALECTS, database_url
from tests.services.assistance.field import Field
from tests.services.casework import Refused, office

RIVALS = 4


@pytest.fixture(params=DIALECTS)
def scarce(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Field]:
    """A call with one place."""
    with database_url(request.param, tmp_path) as url, office(SERVICE, tmp_path / "place", url) as desk:
        yield Field(desk, quota=1)


def test_the_last_place_goes_to_one_of_many_handovers_at_once(scarce: Field) -> None:
    cases = [scarce.preselected() for _ in range(RIVALS)]
    start = Barrier(RIVALS)

    def hand_over(case: UUID) -> str:
        start.wait(timeout=60)
        try:
            scarce.hand_over(case)
            return "handed"
        except Refused as refusal:
            return refusal.code

    with ThreadPoolExecutor(RIVALS) as pool:
        answers = sorted(pool.map(hand_over, cases))
    assert answers == ["QUOTA_FULL"] * (RIVALS - 1) + ["handed"]
    states = sorted(str(scarce.state(case)) for case in cases)
    assert states == ["handover_pending"] + ["preselected"] * (RIVALS - 1)


def test_a_rejected_handover_and_a_withdrawn_case_free_their_place(scarce: Field) -> None:
    first, second, third = (scarce.preselected() for _ in range(3))
    scarce.hand_over(first)
    with pytest.raises(Refused) as refused:
        scarce.hand_over(second)
    assert refused.value.code == "QUOTA_FULL"
    scarce.desk.act("operator", "RejectHandover", first, on="2026-11-14", reason="Sin equipo")
    scarce.hand_over(second)
    scarce.desk.act("caseworker", "WithdrawCase", second, on="2026-11-14", reason_code="own_will", reason="Se retira")
    scarce.hand_over(third)
    states = [scarce.state(case) for case in (first, second, third)]
    assert states == ["preselected", "withdrawn", "handover_pending"]


def test_a_case_merged_while_its_handover_waits_keeps_its_place(scarce: Field) -> None:
    """A16-2, A01-3: parted, it stands where it stood, and nobody could refuse it the place then."""
    first, second = scarce.preselected(), scarce.preselected()
    scarce.hand_over(first)
    pair = {"surviving_case": str(second), "other_case": str(first)}
    scarce.desk.hear("intake.CasesMerged", second, **pair)
    with pytest.raises(Refused) as refused:
        scarce.hand_over(second)
    assert refused.value.code == "QUOTA_FULL"
    scarce.desk.hear("intake.CasesSplit", second, **pair)
    scarce.desk.act("operator", "AcceptHandover", first, on="2026-11-14")
    assert scarce.state(first) == "in_assistance"


def test_a_case_over_quota_may_go_to_the_next_call_and_keeps_its_valuation(scarce: Field) -> None:
    first, second = scarce.preselected(), scarce.preselected()
    scarce.hand_over(first)
    following = scarce.desk.call()
    scarce.desk.act("caseworker", "EnrolInNextCall", second, on="2026-11-13", call=following)
    assert scarce.state(second) == "preselected"
    with pytest.raises(Refused) as refused:
        scarce.hand_over(second)
    assert refused.value.code == "CONTRACT_NOT_IN_FORCE"

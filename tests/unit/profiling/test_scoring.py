"""PRO-2 to PRO-4: hand-computed scores, refused responses, validity rules, and invariants over random answers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.profiling.domain.refusals import ResponseInvalid
from services.profiling.domain.scoring import Response, score
from shared.catalogue.types import Instrument, InstrumentBlock, InstrumentOption
from tests.unit.profiling.journey import DISC


def block(number: int, *keys: str | None) -> InstrumentBlock:
    options = tuple(InstrumentOption(place, f"op {place}", key, key) for place, key in enumerate(keys, start=1))
    return InstrumentBlock(number, options)


SMALL = Instrument(
    code="MINI",
    version="1",
    name="Mini",
    kind="forced_choice",
    scales={"D": "D", "I": "I", "S": "S", "C": "C"},
    blocks=(block(1, "D", "I", "S", "C"), block(2, "I", "S", "C", None), block(3, "S", "C", "D", "I")),
    norms={},
    max_unanswered=0,
    min_minutes=3,
    demonstration=False,
    external_results=True,
    applied_by=("psychosocial",),
)


def test_scores_match_those_computed_by_hand() -> None:
    """PRO-3: most, least, difference and pattern."""
    result = score(SMALL, [Response(1, 1, 4), Response(2, 1, 4), Response(3, 3, 2)])
    found = {scale: (each.most, each.least, each.difference) for scale, each in result.scales.items()}
    assert found == {"D": (2, 0, 2), "I": (1, 0, 1), "S": (0, 0, 0), "C": (0, 2, -2)}
    assert (result.pattern, result.ties, result.usable) == ("DISC", (), True)


def test_ties_stand_in_the_order_of_the_scales_and_are_flagged() -> None:
    """PRO-3: ties in the order D, I, S, C."""
    result = score(SMALL, [Response(1, 4, 1), Response(2, 2, 1), Response(3, 3, 4)])
    assert {scale: each.difference for scale, each in result.scales.items()} == {"D": 0, "I": -2, "S": 1, "C": 1}
    assert (result.pattern, result.ties) == ("SCDI", ("S", "C"))


def test_a_norm_table_gives_the_segment() -> None:
    """PRO-3: a norm table may be absent for a scale."""
    normed = replace(SMALL, norms={"D": ((-3, 1), (0, 4), (2, 7))})
    result = score(normed, [Response(1, 1, 4), Response(2, 1, 4), Response(3, 3, 2)])
    assert (result.scales["D"].segment, result.scales["I"].segment) == (7, None)


@pytest.mark.parametrize(
    "responses",
    [
        [Response(1, 1, 2), Response(1, 3, 4)],
        [Response(1, 2, 2)],
        [Response(9, 1, 2)],
        [Response(1, 1, 5)],
        [Response(1, 0, 1)],
    ],
    ids=["a block twice", "one option as most and least", "no such block", "no such option", "option zero"],
)
def test_a_response_that_is_not_one_most_and_one_least_is_refused(responses: list[Response]) -> None:
    with pytest.raises(ResponseInvalid):
        score(SMALL, responses)


def test_an_unanswered_block_makes_the_application_unusable_unless_the_instrument_allows_it() -> None:
    answers = [Response(1, 1, 4), Response(2, 1, 4)]
    assert score(SMALL, answers).flags == ("too_many_unanswered",)
    assert score(replace(SMALL, max_unanswered=1), answers).usable


def test_an_application_below_the_minimum_time_is_unusable() -> None:
    answers = [Response(1, 1, 4), Response(2, 1, 4), Response(3, 3, 2)]
    assert score(SMALL, answers, minutes=2).flags == ("too_fast",)
    assert score(SMALL, answers, minutes=3).usable


def _answer(number: int) -> st.SearchStrategy[Response]:
    return st.permutations([1, 2, 3, 4]).map(lambda order: Response(number, order[0], order[1]))


answers_of_disc = st.tuples(*(_answer(each.block) for each in DISC.blocks))


@given(answers_of_disc)
def test_most_over_scales_and_none_sum_to_the_blocks_answered(answers: tuple[Response, ...]) -> None:
    """PRO-3: the sum of most and none is the blocks answered."""
    result = score(DISC, answers)
    assert sum(each.most for each in result.scales.values()) + result.none_most == result.answered == len(DISC.blocks)
    assert sorted(result.pattern) == sorted(DISC.scales)


@given(answers_of_disc, st.randoms())
def test_the_same_responses_in_any_order_give_the_same_result(answers: tuple[Response, ...], dice: object) -> None:
    shuffled = list(answers)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert score(DISC, shuffled) == score(DISC, answers)

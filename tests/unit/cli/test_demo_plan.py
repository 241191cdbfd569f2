"""The stories of a demonstration show the whole procedure, and each has a place in the cycle."""

from __future__ import annotations

from datetime import date

from shared.catalogue.catalogue import Catalogue
from shared.cli.demo.plan import CYCLE, DELIVERING, LEFT_FROM, LIKE_ANOTHER, Kind, plans

PROCEDURE = Catalogue.load().procedure("PR-156", date(2026, 11, 1))


def test_every_kind_of_story_is_told_in_a_cycle() -> None:
    assert set(CYCLE) == set(Kind)
    assert set(CYCLE[:-1]) == set(Kind), "the tests run the cycle without its last case"


def test_every_way_in_which_a_case_may_end_is_the_end_of_a_story() -> None:
    ends = {plan.expected.state for plan in plans(len(CYCLE))}
    assert {state for state in PROCEDURE.states if PROCEDURE.is_final(state)} <= ends


def test_who_looks_like_another_comes_after_them_and_a_merged_case_goes_on_in_an_open_one() -> None:
    every = plans(3 * len(CYCLE))
    for plan in every:
        if plan.kind in LIKE_ANOTHER:
            other = every[plan.index - 2]
            assert other.index == plan.index - 2
            assert plan.kind is not Kind.MERGED or other.kind is Kind.REEVALUATED


def test_cases_leave_from_every_service_in_turn() -> None:
    every = plans(3 * len(CYCLE))
    for kind in (Kind.WITHDRAWN, Kind.EXCLUDED, Kind.DECEASED):
        assert {plan.left_from for plan in every if plan.kind is kind} == {"intake", "profiling", "assistance"}
    assert all(plan.left_from is None for plan in every if plan.kind not in LEFT_FROM)


def test_what_is_delivered_does_not_hang_on_how_many_cases_there_are() -> None:
    short, long = plans(5), plans(2 * len(CYCLE))
    assert long[:5] == short
    assert all(plan.expected.tracks["incentive"] == "delivered" for plan in long if plan.kind in DELIVERING)

"""A timeline never shows an effect before its cause, whatever the services' clocks said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.causality import Happening, causal_order, is_causal

START = datetime(2026, 10, 15, 15, 0, tzinfo=UTC)


def happening(service: str, sequence: int, seconds: float, cause: str = "") -> Happening[str]:
    name = f"{service}:{sequence}"
    return Happening(name, service, sequence, START + timedelta(seconds=seconds), cause, name)


def test_an_effect_recorded_by_a_slow_clock_stands_after_its_cause() -> None:
    cause = happening("intake", 1, 10)
    effect = happening("profiling", 1, 4, cause="intake:1")
    later = happening("assistance", 1, 11)
    assert [each.id for each in causal_order([effect, later, cause])] == ["intake:1", "profiling:1", "assistance:1"]


def test_without_causes_the_order_is_that_of_recording() -> None:
    ordered = causal_order([happening("b", 1, 2), happening("a", 1, 1), happening("c", 1, 3)])
    assert [each.service for each in ordered] == ["a", "b", "c"]


def test_a_cause_that_is_not_there_binds_nothing() -> None:
    ordered = causal_order([happening("a", 2, 1, cause="elsewhere:9"), happening("b", 1, 0)])
    assert [each.id for each in ordered] == ["b:1", "a:2"]


@st.composite
def histories(draw: st.DrawFn) -> list[Happening[str]]:
    heads = {"intake": 0, "profiling": 0, "assistance": 0}
    made: list[Happening[str]] = []
    for _ in range(draw(st.integers(1, 25))):
        service = draw(st.sampled_from(sorted(heads)))
        heads[service] += 1
        cause = draw(st.sampled_from(["", *(each.id for each in made)]))
        made.append(happening(service, heads[service], draw(st.floats(-100, 100)), cause))
    return draw(st.permutations(made))


@given(histories())
def test_any_history_comes_out_whole_causal_and_in_each_services_order(history: list[Happening[str]]) -> None:
    ordered = causal_order(history)
    assert sorted(each.id for each in ordered) == sorted(each.id for each in history)
    assert is_causal(ordered)
    for service in {each.service for each in ordered}:
        own = [each.sequence for each in ordered if each.service == service]
        assert all(first < second for first, second in pairwise(own))

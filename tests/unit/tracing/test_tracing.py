"""The trace context as W3C writes it, and the spans that are made while somebody takes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import copy_context
from uuid import uuid4

import pytest

from shared.tracing import spans
from shared.tracing.passage import NOTHING, child_of, current, entered, is_sampled, is_valid
from shared.tracing.spans import Span, span

GIVEN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Taken:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.closed = False

    def take(self, span: Span) -> None:
        self.spans.append(span)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def taken() -> Iterator[Taken]:
    exporter = Taken()
    spans.export_to(exporter)
    yield exporter
    spans.export_to(None)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "1098765432",
        GIVEN.upper(),
        f"{GIVEN}\n",
        f"{GIVEN}-more",
        GIVEN.replace("00-", "ff-", 1),
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01",
    ],
)
def test_what_is_no_trace_context_does_not_travel_on(wrong: str) -> None:
    assert not is_valid(wrong)
    with entered(uuid4(), wrong) as here:
        assert here.traceparent == ""


def test_a_request_is_worked_for_inside_its_block_alone() -> None:
    assert current() == NOTHING
    request_id = uuid4()
    with entered(request_id, GIVEN):
        assert (current().request_id, current().trace_id) == (str(request_id), "4bf92f3577b34da6a3ce929d0e0e4736")
        # As a thread of a pool gets it.
        assert copy_context().run(current) == current()
    assert current() == NOTHING


def test_without_anybody_to_take_spans_a_context_passes_through_unchanged() -> None:
    with entered(uuid4(), GIVEN), span("work", "intake") as made:
        assert made.traceparent == current().traceparent == GIVEN


def test_spans_stand_one_below_the_other_in_one_trace(taken: Taken) -> None:
    with entered("r", GIVEN), span("outer", "gateway", "server") as outer, span("inner", "intake") as inner:
        assert current().traceparent == inner.traceparent
    assert (outer.parent, inner.parent) == (GIVEN, outer.traceparent)
    assert [one.name for one in taken.spans] == ["inner", "outer"]
    assert {one.traceparent[3:35] for one in taken.spans} == {GIVEN[3:35]}
    assert all(one.began <= one.ended and one.attributes == {"impulso.request_id": "r"} for one in taken.spans)


def test_a_trace_that_its_caller_does_not_record_is_not_recorded_here(taken: Taken) -> None:
    with entered("r", GIVEN[:-2] + "00"), span("work", "intake"):
        spans.note("publish", "intake", "producer", current().traceparent, 1)
    assert taken.spans == []


def test_an_error_is_told_by_its_kind_and_never_by_its_text(taken: Taken) -> None:
    with pytest.raises(ValueError, match="1098765432"), entered("r", GIVEN), span("work", "intake"):
        raise ValueError("1098765432")
    assert [one.error for one in taken.spans] == ["ValueError"]
    assert "1098765432" not in repr(taken.spans)


def test_a_new_trace_is_recorded_only_where_somebody_takes_it(taken: Taken) -> None:
    assert is_sampled(spans.begun())
    with entered("r", spans.begun()), span("request", "gateway", "server", root=True) as first:
        assert (first.parent, first.traceparent) == ("", current().traceparent)
    spans.export_to(taken, ratio=0.0)
    assert not is_sampled(spans.begun())
    spans.close()
    assert taken.closed
    assert not is_sampled(spans.begun())
    assert is_valid(spans.begun())
    assert child_of(GIVEN)[:35] == GIVEN[:35]

"""The request that this thread works for: its id, which every event it causes carries, and its trace context."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple
from uuid import UUID

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_SAMPLED = 0x01


class Passage(NamedTuple):
    """``request_id`` is a UUID as text, ``traceparent`` as W3C Trace Context 1 writes it; empty where not known."""

    request_id: str = ""
    traceparent: str = ""

    @property
    def trace_id(self) -> str:
        return self.traceparent[3:35]


NOTHING = Passage()
_current: ContextVar[Passage] = ContextVar("impulso_passage", default=NOTHING)


def current() -> Passage:
    """The request that is worked for; empty between requests."""
    return _current.get()


@contextmanager
def entered(request_id: str | UUID, traceparent: str) -> Iterator[Passage]:
    """Work for that request inside the block. A traceparent of another shape is dropped: it could carry anything."""
    passage = Passage(str(request_id), traceparent if is_valid(traceparent) else "")
    token = _current.set(passage)
    try:
        yield passage
    finally:
        _current.reset(token)


def is_valid(traceparent: str) -> bool:
    """Whether it is a trace context that may travel on: hexadecimal, a known version, no zero id."""
    return (
        _TRACEPARENT.fullmatch(traceparent) is not None
        and not traceparent.startswith("ff")
        and traceparent[3:35].strip("0") != ""
        and traceparent[36:52].strip("0") != ""
    )


def is_sampled(traceparent: str) -> bool:
    """Whether the trace is recorded; False for an empty one."""
    return bool(traceparent) and bool(int(traceparent[-2:], 16) & _SAMPLED)


def begun(*, sampled: bool) -> str:
    """The traceparent of a new trace."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-{'01' if sampled else '00'}"


def child_of(traceparent: str) -> str:
    """A traceparent in the same trace, with a span id of its own."""
    return f"00-{traceparent[3:35]}-{secrets.token_hex(8)}-{traceparent[-2:]}"

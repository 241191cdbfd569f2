"""Spans: what took how long within a trace. They are made only while an exporter takes them; without one a trace
context passes through unchanged, as W3C allows, and costs nothing."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from shared.tracing import passage

Kind = Literal["server", "client", "producer", "consumer", "internal"]


@dataclass
class Span:
    """One piece of work. ``name`` and ``attributes`` hold names of code, ids and codes: never a value of a person's.

    Times are nanoseconds since 1970. ``error`` is the kind of what went wrong, never its text.
    """

    name: str
    service: str
    kind: Kind
    traceparent: str
    parent: str = ""
    link: str = ""
    began: int = 0
    ended: int = 0
    error: str = ""
    attributes: dict[str, str | int] = field(default_factory=dict)


class Exporter(Protocol):
    """Where ended spans go. It must neither block nor raise."""

    def take(self, span: Span) -> None: ...

    def close(self) -> None:
        """Send what is left, within seconds."""
        ...


class _Export:
    """The exporter of this process, and the share of new traces that are recorded."""

    exporter: Exporter | None = None
    ratio = 1.0


def export_to(exporter: Exporter | None, *, ratio: float = 1.0) -> None:
    """From now on give every ended span of a sampled trace to ``exporter``; None: to nobody."""
    _Export.exporter, _Export.ratio = exporter, ratio


def exporting() -> bool:
    """Whether anybody takes spans."""
    return _Export.exporter is not None


def close() -> None:
    """Send what is left and stop exporting."""
    exporter, _Export.exporter = _Export.exporter, None
    if exporter is not None:
        exporter.close()


def begun() -> str:
    """The traceparent of a new trace, recorded or not as the share has it."""
    return passage.begun(sampled=exporting() and random.random() < _Export.ratio)


@contextmanager
def span(name: str, service: str, kind: Kind = "internal", *, link: str = "", root: bool = False) -> Iterator[Span]:
    """Work inside a span below the current one; what is done inside is below it. ``root``: the trace was begun
    with this span, which has none above it."""
    here = passage.current()
    exporter = _Export.exporter
    made = Span(name, service, kind, here.traceparent)
    if exporter is None or not passage.is_sampled(here.traceparent):
        yield made
        return
    if not root:
        made.traceparent, made.parent = passage.child_of(here.traceparent), here.traceparent
    made.link = link
    made.began = time.time_ns()
    try:
        with passage.entered(here.request_id, made.traceparent):
            yield made
    except BaseException as error:
        made.error = type(error).__name__
        raise
    finally:
        made.ended = time.time_ns()
        if here.request_id:
            made.attributes["impulso.request_id"] = here.request_id
        exporter.take(made)


def note(name: str, service: str, kind: Kind, parent: str, began: int, request_id: str = "") -> None:
    """A span that ended now, below ``parent``: for work that was done for several traces at once."""
    exporter = _Export.exporter
    if exporter is None or not passage.is_sampled(parent):
        return
    made = Span(name, service, kind, passage.child_of(parent), parent, began=began, ended=time.time_ns())
    if request_id:
        made.attributes["impulso.request_id"] = request_id
    exporter.take(made)

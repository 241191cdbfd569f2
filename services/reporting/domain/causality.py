"""The order in which things led to one another, whatever the clocks of the services said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Happening(Generic[T]):
    """Something recorded: its id (``profiling:12``), its service and place there, and what it was caused by."""

    id: str
    service: str
    sequence: int
    recorded_at: datetime
    causation_id: str
    what: T


def causal_order(happenings: Iterable[Happening[T]]) -> list[Happening[T]]:
    """Each after its cause and after what its own service recorded before it; else by the time of recording.

    Two services' clocks may differ, so the time alone could show an effect before its cause (X-17, EVT-4). A cause
    that is not among ``happenings`` binds nothing.
    """
    known = {each.id: each for each in happenings}
    before: dict[str, set[str]] = {name: set() for name in known}
    after: dict[str, list[str]] = {name: [] for name in known}
    last: dict[str, str] = {}
    for each in sorted(known.values(), key=lambda one: (one.service, one.sequence)):
        for cause in (each.causation_id, last.get(each.service, "")):
            if cause in known and cause != each.id and cause not in before[each.id]:
                before[each.id].add(cause)
                after[cause].append(each.id)
        last[each.service] = each.id
    ready = [_place(known[name]) for name, causes in before.items() if not causes]
    heapify(ready)
    ordered: list[Happening[T]] = []
    while ready:
        name = heappop(ready)[-1]
        ordered.append(known[name])
        for effect in after[name]:
            before[effect].discard(name)
            if not before[effect]:
                heappush(ready, _place(known[effect]))
    return ordered


def _place(each: Happening[T]) -> tuple[datetime, str, int, str]:
    return (each.recorded_at, each.service, each.sequence, each.id)


def is_causal(ordered: Sequence[Happening[T]]) -> bool:
    """True when no one stands before its cause."""
    seen: set[str] = set()
    names = {each.id for each in ordered}
    for each in ordered:
        if each.causation_id in names and each.causation_id not in seen:
            return False
        seen.add(each.id)
    return True

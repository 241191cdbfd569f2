"""What delivery reports about itself: six words, and a number for each service and upstream."""

from __future__ import annotations

import threading
from collections import Counter
from enum import StrEnum
from typing import Protocol


class Measure(StrEnum):
    """The closed vocabulary. All but LAG count up; LAG is the newest known distance to the upstream's head."""

    PUBLISHED = "published"
    APPLIED = "applied"
    DUPLICATE = "duplicate"
    PULLED = "pulled"
    PARKED = "parked"
    LAG = "lag"


class Telemetry(Protocol):
    """Where the numbers go. ``other`` is the upstream of a follower, or the service itself for its relay."""

    def count(self, other: str, measure: Measure, number: int) -> None: ...

    def gauge(self, other: str, measure: Measure, number: int) -> None: ...


class Counts:
    """Telemetry kept in memory, for health answers and tests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, Measure]] = Counter()

    def count(self, other: str, measure: Measure, number: int) -> None:
        if number:
            with self._lock:
                self._counts[other, measure] += number

    def gauge(self, other: str, measure: Measure, number: int) -> None:
        with self._lock:
            self._counts[other, measure] = number

    def of(self, other: str) -> dict[str, int]:
        """Every measure of one upstream (or of the relay), zeros included."""
        with self._lock:
            return {measure.value: self._counts[other, measure] for measure in Measure}

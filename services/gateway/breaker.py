"""A breaker: after failures in a row, refuse at once for a while, then let one call try."""

from __future__ import annotations

import time
from collections.abc import Callable


class Breaker:
    """Opens after ``failures`` in a row, for ``pause_s`` seconds; then the next call is the trial."""

    def __init__(self, failures: int, pause_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = failures
        self._pause = pause_s
        self._clock = clock
        self._failures = 0
        self._until = 0.0

    @property
    def closed(self) -> bool:
        """True when a call may go through."""
        return self._clock() >= self._until

    def failed(self) -> None:
        """Note a failure."""
        self._failures += 1
        if self._failures >= self._limit:
            self._until = self._clock() + self._pause

    def worked(self) -> None:
        """Note a success: the count starts over."""
        self._failures = 0
        self._until = 0.0

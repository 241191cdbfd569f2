"""Waiting that ends: a back-off that grows to a bound and starts over after the first success."""

from __future__ import annotations


class Backoff:
    """Seconds to wait after each failure in a row: ``first``, doubled each time, never more than ``most``."""

    def __init__(self, first: float = 0.1, most: float = 5.0) -> None:
        self.first = first
        self.most = most
        self._next = first

    def failed(self) -> float:
        """Note a failure; the seconds to wait before the next attempt."""
        pause = self._next
        self._next = min(self._next * 2, self.most)
        return pause

    def worked(self) -> None:
        """Note a success: the next failure waits ``first`` seconds again."""
        self._next = self.first

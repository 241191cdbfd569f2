"""How far a follower stands behind its upstream, as last seen: what health answers and metrics are made of."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.contracts.envelope import Envelope


class Backlog:
    """Entries that are known to stand in the upstream's log and are not applied here yet.

    Known means: told by a page, a message or a beacon. While the upstream is away nothing new is known.
    """

    def __init__(self) -> None:
        self._head = 0
        self._position = 0
        self._since: datetime | None = None

    @property
    def entries(self) -> int:
        return max(self._head - self._position, 0)

    def age(self, now: datetime | None = None) -> float:
        """Seconds since the oldest entry that waits here was recorded by its service; 0 when none waits."""
        since = self._since
        return 0.0 if since is None else max(((now or datetime.now(UTC)) - since).total_seconds(), 0.0)

    def told(self, head: int) -> None:
        """The upstream's log ends at ``head``."""
        self._head = head

    def begins(self, first: Envelope, last: int) -> None:
        """Entries from ``first`` up to number ``last`` are about to be applied."""
        self._since = first.recorded_at
        self._head = max(self._head, last)

    def reached(self, position: int) -> None:
        """Everything up to ``position`` is applied, or parked."""
        self._position = position
        if not self.entries:
            self._since = None

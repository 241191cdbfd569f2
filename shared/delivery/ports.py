"""What delivery needs from outside, as protocols: an upstream's log, its envelopes, a broker, a feed, a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from shared.contracts.envelope import CONTENT_TYPE, Envelope
from shared.delivery.message import Beacon
from shared.eventstore.log import Entry
from shared.eventstore.tracking import Position, Step

if TYPE_CHECKING:
    from shared.delivery.feed import FeedPage

Exchange = Literal["events", "public"]


class ReadableLog(Protocol):
    """A service's log as `shared.eventstore.log.Log` offers it."""

    @property
    def name(self) -> str: ...

    def state(self) -> tuple[str, int]: ...

    def stretch(self, after: int, limit: int) -> tuple[str, int, list[Entry]]: ...

    def entries(self, after: int, limit: int) -> list[Entry]: ...


class Publication(Protocol):
    """Turns stored entries into what may leave the service."""

    def is_public(self, entry: Entry) -> bool:
        """True when the entry's kind has audience I."""
        ...

    def internal(self, entry: Entry, epoch: str) -> Envelope:
        """The envelope for the other services; without data when the kind stays inside."""
        ...

    def public(self, entry: Entry, epoch: str, previous: int) -> Envelope:
        """The envelope for integrators; ``previous`` is the sequence of the public entry before it, 0 for none."""
        ...


@dataclass(frozen=True)
class Outgoing:
    """One publication: which of the service's two exchanges, routing key, message id, body, media type."""

    exchange: Exchange
    key: str
    id: str
    body: bytes
    content_type: str = CONTENT_TYPE


class Publisher(Protocol):
    """The broker, seen from a relay."""

    def publish(self, batch: Sequence[Outgoing]) -> None:
        """Publish ``batch`` in order; return when the broker confirmed every one. Raises `Away` otherwise."""
        ...

    def beacon(self, beacon: Beacon) -> None:
        """Tell the followers how far the log reaches. Transient; may be lost. Raises `Away`."""
        ...


class FeedSource(Protocol):
    """An upstream's feed, seen from a follower: in process or over RPC."""

    def page(self, after: int, limit: int, known_hash: str, known_epoch: str) -> FeedPage:
        """See `Feed.page`. Raises `Away` when the upstream cannot be reached."""
        ...


@dataclass(frozen=True)
class Applied:
    """What became of a run: events applied (or of no concern here), and events parked behind others of their case."""

    applied: int
    parked: int


@dataclass(frozen=True)
class Failure:
    """Why an event could not be applied: a stable code, and the module and line; never a value."""

    code: str
    place: str


class Inbox(Protocol):
    """The follower's database: effects, position and parked events, in one transaction."""

    def position(self, upstream: str) -> Position: ...

    def apply(self, step: Step, run: Sequence[Envelope]) -> Applied:
        """Apply ``run`` and move the position by ``step``, or neither.

        Raises `Unapplied` when a reaction raised, `TrackingConflict` when the position is not ``step.expected``,
        `Away` when the database is away, and whatever the commit raised otherwise.
        """
        ...

    def park(self, step: Step, envelope: Envelope, failure: Failure) -> None:
        """Park ``envelope`` and move the position by ``step``, or neither. Raises like `apply`."""
        ...

    def release(self, upstream: str) -> int:
        """Apply events that wait behind nothing any more; how many."""
        ...

    def adopt(self, upstream: str, epoch: str) -> None:
        """Record that the upstream lives on under ``epoch``."""
        ...

"""What delivery can meet. Three kinds, because there are three things to do about it: wait, stop, or park."""

from __future__ import annotations

from shared.eventstore.errors import GuardMissing, NewerEventVersion, StoreConflict, is_unavailable


class DeliveryError(Exception):
    """Base of the errors of delivery."""


class Away(DeliveryError):
    """A database, the broker or an upstream is away. Nothing was settled: pause, then do the same again."""


class Held(DeliveryError):
    """A person has paused this follower. Nothing of this upstream is applied until a person resumes it."""


class Diverged(DeliveryError):
    """The upstream's past is not the one that was applied here. Only a person can decide what happens next."""


class Unreadable(DeliveryError):
    """Bytes that are no message of ours. They go to the dead-letter queue; the feed still has the entry."""


class NotParked(DeliveryError):
    """No parked event answers to that address, or it was settled in the meantime."""


class Unapplied(DeliveryError):
    """A reaction raised: event number ``index`` of the run could not be applied. The cause is ``__cause__``."""

    def __init__(self, index: int) -> None:
        super().__init__(f"event {index} of the run could not be applied")
        self.index = index


class CutHere(DeliveryError):
    """Event number ``index`` of the run needs the ones before it committed: it must begin a transaction of its own."""

    def __init__(self, index: int) -> None:
        super().__init__(f"event {index} reads what the run has not committed yet")
        self.index = index


_WAIT_FOR: tuple[type[BaseException], ...] = (
    Away,
    ConnectionError,
    TimeoutError,
    # A conflict that outlived the store's own attempts is contention: never a reason to park a case.
    StoreConflict,
    # Newer code already runs beside this one, or the migration is not done: another process will do better soon.
    NewerEventVersion,
    GuardMissing,
)


def is_away(error: BaseException) -> bool:
    """True when waiting may help: something is away or contended. False when the event itself is at fault."""
    return isinstance(error, _WAIT_FOR) or is_unavailable(error)

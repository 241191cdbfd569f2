"""Loading aggregates: a bounded cache whose members are never changed, brought up to date from the log."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from copy import deepcopy
from typing import Any, TypeVar
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError, project_aggregate
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import EventStore

A = TypeVar("A", bound=Aggregate)


class AggregateCache:
    """The most recently used ``size`` aggregates, with personal values in the clear.

    What is in the cache is never mutated: a reader copies first and fast-forwards its copy. (The library's cache
    fast-forwards the cached object itself while another thread may be copying it; a copy torn that way can carry the
    new version number with the old state, and pass the version check with a decision on stale facts.)

    ``era`` changes when somebody is erased (`KeyRing.era`): then everything is forgotten, and nothing that was read
    before is taken in any more.
    """

    def __init__(self, size: int, era: Callable[[], int]) -> None:
        self.size = size
        self.era = era
        self._known_era = -1
        self._members: OrderedDict[UUID, Aggregate] = OrderedDict()
        self._guard = threading.Lock()

    def __len__(self) -> int:
        return len(self._members)

    def copy_of(self, aggregate_id: UUID, era: int) -> Aggregate | None:
        """A copy of the member; ``era`` is the one that its reader lives in."""
        with self._guard:
            self._enter(era)
            member = self._members.get(aggregate_id)
            if member is None:
                return None
            self._members.move_to_end(aggregate_id)
        return deepcopy(member)

    def put(self, aggregate: Aggregate, era: int) -> None:
        """Take ``aggregate``, read in ``era``, as it is: the caller gives it away and must not touch it again."""
        now = self.era()
        with self._guard:
            self._enter(now)
            if era != self._known_era:
                return
            known = self._members.get(aggregate.id)
            if known is not None and known.version > aggregate.version:
                return
            self._members[aggregate.id] = aggregate
            self._members.move_to_end(aggregate.id)
            while len(self._members) > self.size:
                self._members.popitem(last=False)

    def _enter(self, era: int) -> None:
        if era > self._known_era:
            self._known_era = era
            self._members.clear()


class Loader:
    """Reconstructs aggregates from the event store, through the cache."""

    def __init__(self, events: EventStore[UUID], cache_size: int, era: Callable[[], int]) -> None:
        self.events = events
        self.cache = AggregateCache(cache_size, era)

    def get(self, aggregate_class: type[A], aggregate_id: UUID) -> A | None:
        """The aggregate as it now stands, the caller's own copy; None if it does not exist or is of another class."""
        era = self.cache.era()
        cached = self.cache.copy_of(aggregate_id, era)
        gt = None if cached is None else cached.version
        aggregate: Any = project_aggregate(cached, self.events.get(aggregate_id, gt=gt))
        if aggregate is None or not isinstance(aggregate, aggregate_class):
            return None
        if cached is None or aggregate.version != gt:
            self.cache.put(deepcopy(aggregate), era)
        return aggregate

    def at_version(self, aggregate_class: type[A], aggregate_id: UUID, version: int) -> A:
        """The aggregate as it stood at ``version``, past any cache. Raises the library's AggregateNotFoundError."""
        aggregate: Any = project_aggregate(None, self.events.get(aggregate_id, lte=version))
        if not isinstance(aggregate, aggregate_class):
            raise AggregateNotFoundError(f"{aggregate_class.__name__} {aggregate_id}")
        return aggregate

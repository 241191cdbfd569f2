"""One aggregate as of a point on two clocks, from its stored events alone: no snapshot, no cache, no read model.

Known by a moment (``recorded_at``) is what was written down until then; happened by a day (``happened_on``) is what had
come to pass. Facts apply in the order in which they were recorded. One that was left out is never guessed at: what only
makes sense after it is left out with it, and both are named.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast
from uuid import UUID

from eventsourcing.domain import Aggregate, CanInitAggregate

from shared.eventstore.log import Entry
from shared.eventstore.mapper import SealingMapper
from shared.eventstore.metadata import Meta

if TYPE_CHECKING:
    from shared.eventstore.application import ServiceApplication

A = TypeVar("A", bound=Aggregate)
_MISSING = (LookupError, AttributeError, TypeError, ValueError, StopIteration, AssertionError, ArithmeticError)
"""How an event that rests on another one fails where that one is not."""
Why = Literal["recorded_later", "happened_later", "rests_on_left_out"]


@dataclass(frozen=True)
class Point:
    """Recorded at ``known_by`` or before, and happened on ``happened_by`` or before; None sets no bound."""

    known_by: datetime | None = None
    happened_by: date | None = None

    def leaves_out(self, entry: Entry, meta: Meta) -> Why | None:
        """Why a fact is not part of this point; None for one that is."""
        if self.known_by is not None and entry.recorded_at > self.known_by:
            return "recorded_later"
        if self.happened_by is not None and meta.happened_on > self.happened_by:
            return "happened_later"
        return None


@dataclass(frozen=True)
class Fact:
    """One stored event, opened. ``left_out`` says why it is not part of the point."""

    entry: Entry
    event: Any
    meta: Meta
    left_out: Why | None = None


@dataclass(frozen=True)
class Replayed(Generic[A]):
    """What ``aggregate`` was at the point (None: nothing was known of it yet), and every fact of it in order."""

    point: Point
    aggregate: A | None
    facts: tuple[Fact, ...] = field(repr=False)

    @property
    def counted(self) -> list[Fact]:
        return [fact for fact in self.facts if fact.left_out is None]

    @property
    def left_out(self) -> list[Fact]:
        return [fact for fact in self.facts if fact.left_out is not None]


def stored_facts(application: ServiceApplication, aggregate_id: UUID, until: int | None = None) -> list[Fact]:
    """Every event of an aggregate as stored, opened; those up to version ``until`` when it is given."""
    mapper = cast("SealingMapper", application.mapper)
    entries = application.log.of_aggregate(aggregate_id)
    return [Fact(entry, *mapper.open(entry)) for entry in entries if until is None or entry.originator_version <= until]


def replay(kind: type[A], facts: list[Fact], point: Point) -> Replayed[A]:
    """``kind`` as of ``point``, from its `stored_facts`."""
    aggregate: Any = None
    whole, judged = True, []
    for fact in facts:
        why = point.leaves_out(fact.entry, fact.meta)
        if why is None:
            # Once something is missing, a fact may rest on it: it is tried on a copy, which is thrown away if it does.
            tried = _applied(fact.event, aggregate if whole else deepcopy(aggregate), whole)
            why = None if tried is not None else "rests_on_left_out"
            aggregate = tried or aggregate
        whole = whole and why is None
        judged.append(Fact(fact.entry, fact.event, fact.meta, why))
    found = aggregate if isinstance(aggregate, kind) else None
    return Replayed(point, found, tuple(judged))


def _applied(event: Any, aggregate: Any, whole: bool) -> Any:
    """The aggregate after ``event``; None when the event rests on a fact that is not there."""
    if whole:
        return event.mutate(aggregate)
    creates = isinstance(event, CanInitAggregate)
    if creates != (aggregate is None):
        return None
    try:
        if creates:
            return event.mutate(None)
        event.apply(aggregate)
    except _MISSING:
        return None
    aggregate.version, aggregate.modified_on = event.originator_version, event.timestamp
    return aggregate


def versions_used(facts: list[Fact]) -> Mapping[str, list[str]]:
    """Every version of the catalogue that ``facts`` were decided under, by artefact, in the order of their use."""
    found: dict[str, list[str]] = {}
    for fact in facts:
        for name, version in fact.meta.versions.items():
            if version not in found.setdefault(name, []):
                found[name].append(version)
    return found

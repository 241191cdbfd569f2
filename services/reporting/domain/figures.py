"""Counting figures from events, each traceable to its cases and events (REP-3, REP-4; FIG-01 to FIG-20)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from shared.catalogue.types import Figure, FigureLine

ZERO = Decimal(0)
Key = tuple[str, str, tuple[str, ...]]
"""Figure, line and the values of ``by``."""


class Fact(NamedTuple):
    """One event as it was published."""

    service: str
    sequence: int
    case_id: UUID
    type: str
    happened_on: date
    data: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"{self.service}:{self.sequence}"


class Standing(NamedTuple):
    """Where a case stood on a day."""

    state: str
    phase: str


@dataclass
class Count:
    """The value of one number and what it is made of."""

    value: Decimal = ZERO
    cases: set[UUID] = field(default_factory=set)
    events: dict[str, UUID] = field(default_factory=dict)
    folded: bool = False
    """Counted by the owner of the facts: which cases it is made of may be unreadable one day, the value never."""

    def add(self, fact: Fact, amount: Decimal) -> None:
        self.value += amount
        self.cases.add(fact.case_id)
        self.events[fact.id] = fact.case_id


@dataclass(frozen=True)
class Span:
    """A month: its first and last day."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


def tally(
    figures: Iterable[Figure],
    facts: Sequence[Fact],
    span: Span,
    threshold: Callable[[str], Decimal],
    standings: Callable[[], Mapping[UUID, Standing]],
) -> dict[Key, Count]:
    """Every number of ``figures`` for the month. ``facts`` are all that is known at the cut-off, in any order."""
    by_type: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_type[fact.type].append(fact)
    counts: dict[Key, Count] = {}
    for figure in figures:
        for line in figure.lines:
            for by, count in _line(line, by_type, span, threshold, standings):
                counts[figure.code, line.code, by] = count
    return counts


def _line(
    line: FigureLine,
    by_type: Mapping[str, Sequence[Fact]],
    span: Span,
    threshold: Callable[[str], Decimal],
    standings: Callable[[], Mapping[UUID, Standing]],
) -> Iterator[tuple[tuple[str, ...], Count]]:
    if line.measure == "folded":
        # The owner of the facts counts it: `merged`.
        return
    if line.measure == "standing":
        yield from _standing(line, standings()).items()
        return
    facts = [fact for kind in line.events for fact in by_type.get(kind, ()) if _matches(line, fact)]
    if line.measure == "reached":
        yield (), _reached(line, facts, span, threshold(line.parameter or ""))
        return
    found: dict[tuple[str, ...], Count] = {} if line.by else {(): Count()}
    for fact in facts:
        if not (fact.happened_on <= span.last if line.running else span.holds(_dated(line, fact))):
            continue
        for by, amount in _amounts(line, fact):
            found.setdefault(by, Count()).add(fact, amount)
    if line.measure == "cases":
        for count in found.values():
            count.value = Decimal(len(count.cases))
    yield from found.items()


def _matches(line: FigureLine, fact: Fact) -> bool:
    return all(str(fact.data.get(name)) == value for name, value in line.where.items())


def _dated(line: FigureLine, fact: Fact) -> date:
    return fact.happened_on if line.dated is None else date.fromisoformat(str(fact.data[line.dated]))


def _amounts(line: FigureLine, fact: Fact) -> Iterator[tuple[tuple[str, ...], Decimal]]:
    if line.measure == "lines":
        for row in fact.data.get("lines") or ():
            yield _by(line, row), Decimal(1) if line.of is None else Decimal(str(row[line.of]))
    elif line.measure == "sum":
        amount = fact.data.get(line.of or "")
        if amount is not None:
            yield _by(line, fact.data), Decimal(str(amount))
    else:
        yield _by(line, fact.data), Decimal(1)


def _by(line: FigureLine, data: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple("" if data.get(name) is None else str(data[name]) for name in line.by)


def _standing(line: FigureLine, standings: Mapping[UUID, Standing]) -> dict[tuple[str, ...], Count]:
    found: dict[tuple[str, ...], Count] = {}
    for case_id, stands in standings.items():
        if stands.state == line.state:
            by = tuple(getattr(stands, name) for name in line.by)
            count = found.setdefault(by, Count())
            count.value += 1
            count.cases.add(case_id)
    return found


def _reached(line: FigureLine, facts: Sequence[Fact], span: Span, threshold: Decimal) -> Count:
    before: dict[UUID, Decimal] = defaultdict(Decimal)
    within: dict[UUID, list[Fact]] = defaultdict(list)
    for fact in facts:
        amount = Decimal(str(fact.data.get(line.of or "") or 0))
        if fact.happened_on < span.first:
            before[fact.case_id] += amount
        elif fact.happened_on <= span.last:
            within[fact.case_id].append(fact)
    count = Count()
    for case_id, own in within.items():
        total = before[case_id] + sum((Decimal(str(each.data.get(line.of or "") or 0)) for each in own), ZERO)
        if before[case_id] < threshold <= total:
            count.value += 1
            count.cases.add(case_id)
            count.events |= {each.id: case_id for each in own}
    return count


def difference(now: Mapping[Key, Count], then: Mapping[Key, Count]) -> dict[Key, Count]:
    """What came late: the numbers of now less those of then; it may be negative (REP-3)."""
    late: dict[Key, Count] = {}
    for key in {*now, *then}:
        new, old = now.get(key, Count()), then.get(key, Count())
        events = {name: case for name, case in new.events.items() if name not in old.events}
        if new.value != old.value or events:
            cases = (new.cases ^ old.cases) | set(events.values())
            late[key] = Count(new.value - old.value, cases, events, new.folded or old.folded)
    return late

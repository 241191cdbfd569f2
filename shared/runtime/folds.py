"""Counts that the owner of the facts folds from its own log, because its published events do not carry them (REP-4).

A report asks with a span of days and a position of the owner's log; the same question has the same answer for ever, as
long as the persons' keys stand. What is handed over are numbers with the ids of cases and events, never the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from shared.eventstore.application import ServiceApplication

Key = tuple[str, str, tuple[str, ...]]
"""Figure, line and the values of ``by``, as the figure definitions name them."""


class Asked(NamedTuple):
    """A span of days, both included, as the log stood at ``position``; of ``cases`` alone, None for all."""

    first: date
    last: date
    position: int
    cases: frozenset[UUID] | None = None

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


class Told(NamedTuple):
    """One event of the owner's log."""

    id: str
    case_id: UUID
    kind: str
    happened_on: date
    event: Any


@dataclass
class Folded:
    """One number, and the events of each case that it is made of."""

    value: Decimal = Decimal(0)
    cases: dict[UUID, list[str]] = field(default_factory=dict)

    def add(self, fact: Told, amount: Decimal = Decimal(0)) -> None:
        self.value += amount
        ids = self.cases.setdefault(fact.case_id, [])
        if fact.id not in ids:
            ids.append(fact.id)


Fold = Callable[[Any, Asked], Mapping[Key, Folded]]
"""``fold(application, asked)``: numbers that this service counts for the reports or the board."""
FIGURES, OF_CASES, STOCK = "figures", "cases", "stock"
"""What is asked for: the figures of 6.4; codes that stand on a case (BRD-1); the goods (BRD-2)."""
Owner = Callable[[dict[str, Any]], dict[str, Any]]
"""How a service asks another one for its counts (`answer`). Raises `shared.delivery.errors.Away`."""


def told(application: ServiceApplication, topics: Iterable[str], asked: Asked) -> Iterator[Told]:
    """The events of these topics up to the position, in the order of the log, of whatever day."""
    names = [f"{application.name}.{topic}" for topic in topics]
    mapper: Any = application.mapper
    for entry in application.log.of_topics(names, asked.position, asked.cases):
        event, meta = mapper.open(entry)
        kind = entry.topic.partition(".")[2]
        yield Told(f"{application.name}:{entry.sequence}", event.originator_id, kind, meta.happened_on, event)


def question(name: str, asked: Iterable[Asked]) -> dict[str, Any]:
    """The wire form of questions to the fold ``name``."""
    return {
        "fold": name,
        "asks": [
            {
                "first": each.first.isoformat(),
                "last": each.last.isoformat(),
                "position": each.position,
                "cases": None if each.cases is None else sorted(map(str, each.cases)),
            }
            for each in asked
        ],
    }


def answer(folds: Mapping[str, Fold], application: ServiceApplication, payload: Mapping[str, Any]) -> dict[str, Any]:
    """For each question its rows, in order. A service that has no fold of that name answers with none."""
    fold = folds.get(str(payload["fold"]))
    asked = [
        Asked(
            date.fromisoformat(each["first"]),
            date.fromisoformat(each["last"]),
            int(each["position"]),
            None if each["cases"] is None else frozenset(map(UUID, each["cases"])),
        )
        for each in payload["asks"]
    ]
    return {"answers": [_rows(fold(application, each)) if fold is not None else [] for each in asked]}


def _rows(found: Mapping[Key, Folded]) -> list[dict[str, Any]]:
    return [
        {
            "figure": figure,
            "line": line,
            "by": list(by),
            "value": str(one.value),
            "cases": {str(case): ids for case, ids in sorted(one.cases.items(), key=lambda each: str(each[0]))},
        }
        for (figure, line, by), one in sorted(found.items())
    ]

"""What the owners of the facts count for a report: asked once, kept with the run, then the same (REP-1, REP-4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.reporting.application.counting import Asks, span_of
from services.reporting.domain.figures import Count, Key
from services.reporting.domain.refusals import OwnerAway
from shared.catalogue.reports import FigureSet
from shared.delivery.errors import Away
from shared.privacy.personal import Kind, Personal
from shared.runtime.folds import FIGURES, Asked, Owner, question

Numbers = dict[Key, Count]

KINDS: dict[str, Kind] = {"intake": "s", "profiling": "p", "assistance": "s", "inventory": "s"}
"""The class of what a count says of the case in it: by which criterion it failed, into which cell it fell."""


def ask_owners(owners: Mapping[str, Owner], figures: FigureSet, asks: Asks) -> list[Numbers]:
    """The numbers of each question, together from all owners. Raises `OwnerAway`."""
    defined = {(each.code, line.code) for each in figures.figures for line in each.lines if line.measure == "folded"}
    found: list[Numbers] = [{} for _ in asks]
    for service, owner in owners.items():
        asked = [_asked(period, positions.get(service, 0)) for period, positions in asks]
        answers = answers_of(service, owner, FIGURES, asked)
        for numbers, rows in zip(found, answers, strict=True):
            for row in rows:
                if (row["figure"], row["line"]) in defined:
                    numbers[row["figure"], row["line"], tuple(row["by"])] = _count(row)
    return found


def answers_of(service: str, owner: Owner, fold: str, asked: Sequence[Asked]) -> list[list[dict[str, Any]]]:
    """The rows of each question to one owner. Raises `OwnerAway`."""
    try:
        answers: list[list[dict[str, Any]]] = owner(question(fold, asked))["answers"]
    except Away as away:
        raise OwnerAway(service=service) from away
    return answers


def _asked(period: str, position: int) -> Asked:
    span = span_of(period)
    return Asked(span.first, span.last, position)


def _count(row: Mapping[str, Any]) -> Count:
    events = {event: UUID(case) for case, ids in row["cases"].items() for event in ids}
    return Count(Decimal(row["value"]), {UUID(case) for case in row["cases"]}, events, folded=True)


def kept(asks: Asks, found: Sequence[Numbers], subjects: Mapping[UUID, UUID]) -> list[dict[str, Any]]:
    """The form that a report keeps: values in the clear, what is said of each case sealed under its person's key."""
    return [
        {
            "period": period,
            "counts": [[*key[:2], list(key[2]), str(numbers[key].value)] for key in sorted(numbers)],
            "traces": _traces(numbers, subjects),
        }
        for (period, _), numbers in zip(asks, found, strict=True)
    ]


def _traces(numbers: Numbers, subjects: Mapping[UUID, UUID]) -> list[dict[str, Any]]:
    said: dict[tuple[UUID, Kind], dict[int, list[str]]] = {}
    for at, key in enumerate(sorted(numbers)):
        for event, case in numbers[key].events.items():
            kind = KINDS[event.partition(":")[0]]
            said.setdefault((case, kind), {}).setdefault(at, []).append(event)
    return [
        {"case": case, "rows": Personal(subjects.get(case, case), kind, [[at, ids] for at, ids in rows.items()])}
        for (case, kind), rows in sorted(said.items(), key=lambda each: (str(each[0][0]), each[0][1]))
    ]


def restored(stored: Sequence[Mapping[str, Any]]) -> list[Numbers]:
    """The numbers as they were kept; a case whose person's key is gone is in the value and not in the list."""
    found = []
    for part in stored:
        counts = [Count(Decimal(value), folded=True) for *_, value in part["counts"]]
        for trace in part["traces"]:
            for at, ids in trace["rows"].value or ():
                counts[at].cases.add(trace["case"])
                counts[at].events |= dict.fromkeys(ids, trace["case"])
        keys = [(figure, line, tuple(by)) for figure, line, by, _ in part["counts"]]
        found.append(dict(zip(keys, counts, strict=True)))
    return found

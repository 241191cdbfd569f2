"""Facts of a person as the criteria see them: flat and typed, each known or unknown (CAT-08)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.catalogue.cel import Bound, moment

CURED = ("debt_clearance", "payment_agreement")


class FactInvalid(ValueError):
    """A fact of another type or name than the criteria declare. An unknown fact is absent or None instead."""


@dataclass(frozen=True, slots=True)
class FactType:
    """A fact as an input: ``type`` bool, int, text, date or list; ``values`` closes a text, empty if open."""

    name: str
    label: str
    type: str
    values: tuple[str, ...] = ()

    def bound(self, value: Any) -> Bound:
        """The value as CEL takes it; `FactInvalid` names the fact, never its value."""
        if self.type == "bool" and isinstance(value, bool):
            return value
        if self.type == "int" and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
            return value
        if self.type == "text" and isinstance(value, str) and (not self.values or value in self.values):
            return value
        if self.type == "date" and isinstance(value, date) and not isinstance(value, datetime):
            return moment(value)
        if self.type == "list" and isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value):
            return list(value)
        allowed = f" ({', '.join(self.values)})" if self.values else ""
        raise FactInvalid(f"el hecho {self.name} no es de tipo {self.type}{allowed}")


@dataclass(frozen=True, slots=True)
class PresenceFact:
    """A fact that is always known: true if ``of`` is recorded (or recorded as ``value``), else false.

    A blank RVI number means that there is none, not that it is unknown (G03).
    """

    name: str
    of: str
    value: bool | None

    def bound(self, facts: Mapping[str, Any]) -> bool:
        given = facts.get(self.of)
        if self.value is not None:
            return given is self.value
        return given is not None and given is not False and given != "" and given != []


def adverse_report(reports: Iterable[Mapping[str, Any]]) -> bool | None:
    """Whether any credit report is adverse; None if that depends on an unknown one."""
    answers = [report.get("adverse") for report in reports]
    return True if True in answers else None if None in answers else False


def adverse_reports_cured(reports: Iterable[Mapping[str, Any]]) -> bool | None:
    """Whether every report that is or may be adverse has a clearance or payment agreement (E05); None = unknown."""
    answer: bool | None = True
    for report in reports:
        adverse, cure = report.get("adverse"), report.get("cure")
        if adverse is False or cure in CURED:
            continue
        if adverse is True and cure is not None:
            return False
        answer = None
    return answer


def excluded_on(exclusions: Iterable[Mapping[str, Any]], on: date) -> bool:
    """Whether an exclusion is in force: ``from`` ≤ on < ``to``, and not lifted by then (EXC-2); open ends allowed."""
    return any(
        (each.get("from") or date.min) <= on < min(each.get("to") or date.max, each.get("lifted_on") or date.max)
        for each in exclusions
    )


def flatten(facts: Mapping[str, Any], as_of: date, commercial: Iterable[str]) -> dict[str, Any]:
    """The flat facts of a record: lists that hold records become the facts that the criteria ask for.

    ``credit_reports`` [{adverse, cure}] gives adverse_report and adverse_reports_cured; ``exclusions``
    [{from, to, lifted_on}] gives excluded; ``alternatives_held`` gives commercial_alternative by the codes in
    ``commercial``. A flat fact given beside its list stands if it is true.
    """
    flat = {name: value for name, value in facts.items() if name not in _COMPOSITE and value is not None}
    reports = facts.get("credit_reports")
    if reports is not None:
        _learn(flat, "adverse_report", adverse_report(reports))
        _learn(flat, "adverse_reports_cured", adverse_reports_cured(reports))
    if facts.get("exclusions") is not None:
        _learn(flat, "excluded", excluded_on(facts["exclusions"], as_of))
    if facts.get("alternatives_held") is not None:
        held = facts["alternatives_held"]
        _learn(flat, "commercial_alternative", any(each in held for each in commercial))
    return flat


_COMPOSITE = {
    "credit_reports": "adverse_report",
    "exclusions": "excluded",
    "alternatives_held": "commercial_alternative",
}
COMPOSITE = tuple(_COMPOSITE)


def _learn(flat: dict[str, Any], name: str, value: bool | None) -> None:
    if value is not None and flat.get(name) is not True:
        flat[name] = value

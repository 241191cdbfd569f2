"""Facts about a person, kept together by data class so that each class has one key (requirements 0.4, FO-203).

A fact without a mark in the form is about the person's unit or household; it is kept with class ``s``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

from shared.privacy.personal import Kind, Personal, reveal

Facts = dict[str, Personal]
"""By data class: a `Personal` that holds the facts of that class by name, JSON-like (dates as ISO text)."""

KINDS: tuple[Kind, ...] = get_args(Kind)
IDENTITY = ("doc_type", "doc_no", "names", "surnames", "birth_date")

_DATES = ("birth_date", "characterised_on", "operation_start_date")


def by_class(values: Mapping[str, Any], subject: UUID | None = None) -> Facts:
    """Group the values of a form, each `Personal` or plain; empty ones are unknown and left out."""
    grouped: dict[str, dict[str, Any]] = {}
    for name, kind, value in _flat("", values):
        grouped.setdefault(kind, {})[name] = value
    return {kind: Personal(subject, kind, grouped[kind]) for kind in KINDS if kind in grouped}


def merged(known: Facts, newer: Facts) -> Facts:
    """``known`` with the facts of ``newer`` in their place; what ``newer`` does not say stays as it was."""
    result = dict(known)
    for kind, facts in newer.items():
        before = known.get(kind)
        value = facts.value
        # Both erased stay erased: an empty group would look like one of which nothing was ever said.
        if before is not None and not (before.erased and facts.erased):
            value = {**(before.value or {}), **(facts.value or {})}
        result[kind] = Personal(facts.subject, facts.kind, value)
    return result


def flat(facts: Facts) -> dict[str, Any]:
    """Every known fact by name, dates as dates. What was erased is simply not there."""
    found: dict[str, Any] = {}
    for group in facts.values():
        found.update(group.value or {})
    for name in _DATES:
        if isinstance(found.get(name), str):
            found[name] = date.fromisoformat(found[name])
    return found


def _flat(prefix: str, values: Mapping[str, Any]) -> Iterator[tuple[str, Kind, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{name}_", value)
            continue
        kind: Kind = "s"
        if isinstance(value, Personal):
            kind, value = value.kind, value.value
        elif isinstance(value, list):
            kind = next((one.kind for row in value for one in _inside(row)), "s")
        plain = _plain(reveal(value))
        if plain is not None and plain != []:
            yield f"{prefix}{name}", kind, plain


def _inside(row: Any) -> Iterator[Personal]:
    if isinstance(row, Personal):
        yield row
    elif isinstance(row, Mapping):
        for value in row.values():
            yield from _inside(value)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value

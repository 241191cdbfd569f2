"""Personal values: the one type that marks what belongs to a person.

Standard library only, because the domain of every service uses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast
from uuid import UUID

Kind = Literal["i", "c", "s", "p", "r", "m"]
"""Data classes of requirements 0.4: identity, contact, socio-economic, psychosocial, credit,
signature-photo-location."""

KINDS: tuple[Kind, ...] = ("i", "c", "s", "p", "r", "m")
ERASED = "[SUPRIMIDO]"


@dataclass(frozen=True, slots=True)
class Personal:
    """A value about one person, of one data class.

    ``subject`` is the person's random id; None until the use case assigns it (the event mapper refuses
    an unassigned value). ``value`` is None once the person's key of that class has been destroyed.
    Its text form never shows the value, so that a log line or an error cannot leak it.
    """

    subject: UUID | None
    kind: Kind
    value: Any

    @property
    def erased(self) -> bool:
        return self.value is None

    def __repr__(self) -> str:
        return f"Personal({self.subject}, {self.kind!r}, ***)"

    __str__ = __repr__

    def __deepcopy__(self, _memo: dict[int, Any]) -> Personal:
        # Never changed once made, so a copy of an aggregate may share it: copying is most of a hot aggregate's cost.
        return self


def assign(value: Any, subject: UUID) -> Any:
    """Give every unassigned `Personal` nested in ``value`` to ``subject``; others stay as they are."""
    if isinstance(value, Personal):
        # Inside too: a household (class s) holds the names of its members (class i).
        return Personal(value.subject or subject, value.kind, assign(value.value, subject))
    if isinstance(value, Mapping):
        return {key: assign(item, subject) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [assign(item, subject) for item in value]
    return value


def reveal(value: Any) -> Any:
    """The plain form of ``value``: every nested `Personal` replaced by what it holds (None if erased)."""
    if isinstance(value, Personal):
        return reveal(value.value)
    if isinstance(value, Mapping):
        return {key: reveal(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [reveal(item) for item in value]
    return value


def personal_values(value: Any) -> Iterator[Personal]:
    """Every `Personal` nested in ``value``, in order."""
    if isinstance(value, Personal):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from personal_values(item)
    elif isinstance(value, (list, tuple)):
        for item in cast("list[Any]", value):
            yield from personal_values(item)

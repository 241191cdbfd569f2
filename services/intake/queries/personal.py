"""Personal values in answers: masked unless who asks may see their class and asks to."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from shared.privacy.personal import Kind, Personal
from shared.runtime.showing import shown
from shared.runtime.tokens import Who

_FIELD = frozenset({"caseworker", "psychosocial", "coordinator", "subdirector", "business_adviser"})
READERS: dict[Kind, frozenset[str]] = {
    "i": _FIELD | {"auditor", "training_officer", "receiving_office", "privacy_officer", "warehouse_keeper"},
    "c": _FIELD | {"auditor", "training_officer", "receiving_office", "privacy_officer"},
    "s": _FIELD | {"auditor", "privacy_officer"},
    "r": frozenset({"caseworker", "coordinator", "subdirector"}),
}
"""Who may read each class in intake (1.2; SOD-9: the auditor nothing of class r)."""


class Reveal:
    """What one caller may see in one answer. ``asked``: the classes that the caller wants in plain."""

    def __init__(self, who: Who, asked: Collection[str], query: str) -> None:
        self._who = who
        self._asked = set(asked)
        self._query = query

    def may(self, kind: Kind) -> bool:
        """True if the caller has the right to the class."""
        return bool(self._who.roles & READERS.get(kind, frozenset()))

    def sees(self, kind: Kind) -> bool:
        """True if the answer shows the class in plain: asked for, and with the right."""
        return kind in self._asked and self.may(kind)

    def shown(self, personal: Personal | None, case_id: UUID | None = None) -> dict[str, Any] | None:
        """The value as an answer holds it; a plain one is noted in the access log."""
        return shown(
            personal,
            may=personal is not None and self.may(personal.kind),
            asked=personal is not None and personal.kind in self._asked,
            who=self._who,
            service="intake",
            case_id=case_id,
        )

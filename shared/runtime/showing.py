"""Personal values in answers: masked unless who asks has the right to them and asks to see them; each look is noted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog

from shared.privacy.personal import Personal
from shared.runtime.tokens import Who

log = structlog.get_logger("impulso.access")


def shown(
    value: Personal | None, *, may: bool, asked: bool, who: Who, service: str, case_id: UUID | None = None
) -> dict[str, Any] | None:
    """The value as an answer holds it. ``may``: who asks has the right; ``asked``: they ask to see its class.

    A value shown in plain is noted (person, case, class; never the value). An erased one is None in any case.
    """
    if value is None:
        return None
    plain = may and asked
    if plain:
        log.info(
            "personal_read",
            service=service,
            case=str(case_id) if case_id else "",
            person=str(who.person),
            kind=value.kind,
        )
    text = None if value.erased else str(value.value)
    return {
        "personal": value.kind,
        "value": text if plain or text is None else masked(text),
        "masked": not plain,
        "may_reveal": may,
    }


def masked(text: str) -> str:
    """Enough for who knows the value to recognise it: initials of a name, the last digits of a number."""
    if text.isdigit():
        return "•••••••" + text[-3:]
    words = text.split()
    # A remark shows nothing of itself, not even how many words it has.
    return "••••••" if len(words) > MOST_WORDS else " ".join(word[0] + "••••" for word in words)


MOST_WORDS = 5

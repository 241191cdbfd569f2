"""Personal values in answers: masked unless who asks has the right to them and asks to see them; each look is noted.

What is restricted (X-12) is not even masked: it reads ``[RESTRINGIDO]``, but for the officer who asks to see it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from shared.privacy.personal import Personal
from shared.runtime.heeding import hidden_from, is_restricted
from shared.runtime.noting import opened
from shared.runtime.tokens import Who

_COMPARED_UNDER: ContextVar[bytes | None] = ContextVar("compared_under", default=None)
MARK = "mark"
RESTRICTED = "[RESTRINGIDO]"


@contextmanager
def comparing() -> Iterator[None]:
    """Within it, each personal value of an answer carries a mark that is alike for alike values, masked or not.

    Two values may be told apart by it, and nothing else: its key is of this one comparison. Take the marks off before
    the answer leaves (`unmarked`).
    """
    token = _COMPARED_UNDER.set(secrets.token_bytes(32))
    try:
        yield
    finally:
        _COMPARED_UNDER.reset(token)


def unmarked(value: Any) -> Any:
    """``value`` of an answer without its mark."""
    if isinstance(value, dict) and MARK in value:
        return {name: inner for name, inner in value.items() if name != MARK}
    return value


def shown(
    value: Personal | None, *, may: bool, asked: bool, who: Who, service: str, case_id: UUID | None = None
) -> dict[str, Any] | None:
    """The value as an answer holds it. ``may``: who asks has the right; ``asked``: they ask to see its class.

    A value shown in plain is noted (person, case, class; never the value), or not shown: raises `NobodyNotes` where
    nobody notes. An erased one is None in any case.
    """
    if value is None:
        return None
    may = may and not hidden_from(who, value.subject, value.kind)
    plain = may and asked
    if plain:
        opened(case_id, value.kind)
    text = None if value.erased else str(value.value)
    found = {
        "personal": value.kind,
        "value": text if plain or text is None else _hidden(value, text),
        "masked": not plain,
        "may_reveal": may,
    }
    key = _COMPARED_UNDER.get()
    if key is not None:
        found[MARK] = "" if text is None else hmac.digest(key, text.encode(), hashlib.sha256).hex()
    return found


def _hidden(value: Personal, text: str) -> str:
    return RESTRICTED if is_restricted(value.subject, value.kind) else masked(text)


def masked(text: str) -> str:
    """Enough for who knows the value to recognise it: initials of a name, the last digits of a number."""
    if text.isdigit():
        return "•••••••" + text[-3:]
    words = text.split()
    # A remark shows nothing of itself, not even how many words it has.
    return "••••••" if len(words) > MOST_WORDS else " ".join(word[0] + "••••" for word in words)


MOST_WORDS = 5

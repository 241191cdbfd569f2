"""Noting accesses of one answer: what it shows of whom is stored in the access log before the answer leaves (X-13)."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from shared.eventstore.access_log import AccessLog, What
from shared.runtime.tokens import Who
from shared.tracing.passage import current

_NAME = re.compile(r"[A-Za-z][A-Za-z_.-]{0,63}")
_REMEMBERED = 2_000
OF_ONE_CASE = frozenset({"case", "case_as_of", "case_pack"})
"""Queries whose ``id`` is a case's."""


class NobodyNotes(RuntimeError):
    """A personal value was about to be shown where nothing is noted: it is not shown."""


class Looks:
    """What one answer opens: per case (None: of no case) the classes of data."""

    def __init__(self) -> None:
        self.opened: dict[UUID | None, set[str]] = {}

    def add(self, case_id: UUID | None, kind: str) -> None:
        self.opened.setdefault(case_id, set()).add(kind)


_LOOKS: ContextVar[Looks | None] = ContextVar("looks", default=None)


@contextmanager
def looking() -> Iterator[Looks]:
    """Gather what is opened inside the block; whoever gathers notes it before the answer leaves."""
    looks = Looks()
    token = _LOOKS.set(looks)
    try:
        yield looks
    finally:
        _LOOKS.reset(token)


def opened(case_id: UUID | None, kind: str) -> None:
    """A value of class ``kind`` is shown in plain. Raises `NobodyNotes` outside of `looking`."""
    looks = _LOOKS.get()
    if looks is None:
        raise NobodyNotes("personal data are shown only where it is noted")
    looks.add(case_id, kind)


class Noting:
    """Notes, in the access log of one service, what its desk answers. From any thread."""

    def __init__(self, access: AccessLog) -> None:
        self._access = access
        # An evidence pack asks until all is sealed: for one request one entry says it.
        self._known: OrderedDict[tuple[object, ...], None] = OrderedDict()

    def read(self, looks: Looks, act: str, who: Who, params: Mapping[str, Any]) -> None:
        """What an answer opened. Raises `StoreUnavailable`: then nothing of it may leave."""
        entries = []
        for case_id, kinds in looks.opened.items():
            about = about_of(act, params) if case_id is None else {"case_id": case_id}
            facts = {**self._of(act, who), **about, "classes": "".join(sorted(kinds))}
            entries.append(self._access.entry("personal_data_read", **facts))
        if entries:
            self._access.keep(entries)

    def made(self, what: What, act: str, who: Who, params: Mapping[str, Any], **facts: Any) -> None:
        """Something was taken away, audited, or read. Raises `StoreUnavailable`."""
        said = {**self._of(act, who), **about_of(act, params), **facts}
        key = (current().request_id, what, *said.items())
        if current().request_id and key in self._known:
            return
        self._access.note(what, **said)
        self._known[key] = None
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def denied(self, code: str, act: str, who: Who | None, about: Mapping[str, Any]) -> None:
        """Somebody asked for what they have no right to. Raises `StoreUnavailable`."""
        said = {"act": act, "service": self._access.service} if who is None else self._of(act, who)
        self._access.note("denied", **{**said, **about, "code": code})

    def _of(self, act: str, who: Who) -> dict[str, Any]:
        return {
            "person": who.person,
            "role": ",".join(sorted(who.roles)),
            "channel": who.channel,
            "session": who.session,
            "service": self._access.service,
            "act": act,
            "purpose": who.purpose or None,
        }


def about_of(query: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Which case, or what else, a query is about; ids alone, whatever a client sent."""
    one = _id(params.get("id"))
    case_id = _id(params.get("case_id")) or (one if query in OF_ONE_CASE else None)
    return {"case_id": case_id, "about": None if one == case_id else one}


def name_of(asked: object) -> str:
    """A name as it may stand in an entry."""
    return str(asked) if _NAME.fullmatch(str(asked)) else ""


def _id(value: Any) -> str | None:
    try:
        return None if value is None else str(UUID(str(value)))
    except ValueError:
        return None

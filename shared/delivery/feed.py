"""The feed: an upstream's log from any position. It is the recovery path of every follower, broker or no broker."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.contracts.envelope import Envelope
from shared.delivery.errors import Diverged
from shared.delivery.message import Message
from shared.delivery.ports import Publication, ReadableLog
from shared.eventstore.log import Entry

MAX_PAGE = 1_000
# How far a public page looks for public entries before it answers with what it has.
_PUBLIC_SCAN = 2_000


class Verdict(StrEnum):
    """OK: the caller's past is this log's past. DIVERGED: it is not, and the page is empty."""

    OK = "ok"
    DIVERGED = "diverged"


@dataclass(frozen=True)
class FeedPage:
    """A stretch of a log: its messages in order without holes, the log's epoch and its head at that moment."""

    service: str
    epoch: str
    head: int
    messages: list[Message] = field(default_factory=list)
    verdict: Verdict = Verdict.OK
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {
            "service": self.service,
            "epoch": self.epoch,
            "head": self.head,
            "messages": [message.to_dict() for message in self.messages],
            "verdict": self.verdict.value,
            "reason": self.reason,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> FeedPage:
        """Raises `Unreadable` or KeyError when ``data`` is no page."""
        return cls(
            service=data["service"],
            epoch=data["epoch"],
            head=data["head"],
            messages=[Message.from_dict(message) for message in data["messages"]],
            verdict=Verdict(data["verdict"]),
            reason=data["reason"],
        )


@dataclass(frozen=True)
class PublicPage:
    """A stretch of the events of audience I. ``next`` is where the following page starts, ``head`` the log's end."""

    service: str
    epoch: str
    head: int
    next: int
    events: list[Envelope]


class Feed:
    """Serves a log page by page. Safe for any number of readers at once."""

    def __init__(self, log: ReadableLog, publication: Publication) -> None:
        self._log = log
        self._publication = publication

    def page(self, after: int, limit: int = MAX_PAGE, known_hash: str = "", known_epoch: str = "") -> FeedPage:
        """Up to ``limit`` (at most 1,000) entries after position ``after``.

        The caller names the entry it stands on, by ``known_hash``, and the log's life, by ``known_epoch`` (empty: it
        knows none yet). If this log does not hold that entry, or lives under another epoch, the answer is DIVERGED:
        an upstream restored from an old backup and grown again would otherwise feed new events under old numbers,
        which the caller would take for duplicates.
        """
        limit = max(1, min(limit, MAX_PAGE))
        epoch, head, rows = self._log.stretch(max(after - 1, 0), limit + (1 if after > 0 else 0))
        anchor = rows.pop(0) if after > 0 and rows and rows[0].sequence == after else None
        reason = self._objection(after, anchor, known_hash, known_epoch, epoch, head)
        if reason:
            return FeedPage(self._log.name, epoch, head, verdict=Verdict.DIVERGED, reason=reason)
        return FeedPage(self._log.name, epoch, head, self.messages(rows, epoch, anchor.hash if anchor else ""))

    def messages(self, rows: list[Entry], epoch: str, prior_hash: str) -> list[Message]:
        """The messages of contiguous entries; ``prior_hash`` is the hash of the entry before the first of them."""
        messages = []
        for entry in rows:
            messages.append(Message(self._publication.internal(entry, epoch), prior_hash))
            prior_hash = entry.hash
        return messages

    def _objection(
        self, after: int, anchor: Entry | None, known_hash: str, known_epoch: str, epoch: str, head: int
    ) -> str:
        name = self._log.name
        if after > 0 and anchor is None:
            return f"el registro de {name} termina en {head}, antes de la posición {after} que ya se aplicó aquí"
        if anchor is not None and known_hash and anchor.hash != known_hash:
            return f"la entrada {after} del registro de {name} no es la que se aplicó aquí"
        if known_epoch and known_epoch != epoch:
            return f"el registro de {name} fue restaurado: su época es {epoch[:8]} y aquí se conoce {known_epoch[:8]}"
        return ""


@dataclass(frozen=True)
class Asked:
    """Which public events a reader wants; empty: all. ``types`` are names, with their major version or without."""

    types: frozenset[str] = frozenset()
    subject: UUID | None = None

    @classmethod
    def of(cls, types: Iterable[str], subject: str | None) -> Asked:
        """From the wire. Raises ValueError."""
        return cls(frozenset(types), UUID(subject) if subject else None)

    def may_want(self, entry: Entry) -> bool:
        """False when the entry's topic alone says no: then it need not be opened."""
        name = entry.topic.partition(".")[2]
        return not self.types or any(one.partition(".")[0] == name for one in self.types)

    def wants(self, event: Envelope) -> bool:
        of_type = not self.types or not self.types.isdisjoint((event.type, event.routing_key))
        return of_type and self.subject in (None, event.subject)


EVERYTHING = Asked()


class PublicFeed:
    """Serves integrators: audience I only, each event naming the public one before it."""

    def __init__(self, log: ReadableLog, publication: Publication) -> None:
        self._log = log
        self._publication = publication

    def page(self, after: int, limit: int = 100, known_epoch: str = "", asked: Asked = EVERYTHING) -> PublicPage:
        """Up to ``limit`` public events after position ``after``; an empty page with ``next < head`` says: go on.

        An event names the public one before it, whether that one was asked for or not.

        Raises `Diverged` when ``known_epoch`` is given and the log lives under another one.
        """
        limit = max(1, min(limit, MAX_PAGE))
        epoch, head = self._log.state()
        if known_epoch and known_epoch != epoch:
            raise Diverged(f"el registro de {self._log.name} fue restaurado; vuelva a leerlo desde el comienzo")
        events: list[Envelope] = []
        previous: int | None = None
        reached = max(after, 0)
        rows = self._log.entries(reached, _PUBLIC_SCAN)
        for entry in rows:
            if self._publication.is_public(entry):
                if len(events) == limit:
                    break
                if asked.may_want(entry):
                    if previous is None:
                        previous = previous_public(self._log, self._publication, entry.sequence)
                    event = self._publication.public(entry, epoch, previous)
                    events += [event] if asked.wants(event) else []
                previous = entry.sequence
            reached = entry.sequence
        return PublicPage(self._log.name, epoch, head, reached, events)


def previous_public(log: ReadableLog, publication: Publication, before: int) -> int:
    """Sequence of the last public entry before ``before``; 0 for none. Looks backwards in growing steps."""
    end, step = before - 1, 64
    while end > 0:
        start = max(end - step, 0)
        for entry in reversed(log.entries(start, end - start)):
            if publication.is_public(entry):
                return entry.sequence
        end, step = start, min(step * 4, _PUBLIC_SCAN)
    return 0

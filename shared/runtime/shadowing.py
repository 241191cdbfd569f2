"""What fills the shadow of a read model: the service's own log, and for a service that only reads those it follows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from shared.contracts.envelope import Envelope
from shared.delivery.errors import Away, CutHere, Diverged
from shared.delivery.feed import MAX_PAGE, FeedPage, Verdict
from shared.delivery.inbox import Reactions, meta_of
from shared.delivery.message import Message
from shared.delivery.ports import FeedSource
from shared.delivery.tables import parked
from shared.eventstore.application import ServiceApplication
from shared.eventstore.metadata import Meta
from shared.eventstore.tracking import Position
from shared.eventstore.unit_of_work import UnitOfWork
from shared.runtime.assembly import Assembled
from shared.runtime.definition import Reaction

T = TypeVar("T")
Write = Callable[[Connection], None]
Reading = Callable[[], AbstractContextManager[Connection]]

BATCH = 1_000
_AHEAD = 20_000
"""Entries fetched at most before the gate is closed: a bound on memory; who is further off comes again."""
_SLICE = 100
"""Entries decoded before the others of this process get their turn."""


@dataclass(frozen=True)
class Places:
    """How far a shadow has come: in the own log, in each upstream's, and which parked events it left out."""

    own: int = 0
    upstreams: Mapping[str, Position] = field(default_factory=dict)
    skipped: tuple[tuple[str, int], ...] = ()

    def of(self, upstream: str) -> Position:
        return self.upstreams.get(upstream, Position(upstream))

    def moved(self, place: Position) -> Places:
        return replace(self, upstreams={**self.upstreams, place.upstream: place})

    def to_json(self) -> str:
        upstreams = {
            name: [place.position, place.epoch, place.entry_hash] for name, place in sorted(self.upstreams.items())
        }
        return json.dumps({"own": self.own, "upstreams": upstreams, "skipped": self.skipped})

    @classmethod
    def from_json(cls, text: str) -> Places:
        data = json.loads(text)
        upstreams = {name: Position(name, *place) for name, place in data["upstreams"].items()}
        return cls(data["own"], upstreams, tuple((name, sequence) for name, sequence in data["skipped"]))


@dataclass(frozen=True)
class Piece:
    """What one transaction does to the shadow: its writes, how many entries they stand for, and where it is then."""

    entries: int
    places: Places
    writes: Sequence[Write]

    def apply(self, connection: Connection) -> None:
        for write in self.writes:
            write(connection)


class OwnLog:
    """The service's own events, projected."""

    def __init__(self, application: ServiceApplication) -> None:
        self._app = application
        self.name = application.name

    def left(self, places: Places) -> int:
        return self._app.log.head() - places.own

    def piece(self, places: Places) -> Piece | None:
        """The next entries, decoded before any transaction begins; None at the head."""
        entries = self._app.log.entries(places.own, BATCH)
        if not entries:
            return None
        recorded: list[tuple[Any, Meta]] = []
        for start in range(0, len(entries), _SLICE):
            recorded += self._app.mapper.open_many(entries[start : start + _SLICE])  # type: ignore[attr-defined]
            time.sleep(0)
        write: Write = lambda connection: self._app.views.project_all(connection, recorded, self._app)  # noqa: E731
        return Piece(len(entries), replace(places, own=entries[-1].sequence), [write])


class Upstreams:
    """The events of the services that a reader follows, up to where its followers stand: never beyond.

    ``position`` says where each stands, ``stored`` opens what is in service and ``made`` what is filled.
    """

    def __init__(
        self,
        application: ServiceApplication,
        reactions: Mapping[str, Reaction],
        feeds: Mapping[str, FeedSource],
        *,
        position: Callable[[str], Position],
        stored: Reading,
        made: Reading,
    ) -> None:
        self._app = application
        self._position = position
        self._stored = stored
        self._made = made
        self._feeds = feeds
        self._reactions = Reactions(reactions)

    @classmethod
    def of(cls, service: Assembled, feeds: Mapping[str, FeedSource]) -> Upstreams:
        """Those that fill the shadow of the tables in service."""
        database = service.application.database
        return cls(
            service.application,
            service.definition.reactions,
            feeds,
            position=service.inbox.position,
            stored=database.read,
            made=partial(database.read, shadow=True),
        )

    def left(self, places: Places) -> int:
        return sum(self._position(name).position - places.of(name).position for name in self._feeds)

    def piece(self, places: Places) -> Piece | None:
        """The next events of the first upstream that has any; None when each stands where its follower stands."""
        for upstream in self._feeds:
            here, there = places.of(upstream), self._position(upstream)
            if here.position < there.position:
                page = self._page(here, min(BATCH, there.position - here.position))
                return self._piece(places, here, page.messages, there)
        return None

    def look_ahead(self, places: Places) -> dict[str, list[Message]]:
        """What the upstreams hold beyond the shadow, to their heads, fetched while nobody waits for it."""
        return {upstream: self._ahead(places.of(upstream)) for upstream in self._feeds}

    def _ahead(self, here: Position) -> list[Message]:
        messages: list[Message] = []
        while len(messages) < _AHEAD:
            page = self._page(here, MAX_PAGE)
            if not page.messages:
                break
            messages += page.messages
            last = messages[-1]
            here = Position(here.upstream, last.sequence, last.epoch, last.entry_hash)
        return messages

    def rest(self, places: Places, ahead: Mapping[str, list[Message]]) -> Iterator[Piece]:
        """The last pieces, from what was fetched. Raises `Away` when a follower has gone further than that."""
        for upstream, messages in ahead.items():
            there = self._position(upstream)
            while (here := places.of(upstream)).position < there.position:
                due = [one for one in messages if here.position < one.sequence <= there.position]
                if not due:
                    raise Away(f"the follower of {upstream} has gone on")
                piece = self._piece(places, here, due, there)
                yield piece
                places = piece.places
            if (here.position, here.entry_hash) != (there.position, there.entry_hash):
                raise Diverged(f"{upstream}: the entry {here.position} is not the one that was applied")

    def settled_since(self, places: Places) -> Piece:
        """The parked events that the shadow passed by and that were applied since, in that order."""
        events = []
        query = sa.select(parked).where(parked.c.status == "applied").order_by(parked.c.settled_at, parked.c.sequence)
        with self._stored() as connection:
            for row in connection.execute(query) if places.skipped else ():
                if (row.upstream, row.sequence) in places.skipped:
                    events.append(Envelope.from_dict(json.loads(row.envelope)))
        # One by one: none of them sees what the one before it wrote, so they write as they come.
        writes = [write for event in events for write in self._writes(event, [])]
        return Piece(0, replace(places, skipped=()), writes)

    def _piece(self, places: Places, here: Position, messages: Sequence[Message], there: Position) -> Piece:
        messages = [message for message in messages if message.sequence <= there.position]
        if messages[0].sequence != here.position + 1 or messages[0].prior_hash != here.entry_hash:
            raise Diverged(f"{here.upstream}: what follows {here.position} is not what was applied")
        left_out = self._left_out(here.upstream, messages[0].sequence, messages[-1].sequence)
        writes: list[Write] = []
        skipped = list(places.skipped)
        done = 0
        for message in messages:
            event = message.envelope
            if event.sequence in left_out:
                skipped.append((here.upstream, event.sequence))
            else:
                try:
                    writes += self._writes(event, writes)
                except CutHere:
                    break
            done += 1
            if done % _SLICE == 0:
                time.sleep(0)
        last = messages[done - 1]
        place = Position(here.upstream, last.sequence, last.epoch, last.entry_hash)
        return Piece(done, replace(places, skipped=tuple(skipped)).moved(place), writes)

    def _writes(self, event: Envelope, before: Sequence[Write]) -> Sequence[Write]:
        reaction = self._reactions.to(event)
        if reaction is None:
            return ()
        unit = _ShadowUnit(self._app, meta_of(event, self._app.name), before, self._made)
        reaction(self._app, unit, event)
        return unit.writes

    def _left_out(self, upstream: str, first: int, last: int) -> set[int]:
        """What was given up stays so; what is parked had no effect on the tables in service either."""
        query = sa.select(parked.c.sequence).where(
            parked.c.upstream == upstream,
            parked.c.sequence.between(first, last),
            parked.c.status != "applied",
        )
        with self._stored() as connection:
            return set(connection.scalars(query))

    def _page(self, here: Position, limit: int) -> FeedPage:
        try:
            page = self._feeds[here.upstream].page(here.position, limit, here.entry_hash, here.epoch)
        except Exception as error:
            raise Away(f"the feed of {here.upstream} does not answer: {type(error).__name__}") from error
        if page.verdict is Verdict.DIVERGED:
            raise Diverged(page.reason)
        return page


class _ShadowUnit(UnitOfWork):
    """A unit of work whose reaction writes to the shadow tables. What it decides is in the log since it was first run:
    events, claims and releases are dropped."""

    def __init__(self, application: ServiceApplication, meta: Meta, before: Sequence[Write], made: Reading) -> None:
        super().__init__(application, meta)
        self._before = before
        self._made = made

    def query(self, read: Callable[[Connection], T]) -> T:
        if self._before or self.writes:
            raise CutHere(0)
        with self._made() as connection:
            return read(connection)

    def claimed(self, kind: str, key: str) -> UUID | None:
        return UnitOfWork(self.application, self.meta).claimed(kind, key)

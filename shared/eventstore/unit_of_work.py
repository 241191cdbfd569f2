"""The unit of work: everything that one command or one batch of events decides, committed as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import StoredEvent
from sqlalchemy.engine import Connection

from shared.catalogue.refusals import NotFound, VersionConflict
from shared.eventstore.access_log import What
from shared.eventstore.commit import Claim
from shared.eventstore.metadata import Meta
from shared.eventstore.tables import claims, events

if TYPE_CHECKING:
    from shared.eventstore.application import ServiceApplication

A = TypeVar("A", bound=Aggregate)
T = TypeVar("T")


class UnitOfWork:
    """What a use case sees of the store. It reads now and collects; the commit comes after the use case returns.

    On a conflict the whole use case runs anew with a fresh unit of work, so a use case has no side effect of its own
    besides content-addressed files.
    """

    def __init__(self, application: ServiceApplication, meta: Meta, expected: tuple[UUID, int] | None = None) -> None:
        self.application = application
        self._meta: Meta | Callable[[], Meta] = meta
        self._touched: dict[UUID, Aggregate] = {}
        self._rows: dict[sa.Table, list[dict[str, Any]]] = {}
        self.aggregates: dict[UUID, Aggregate] = {}
        self._read: dict[UUID, int] = {}
        self.claims: list[Claim] = []
        self.releases: list[Claim] = []
        self.writes: list[Callable[[Connection], None]] = []
        self.collected: list[tuple[Any, Meta]] = []
        self.noted: list[StoredEvent] = []
        self._expected = expected
        # Before the first aggregate is read: what was opened under keys that are gone by the end is not kept.
        self.era = application.loader.cache.era()

    @property
    def meta(self) -> Meta:
        """Metadata of what is decided now."""
        if callable(self._meta):
            self._meta = self._meta()
        return self._meta

    @meta.setter
    def meta(self, meta: Meta) -> None:
        self._meta = meta

    def about(self, meta: Callable[[], Meta]) -> None:
        """What is decided from now on has this metadata; made only if something is."""
        self._meta = meta

    def find(self, aggregate_class: type[A], aggregate_id: UUID) -> A | None:
        """The aggregate, the same object each time; None if there is none of that class and id.

        Raises `VersionConflict` when the caller of the command saw another version of it.
        """
        known = self.aggregates.get(aggregate_id)
        if known is not None:
            self._touched[aggregate_id] = known
            return known if isinstance(known, aggregate_class) else None
        aggregate = self.application.loader.get(aggregate_class, aggregate_id)
        if aggregate is None:
            return None
        if self._expected is not None and self._expected[0] == aggregate_id:
            expected = self._expected[1]
            if aggregate.version != expected:
                raise VersionConflict(actual=aggregate.version, expected=expected)
        self.aggregates[aggregate_id] = self._touched[aggregate_id] = aggregate
        self._read[aggregate_id] = aggregate.version
        return aggregate

    def overtaken(self) -> bool:
        """Whether any aggregate has moved on since it was read here. Of several it is the sign of a torn reading."""
        if len(self._read) < 2:
            return False
        latest = sa.func.max(events.c.originator_version)
        query = sa.select(events.c.originator_id, latest).where(events.c.originator_id.in_(self._read))
        rows = self.query(lambda connection: connection.execute(query.group_by(events.c.originator_id)).all())
        return any(version != self._read[aggregate_id] for aggregate_id, version in rows)

    def confirm_expected(self) -> None:
        """Check the version that the caller saw, though the use case never loaded its target. Raises like `find`."""
        if self._expected is not None and self._expected[0] not in self.aggregates:
            self.find(Aggregate, self._expected[0])

    def get(self, aggregate_class: type[A], aggregate_id: UUID) -> A:
        """The aggregate. Raises `NotFound`."""
        aggregate = self.find(aggregate_class, aggregate_id)
        if aggregate is None:
            raise NotFound(what="el registro solicitado", field="id")
        return aggregate

    def add(self, *aggregates: Aggregate) -> None:
        """Put new aggregates under this unit of work; loaded ones are under it already."""
        for aggregate in aggregates:
            self.aggregates[aggregate.id] = self._touched[aggregate.id] = aggregate

    def claim(self, kind: str, key: str, owner: UUID) -> None:
        """Take the unique value ``key`` of ``kind`` for ``owner``. A lost race runs the use case anew."""
        self.claims.append(Claim(kind, key, owner))

    def release(self, kind: str, key: str, owner: UUID) -> None:
        """Give back what ``owner`` holds; what another holds stays with that one."""
        claim = Claim(kind, key, owner)
        # Releases are carried out before claims, so that a value can change hands.
        self.claims = [each for each in self.claims if each != claim]
        self.releases.append(claim)

    def claimed(self, kind: str, key: str) -> UUID | None:
        """Who holds ``key`` of ``kind``, this unit of work's own claims and releases included."""
        for claim in self.claims:
            if (claim.kind, claim.key) == (kind, key):
                return claim.owner
        query = sa.select(claims.c.owner).where(claims.c.kind == kind, claims.c.key == key)
        holder = self.query(lambda connection: connection.execute(query).scalar())
        return None if holder is None or Claim(kind, key, holder) in self.releases else holder

    def write(self, write: Callable[[Connection], None]) -> None:
        """Run ``write(connection)`` in the committing transaction, in the order given, before the append."""
        self.writes.append(write)

    def insert(self, table: sa.Table, row: dict[str, Any]) -> None:
        """Add ``row`` to ``table`` in the committing transaction, ahead of everything that `write` was given.

        All rows of a table go in as one statement, so each names the same columns: a batch of a thousand events that
        write a row each costs a tenth of a thousand statements.
        """
        rows = self._rows.get(table)
        if rows is None:
            rows = self._rows[table] = []
            self.writes.insert(len(self._rows) - 1, partial(_insert, table=table, rows=rows))
        rows.append(row)

    def note(self, what: What, **facts: Any) -> None:
        """Commit an entry of the access log with what is decided (see `AccessLog.note`), of who decides it."""
        meta = self.meta
        known = {"person": meta.actor, "role": meta.role, "channel": meta.channel, "act": meta.command}
        self.noted.append(self.application.access.entry(what, **{**known, **facts}))

    def query(self, read: Callable[[Connection], T]) -> T:
        """Read from this service's own tables, as they are committed now."""
        with self.application.database.read() as connection:
            return read(connection)

    def settle(self, meta: Meta | None = None) -> None:
        """Collect what is decided so far, by whatever aggregate, under ``meta`` (default: this unit's)."""
        self._collect(self.aggregates, meta)

    def settle_touched(self) -> None:
        """Collect what the aggregates decided that were asked for since the last time: a batch of a thousand events
        must not look at all of theirs after each. Only for whoever holds on to none in between."""
        self._collect(self._touched, None)

    def _collect(self, aggregates: Mapping[UUID, Aggregate], meta: Meta | None) -> None:
        for aggregate in aggregates.values():
            events = aggregate.collect_events()
            if events:
                about = meta or self.meta
                self.collected.extend((event, about) for event in events)
        self._touched.clear()


def _insert(connection: Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    connection.execute(table.insert(), rows)

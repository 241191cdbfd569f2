"""The `eventsourcing` library's recorders on SQLAlchemy Core, one code path for SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Subscription,
    Tracking,
)
from sqlalchemy.engine import Connection

from shared.eventstore import tracking as positions
from shared.eventstore.append import append
from shared.eventstore.commit import Committer, Work
from shared.eventstore.database import Database
from shared.eventstore.errors import StoreConflict, translated
from shared.eventstore.tables import events, log_head, snapshots, tracking


def _select(
    table: sa.Table, originator_id: UUID | str, gt: int | None, lte: int | None, desc: bool, limit: int | None
) -> sa.Select[Any]:
    version = table.c.originator_version
    query = sa.select(table.c.originator_id, version, table.c.topic, table.c.state)
    query = query.where(table.c.originator_id == originator_id)
    if gt is not None:
        query = query.where(version > gt)
    if lte is not None:
        query = query.where(version <= lte)
    query = query.order_by(version.desc() if desc else version)
    return query if limit is None else query.limit(limit)


def _stored(row: Any) -> StoredEvent:
    return StoredEvent(row.originator_id, row.originator_version, row.topic, bytes(row.state))


class SnapshotRecorder(AggregateRecorder):
    """Events of aggregates without a place in the log: snapshots."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Store ``stored_events``, all or none. Raises the library's IntegrityError for a known version."""
        if stored_events:
            with translated(), self.database.write() as connection:
                connection.execute(snapshots.insert(), [vars(event) for event in stored_events])
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        with translated(), self.database.read() as connection:
            return [_stored(row) for row in connection.execute(_select(snapshots, originator_id, gt, lte, desc, limit))]


class EventRecorder(ProcessRecorder):
    """The events of a service: aggregate sequences, the log, and the positions of what it follows.

    ``insert_events`` also takes ``work``: everything else that must commit with the events (see `commit.Work`).
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.committer = Committer(database)

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        tracking: Tracking | None = None,
        work: Work | None = None,
        **kwargs: Any,
    ) -> Sequence[int] | None:
        """Store events, tracking and the rest of ``work`` in one transaction; return their ids, without gaps.

        Without ``work`` (the library's own way) a conflict is the library's IntegrityError. With it, each kind of
        conflict has a class of its own (see `errors`).
        """
        if work is not None:
            work.events = list(stored_events)
            appended = self.committer.commit(work)
            return None if appended is None else list(appended.ids)
        if not stored_events and tracking is None:
            return None
        try:
            with translated(), self.database.write() as connection:
                if tracking is not None:
                    positions.raise_to(connection, tracking.application_name, tracking.notification_id)
                return list(append(connection, stored_events).ids) if stored_events else []
        except StoreConflict as conflict:
            raise IntegrityError(str(conflict)) from conflict

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        with translated(), self.database.read() as connection:
            return [_stored(row) for row in connection.execute(_select(events, originator_id, gt, lte, desc, limit))]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        query = sa.select(events).order_by(events.c.id).limit(limit)
        if start is not None:
            query = query.where(events.c.id >= start if inclusive_of_start else events.c.id > start)
        if stop is not None:
            query = query.where(events.c.id <= stop)
        if topics:
            query = query.where(events.c.topic.in_(topics))
        with translated(), self.database.read() as connection:
            return [
                Notification(row.originator_id, row.originator_version, row.topic, bytes(row.state), row.id)
                for row in connection.execute(query)
            ]

    def max_notification_id(self) -> int | None:
        with translated(), self.database.read() as connection:
            return connection.execute(sa.select(log_head.c.head)).scalar_one() or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        """Not offered: the library's subscriptions fail under eventlet. Follow a log with `shared.delivery`."""
        raise NotImplementedError("siga el registro con shared.delivery: las suscripciones fallan bajo eventlet")

    def insert_tracking(self, tracking: Tracking) -> None:
        try:
            with translated(), self.database.write() as connection:
                positions.raise_to(connection, tracking.application_name, tracking.notification_id)
        except StoreConflict as conflict:
            raise IntegrityError(str(conflict)) from conflict

    def max_tracking_id(self, application_name: str) -> int | None:
        with translated(), self.database.read() as connection:
            return connection.execute(
                sa.select(tracking.c.position).where(tracking.c.upstream == application_name)
            ).scalar()

    def position(self, upstream: str, connection: Connection | None = None) -> positions.Position:
        """How far this service has come in ``upstream``'s log."""
        if connection is not None:
            return positions.position_of(connection, upstream)
        with self.database.read() as own:
            return positions.position_of(own, upstream)

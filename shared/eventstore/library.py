"""The seams of the `eventsourcing` library: its factory and its event store, over our recorders and mapper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import EventStore, InfrastructureFactory, Recording

from shared.eventstore.database import Database
from shared.eventstore.mapper import SealingMapper
from shared.eventstore.metadata import Meta
from shared.eventstore.recorder import EventRecorder, SnapshotRecorder


class StoreFactory(InfrastructureFactory[EventRecorder]):
    """The library's factory over one `Database`."""

    def __init__(self, env: Any, database: Database) -> None:
        super().__init__(env)
        self.database = database

    def aggregate_recorder(self, purpose: str = "events") -> SnapshotRecorder:
        return SnapshotRecorder(self.database)

    def application_recorder(self) -> EventRecorder:
        return EventRecorder(self.database)

    def tracking_recorder(self, tracking_recorder_class: type[EventRecorder] | None = None) -> EventRecorder:
        return EventRecorder(self.database)

    def process_recorder(self) -> EventRecorder:
        return EventRecorder(self.database)

    def close(self) -> None:
        self.database.close()


class SealedEventStore(EventStore[UUID]):
    """The library's event store that keeps metadata with each event."""

    mapper: SealingMapper

    def put(
        self, domain_events: Sequence[DomainEventProtocol[UUID]], *, metas: Sequence[Meta] = (), **kwargs: Any
    ) -> list[Recording[UUID]]:
        stored = [self.mapper.store(event, meta) for event, meta in zip(domain_events, metas, strict=True)]
        self.recorder.insert_events(stored, **kwargs)
        return []

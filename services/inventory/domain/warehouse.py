"""Warehouse (*almacén*): place and office that receives and releases goods."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from shared.catalogue.types import Act


class Warehouse(Aggregate):
    """A warehouse. Its ``code`` is part of the number of every document that it issues and never changes."""

    TOPIC = "inventory.Warehouse"

    class Event(Aggregate.Event):
        def apply(self, aggregate: Any) -> None: ...

    class Registered(Event, Aggregate.Created):
        """The warehouse exists from ``registered_on``."""

        TOPIC = "inventory.WarehouseRegistered"
        code: str
        name: str
        place: str
        registered_on: date
        registered_by: UUID

    Created = Registered

    def __init__(self, code: str, name: str, registered_on: date) -> None:
        self.code = code
        self.name = name
        self.registered_on = registered_on

    @classmethod
    def register(cls, act: Act, id: UUID, *, code: str, name: str, place: str) -> Warehouse:
        """A new warehouse; the caller claims ``code`` as unique."""
        return cls._create(
            event_class=cls.Registered,
            id=id,
            code=code,
            name=name,
            place=place,
            registered_on=act.on,
            registered_by=act.person,
        )

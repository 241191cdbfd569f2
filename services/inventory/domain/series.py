"""Numbers of issued documents: consecutive per code and part, warehouse and year, without holes (X-18)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

_SERIES = UUID("5b7a4d1e-6a0c-4a57-9d0a-2f7f6a3c9e11")

FO_110_A, FO_110_B, FO_128, FRM_10 = "110A", "110B", "128", "R10"


class DocumentSeries(Aggregate):
    """The numbers of one kind of document of one warehouse and year.

    A number is allotted in the unit of work that issues its document: both are stored or neither, and two writers of
    one series cannot both win. So there is no hole and no repeat, whatever is refused or retried.
    """

    TOPIC = "inventory.DocumentSeries"

    class Event(Aggregate.Event):
        def apply(self, aggregate: Any) -> None: ...

    class Opened(Event, Aggregate.Created):
        TOPIC = "inventory.DocumentSeriesOpened"
        part: str
        warehouse: UUID
        warehouse_code: str
        year: int

    Created = Opened

    class NumberAllotted(Event):
        TOPIC = "inventory.DocumentNumberAllotted"
        number: int
        document_id: UUID

        def apply(self, aggregate: DocumentSeries) -> None:
            aggregate.last = self.number

    def __init__(self, part: str, warehouse_code: str, year: int) -> None:
        self.prefix = f"{warehouse_code}-{part}-{year}"
        self.last = 0

    @staticmethod
    def id_of(part: str, warehouse: UUID, year: int) -> UUID:
        """The id of a series follows from what it numbers, so that there can be only one."""
        return uuid5(_SERIES, f"{part}/{warehouse}/{year}")

    @classmethod
    def open(cls, part: str, warehouse: UUID, warehouse_code: str, year: int) -> DocumentSeries:
        return cls._create(
            event_class=cls.Opened,
            id=cls.id_of(part, warehouse, year),
            part=part,
            warehouse=warehouse,
            warehouse_code=warehouse_code,
            year=year,
        )

    def allot(self, document_id: UUID) -> str:
        """The next number, for the document of that id: ``BOG1-110A-2026-000017``."""
        self.trigger_event(self.NumberAllotted, number=self.last + 1, document_id=document_id)
        return f"{self.prefix}-{self.last:06d}"

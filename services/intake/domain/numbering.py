"""Numbers of issued documents: consecutive per code, issuing unit and year, without gaps (X-18)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

_SERIES = UUID("0f2a4c5e-6d1b-5a7e-9c3d-8b40f1e2a6d9")


class DocumentSeries(Aggregate):
    """The series of one document code, issuing unit (here the programme) and year.

    A number exists only with the document it was issued for: both commit in one unit of work, or neither does.
    """

    TOPIC = "intake.DocumentSeries"

    class Event(Aggregate.Event):
        def apply(self, aggregate: Any) -> None: ...

    class Opened(Event, Aggregate.Created):
        TOPIC = "intake.DocumentSeriesOpened"
        code: str
        unit: str
        year: int

    Created = Opened

    class NumberIssued(Event):
        TOPIC = "intake.DocumentNumberIssued"
        number: int
        document_id: UUID

        def apply(self, aggregate: DocumentSeries) -> None:
            aggregate.last = self.number

    def __init__(self, code: str, unit: str, year: int) -> None:
        self.code = code
        self.unit = unit
        self.year = year
        self.last = 0

    @staticmethod
    def id_of(code: str, unit: str, year: int) -> UUID:
        """The id of a series follows from what it numbers, so that there can be only one."""
        return uuid5(_SERIES, f"{code}|{unit}|{year}")

    @classmethod
    def open(cls, code: str, unit: str, year: int) -> DocumentSeries:
        return cls._create(event_class=cls.Opened, id=cls.id_of(code, unit, year), code=code, unit=unit, year=year)

    def issue(self, document_id: UUID) -> str:
        """The next number, for the document of that id: ``FO-068-2026-000001``."""
        self.trigger_event(self.NumberIssued, number=self.last + 1, document_id=document_id)
        return f"{self.code}-{self.year}-{self.last:06d}"

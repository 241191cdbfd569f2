"""Numbers of issued documents (X-18): one series a code, issuing unit and year, without holes."""

from __future__ import annotations

from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

_SERIES = UUID("7c1d2b47-69ba-4b6d-8b3f-1e6c9a6b8d22")


class SeriesEvent(Aggregate.Event):
    """A fact about one series."""


class SeriesOpened(SeriesEvent, Aggregate.Created):
    TOPIC = "profiling.SeriesOpened"
    code: str
    unit: str
    year: int

    def apply(self, aggregate: NumberSeries) -> None:
        aggregate.code = self.code
        aggregate.year = self.year
        aggregate.last = 0


class NumberIssued(SeriesEvent):
    """``document_id`` has this number; both are stored in the commit that issues the document."""

    TOPIC = "profiling.NumberIssued"
    number: int
    document_id: UUID

    def apply(self, aggregate: NumberSeries) -> None:
        aggregate.last = self.number


class NumberSeries(Aggregate):
    """The series of one document code, issuing unit and year."""

    TOPIC = "profiling.NumberSeries"
    Event = SeriesEvent
    Created = SeriesOpened
    SeriesOpened = SeriesOpened
    NumberIssued = NumberIssued

    code = ""
    year = 0
    last = 0

    @staticmethod
    def series_id(code: str, unit: str, year: int) -> UUID:
        """The one id of a series: made of its key, so that two writers cannot open it twice."""
        return uuid5(_SERIES, f"{code}/{unit}/{year}")

    @classmethod
    def open(cls, code: str, unit: str, year: int) -> NumberSeries:
        return cls._create(
            event_class=SeriesOpened, id=cls.series_id(code, unit, year), code=code, unit=unit, year=year
        )

    def issue(self, document_id: UUID) -> str:
        """The next number, as printed: "FRM-14-2026-0001"."""
        self.trigger_event(NumberIssued, number=self.last + 1, document_id=document_id)
        return f"{self.code}-{self.year}-{self.last:04d}"

"""Accounting periods (*periodos*): a month is closed once, in order, and keeps its figures for ever (INV-9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

from services.inventory.domain.papers import Rows
from services.inventory.domain.refusals import PeriodAlreadyClosed, PeriodNotEnded, PeriodNotNext
from services.inventory.domain.second_person import check_not_keeper
from shared.catalogue.refusals import FieldInvalid
from shared.catalogue.types import Act

Period = str
"""A calendar month: ``2026-10``."""


def period_of(day: date) -> Period:
    """The month of ``day``."""
    return day.strftime("%Y-%m")


def first_day(period: Period) -> date:
    return date.fromisoformat(f"{period}-01")


def first_day_after(period: Period) -> date:
    """The day on which the following month begins."""
    return (first_day(period) + timedelta(days=31)).replace(day=1)


def last_day(period: Period) -> date:
    return first_day_after(period) - timedelta(days=1)


@dataclass(frozen=True)
class Closing:
    """``period`` is closed with every movement up to the place ``upto`` of the log: what came later is late."""

    period: Period
    upto: int


class Calendar:
    """Which months are closed, and so where a movement is posted (INV-5, INV-9)."""

    def __init__(self, closings: Iterable[Closing]) -> None:
        self._closings = sorted(closings, key=lambda each: each.period, reverse=True)

    @property
    def last_closed(self) -> Period | None:
        return self._closings[0].period if self._closings else None

    def posting_day(self, happened_on: date, place: int | None = None) -> date:
        """The day itself, or the first of the month that was open when ``place`` was written down (None: now)."""
        for closing in self._closings:
            if place is None or closing.upto < place:
                return max(happened_on, first_day_after(closing.period))
        return happened_on

    def is_provisional(self, day: date | None) -> bool:
        """False for a day whose month is closed: its figures stay. None stands for today."""
        return day is None or self.last_closed is None or day > last_day(self.last_closed)

    def check_posting(self, happened_on: date, period: Period | None) -> None:
        """Refuse with `PeriodAlreadyClosed` to post into a closed month, with `FieldInvalid` into another than is due.

        None forces nothing.
        """
        due = period_of(self.posting_day(happened_on))
        if period is None or period == due:
            return
        if self.last_closed is not None and period <= self.last_closed:
            raise PeriodAlreadyClosed(field="period", period=period, open=period_of(first_day_after(self.last_closed)))
        raise FieldInvalid(field="period", explanation=f"ese movimiento se contabiliza en {due}; puede omitir el mes.")

    def check_next(self, act: Act, period: Period, first: Period | None) -> None:
        """Refuse unless ``period`` is the next to be closed, has ended, and a controller who keeps nothing closes it.

        ``first``: the month of the first movement of all; with none, any month may be the first.
        Raises `SeparationOfDuties`, `PeriodAlreadyClosed`, `PeriodNotNext`, `PeriodNotEnded`.
        """
        check_not_keeper(act, "cierra el periodo")
        following = None if self.last_closed is None else period_of(first_day_after(self.last_closed))
        if self.last_closed is not None and following is not None and period <= self.last_closed:
            raise PeriodAlreadyClosed(field="period", period=period, open=following)
        due = following or first
        if due is not None and period != due:
            raise PeriodNotNext(field="period", period=period, due=due)
        if act.on <= last_day(period):
            raise PeriodNotEnded(field="period", period=period, starts=first_day_after(period).isoformat())


class ClosedPeriod(Aggregate):
    """A closed month of one warehouse. It has one event and never another: there is no re-opening."""

    TOPIC = "inventory.ClosedPeriod"

    class Event(Aggregate.Event):
        def apply(self, aggregate: Any) -> None: ...

    class PeriodClosed(Event, Aggregate.Created):
        """The balances at the end of the month, from the log up to ``upto``. ``items`` have ``item``, ``on_hand``,
        ``value`` (COP) and ``average``; ``lots`` have ``lot``, ``item``, ``on_hand``, ``assigned``, ``custody`` and
        ``value``."""

        TOPIC = "inventory.PeriodClosed"
        period: str
        warehouse: UUID
        upto: int
        items: Rows
        lots: Rows
        closed_on: date
        closed_by: UUID

    Created = PeriodClosed

    def __init__(self, period: str, warehouse: UUID, upto: int) -> None:
        self.period = period
        self.warehouse = warehouse
        self.upto = upto

    @staticmethod
    def id_of(warehouse: UUID, period: Period) -> UUID:
        """One a warehouse and month: who closes it a second time meets the first."""
        return uuid5(warehouse, f"period/{period}")

    @classmethod
    def close(cls, act: Act, *, warehouse: UUID, period: Period, upto: int, items: Rows, lots: Rows) -> ClosedPeriod:
        """Keep the figures; the caller has checked with `Calendar.check_next` that the month may be closed."""
        return cls._create(
            event_class=cls.PeriodClosed,
            id=cls.id_of(warehouse, period),
            period=period,
            warehouse=warehouse,
            upto=upto,
            items=items,
            lots=lots,
            closed_on=act.on,
            closed_by=act.person,
        )

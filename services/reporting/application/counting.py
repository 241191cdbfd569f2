"""Counting a month from the events as they were known at a cut-off, and what came late (REP-1 to REP-6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.reporting.application.base import ReportingBase
from services.reporting.domain.figures import Count, Fact, Key, Span, Standing, difference, tally
from services.reporting.domain.progress import (
    JOINS,
    OPENS_AGAIN,
    PHASE_CLOSES,
    PHASE_OPENS,
    RETURNS_TO_CHECK,
    moves_a_case,
)
from services.reporting.views import timeline
from shared.catalogue.reports import FigureSet, ReportTemplate
from shared.contracts.wording import has_words

Positions = Mapping[str, int]
Asks = Sequence[tuple[str, Positions]]
"""Months, each as known at positions of the owners' logs."""
Owners = Callable[[Asks], list[dict[Key, Count]]]
"""What the owners of the facts count for each question (`Folds`)."""


@dataclass(frozen=True)
class Counted:
    """A month counted at a cut-off. ``late`` is by month; ``acts`` the served cases' activities of the month."""

    numbers: Mapping[Key, Count]
    late: Mapping[str, Mapping[Key, Count]]
    served: Mapping[UUID, Standing]
    acts: Mapping[UUID, list[int]]


def span_of(period: str) -> Span:
    """The first and last day of a month ``2026-10``."""
    year, month = map(int, period.split("-"))
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return Span(first, following - timedelta(days=1))


def month_before(period: str) -> str:
    return (span_of(period).first - timedelta(days=1)).strftime("%Y-%m")


def positions_at(connection: Connection, moment: datetime) -> dict[str, int]:
    """The last entry of each log that was recorded up to ``moment``: recording times follow each log's order."""
    elapsed = moment - datetime(1970, 1, 1, tzinfo=moment.tzinfo)
    limit = (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds
    query = sa.select(timeline.c.service, sa.func.max(timeline.c.sequence)).where(timeline.c.recorded_at < limit)
    return {row[0]: row[1] for row in connection.execute(query.group_by(timeline.c.service))}


class Counting:
    """One count: reads the events once, then folds them as often as months ask."""

    def __init__(self, app: ReportingBase, template: ReportTemplate, figures: FigureSet) -> None:
        self.app, self.template, self.figures = app, template, figures
        wanted = {kind for each in figures.figures for line in each.lines for kind in line.events}
        self._dated_ahead = sorted(
            kind for each in figures.figures for line in each.lines if line.dated for kind in line.events
        )
        self._counted = sorted(wanted)

    def run(
        self, connection: Connection, period: str, positions: Positions, previous: Positions, owners: Owners
    ) -> Counted:
        """The month at ``positions``; late is what ``previous`` did not hold of earlier months."""
        span = span_of(period)
        facts = list(self._facts(connection, positions, span.last))
        standings = self.standings(connection, positions, span.last)
        months = self._late_months(connection, positions, previous, span)
        folds = owners([(period, positions), *((month, at) for month in months for at in (positions, previous))])
        numbers = self._tally(facts, span, lambda: standings) | folds[0]
        late = self._late(connection, facts, positions, previous, months, folds[1:])
        served, acts = self._served(connection, positions, span, standings)
        return Counted(numbers, late, served, acts)

    def month(self, connection: Connection, period: str, positions: Positions) -> dict[Key, Count]:
        """The numbers of a month as known at ``positions``, without what the owners count."""
        span = span_of(period)
        facts = list(self._facts(connection, positions, span.last))
        return self._tally(facts, span, lambda: self.standings(connection, positions, span.last))

    def _tally(self, facts: list[Fact], span: Span, standings: Any) -> dict[Key, Count]:
        def threshold(parameter: str) -> Decimal:
            return Decimal(str(self.app.catalogue.value(parameter, span.last)))

        return tally(self.figures.figures, facts, span, threshold, standings)

    def _late_months(self, connection: Connection, positions: Positions, previous: Positions, span: Span) -> list[str]:
        """The months before ``span`` of which something may have come late, in order."""
        # A closing or a phase that came late moves the count of standing cases without being counted itself.
        moves = [
            row.happened_on
            for row in connection.execute(
                sa.select(timeline.c.happened_on, timeline.c.type, timeline.c.service, timeline.c.sequence).where(
                    within(positions), timeline.c.happened_on < span.first, ~within(previous)
                )
            )
            if row.type in self._counted or moves_a_case(row.type, self.app.states)
        ]
        # A change of where cases stand on one day holds for the last days of the months after it too.
        found: list[str] = []
        period = min(moves, default=span.first).strftime("%Y-%m")
        while span_of(period).first < span.first:
            found.append(period)
            period = (span_of(period).last + timedelta(days=1)).strftime("%Y-%m")
        return found

    def _late(
        self,
        connection: Connection,
        facts: list[Fact],
        positions: Positions,
        previous: Positions,
        months: list[str],
        folds: list[dict[Key, Count]],
    ) -> dict[str, dict[Key, Count]]:
        found: dict[str, dict[Key, Count]] = {}
        for at, period in enumerate(months):
            earlier = span_of(period)
            then = [each for each in facts if each.sequence <= previous.get(each.service, 0)]
            late = difference(
                self._tally(facts, earlier, lambda day=earlier.last: self.standings(connection, positions, day))
                | folds[2 * at],
                self._tally(then, earlier, lambda day=earlier.last: self.standings(connection, previous, day))
                | folds[2 * at + 1],
            )
            if late:
                found[period] = late
        return found

    def _facts(self, connection: Connection, positions: Positions, last: date) -> Iterable[Fact]:
        table = timeline.c
        columns = (table.service, table.sequence, table.case_id, table.type, table.happened_on, table.data)
        known = sa.or_(table.happened_on <= last, table.type.in_(self._dated_ahead))
        query = sa.select(*columns).where(table.type.in_(self._counted), within(positions), known)
        for row in connection.execute(query.order_by(table.service, table.sequence)):
            yield Fact(row.service, row.sequence, row.case_id, row.type, row.happened_on, json.loads(row.data))

    def standings(self, connection: Connection, positions: Positions, last: date) -> dict[UUID, Standing]:
        """Where each case stood at the end of a day, by what happened up to then."""
        return {case: stands for case, (stands, _) in self.standings_since(connection, positions, last).items()}

    def standings_since(
        self, connection: Connection, positions: Positions, last: date
    ) -> dict[UUID, tuple[Standing, date]]:
        """The same, with the day on which each case came into its state."""
        table, states = timeline.c, self.app.states
        kinds = [row[0] for row in connection.execute(sa.select(table.type).distinct())]
        moving = [kind for kind in kinds if moves_a_case(kind, states)]
        query = (
            sa.select(table.case_id, table.type, table.data, table.happened_on)
            .where(table.type.in_(moving), within(positions), table.happened_on <= last)
            .order_by(table.happened_on, table.recorded_at, table.service, table.sequence)
        )
        found: dict[UUID, tuple[Standing, date]] = {}
        open_before: dict[UUID, Standing] = {}
        for case_id, kind, text, day in connection.execute(query):
            data = json.loads(text)
            if kind in JOINS:
                case_id = UUID(data["other_case"])
            before, since = found.get(case_id, (Standing("identified", ""), day))
            stands = before
            if kind == PHASE_OPENS:
                stands = Standing(stands.state, str(data.get("phase") or ""))
            elif kind == PHASE_CLOSES:
                stands = Standing(stands.state, "" if data.get("phase") == stands.phase else stands.phase)
            elif kind == "CandidateIdentified" and case_id in found:
                # The services' clocks differ: a case that went on is not taken back to its beginning.
                continue
            elif kind == "RecheckRequested":
                stands = Standing("identified", "") if stands.state in RETURNS_TO_CHECK else stands
            else:
                stands = Standing(states.state_after(kind, data) or stands.state, stands.phase)
            if kind in OPENS_AGAIN:
                stands = open_before.get(case_id, stands)
            elif stands.state not in states.final:
                open_before[case_id] = stands
            found[case_id] = (stands, since if stands.state == before.state else day)
        return found

    def _served(
        self, connection: Connection, positions: Positions, span: Span, standings: Mapping[UUID, Standing]
    ) -> tuple[dict[UUID, Standing], dict[UUID, list[int]]]:
        """REP-6: who had an act of the served activities in the month, or stood in a served state on its last day."""
        table = timeline.c
        query = sa.select(table.case_id, table.type, table.activity).where(
            table.activity.in_(self.template.served_activities),
            table.happened_on.between(span.first, span.last),
            within(positions),
        )
        acts: dict[UUID, list[int]] = {}
        for row in connection.execute(query):
            # A contract has acts too, but only a case has a state; and a service's own notes are no act.
            if row.case_id in standings and has_words(row.type):
                acts.setdefault(row.case_id, []).append(row.activity)
        standing = {case for case, stands in standings.items() if stands.state in self.template.served_states}
        served = {case: standings[case] for case in sorted({*acts, *standing}, key=str)}
        return served, {case: sorted(set(found)) for case, found in acts.items()}


def within(positions: Positions) -> sa.ColumnElement[bool]:
    parts = [sa.and_(timeline.c.service == service, timeline.c.sequence <= last) for service, last in positions.items()]
    return sa.or_(*parts) if parts else sa.false()

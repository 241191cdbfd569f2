"""Two cases of one person become one, and can be parted again without loss (A01-3, CASE-3).

The surviving case goes on. The other one ends as merged where it stood and keeps everything; parted again, it is as
before, and so is what was suspected of the two.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.intake.domain.case_state import CaseState, Event
from services.intake.domain.refusals import CustodyOpen
from services.intake.domain.suspicions import DuplicateResolved, DuplicateSuspected
from shared.casework.reopening import MERGED
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

REASON = "duplicate"
"""Why a merged case leaves, of the list exit_reason (CASE-3)."""


class CasesMerged(Event):
    """This case, the other one, goes on as part of the surviving one."""

    TOPIC = "intake.CasesMerged"
    surviving_case: UUID
    other_case: UUID
    reason_code: str
    reason: Personal
    merged_on: date
    merged_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.end(MERGED)
        aggregate.merged_into = self.surviving_case
        aggregate.merged_on = self.merged_on


class CasesSplit(Event):
    """This case, which was part of the surviving one, stands by itself again, in ``state``, where it stood."""

    TOPIC = "intake.CasesSplit"
    surviving_case: UUID
    other_case: UUID
    state: str
    reason: Personal
    split_on: date
    split_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.take_up(self.split_on, reopening=False)
        aggregate.merged_into = aggregate.merged_on = None


class OtherCaseJoined(Event):
    """Another case of the person goes on as part of this one. ``suspicions``: what was suspected of the two."""

    TOPIC = "intake.OtherCaseJoined"
    other_case: UUID
    suspicions: list[UUID]

    def apply(self, aggregate: CaseState) -> None:
        aggregate.joined = {**aggregate.joined, self.other_case: tuple(self.suspicions)}


class OtherCaseParted(Event):
    """The other case stands by itself again."""

    TOPIC = "intake.OtherCaseParted"
    other_case: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.joined = {case: kept for case, kept in aggregate.joined.items() if case != self.other_case}


class CustodyNoted(Event):
    """The warehouse moved goods of this case. ``movement``: withdrawn, delivered or returned; rows: lot and qty."""

    TOPIC = "intake.CustodyNoted"
    movement: str
    lines: list[dict[str, Any]]

    def apply(self, aggregate: CaseState) -> None:
        held = dict(aggregate.custody)
        for row in self.lines:
            lot, before = row["lot"], held.get(row["lot"], Decimal(0))
            # A return of goods that the beneficiary already had leaves the custody as it is.
            held[lot] = before + row["qty"] if self.movement == "withdrawn" else max(Decimal(0), before - row["qty"])
        aggregate.custody = {lot: qty for lot, qty in held.items() if qty}


class MergingActs(CaseState):
    """Merging, from both sides, and parting."""

    def merge_into(self, act: Act, surviving_case: UUID, reason: Personal) -> None:
        """End as part of another case. Raises `CaseClosed`, and `CustodyOpen` with goods on the way (CASE-3)."""
        act.check_state(self.state)
        act.check_not_before(self.identified_on)
        if self.custody:
            raise CustodyOpen(field="other_case", items=f"{len(self.custody)} lote(s) en custodia")
        self.trigger_event(
            CasesMerged,
            surviving_case=surviving_case,
            other_case=self.id,
            reason_code=REASON,
            reason=reason,
            merged_on=act.on,
            merged_by=act.person,
        )

    def take_in(self, act: Act, other_case: UUID, reason: Personal) -> None:
        """Go on for both cases: what was suspected of the two is settled."""
        act.check_state(self.state)
        act.check_not_before(self.identified_on)
        between = [suspicion for suspicion, suspected in self.suspicions.items() if suspected == other_case]
        for suspicion_id in between:
            self.trigger_event(
                DuplicateResolved,
                suspicion_id=suspicion_id,
                other_case=other_case,
                resolution="merge",
                reason=reason,
                resolved_by=act.person,
            )
        self.trigger_event(OtherCaseJoined, other_case=other_case, suspicions=between)

    def split_off(self, act: Act, reason: Personal) -> UUID:
        """Stand by itself again; answers the case that it was part of."""
        act.check_state(self.state)
        act.check_not_before(self.merged_on)
        assert self.merged_into is not None
        surviving = self.merged_into
        self.trigger_event(
            CasesSplit,
            surviving_case=surviving,
            other_case=self.id,
            state=self.ended_from or "",
            reason=reason,
            split_on=act.on,
            split_by=act.person,
        )
        return surviving

    def part_from(self, other_case: UUID) -> None:
        """Be again what it was without the other case: what had been suspected of the two is open again."""
        for suspicion_id in self.joined.get(other_case, ()):
            self.trigger_event(DuplicateSuspected, suspicion_id=suspicion_id, other_case=other_case)
        self.trigger_event(OtherCaseParted, other_case=other_case)

    def note_custody(self, movement: str, lines: list[dict[str, Any]]) -> None:
        """Note what the warehouse moved for this case."""
        if lines:
            self.trigger_event(CustodyNoted, movement=movement, lines=lines)

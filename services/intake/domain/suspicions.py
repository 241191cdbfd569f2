"""Suspected duplicates and side exits of a case (A01-3, CASE-3)."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from services.intake.domain.case_state import WITHDRAWN, CaseState, Event
from services.intake.domain.refusals import DuplicateNotSuspected
from shared.casework.reopening import MERGED
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

Resolution = Literal["distinct", "override"]


class DuplicateSuspected(Event):
    """Another case may be of the same person; a coordinator has to look."""

    TOPIC = "intake.DuplicateSuspected"
    suspicion_id: UUID
    other_case: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.suspicions = {**aggregate.suspicions, self.suspicion_id: self.other_case}


class DuplicateResolved(Event):
    """A coordinator looked: two people (distinct), or go on although it is not clear (override, with reason)."""

    TOPIC = "intake.DuplicateResolved"
    suspicion_id: UUID
    other_case: UUID
    resolution: str
    reason: Personal
    resolved_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.suspicions = {k: v for k, v in aggregate.suspicions.items() if k != self.suspicion_id}


class CaseWithdrawn(Event):
    """The case left the procedure."""

    TOPIC = "intake.CaseWithdrawn"
    reason_code: str
    reason: Personal
    withdrawn_on: date
    recorded_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.end(WITHDRAWN)


class ClosureNoted(Event):
    """The case ended while another service owned its state."""

    TOPIC = "intake.ClosureNoted"
    state: str

    def apply(self, aggregate: CaseState) -> None:
        aggregate.end(self.state, elsewhere=True)


class SuspicionActs(CaseState):
    """Suspicions and side exits."""

    def suspect(self, suspicion_id: UUID, other_case: UUID) -> None:
        """Note that ``other_case`` may be of the same person."""
        self.trigger_event(DuplicateSuspected, suspicion_id=suspicion_id, other_case=other_case)

    def resolve_duplicate(self, act: Act, *, suspicion_id: UUID | None, resolution: str, reason: Personal) -> None:
        """Settle a suspicion: the one named, or the only one. Raises `DuplicateNotSuspected`."""
        act.check_state(self.state)
        if suspicion_id is None and len(self.suspicions) == 1:
            suspicion_id = next(iter(self.suspicions))
        if suspicion_id is None or suspicion_id not in self.suspicions:
            raise DuplicateNotSuspected(field="suspicion_id")
        self.trigger_event(
            DuplicateResolved,
            suspicion_id=suspicion_id,
            other_case=self.suspicions[suspicion_id],
            resolution=resolution,
            reason=reason,
            resolved_by=act.person,
        )

    def withdraw(self, act: Act, *, reason_code: str, reason: Personal) -> None:
        """Let the case leave (CASE-3), while intake owns its state."""
        act.check_state(self.state)
        act.check_not_before(self.communicated_on or self.identified_basically_on)
        self.trigger_event(
            CaseWithdrawn, reason_code=reason_code, reason=reason, withdrawn_on=act.on, recorded_by=act.person
        )

    def note_closure(self, state: str) -> None:
        """Note how the case ended elsewhere; saying it again changes nothing.

        A merged case stays merged: who ended it meanwhile hears of the merge, and parting takes both back.
        """
        if self.state not in (state, MERGED):
            self.trigger_event(ClosureNoted, state=state)

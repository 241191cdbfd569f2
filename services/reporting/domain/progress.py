"""Which state of a case an event brings, by the table of the procedure (requirements 3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# The table names one event for two states where its result decides.
_DECIDED_BY: dict[str, tuple[str, dict[str, str]]] = {
    "EligibilityCommunicated": ("result", {"met": "eligible", "not_met": "not_eligible"}),
    "ReconsiderationResolved": ("resolution", {"new_evaluation": "identified"}),
}

TRACKS: dict[str, tuple[str, str]] = {
    "TrainingMemoIssued": ("training", "memo_sent"),
    "TrainingEnrolled": ("training", "enrolled"),
    "TrainingHoursRecorded": ("training", "in_progress"),
    "TrainingCompleted": ("training", "completed"),
    "TrainingExceptionAuthorised": ("training", "excepted"),
    "DuplicateSuspected": ("duplicate", "suspected"),
    "DuplicateResolved": ("duplicate", "clear"),
    "IncentiveDecided": ("incentive", "decided"),
    "StockAssigned": ("incentive", "assigned"),
    "WithdrawalRequested": ("incentive", "requested"),
    "StockWithdrawn": ("incentive", "withdrawn"),
    "IncentiveDelivered": ("incentive", "delivered"),
    "StockReturned": ("incentive", "returned"),
    "IncentiveCancelled": ("incentive", "cancelled"),
}
"""The parallel tracks that stand beside the state, and the event that moves each."""


class StateTable:
    """The states by the event that enters them. ``states``: pairs of a state and the events that enter it."""

    def __init__(self, states: Iterable[tuple[str, Iterable[str]]], final: Iterable[str] = ()) -> None:
        self._by_event: dict[str, str] = {}
        self.final = frozenset(final)
        for state, events in states:
            for event in events:
                self._by_event.setdefault(event, state)

    def state_after(self, event: str, data: Mapping[str, Any]) -> str | None:
        """The state that ``event`` brings; None when it changes none.

        A re-check (``RecheckRequested``) sends back to the check only from the check's own results; in later states
        it changes nothing (CRI-3), so it is not read off the event alone: see `returns_to_check`.
        """
        if event in _DECIDED_BY:
            key, states = _DECIDED_BY[event]
            return states.get(str(data.get(key)))
        if event == "RecheckRequested":
            return None
        return self._by_event.get(event)

    def before_the_end(self, facts: Iterable[tuple[str, Mapping[str, Any], int]]) -> tuple[str, int] | None:
        """State and activity of the last of ``facts`` (type, data, activity; in order) that did not end the case."""
        stood: tuple[str, int] | None = None
        for event, data, activity in facts:
            state = self.state_after(event, data)
            if event == "RecheckRequested" and stood is not None and stood[0] in RETURNS_TO_CHECK:
                state = "identified"
            if state is not None and state not in self.final:
                stood = (state, activity)
        return stood


OPENS_AGAIN = ("CaseReopened", "CasesSplit")
"""The events after which a case stands where it stood before it ended (CASE-6)."""

JOINS = ("CasesMerged", "CasesSplit")
"""The events about two cases: what they end or open again is the other one."""

RETURNS_TO_CHECK = ("eligible", "not_eligible")
"""The states from which a re-check brings a case back to ``identified``."""


PHASE_OPENS, PHASE_CLOSES = "PhaseStarted", "PhaseClosed"


def moves_a_case(event: str, table: StateTable) -> bool:
    """True for an event that may change where a case stands."""
    return (
        event in (*_DECIDED_BY, "CandidateIdentified", "RecheckRequested", PHASE_OPENS, PHASE_CLOSES, *OPENS_AGAIN)
        or table.state_after(event, {}) is not None
    )

"""The case is opened again after it ended (CASE-6); the decisions are those of every service."""

from __future__ import annotations

from services.profiling.domain.state import Event
from shared.casework import reopening


class CaseReopenRequested(reopening.ReopenRequested, Event):
    TOPIC = "profiling.CaseReopenRequested"


class CaseReopened(reopening.Reopened, Event):
    TOPIC = "profiling.CaseReopened"


class ReopeningNoted(reopening.ReopeningNoted, Event):
    TOPIC = "profiling.ReopeningNoted"

"""The case is opened again after it ended (CASE-6); the decisions are those of every service."""

from __future__ import annotations

from services.intake.domain.case_state import Event
from shared.casework import reopening


class CaseReopenRequested(reopening.ReopenRequested, Event):
    TOPIC = "intake.CaseReopenRequested"


class CaseReopened(reopening.Reopened, Event):
    TOPIC = "intake.CaseReopened"


class ReopeningNoted(reopening.ReopeningNoted, Event):
    TOPIC = "intake.ReopeningNoted"

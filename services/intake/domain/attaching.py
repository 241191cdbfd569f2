"""Documents that were not made here (FRM-2); the decision is that of every service."""

from __future__ import annotations

from services.intake.domain.case_state import Event
from shared.casework import attaching


class DocumentAttached(attaching.Attached, Event):
    TOPIC = "intake.DocumentAttached"

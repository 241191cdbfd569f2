"""Papers of a case: filed by themselves, voided, put right (FRM-2, X-10); the decisions are those of every service."""

from __future__ import annotations

from services.intake.domain.case_state import Event
from shared.casework import filing


class FormVoided(filing.Voided, Event):
    TOPIC = "intake.FormVoided"


class RecordCorrected(filing.Corrected, Event):
    TOPIC = "intake.RecordCorrected"

"""Papers of a case: filed by themselves, voided, put right (FRM-2, X-10); the decisions are those of every service."""

from __future__ import annotations

from services.assistance.domain.state import Event
from shared.casework import filing


class FormFiled(filing.Filed, Event):
    TOPIC = "assistance.FormFiled"


class FormVoided(filing.Voided, Event):
    TOPIC = "assistance.FormVoided"


class RecordCorrected(filing.Corrected, Event):
    TOPIC = "assistance.RecordCorrected"

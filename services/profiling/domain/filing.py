"""Papers of a case: filed by themselves, voided, put right (FRM-2, X-10); the decisions are those of every service."""

from __future__ import annotations

from services.profiling.domain.state import Event
from shared.casework import filing


class FormFiled(filing.Filed, Event):
    TOPIC = "profiling.FormFiled"


class FormVoided(filing.Voided, Event):
    TOPIC = "profiling.FormVoided"


class RecordCorrected(filing.Corrected, Event):
    TOPIC = "profiling.RecordCorrected"

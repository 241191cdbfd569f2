"""The case passes to another version of the procedure (CAT-07); the decisions are those of every service."""

from __future__ import annotations

from services.intake.domain.case_state import Event
from shared.casework import migrating


class CaseMigrated(migrating.CaseMigrated, Event):
    TOPIC = "intake.CaseMigrated"


class MigrationNoted(migrating.MigrationNoted, Event):
    TOPIC = "intake.MigrationNoted"

"""The case passes to another version of the procedure (CAT-07); the decisions are those of every service."""

from __future__ import annotations

from services.profiling.domain.state import Event
from shared.casework import migrating


class CaseMigrated(migrating.CaseMigrated, Event):
    TOPIC = "profiling.CaseMigrated"


class MigrationNoted(migrating.MigrationNoted, Event):
    TOPIC = "profiling.MigrationNoted"

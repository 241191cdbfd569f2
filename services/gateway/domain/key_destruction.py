"""A person's key was destroyed in this service; the decisions are those of every service."""

from __future__ import annotations

from eventsourcing.domain import Aggregate

from shared.casework import destruction


class KeyDestructionExecuted(destruction.KeyDestructionExecuted):
    TOPIC = "gateway.KeyDestructionExecuted"


class KeyDestruction(destruction.ExecutionActs, Aggregate):
    """One key of one person, destroyed here."""

    TOPIC = "gateway.KeyDestruction"
    Event = destruction.Event
    Created = KeyDestructionExecuted = KeyDestructionExecuted

"""What is known about an event besides the fact itself: who, in which role, when, through what, because of what."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from datetime import date
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID, uuid4

# A log tells of the same people, cases and days again and again: reading it, making them is a fifth of the work.
identity = lru_cache(maxsize=8192)(UUID)
"""The UUID of a hexadecimal text."""
day = lru_cache(maxsize=2048)(date.fromisoformat)
"""The date of an ISO 8601 text."""

Channel = Literal["console", "api", "field", "import", "system"]


@dataclass(frozen=True)
class Meta:
    """Metadata of every event that one unit of work stores (X-08).

    ``happened_on`` is a date in America/Bogota; ``recorded_at`` is not here: the store sets it under its lock.
    ``actor`` is the natural person's random id, None for the system itself. ``causation_id`` is the id of the event
    or command that this reacts to. ``versions`` maps each catalogue artefact used to its version.
    """

    happened_on: date
    actor: UUID | None = None
    role: str = ""
    grant: str = ""
    channel: Channel = "system"
    command: str = ""
    command_id: UUID = field(default_factory=uuid4)
    correlation_id: UUID = field(default_factory=uuid4)
    causation_id: str = ""
    programme: str = "PR-156"
    procedure: str = "PR-156"
    procedure_version: str = ""
    activity: int = 0
    versions: dict[str, str] = field(default_factory=dict)
    origin: str = ""
    traceparent: str = ""

    def to_state(self) -> dict[str, Any]:
        """The compact form that is stored: empty values are left out."""
        state: dict[str, Any] = {"on": self.happened_on.isoformat(), "channel": self.channel}
        for key, name in _TEXTS.items():
            if getattr(self, name):
                state[key] = getattr(self, name)
        if self.actor is not None:
            state["actor"] = self.actor.hex
        state["command_id"] = self.command_id.hex
        state["correlation"] = self.correlation_id.hex
        if self.activity:
            state["activity"] = self.activity
        return state

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Meta:
        """The metadata that `to_state` stored."""
        # What a dataclass's own constructor does for a frozen one costs twice as much as reading the rest of an entry.
        made = object.__new__(cls)
        known = vars(made)
        known.update(_DEFAULTS)
        for key, value in state.items():
            if key in _TEXTS:
                known[_TEXTS[key]] = value
        known["happened_on"] = day(state["on"])
        known["channel"] = state["channel"]
        known["actor"] = identity(state["actor"]) if "actor" in state else None
        known["command_id"] = identity(state["command_id"])
        known["correlation_id"] = identity(state["correlation"])
        known["activity"] = state.get("activity", 0)
        if "versions" not in state:
            known["versions"] = {}
        return made


_TEXTS = {
    "role": "role",
    "grant": "grant",
    "command": "command",
    "causation": "causation_id",
    "programme": "programme",
    "procedure": "procedure",
    "procedure_version": "procedure_version",
    "versions": "versions",
    "origin": "origin",
    "traceparent": "traceparent",
}
_DEFAULTS = {each.name: each.default for each in fields(Meta) if each.default is not MISSING}

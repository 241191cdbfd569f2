"""A command's identity, and what a unit of work left."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from shared.eventstore.metadata import Meta


@dataclass(frozen=True)
class CommandKey:
    """Identity of a command: the client's id and the hash of what was asked."""

    command_id: UUID
    body_hash: str

    @classmethod
    def of(cls, command_id: UUID, body: Mapping[str, Any]) -> CommandKey:
        """The key of a command whose JSON-like request is ``body``."""
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
        return cls(command_id, hashlib.sha256(canonical.encode()).hexdigest())


@dataclass(frozen=True)
class Committed:
    """What a unit of work left: its answer and where its events stand. ``replayed``: answered from the first time."""

    result: dict[str, Any]
    ids: range = range(0)
    replayed: bool = False
    events: Sequence[tuple[Any, Meta]] = field(default=(), repr=False)

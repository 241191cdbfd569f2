"""What travels: an entry's envelope with the two hashes that chain it to its log, and the beacon of a head."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from shared.contracts.envelope import Envelope, EnvelopeInvalid
from shared.delivery.errors import Unreadable

BEACON_KEY = "head"


@dataclass(frozen=True)
class Message:
    """One entry of an upstream's log on its way to a follower.

    ``prior_hash`` is the hash of the entry before it (empty for the first): a follower applies a message only if that
    is the hash at its own position, so two pasts under the same numbers never mix.
    """

    envelope: Envelope
    prior_hash: str

    @property
    def sequence(self) -> int:
        return self.envelope.sequence

    @property
    def epoch(self) -> str:
        return self.envelope.epoch

    @property
    def entry_hash(self) -> str:
        return self.envelope.entry_hash

    def to_dict(self) -> dict[str, Any]:
        return {**self.envelope.to_dict(), "priorhash": self.prior_hash}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Message:
        """Raises `Unreadable` when ``data`` is no message of ours."""
        try:
            message = cls(Envelope.from_dict(data), data["priorhash"])
        except (EnvelopeInvalid, KeyError) as error:
            raise Unreadable(f"not an envelope: {error}") from error
        if not isinstance(message.prior_hash, str) or not message.entry_hash:
            raise Unreadable("not an envelope: hashes")
        return message


@dataclass(frozen=True)
class Beacon:
    """How far a log reaches now. It makes the loss of the last message visible before the next one comes."""

    service: str
    epoch: str
    head: int


def encode(item: Message | Beacon) -> bytes:
    """The bytes of a message (CloudEvents structured JSON) or of a beacon."""
    if isinstance(item, Beacon):
        return _json({"beacon": item.service, "epoch": item.epoch, "head": item.head})
    return _json(item.to_dict())


def decode(body: bytes) -> Message | Beacon:
    """The message or beacon in ``body``. Raises `Unreadable`."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON") from error
    if not isinstance(data, dict):
        raise Unreadable("not a JSON object")
    if "beacon" not in data:
        return Message.from_dict(data)
    try:
        return Beacon(str(data["beacon"]), str(data["epoch"]), int(data["head"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable("not a beacon") from error


def _json(data: dict[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()

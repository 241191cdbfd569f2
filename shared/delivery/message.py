"""What travels: an entry's envelope with the two hashes that chain it to its log, and the beacon of a head."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.contracts.envelope import Envelope, EnvelopeInvalid
from shared.delivery.errors import Unreadable

BEACON_KEY = "head"
BUNDLE_KEY = "bundle"
"""Routing key of several messages in one. No follower chooses by the key; whoever does binds to the public exchange."""


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


def request_ids(envelopes: Iterable[Envelope]) -> list[str]:
    """The requests that caused these events, each once, in their order."""
    return list(dict.fromkeys(str(envelope.correlation_id) for envelope in envelopes))


def encode(item: Message | Beacon) -> bytes:
    """The bytes of a message (CloudEvents structured JSON) or of a beacon."""
    if isinstance(item, Beacon):
        return _json({"beacon": item.service, "epoch": item.epoch, "head": item.head})
    return _json(item.to_dict())


def bundle(messages: Sequence[Message]) -> bytes:
    """The bytes of several messages in one (CloudEvents' JSON batch): the broker's price is by the message."""
    return _json([message.to_dict() for message in messages])


def decode(body: bytes) -> Message | Beacon:
    """The one message or beacon in ``body``. Raises `Unreadable`."""
    return _item(_parsed(body))


def unpack(body: bytes) -> list[Message | Beacon]:
    """All that ``body`` brings, be it a bundle or not, in order. Raises `Unreadable`: then none of it is taken."""
    data = _parsed(body)
    if data == []:
        raise Unreadable("an empty bundle")
    return [_item(each) for each in data] if isinstance(data, list) else [_item(data)]


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON") from error


def _item(data: Any) -> Message | Beacon:
    if not isinstance(data, dict):
        raise Unreadable("not a JSON object")
    if "beacon" not in data:
        return Message.from_dict(data)
    try:
        return Beacon(str(data["beacon"]), str(data["epoch"]), int(data["head"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable("not a beacon") from error


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _json(data: Any) -> bytes:
    return _encoder.encode(data).encode()

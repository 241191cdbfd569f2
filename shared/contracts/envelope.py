"""The envelope of an event on the wire: CloudEvents 1.0, structured JSON (design section 2, EVT-1).

The internal form goes to the other services, for every entry of a log. The public form goes to integrators: audience I
only, without the actor, and with the sequence of the public event before it, so that a reader sees its own holes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, TypeVar, cast
from uuid import UUID

from shared.contracts.events import Audience

T = TypeVar("T")
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)

SPEC = "1.0"
SOURCE = "urn:impulso:"
CONTENT_TYPE = "application/cloudevents+json"
"""Media type of the bytes of `Envelope.to_bytes`."""
BATCH_TYPE = "application/cloudevents-batch+json"
"""Media type of several in a JSON array."""
SCHEMA = "urn:impulso:schema:{service}:{type}:v{major}"
_WIDTH = 16
_ATTRIBUTE = re.compile(r"[a-z0-9]{1,20}")
"""What CloudEvents allows as the name of an attribute."""
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


_ATTRIBUTES = frozenset(
    {
        *("specversion", "id", "source", "type", "subject", "time", "sequence", "epoch", "caseversion"),
        *("correlationid", "happenedon", "audience", "causationid", "traceparent", "activity", "programme"),
        *("procedure", "procedureversion", "actor", "actorrole", "entryhash", "previous", "priorhash"),
        *("datacontenttype", "dataschema", "data"),
    }
)
"""The names that an envelope of ours has: they need no look at their letters."""
_SOURCE = re.compile(r"[a-z]{2,20}")
_TYPE = re.compile(r"[A-Z][A-Za-z0-9]{1,60}")
_MAJOR = re.compile(r"[1-9][0-9]{0,5}")
_SEQUENCE = re.compile(rf"[0-9]{{{_WIDTH}}}")


class EnvelopeInvalid(ValueError):
    """Bytes or attributes that are no envelope of ours. Its text names the attribute, never its value."""


class NotPublic(ValueError):
    """An event that integrators may not have was about to be given the public form."""


@dataclass(frozen=True)
class Envelope:
    """One event of one service, as others see it.

    ``source`` is the service, ``type`` the event's name, ``subject`` the case (or the call, the contract … that the
    event is about). ``recorded_at`` is UTC, ``happened_on`` a date of Bogotá. ``data`` is the published payload in JSON
    form: empty for a kind that stays inside. ``previous`` is set on the public form only (0: the first one).
    """

    source: str
    type: str
    subject: UUID
    sequence: int
    recorded_at: datetime
    happened_on: date
    epoch: str
    correlation_id: UUID
    data: dict[str, Any] = field(default_factory=dict)
    audience: Audience = "S"
    major: int = 1
    case_version: int = 1
    causation_id: str = ""
    traceparent: str = ""
    activity: int = 0
    programme: str = ""
    procedure: str = ""
    procedure_version: str = ""
    actor: UUID | None = None
    actor_role: str = ""
    entry_hash: str = ""
    previous: int | None = None

    def __post_init__(self) -> None:
        if not _SOURCE.fullmatch(self.source):
            raise EnvelopeInvalid("source")
        if not _TYPE.fullmatch(self.type):
            raise EnvelopeInvalid("type")
        if self.sequence < 1 or self.major < 1 or self.case_version < 1 or self.activity < 0 or not self.epoch:
            raise EnvelopeInvalid("sequence")
        if self.recorded_at.tzinfo is None:
            raise EnvelopeInvalid("time")
        if self.audience == "-" and self.data:
            raise EnvelopeInvalid("data")
        if self.previous is not None and not 0 <= self.previous < self.sequence:
            raise EnvelopeInvalid("previous")

    @property
    def id(self) -> str:
        """Stable when the event is sent again: ``profiling:42``."""
        return f"{self.source}:{self.sequence}"

    @property
    def topic(self) -> str:
        """``profiling.ProfileApproved``"""
        return f"{self.source}.{self.type}"

    @property
    def routing_key(self) -> str:
        return f"{self.type}.v{self.major}"

    @property
    def public(self) -> bool:
        """True for the form that integrators get."""
        return self.previous is not None

    def for_integrators(self, previous: int) -> Envelope:
        """The public form; ``previous`` is the sequence of the service's public event before this one, 0 for none.

        Raises `NotPublic` unless the audience is I.
        """
        if self.audience != "I":
            raise NotPublic(self.topic)
        return replace(self, previous=previous, actor=None)

    def to_dict(self) -> dict[str, Any]:
        """The CloudEvent as a JSON object. Attributes without a value are left out."""
        optional = {
            "causationid": self.causation_id,
            # It may come from a client's header: only what has the standard shape travels on.
            "traceparent": self.traceparent if _TRACEPARENT.fullmatch(self.traceparent) else "",
            "activity": self.activity,
            "programme": self.programme,
            "procedure": self.procedure,
            "procedureversion": self.procedure_version,
            "actor": str(self.actor) if self.actor and not self.public else "",
            "actorrole": self.actor_role,
            "entryhash": self.entry_hash,
            "previous": "" if self.previous is None else f"{self.previous:0{_WIDTH}d}",
        }
        if self.audience != "-":
            optional["datacontenttype"] = "application/json"
            optional["dataschema"] = SCHEMA.format(service=self.source, type=self.type, major=self.major)
        event: dict[str, Any] = {
            "specversion": SPEC,
            "id": self.id,
            "source": SOURCE + self.source,
            "type": self.routing_key,
            "subject": str(self.subject),
            "time": f"{self.recorded_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z",
            "sequence": f"{self.sequence:0{_WIDTH}d}",
            "epoch": self.epoch,
            "caseversion": self.case_version,
            "correlationid": str(self.correlation_id),
            "happenedon": self.happened_on.isoformat(),
            "audience": self.audience,
            **{name: value for name, value in optional.items() if value},
        }
        if self.audience != "-":
            event["data"] = self.data
        return event

    def to_bytes(self) -> bytes:
        """The structured JSON form; the same envelope always gives the same bytes."""
        return _encoder.encode(self.to_dict()).encode()

    @classmethod
    def from_bytes(cls, body: bytes) -> Envelope:
        """Raises `EnvelopeInvalid`."""
        try:
            event = json.loads(body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_unique)
        except (ValueError, RecursionError) as error:
            raise EnvelopeInvalid("not JSON") from error
        return cls.from_dict(event)

    @classmethod
    def from_dict(cls, event: Any) -> Envelope:
        """The envelope of a CloudEvent. An extension that a newer sender added is ignored. Raises `EnvelopeInvalid`."""
        if not isinstance(event, dict):
            raise EnvelopeInvalid("not a JSON object")
        unknown = event.keys() - _ATTRIBUTES
        if not all(isinstance(name, str) for name in unknown):
            raise EnvelopeInvalid("not a JSON object")
        if any(not _ATTRIBUTE.fullmatch(name) for name in unknown):
            raise EnvelopeInvalid("name of an attribute")
        read = _Attributes(event)
        if read.text("specversion") != SPEC:
            raise EnvelopeInvalid("specversion")
        source = read.text("source").removeprefix(SOURCE)
        name, _, major = read.text("type").partition(".v")
        audience = cast(Audience, read.one_of("audience", "I", "S", "-"))
        envelope = cls(
            source=source,
            type=name,
            major=read.parsed("type", major, _number),
            subject=read.parsed("subject", read.text("subject"), _uuid),
            sequence=read.parsed("sequence", read.text("sequence"), _padded),
            recorded_at=read.parsed("time", read.text("time"), _instant),
            happened_on=read.parsed("happenedon", read.text("happenedon"), _day),
            epoch=read.text("epoch"),
            correlation_id=read.parsed("correlationid", read.text("correlationid"), _uuid),
            data=read.object("data") if audience != "-" else {},
            audience=audience,
            case_version=read.whole("caseversion"),
            causation_id=read.text("causationid", ""),
            traceparent=read.text("traceparent", ""),
            activity=read.whole("activity", 0),
            programme=read.text("programme", ""),
            procedure=read.text("procedure", ""),
            procedure_version=read.text("procedureversion", ""),
            actor=read.parsed("actor", read.text("actor"), _uuid) if "actor" in event else None,
            actor_role=read.text("actorrole", ""),
            entry_hash=read.text("entryhash", ""),
            previous=read.parsed("previous", read.text("previous"), _padded) if "previous" in event else None,
        )
        expected = {"id": envelope.id, "source": SOURCE + source, "type": envelope.routing_key}
        for attribute, value in expected.items():
            if event.get(attribute) != value:
                raise EnvelopeInvalid(attribute)
        if audience == "-" and "data" in event:
            raise EnvelopeInvalid("data")
        if envelope.public and (audience != "I" or envelope.actor is not None):
            raise EnvelopeInvalid("previous")
        if envelope.traceparent and not _TRACEPARENT.fullmatch(envelope.traceparent):
            raise EnvelopeInvalid("traceparent")
        return envelope


class _Attributes:
    """Typed reading of a CloudEvent's attributes."""

    def __init__(self, event: dict[str, Any]) -> None:
        self._event = event

    def text(self, name: str, default: str | None = None) -> str:
        value = self._event.get(name, default)
        if not isinstance(value, str) or (default is None and not value):
            raise EnvelopeInvalid(name)
        return value

    def whole(self, name: str, default: int | None = None) -> int:
        value = self._event.get(name, default)
        if type(value) is not int:
            raise EnvelopeInvalid(name)
        return value

    def object(self, name: str) -> dict[str, Any]:
        value = self._event.get(name)
        if not isinstance(value, dict):
            raise EnvelopeInvalid(name)
        return value

    def one_of(self, name: str, *options: str) -> str:
        value = self.text(name)
        if value not in options:
            raise EnvelopeInvalid(name)
        return value

    @staticmethod
    def parsed(name: str, value: str, parse: Callable[[str], T]) -> T:
        try:
            return parse(value)
        except ValueError as error:
            raise EnvelopeInvalid(name) from error


def _number(text: str) -> int:
    if not _MAJOR.fullmatch(text):
        raise ValueError("number")
    return int(text)


def _padded(text: str) -> int:
    if not _SEQUENCE.fullmatch(text):
        raise ValueError("sequence")
    return int(text)


# A log tells of the same cases, people and days again and again.
@lru_cache(maxsize=4096)
def _uuid(text: str) -> UUID:
    found = UUID(text)
    if str(found) != text:
        raise ValueError("uuid")
    return found


@lru_cache(maxsize=1024)
def _day(text: str) -> date:
    if len(text) != 10:
        raise ValueError("date")
    return date.fromisoformat(text)


def _instant(text: str) -> datetime:
    if not text.endswith("Z"):
        raise ValueError("time")
    return datetime.fromisoformat(text)


def _no_constant(text: str) -> Any:
    raise ValueError(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found

"""Between domain events and stored bytes: metadata goes in, personal values are sealed, versions are checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    DatetimeAsISO,
    DecimalAsStr,
    JSONTranscoder,
    Mapper,
    StoredEvent,
    Transcoding,
    UUIDAsHex,
)
from eventsourcing.utils import TopicError, get_topic, resolve_topic

from shared.eventstore.errors import NewerEventVersion, UnknownTopic
from shared.eventstore.log import Entry
from shared.eventstore.metadata import Meta, day, identity
from shared.privacy.keys import KeyRing
from shared.privacy.sealing import LateOpening, may_be_sealed, open_tree, place, seal_tree


class DateAsISO(Transcoding):
    """Transcoding of `datetime.date` as an ISO 8601 date."""

    type = date
    name = "date_iso"

    def encode(self, obj: date) -> str:
        return obj.isoformat()

    decode = staticmethod(day)


class UUIDAsHexAgain(UUIDAsHex):
    """The library's transcoding of a UUID; one that came before is not made again."""

    decode = staticmethod(identity)


class QuickTranscoder(JSONTranscoder):
    """The library's transcoder, reading the same faster: every object of a log goes through its hook."""

    def __init__(self) -> None:
        super().__init__()
        self._readers: dict[str, Callable[[Any], Any]] = {}
        self.decoder = json.JSONDecoder(object_hook=self._read)

    def register(self, transcoding: Transcoding) -> None:
        super().register(transcoding)
        self._readers[transcoding.name] = transcoding.decode

    def decode(self, data: bytes) -> Any:
        text = data.decode("utf8")
        value, end = self.decoder.raw_decode(text)
        # Something behind it: what the decoder itself makes of that.
        return value if end == len(text) else self.decoder.decode(text)

    def _read(self, item: dict[str, Any]) -> Any:
        if len(item) == 2 and "_type_" in item and "_data_" in item:
            reader = self._readers.get(item["_type_"])
            return self._decode_obj(item) if reader is None else reader(item["_data_"])
        return item


def transcoder() -> JSONTranscoder:
    """The JSON transcoder of every service: UUID, Decimal, date and datetime besides JSON's own types."""
    json_transcoder = QuickTranscoder()
    for transcoding in (UUIDAsHexAgain(), DecimalAsStr(), DatetimeAsISO(), DateAsISO()):
        json_transcoder.register(transcoding)
    return json_transcoder


class SealingMapper(Mapper[UUID]):
    """Maps events of the log ``log``; ``keys`` seals and opens their personal values.

    A ciphertext is bound to log, aggregate, version, topic and path: moved anywhere else it does not open.
    """

    def __init__(self, log: str, keys: KeyRing) -> None:
        super().__init__(transcoder=transcoder())
        self.log = log
        self.keys = keys

    def store(self, event: DomainEventProtocol[UUID], meta: Meta) -> StoredEvent:
        """The stored form of ``event`` with its metadata. Raises `UnassignedPersonal` for a value without owner."""
        state = dict(vars(event))
        originator_id: UUID = state.pop("originator_id")
        version: int = state.pop("originator_version")
        # The one clock is the store's recorded_at; the event's own timestamp was only a placeholder.
        state.pop("timestamp", None)
        topic = get_topic(type(event))
        body: dict[str, Any] = {"d": seal_tree(self.keys, state, self._context(originator_id, version, topic))}
        class_version = getattr(type(event), "class_version", 1)
        if class_version > 1:
            body["v"] = class_version
        body["m"] = meta.to_state()
        return StoredEvent(originator_id, version, topic, self.transcoder.encode(body))

    def open(self, entry: Entry) -> tuple[Any, Meta]:
        """The domain event of a log entry, with its metadata. Values whose key was destroyed are None."""
        event, meta = self._open(entry, entry.recorded_at)
        return event, meta

    def open_many(self, entries: Iterable[Entry]) -> list[tuple[Any, Meta]]:
        """`open` for whoever looks at few personal values, as projections do: each opens when it is looked at."""
        later = LateOpening(self.keys)
        return [self._open(entry, entry.recorded_at, later) for entry in entries]

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        raise TypeError("an event is stored with its metadata: save through a unit of work")

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[UUID]:
        return cast("DomainEventProtocol[UUID]", self._open(stored_event, _no_time)[0])

    def metadata(self, state: bytes) -> Meta:
        """Only the metadata of stored bytes."""
        return Meta.from_state(self.transcoder.decode(state)["m"])

    def outline(self, entry: Entry) -> tuple[Any, Meta]:
        """The facts of an entry with every personal value still sealed, and its metadata: all that publishing needs."""
        event_class, body, class_version, stored_version = self._decode(entry)
        facts = _upcast(event_class, body["d"], stored_version, class_version)
        return SimpleNamespace(**facts), Meta.from_state(body["m"])

    def _decode(self, stored: Entry | StoredEvent) -> tuple[type, dict[str, Any], int, int]:
        try:
            event_class = resolve_topic(stored.topic)
        except TopicError as error:
            raise UnknownTopic(stored.topic) from error
        body: dict[str, Any] = self.transcoder.decode(stored.state)
        class_version = getattr(event_class, "class_version", 1)
        stored_version = body.get("v", 1)
        if stored_version > class_version:
            raise NewerEventVersion(f"{stored.topic} v{stored_version}: este programa llega a la v{class_version}")
        return event_class, body, class_version, stored_version

    def _open(
        self, stored: Entry | StoredEvent, recorded_at: datetime, later: LateOpening | None = None
    ) -> tuple[Any, Meta]:
        event_class, body, class_version, stored_version = self._decode(stored)
        originator_id = cast("UUID", stored.originator_id)
        state: dict[str, Any] = body["d"]
        if may_be_sealed(stored.state):
            context = partial(self._context, originator_id, stored.originator_version, stored.topic)
            state = open_tree(self.keys, state, context()) if later is None else later.tree(state, context)
        if stored_version != class_version:
            state = _upcast(event_class, state, stored_version, class_version)
        meta = Meta.from_state(body["m"])
        state["originator_id"] = originator_id
        state["originator_version"] = stored.originator_version
        state["timestamp"] = recorded_at
        event: Any = object.__new__(event_class)
        object.__setattr__(event, "__dict__", state)
        return event, meta

    def _context(self, originator_id: UUID, version: int, topic: str) -> bytes:
        return place(self.log, originator_id, version, topic)


def _upcast(event_class: type, state: dict[str, Any], stored_version: int, class_version: int) -> dict[str, Any]:
    while stored_version < class_version:
        getattr(event_class, f"upcast_v{stored_version}_v{stored_version + 1}")(state)
        stored_version += 1
    return state


_no_time = DatetimeAsISO().decode("1970-01-01T00:00:00+00:00")

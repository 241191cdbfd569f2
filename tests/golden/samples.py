"""A sample of every event of every service, made from its own annotations, and its stored bytes under fixed keys."""

from __future__ import annotations

import hashlib
import typing
from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import entry_points
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin
from unittest.mock import patch
from uuid import UUID, uuid5

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.domain import AggregateEvent
from eventsourcing.persistence import StoredEvent

from shared.eventstore.log import Entry
from shared.eventstore.mapper import SealingMapper
from shared.eventstore.metadata import Meta
from shared.privacy import sealing
from shared.privacy.personal import Personal

NAMESPACE = UUID("6f1d8f0a-0000-4000-8000-000000000156")
MOMENT = datetime(2026, 10, 15, 15, 30, tzinfo=UTC)
_INHERITED = {"originator_id", "originator_version", "timestamp", "originator_topic"}


class FixedKeys:
    """Stands in for a key ring whose keys never change: the key of a person and class is a hash of both."""

    def ciphers(self, pairs: Iterable[tuple[UUID, str]], *, create: bool = False) -> dict[Any, AESGCM]:
        return {pair: AESGCM(hashlib.sha256(f"{pair[0].hex}|{pair[1]}".encode()).digest()) for pair in pairs}


def services() -> list[str]:
    """Every service with events, the gateway included; importing them registers their topics."""
    found = [point.load().name for point in entry_points(group="impulso.services")]
    found += [point.load().name for point in entry_points(group="impulso.edge") if point.name == "definition"]
    return found


def event_classes() -> dict[str, type[Any]]:
    """The class of each topic of the services."""
    prefixes = tuple(f"{name}." for name in services())
    found: dict[str, type[Any]] = {}

    def walk(cls: type[Any]) -> None:
        for sub in cls.__subclasses__():
            topic = getattr(sub, "TOPIC", "")
            if topic.startswith(prefixes):
                # The library derives a class of the same topic for the aggregate; the last one is what it resolves.
                found[topic] = sub
            walk(sub)

    walk(AggregateEvent)
    return {topic: found[topic] for topic in sorted(found) if fields_of(found[topic]) is not None}


def fields_of(cls: type[Any]) -> list[str] | None:
    """The event's own facts; None for a base class that is no event."""
    if cls.__name__ in ("Event", "Created"):
        return None
    return [field.name for field in fields(cls) if field.name not in _INHERITED]


def sample(topic: str, cls: type[Any]) -> Any:
    """An event of ``cls`` with a value for each fact, the same every time."""
    hints = hints_of(cls)
    values = {name: value_of(hints[name], name) for name in fields_of(cls) or ()}
    if "originator_topic" in {field.name for field in fields(cls)}:
        values["originator_topic"] = topic.partition(".")[0] + ".Aggregate"
    return cls(originator_id=identifier(topic), originator_version=2, timestamp=MOMENT, **values)


def hints_of(cls: type[Any]) -> dict[str, Any]:
    """The annotations of an event, whatever module each base stands in."""
    hints: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if not base.__module__.startswith(("services.", "shared.casework.", "shared.catalogue.")) or not vars(base).get(
            "__annotations__"
        ):
            continue
        module = __import__(base.__module__, fromlist=["_"])
        known = {**vars(typing), "Any": Any, "UUID": UUID, "date": date, "datetime": datetime, "Decimal": Decimal}
        space = {**known, **vars(module), **vars(base)}
        for name, written in vars(base)["__annotations__"].items():
            hints[name] = eval(written, space) if isinstance(written, str) else written
    return hints


def value_of(kind: Any, name: str) -> Any:
    """A value of the annotated kind."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return value_of(next(each for each in inner if each is not NoneType), name)
    if origin in (list, tuple, frozenset, set):
        return [value_of(inner[0] if inner else str, name)]
    if origin is dict or kind is dict:
        return {"code": value_of(inner[1] if len(inner) == 2 else str, name)}
    if origin is typing.Literal:
        return inner[0]
    plain: dict[Any, Any] = {
        UUID: identifier(name),
        str: f"texto de {name}",
        int: 7,
        bool: True,
        Decimal: Decimal("12.50"),
        date: date(2026, 10, 15),
        datetime: MOMENT,
        Personal: Personal(identifier("persona"), "s", f"dato de {name}"),
        Any: f"algo de {name}",
    }
    if kind in plain:
        return plain[kind]
    raise TypeError(f"{name}: no sample for {kind}")


def identifier(name: str) -> UUID:
    return uuid5(NAMESPACE, name)


META = Meta(
    happened_on=date(2026, 10, 14),
    actor=identifier("actor"),
    role="caseworker",
    grant=str(identifier("grant")),
    channel="field",
    command="SomeCommand",
    command_id=identifier("command"),
    correlation_id=identifier("correlation"),
    causation_id="intake:1",
    procedure_version="01",
    activity=13,
    versions={"DE-017": "1"},
)


def mapper(topic: str) -> SealingMapper:
    return SealingMapper(topic.partition(".")[0], FixedKeys())  # type: ignore[arg-type]


def stored(topic: str, event: Any) -> StoredEvent:
    """The stored form of ``event``, with a nonce that is the same every time."""
    with patch.object(sealing.os, "urandom", lambda size: b"\x07" * size):
        return mapper(topic).store(event, META)


def entry(topic: str, state: bytes) -> Entry:
    """A log entry that holds ``state``."""
    return Entry(topic.partition(".")[0], 5, MOMENT, identifier(topic), 2, topic, state)

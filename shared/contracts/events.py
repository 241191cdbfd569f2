"""Contracts of published events: what may leave a service, and nothing else (EVT-2, EVT-5, EVT-6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, cast
from uuid import UUID

from shared.contracts.published import Payload, PublishedField
from shared.privacy.personal import personal_values

PayloadClass = type[Payload]
_LEAVES = frozenset({str, int, bool, type(None), UUID, date, datetime, Decimal})
"""Types that hold nothing else: no personal value can be inside."""
Audience = Literal["I", "S", "-"]
"""I: integrators too; S: the services only; -: kept inside, the envelope travels without data (9.1)."""


class PersonalInPublishedEvent(ValueError):
    """A personal value was about to leave a service. Nothing is published until the contract or the event is right."""


class UnknownContract(LookupError):
    """An event without a contract. Add it to ``shared/contracts/<service>.py``: published, or kept inside."""


@dataclass(frozen=True)
class Contract:
    """What one type of event shows outside its service.

    ``service`` and ``type`` make the topic; ``activities`` are those of PR-156 (empty: none); ``schema`` is the
    allow-list of the payload. Raises `PersonalInPublishedEvent` if the schema holds anything but published kinds
    of value, so that a wrong contract stops the import.
    """

    type: str
    service: str
    audience: Audience
    activities: tuple[int, ...]
    schema: PayloadClass
    major: int = 1

    def __post_init__(self) -> None:
        for name, field in self.fields.items():
            if not isinstance(field, PublishedField):
                raise PersonalInPublishedEvent(
                    f"{self.topic}.{name}: {type(field).__name__} is not a kind of value that may be published"
                )
        if self.audience == "-" and self.fields:
            raise ValueError(f"{self.topic} is kept inside and has no payload")

    @property
    def topic(self) -> str:
        return f"{self.service}.{self.type}"

    @property
    def routing_key(self) -> str:
        """Also the ``type`` of the envelope, without the service: ``CandidateIdentified.v1``."""
        return f"{self.type}.v{self.major}"

    @property
    def activity(self) -> int:
        """The activity of PR-156 that the event belongs to first; 0 if to none."""
        return self.activities[0] if self.activities else 0

    @property
    def public(self) -> bool:
        """True if integrators may have it."""
        return self.audience == "I"

    @property
    def fields(self) -> dict[str, Any]:
        """The allow-list: published fields by name."""
        return dict(self.schema._declared_fields)

    @cached_property
    def _published(self) -> tuple[tuple[str, PublishedField], ...]:
        return tuple(self.fields.items())

    def payload(self, event: Any) -> dict[str, Any]:
        """The attributes of a domain event that may leave, in JSON form; the rest stays.

        Raises `PersonalInPublishedEvent` if one of them is personal, `PayloadInvalid` if it is of another kind
        than the contract says or missing.
        """
        payload: dict[str, Any] = {}
        for name, _ in self._published:
            value = getattr(event, name, None)
            if type(value) not in _LEAVES and any(True for _ in personal_values(value)):
                raise PersonalInPublishedEvent(f"{self.topic}.{name} holds a personal value")
            payload[name] = value
        for name, field in self._published:
            payload[name] = field.published(name, payload[name])
        return payload

    def read(self, data: dict[str, Any]) -> dict[str, Any]:
        """The payload as Python values (UUID, date, Decimal). Raises marshmallow's ValidationError."""
        loaded: dict[str, Any] = self.schema().load(data)
        return loaded


@dataclass(frozen=True)
class Service:
    """Writes the contracts of one service as a table that reads like requirements section 9."""

    name: str

    def event(
        self,
        type: str,
        activities: tuple[int, ...],
        audience: Audience,
        /,
        **fields: PublishedField,
    ) -> Contract:
        """A published event with its allow-list; ``activities`` of PR-156."""
        return Contract(
            type,
            self.name,
            audience,
            activities,
            cast(PayloadClass, Payload.from_dict(dict(fields), name=type)),
        )

    def kept_inside(self, *types: str) -> Iterator[Contract]:
        """Events whose envelope travels without data."""
        for type in types:
            yield Contract(type, self.name, "-", (), Payload)

"""Webhook: an address of an integrator to which the public events of some services are delivered."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate

from services.gateway.domain.refusals import WebhookPausedAlready, WebhookRemoved


class Webhook(Aggregate):
    """Where events go, which (of which services and types), and for whom. Its secret is not here."""

    TOPIC = "gateway.Webhook"

    person: UUID
    paused: bool
    removed: bool

    class Event(Aggregate.Event):
        def apply(self, aggregate: Webhook) -> None: ...

    class WebhookRegistered(Event, Aggregate.Created):
        """``from_start``: what the logs already hold is delivered too."""

        TOPIC = "gateway.WebhookRegistered"
        person: UUID
        url: str
        services: list[str]
        types: list[str]
        from_start: bool
        registered_on: date

    Created = WebhookRegistered

    class WebhookSecretRotated(Event):
        """A new secret; deliveries are signed with the one before it as well for ``overlap_hours`` hours."""

        TOPIC = "gateway.WebhookSecretRotated"
        rotated_on: date
        overlap_hours: int

    class WebhookPaused(Event):
        """``cause``: ``person``, or what the deliveries met: ``failures``, ``gone``, ``restored``, ``grant``."""

        TOPIC = "gateway.WebhookPaused"
        paused_on: date
        cause: str

        def apply(self, aggregate: Webhook) -> None:
            aggregate.paused = True

    class WebhookResumed(Event):
        TOPIC = "gateway.WebhookResumed"
        resumed_on: date

        def apply(self, aggregate: Webhook) -> None:
            aggregate.paused = False

    class WebhookRemoved(Event):
        TOPIC = "gateway.WebhookRemoved"
        removed_on: date
        reason: str

        def apply(self, aggregate: Webhook) -> None:
            aggregate.removed = True

    def __init__(
        self,
        person: UUID,
        url: str,
        services: list[str],
        types: list[str],
        from_start: bool,
        registered_on: date,
    ) -> None:
        # Where it goes and what it is sent is read from the events by the read model alone.
        self.person = person
        self.paused = False
        self.removed = False

    @classmethod
    def register(
        cls, *, person: UUID, url: str, services: list[str], types: list[str], from_start: bool, on: date
    ) -> Webhook:
        return cls._create(
            event_class=cls.WebhookRegistered,
            id=uuid4(),
            person=person,
            url=url,
            services=sorted(set(services)),
            types=sorted(set(types)),
            from_start=from_start,
            registered_on=on,
        )

    def rotate_secret(self, on: date, overlap_hours: int) -> None:
        """Raises `WebhookRemoved`."""
        self._check_stands()
        self.trigger_event(self.WebhookSecretRotated, rotated_on=on, overlap_hours=overlap_hours)

    def pause(self, on: date, cause: str) -> None:
        """Nothing is delivered until it is resumed. Raises `WebhookRemoved`, `WebhookPausedAlready`."""
        self._check_stands()
        if self.paused:
            raise WebhookPausedAlready
        self.trigger_event(self.WebhookPaused, paused_on=on, cause=cause)

    def resume(self, on: date) -> None:
        """Deliveries go on where they stopped. Raises `WebhookRemoved`."""
        self._check_stands()
        self.trigger_event(self.WebhookResumed, resumed_on=on)

    def remove(self, on: date, reason: str) -> None:
        """Nothing is delivered any more. Raises `WebhookRemoved`."""
        self._check_stands()
        self.trigger_event(self.WebhookRemoved, removed_on=on, reason=reason)

    def _check_stands(self) -> None:
        if self.removed:
            raise WebhookRemoved

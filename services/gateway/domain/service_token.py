"""ServiceToken: what a system of another institution calls the API with. The secret itself is not here."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate

from services.gateway.domain.refusals import TokenPeriodInvalid, TokenRevoked

LONGEST = timedelta(days=366)
"""How long a token lives at most before somebody has to renew it."""


class ServiceToken(Aggregate):
    """A token (*token de servicio*) of one integrator: what it may ask (``scopes``) and its last day."""

    TOPIC = "gateway.ServiceToken"

    person: UUID
    revoked: bool

    class Event(Aggregate.Event):
        def apply(self, aggregate: ServiceToken) -> None: ...

    class ServiceTokenIssued(Event, Aggregate.Created):
        """``person`` is the integrator under whose grants the token asks, ``system`` the program that holds it."""

        TOPIC = "gateway.ServiceTokenIssued"
        person: UUID
        system: str
        scopes: list[str]
        issued_on: date
        expires_on: date

    Created = ServiceTokenIssued

    class ServiceTokenRotated(Event):
        """A new secret; the one before it serves ``overlap_hours`` hours more."""

        TOPIC = "gateway.ServiceTokenRotated"
        rotated_on: date
        expires_on: date
        overlap_hours: int

    class ServiceTokenRevoked(Event):
        TOPIC = "gateway.ServiceTokenRevoked"
        revoked_on: date
        reason: str

        def apply(self, aggregate: ServiceToken) -> None:
            aggregate.revoked = True

    def __init__(self, person: UUID, system: str, scopes: list[str], issued_on: date, expires_on: date) -> None:
        # What the token may ask and until when is read from the events by the read model alone.
        self.person = person
        self.revoked = False

    @classmethod
    def issue(cls, *, person: UUID, system: str, scopes: list[str], on: date, expires_on: date) -> ServiceToken:
        """Raises `TokenPeriodInvalid`."""
        _check_period(on, expires_on)
        return cls._create(
            event_class=cls.ServiceTokenIssued,
            id=uuid4(),
            person=person,
            system=system,
            scopes=sorted(set(scopes)),
            issued_on=on,
            expires_on=expires_on,
        )

    def rotate(self, on: date, expires_on: date, overlap_hours: int) -> None:
        """Raises `TokenRevoked`, `TokenPeriodInvalid`."""
        if self.revoked:
            raise TokenRevoked
        _check_period(on, expires_on)
        self.trigger_event(self.ServiceTokenRotated, rotated_on=on, expires_on=expires_on, overlap_hours=overlap_hours)

    def revoke(self, on: date, reason: str) -> None:
        """It opens nothing from now on. Raises `TokenRevoked`."""
        if self.revoked:
            raise TokenRevoked
        self.trigger_event(self.ServiceTokenRevoked, revoked_on=on, reason=reason)


def _check_period(on: date, expires_on: date) -> None:
    if not on <= expires_on <= on + LONGEST:
        raise TokenPeriodInvalid(field="expires_on")

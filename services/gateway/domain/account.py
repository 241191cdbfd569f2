"""Account: what a person logs in with. One natural person may have several; grants belong to the person."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate

from services.gateway.domain.refusals import AccountDisabled
from shared.privacy.personal import Personal


class Account(Aggregate):
    """A log-in (*cuenta*). The password's hash is not here: an old hash must not stay in a log for ever."""

    TOPIC = "gateway.Account"

    person: UUID
    disabled: bool

    class Event(Aggregate.Event):
        def apply(self, aggregate: Account) -> None: ...

    class AccountCreated(Event, Aggregate.Created):
        """``person`` is the natural person's random id, ``login`` and ``display_name`` belong to that person."""

        TOPIC = "gateway.AccountCreated"
        person: UUID
        login: Personal
        display_name: Personal
        created_on: date

    Created = AccountCreated

    class PasswordReset(Event):
        TOPIC = "gateway.PasswordReset"
        reset_on: date

    class AccountDisabled(Event):
        TOPIC = "gateway.AccountDisabled"
        disabled_on: date
        reason: str

        def apply(self, aggregate: Account) -> None:
            aggregate.disabled = True

    def __init__(self, person: UUID, login: Personal, display_name: Personal, created_on: date) -> None:
        # created_on stays in the event alone: the library gives every aggregate an attribute of that name.
        self.person = person
        self.login = login
        self.display_name = display_name
        self.disabled = False

    @classmethod
    def create(cls, *, person: UUID, login: Personal, display_name: Personal, on: date) -> Account:
        return cls._create(
            event_class=cls.AccountCreated,
            id=uuid4(),
            person=person,
            login=login,
            display_name=display_name,
            created_on=on,
        )

    def reset_password(self, on: date) -> None:
        """Raises `AccountDisabled`: a disabled account gets no new password."""
        if self.disabled:
            raise AccountDisabled
        self.trigger_event(self.PasswordReset, reset_on=on)

    def disable(self, on: date, reason: str) -> None:
        """No log-in from now on; the person's past acts stay readable (ROL-04)."""
        if self.disabled:
            raise AccountDisabled
        self.trigger_event(self.AccountDisabled, disabled_on=on, reason=reason)

"""Account: what a person logs in with. One natural person may have several; grants belong to the person."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate

from services.gateway.domain.refusals import AccountDisabled, InstitutionalLoginAlready, InstitutionalLoginNone
from shared.privacy.personal import Personal


class Account(Aggregate):
    """A log-in (*cuenta*). The password's hash is not here: an old hash must not stay in a log for ever."""

    TOPIC = "gateway.Account"

    person: UUID
    login: Personal
    disabled: bool
    institutional: bool
    link: tuple[str, Personal] | None

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

    class InstitutionalLoginAllowed(Event):
        """From now on the person may enter with the institution's account (*ingreso institucional*)."""

        TOPIC = "gateway.InstitutionalLoginAllowed"
        allowed_on: date

        def apply(self, aggregate: Account) -> None:
            aggregate.institutional = True

    class AccountLinked(Event):
        """``subject`` is how the identity provider ``issuer`` names the person: an identifier that belongs to them."""

        TOPIC = "gateway.AccountLinked"
        issuer: str
        subject: Personal
        linked_on: date

        def apply(self, aggregate: Account) -> None:
            aggregate.link = (self.issuer, self.subject)

    class InstitutionalLoginEnded(Event):
        TOPIC = "gateway.InstitutionalLoginEnded"
        ended_on: date
        reason: str

        def apply(self, aggregate: Account) -> None:
            aggregate.institutional = False
            aggregate.link = None

    def __init__(self, person: UUID, login: Personal, display_name: Personal, created_on: date) -> None:
        # created_on stays in the event alone: the library gives every aggregate an attribute of that name.
        self.person = person
        self.login = login
        self.display_name = display_name
        self.disabled = False
        self.institutional = False
        self.link = None

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

    def allow_institutional_login(self, on: date) -> None:
        """Raises `AccountDisabled`, `InstitutionalLoginAlready`."""
        if self.disabled:
            raise AccountDisabled
        if self.institutional:
            raise InstitutionalLoginAlready
        self.trigger_event(self.InstitutionalLoginAllowed, allowed_on=on)

    def link_to(self, issuer: str, subject: Personal, on: date) -> None:
        """Tie the account to one identity of the provider. Raises `AccountDisabled`, `InstitutionalLoginNone` when it
        was not allowed, `InstitutionalLoginAlready` when it is tied to one."""
        if self.disabled:
            raise AccountDisabled
        if not self.institutional:
            raise InstitutionalLoginNone
        if self.link is not None:
            raise InstitutionalLoginAlready
        self.trigger_event(self.AccountLinked, issuer=issuer, subject=subject, linked_on=on)

    def end_institutional_login(self, on: date, reason: str) -> None:
        """Only the password opens the account from now on. Raises `InstitutionalLoginNone`."""
        if not self.institutional:
            raise InstitutionalLoginNone
        self.trigger_event(self.InstitutionalLoginEnded, ended_on=on, reason=reason)

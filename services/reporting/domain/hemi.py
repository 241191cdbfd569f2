"""HEMI outbox: one entry for each event that asks for one, until HEMI gives its receipt (PR-156; HEM-1 to HEM-6)."""

from __future__ import annotations

from datetime import date
from typing import Any, cast
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

from services.reporting.domain.refusals import EntryStateNotAllowed
from shared.catalogue.refusals import DateBeforePrecondition, DateInFuture
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

NAMESPACE = UUID("5d0c6f5e-1f0c-5c8f-9a55-6a0f0f6a2e15")
STATES = {
    "pending": "pendiente",
    "sent": "enviado",
    "receipted": "con radicado",
    "rejected": "rechazado",
}


class EntryEvent(Aggregate.Event):
    """A fact about one entry. Each tells entry, activity, kind and, once there is one, the receipt id."""


class HemiEntryQueued(EntryEvent, Aggregate.Created):
    """``source_event`` caused it; ``about`` is the case, or the contract of an operator's follow-up.

    ``corrects`` is the entry that it corrects and ``corrects_receipt`` that entry's receipt (HEM-5).
    """

    TOPIC = "reporting.HemiEntryQueued"
    entry_id: UUID
    case_id: UUID | None
    about: UUID
    activity: int
    kind: str
    module: str
    payload: dict[str, Any]
    mapping_version: str
    source_event: str
    corrects: UUID | None
    corrects_receipt: str | None
    queued_on: date
    receipt_id: str | None

    def apply(self, aggregate: HemiEntry) -> None:
        aggregate.about = self.about
        aggregate.case_id = self.case_id
        aggregate.activity = self.activity
        aggregate.kind = self.kind
        aggregate.module = self.module
        aggregate.payload = self.payload
        aggregate.mapping_version = self.mapping_version
        aggregate.source_event = self.source_event
        aggregate.corrects_receipt = self.corrects_receipt
        aggregate.queued_on = self.queued_on


class HemiEntrySent(EntryEvent):
    """An adapter handed the entry to HEMI. ``attempt`` counts the sendings of this entry that HEMI answered."""

    TOPIC = "reporting.HemiEntrySent"
    entry_id: UUID
    case_id: UUID | None
    activity: int
    kind: str
    attempt: int
    adapter: str
    sent_on: date
    receipt_id: str | None

    def apply(self, aggregate: HemiEntry) -> None:
        aggregate.state = "sent"


class HemiEntryReceipted(EntryEvent):
    """HEMI has the entry. ``recorded_by`` is None when the adapter brought the receipt."""

    TOPIC = "reporting.HemiEntryReceipted"
    entry_id: UUID
    case_id: UUID | None
    activity: int
    kind: str
    receipt_id: str
    receipted_on: date
    evidence: str | None
    recorded_by: UUID | None

    def apply(self, aggregate: HemiEntry) -> None:
        aggregate.state = "receipted"
        aggregate.receipt_id = self.receipt_id


class HemiEntryRejected(EntryEvent):
    """HEMI refused the entry; it waits on the list of rejected ones until somebody sends it again."""

    TOPIC = "reporting.HemiEntryRejected"
    entry_id: UUID
    case_id: UUID | None
    activity: int
    kind: str
    reason: Personal
    rejected_on: date
    evidence: str | None
    recorded_by: UUID | None
    receipt_id: str | None

    def apply(self, aggregate: HemiEntry) -> None:
        aggregate.state = "rejected"


class HemiEntryResent(EntryEvent):
    """A rejected or unanswered entry is to be sent again as a new attempt (HEM-4)."""

    TOPIC = "reporting.HemiEntryResent"
    entry_id: UUID
    case_id: UUID | None
    correction: Personal
    resent_on: date
    resent_by: UUID

    def apply(self, aggregate: HemiEntry) -> None:
        aggregate.state = "pending"
        aggregate.attempt += 1


class HemiEntry(Aggregate):
    """One entry of the outbox. A failure here undoes nothing of what happened (HEM-4)."""

    TOPIC = "reporting.HemiEntry"
    Event = EntryEvent
    Created = HemiEntryQueued
    HemiEntryQueued = HemiEntryQueued
    HemiEntrySent = HemiEntrySent
    HemiEntryReceipted = HemiEntryReceipted
    HemiEntryRejected = HemiEntryRejected
    HemiEntryResent = HemiEntryResent

    state = "pending"
    about = UUID(int=0)
    case_id = cast("UUID | None", None)
    activity = 0
    kind = ""
    module = ""
    payload = dict[str, Any]()
    mapping_version = ""
    source_event = ""
    corrects_receipt = cast("str | None", None)
    queued_on = date.min
    receipt_id = cast("str | None", None)
    attempt = 1

    @staticmethod
    def id_of(about: UUID, activity: int, source_event: str) -> UUID:
        """The key that makes queuing and sending idempotent: case or contract, activity, source event (HEM-2)."""
        return uuid5(NAMESPACE, f"{about}/{activity}/{source_event}")

    @classmethod
    def queue(cls, about: UUID, activity: int, source_event: str, **facts: Any) -> HemiEntry:
        """Queue the entry of one event."""
        entry_id = cls.id_of(about, activity, source_event)
        return cls._create(
            event_class=HemiEntryQueued,
            id=entry_id,
            entry_id=entry_id,
            about=about,
            activity=activity,
            source_event=source_event,
            receipt_id=None,
            **{"corrects": None, "corrects_receipt": None, **facts},
        )

    def subject(self) -> UUID:
        """Under whose keys free text about this entry lies."""
        return self.case_id or self.about

    def sent(self, adapter: str, on: date) -> None:
        """An adapter handed it over."""
        self._check("pending", "Solo se envía lo que está pendiente.")
        self.trigger_event(
            HemiEntrySent, **self._about(), attempt=self.attempt, adapter=adapter, sent_on=on, receipt_id=None
        )

    def receipted(
        self, receipt_id: str, on: date, *, evidence: str | None = None, recorded_by: UUID | None = None
    ) -> None:
        """HEMI gave its receipt."""
        self._check(("pending", "sent"), "Si HEMI lo rechazó, envíelo de nuevo primero.")
        self.trigger_event(
            HemiEntryReceipted,
            **self._about(),
            receipt_id=receipt_id,
            receipted_on=on,
            evidence=evidence,
            recorded_by=recorded_by,
        )

    def rejected(
        self, reason: Personal, on: date, *, evidence: str | None = None, recorded_by: UUID | None = None
    ) -> None:
        """HEMI refused it."""
        self._check(("pending", "sent"), "Ya tiene una respuesta de HEMI.")
        self.trigger_event(
            HemiEntryRejected,
            **self._about(),
            reason=reason,
            rejected_on=on,
            evidence=evidence,
            recorded_by=recorded_by,
            receipt_id=None,
        )

    def resend(self, act: Act, correction: Personal) -> None:
        """Send again what HEMI rejected or never answered."""
        self._check(("rejected", "sent"), "Se envía de nuevo lo rechazado o lo que HEMI no respondió.")
        self.trigger_event(
            HemiEntryResent,
            entry_id=self.id,
            case_id=self.case_id,
            correction=correction,
            resent_on=act.on,
            resent_by=act.person,
        )

    def check_dated(self, on: date, today: date, field: str) -> None:
        """Refuse an answer of HEMI dated before the entry or in the future (X-08)."""
        if on > today:
            raise DateInFuture(field=field, date=on.isoformat())
        if on < self.queued_on:
            raise DateBeforePrecondition(field=field, date=on.isoformat(), previous=self.queued_on.isoformat())

    def _about(self) -> dict[str, Any]:
        return {"entry_id": self.id, "case_id": self.case_id, "activity": self.activity, "kind": self.kind}

    def _check(self, states: str | tuple[str, ...], explanation: str) -> None:
        if self.state not in ((states,) if isinstance(states, str) else states):
            raise EntryStateNotAllowed(state=STATES[self.state], explanation=explanation)

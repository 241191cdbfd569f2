"""Referral to another office or entity (PR-156 act. 8; FO-069 inside the entity, FRM-14 outside it)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.profiling.domain.refusals import ReferralNotOverdue, WrongDocument
from services.profiling.domain.state import CaseState, Event, Referral
from shared.catalogue.refusals import ConsentMissing, EvidenceMissing, NotAuthorised, StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

DOCUMENT_OF = {"internal": "FO-069", "external": "FRM-14"}
"""A08-1: a memo to an office of the entity, a written communication to another one."""


class SharingNoted(Event):
    """The person authorised, or no longer authorises, that other entities get their data."""

    TOPIC = "profiling.SharingNoted"
    authorised: bool

    def apply(self, aggregate: CaseState) -> None:
        aggregate.may_share = self.authorised


class ReferralFact(Event):
    """A fact of one referral."""

    referral_id: UUID
    kind: str
    target_code: str


class ReferralIssued(ReferralFact):
    TOPIC = "profiling.ReferralIssued"
    alternative_code: str
    document: str
    document_no: str
    form_version: str
    form: dict[str, Any]
    reply_due: date
    issued_on: date
    issued_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "referred"
        aggregate.referral = Referral(self.referral_id, self.kind, self.target_code, self.issued_on, self.reply_due)


class ReferralReplied(ReferralFact):
    reason: Personal | None
    evidence: str | None
    replied_on: date
    recorded_by: UUID


class ReferralAcknowledged(ReferralReplied):
    TOPIC = "profiling.ReferralAcknowledged"


class ReferralRejected(ReferralReplied):
    """The case goes back to act. 6 with the reason (A08-3)."""

    TOPIC = "profiling.ReferralRejected"

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "alternatives_pending"
        aggregate.referral = None
        aggregate.chosen = ""
        aggregate.informed_on = max(aggregate.informed_on or self.replied_on, self.replied_on)


class ReferralOverdue(ReferralFact):
    """P-31 passed without a reply; recorded once, by the system, as the reminder."""

    TOPIC = "profiling.ReferralOverdue"
    overdue_since: date

    def apply(self, aggregate: CaseState) -> None:
        assert aggregate.referral is not None
        aggregate.referral.overdue = True


class CaseReferredClosed(Event):
    """The referral was received, or a coordinator closed it unanswered, with a reason."""

    TOPIC = "profiling.CaseReferredClosed"
    referral_id: UUID
    unanswered: bool
    reason: Personal | None
    closed_on: date

    def apply(self, aggregate: CaseState) -> None:
        aggregate.end("closed_referred")


class ReferralActs(CaseState):
    """What may happen in act. 8."""

    def note_sharing(self, *, authorised: bool) -> None:
        if authorised != self.may_share:
            self.trigger_event(SharingNoted, authorised=authorised)

    def issue_referral(
        self,
        act: Act,
        *,
        referral_id: UUID,
        kind: str,
        target_code: str,
        document: str,
        document_no: str,
        form_version: str,
        form: dict[str, Any],
        reply_due: date,
    ) -> None:
        """Refer the person to what they chose in act. 6. Raises `WrongDocument`, `ConsentMissing` (A08-1)."""
        self.check_open(act)
        if not self.chosen:
            raise StepOutOfOrder(missing="que la persona elija una alternativa (actividad 6)")
        act.check_not_before(self.chosen_on)
        if document != DOCUMENT_OF[kind]:
            raise WrongDocument(field="document", needed=DOCUMENT_OF[kind])
        if kind == "external" and not self.may_share:
            raise ConsentMissing(missing="la autorización para entregar sus datos a otra entidad (remisión)")
        self.trigger_event(
            ReferralIssued,
            referral_id=referral_id,
            kind=kind,
            target_code=target_code,
            alternative_code=self.chosen,
            document=document,
            document_no=document_no,
            form_version=form_version,
            form=form,
            reply_due=reply_due,
            issued_on=act.on,
            issued_by=act.person,
        )

    def acknowledge_referral(self, act: Act, *, reason: Personal | None, evidence: str | None) -> None:
        """The target receives the person; the case closes."""
        referral = self._replied(act, ReferralAcknowledged, reason, evidence)
        self.trigger_event(
            CaseReferredClosed, referral_id=referral.referral_id, unanswered=False, reason=None, closed_on=act.on
        )

    def reject_referral(self, act: Act, *, reason: Personal, evidence: str | None) -> None:
        """The target does not receive the person."""
        self._replied(act, ReferralRejected, reason, evidence)

    def close_unanswered_referral(self, act: Act, *, reason: Personal) -> None:
        """Close a referral that nobody answered within P-31 (A08-2)."""
        referral = self._waiting(act)
        if act.on <= referral.reply_due:
            raise ReferralNotOverdue(due=referral.reply_due.isoformat())
        self.trigger_event(
            CaseReferredClosed, referral_id=referral.referral_id, unanswered=True, reason=reason, closed_on=act.on
        )

    def note_referral_overdue(self, referral_id: UUID, day: date) -> bool:
        """Record that the reply is late; False when there is nothing to record."""
        referral = self.referral
        if self.state != "referred" or referral is None or referral.referral_id != referral_id or referral.overdue:
            return False
        if referral.reply_due >= day:
            return False
        self.trigger_event(ReferralOverdue, **_of(referral), overdue_since=referral.reply_due)
        return True

    def _waiting(self, act: Act) -> Referral:
        self.check_open(act)
        assert self.referral is not None
        act.check_not_before(self.referral.issued_on)
        return self.referral

    def _replied(
        self, act: Act, event: type[ReferralReplied], reason: Personal | None, evidence: str | None
    ) -> Referral:
        referral = self._waiting(act)
        own_office = referral.kind == "internal"
        if own_office != (act.role == "receiving_office"):
            who = "la dependencia que recibe" if own_office else "el profesional, con el soporte de la respuesta"
            raise NotAuthorised(command=act.procedure.label(act.command), roles=who)
        if not own_office and evidence is None:
            raise EvidenceMissing(field="file", missing="la respuesta de la entidad")
        self.trigger_event(
            event, **_of(referral), reason=reason, evidence=evidence, replied_on=act.on, recorded_by=act.person
        )
        return referral


def _of(referral: Referral) -> dict[str, Any]:
    return {"referral_id": referral.referral_id, "kind": referral.kind, "target_code": referral.target_code}

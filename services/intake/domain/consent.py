"""The person's authorisation to process their data, and its withdrawal (X-12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.intake.domain.case_state import CaseState, Event
from shared.catalogue.refusals import ConsentMissing, FieldInvalid
from shared.catalogue.types import Act


class ConsentRecorded(Event):
    """The person authorised the processing of their data."""

    TOPIC = "intake.ConsentRecorded"
    notice_version: str
    purpose_codes: list[str]
    given_on: date
    evidence: str
    recorded_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.authorised = {**aggregate.authorised, **dict.fromkeys(self.purpose_codes, self.given_on)}


class ConsentWithdrawn(Event):
    """The person withdrew the authorisation for some purposes, or for all."""

    TOPIC = "intake.ConsentWithdrawn"
    notice_version: str | None
    purpose_codes: list[str]
    withdrawn_on: date
    recorded_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.authorised = {k: day for k, day in aggregate.authorised.items() if k not in self.purpose_codes}


class ConsentActs(CaseState):
    """Recording and withdrawing the authorisation."""

    def record_consent(
        self, act: Act, *, notice_version: str, purpose_codes: Sequence[str], given_on: date, evidence: str | None
    ) -> None:
        """Record the signed authorisation, with its evidence."""
        act.check_state(self.state)
        self.authorise(
            act, notice_version=notice_version, purpose_codes=purpose_codes, given_on=given_on, evidence=evidence
        )

    def authorise(
        self,
        act: Act,
        *,
        notice_version: str | None,
        purpose_codes: Sequence[str],
        given_on: date | None,
        evidence: str | None,
    ) -> None:
        """Record an authorisation, also in the act that identifies. Raises `ConsentMissing` where a part is missing."""
        if not notice_version:
            raise ConsentMissing(field="notice_version", missing="la versión del aviso de privacidad")
        if not purpose_codes:
            raise ConsentMissing(field="purposes", missing="las finalidades autorizadas")
        if given_on is None:
            raise ConsentMissing(field="given_on", missing="la fecha de la autorización")
        if evidence is None:
            raise ConsentMissing(field="file", missing="el documento de la autorización firmada")
        if given_on > act.on:
            raise FieldInvalid(field="given_on", explanation="la autorización no puede ser posterior a su registro.")
        self.trigger_event(
            ConsentRecorded,
            notice_version=notice_version,
            purpose_codes=list(purpose_codes),
            given_on=given_on,
            evidence=evidence,
            recorded_by=act.person,
        )

    def withdraw_consent(self, act: Act, *, purpose_codes: Sequence[str], withdrawn_on: date) -> None:
        """Record that the person withdrew the authorisation; without purposes named, for all of them."""
        act.check_state(self.state)
        purposes = [code for code in (purpose_codes or self.authorised) if code in self.authorised]
        if not purposes:
            raise ConsentMissing(missing="no hay autorización vigente que retirar")
        self.trigger_event(
            ConsentWithdrawn,
            notice_version=None,
            purpose_codes=purposes,
            withdrawn_on=withdrawn_on,
            recorded_by=act.person,
        )

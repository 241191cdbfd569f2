"""Awareness talk and commitment (PR-156 act. 11: charla de sensibilización, acta de compromiso)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.assistance.domain.refusals import NotAttended
from services.assistance.domain.state import Breach, CaseState, Event
from shared.catalogue.refusals import (
    CatalogueNotEffective,
    EvidenceMissing,
    FieldInvalid,
    FormIncomplete,
    StepOutOfOrder,
)
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


@dataclass(frozen=True)
class CommitmentText:
    """The text in force on the day of the signature: its version and the ids of its phases and commitments."""

    version: str
    phases: tuple[str, ...]
    commitments: tuple[str, ...]


class TalkAttended(Event):
    """The person came to the talk of the process that they accepted. ``attendance`` is the row of FO-078."""

    TOPIC = "assistance.TalkAttended"
    talk_id: UUID
    call_id: UUID
    held_on: date
    attendance: dict[str, Any]

    def apply(self, aggregate: CaseState) -> None:
        aggregate.talks[self.talk_id] = (self.call_id, self.held_on)


class CommitmentSigned(Event):
    """The person and the entity signed the commitment, one item per commitment (FRM-12)."""

    TOPIC = "assistance.CommitmentSigned"
    commitment_id: UUID
    text_version: str
    call_id: UUID
    phases: list[str]
    commitments: list[dict[str, Any]]
    form: dict[str, Any]
    signed_on: date
    recorded_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "committed"
        aggregate.commitment_id = self.commitment_id
        aggregate.committed_on = self.signed_on
        aggregate.pledged = {item["id"]: item["text"] for item in self.commitments}


class CommitmentBreached(Event):
    """One commitment that was not kept: what happened, what proves it, what the person answered (CASE-4)."""

    TOPIC = "assistance.CommitmentBreached"
    breach_id: UUID
    commitment_id: UUID
    commitment: str
    facts: Personal
    evidence: list[str]
    answer: Personal
    noted_on: date
    noted_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.breaches[self.breach_id] = Breach(self.commitment, self.noted_on, self.facts, self.answer)


class CommitmentActs(CaseState):
    """What may happen in act. 11."""

    def attend_talk(self, act: Act, *, talk_id: UUID, call_id: UUID, attendance: dict[str, Any]) -> None:
        """Note that the person came. The talk is on the process that the person accepted (A11-1)."""
        self.check_open(act)
        act.check_not_before(self.accepted_on)
        if call_id != self.call_id:
            raise FieldInvalid(
                field="attendees", explanation="una de las personas aceptó otro proceso; regístrela en su charla."
            )
        if talk_id not in self.talks:
            self.trigger_event(TalkAttended, talk_id=talk_id, call_id=call_id, held_on=act.on, attendance=attendance)

    def sign_commitment(self, act: Act, *, commitment_id: UUID, form: dict[str, Any], text: CommitmentText) -> None:
        """Sign the text in force, for every phase of it and with each of its commitments listed (A11-2).

        Raises `NotAttended`, `CatalogueNotEffective`, `FormIncomplete`, `FieldInvalid`.
        """
        self.check_open(act)
        attended = [held_on for call_id, held_on in self.talks.values() if call_id == self.call_id]
        if not attended:
            raise NotAttended()
        act.check_not_before(min(attended))
        if form["process"] != self.call_id:
            raise FieldInvalid(field="form.process", explanation="el acta nombra el proceso que la persona aceptó.")
        if form["text_version"] != text.version:
            raise CatalogueNotEffective(
                field="form.text_version",
                version=form["text_version"],
                artefact="acta de compromiso",
                date=act.on.isoformat(),
            )
        names = [item["id"] for item in form["commitments"]]
        if len(set(names)) != len(names):
            raise FieldInvalid(field="form.commitments", explanation="cada compromiso lleva su propio identificador.")
        for field, wanted, given in (("phases", text.phases, form["phases"]), ("commitments", text.commitments, names)):
            missing = [each for each in wanted if each not in given]
            if missing:
                raise FormIncomplete(field=f"form.{field}", form="Acta de compromiso", missing=", ".join(missing))
        self.trigger_event(
            CommitmentSigned,
            commitment_id=commitment_id,
            text_version=form["text_version"],
            call_id=self.call_id,
            phases=list(form["phases"]),
            commitments=list(form["commitments"]),
            form=form,
            signed_on=act.on,
            recorded_by=act.person,
        )

    def record_breach(
        self, act: Act, *, breach_id: UUID, commitment: str, facts: Personal, evidence: list[str], answer: Personal
    ) -> None:
        """Record that a signed commitment was not kept; the state of the case stays (CASE-4).

        Raises `StepOutOfOrder`, `FieldInvalid`, `EvidenceMissing`.
        """
        self.check_open(act)
        if self.commitment_id is None:
            raise StepOutOfOrder(missing="el acta de compromiso firmada (actividad 11)")
        act.check_not_before(self.committed_on)
        if commitment not in self.pledged:
            listed = ", ".join(self.pledged)
            raise FieldInvalid(field="commitment", explanation=f"el acta firmada tiene los compromisos {listed}.")
        if not evidence:
            raise EvidenceMissing(field="evidence", missing="el soporte del incumplimiento")
        self.trigger_event(
            CommitmentBreached,
            breach_id=breach_id,
            commitment_id=self.commitment_id,
            commitment=commitment,
            facts=facts,
            evidence=evidence,
            answer=answer,
            noted_on=act.on,
            noted_by=act.person,
        )

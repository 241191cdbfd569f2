"""Use cases of acts 11 and 12: talk, commitment, complementary training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

from services.assistance.application.base import AssistanceBase, check_unique, new_id
from services.assistance.domain import AssistanceCase, AwarenessTalk
from services.assistance.domain.commitment import CommitmentText
from services.assistance.domain.state import Meeting
from shared.catalogue.refusals import FieldInvalid, NotFound, Refusal
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign


class TalksAndTraining(AssistanceBase):
    """Group acts touch several cases in one commit: all rows are recorded, or none."""

    def schedule_talk(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        call: UUID,
        planned_on: date,
        starts: str,
        ends: str,
        place: str,
        facilitators: list[UUID],
    ) -> dict[str, Any]:
        self.cohort(uow, call)
        talk = AwarenessTalk.schedule(
            new_id(),
            call_id=call,
            planned_on=planned_on,
            starts=starts,
            ends=ends,
            place=place,
            facilitators=facilitators,
        )
        uow.add(talk)
        return {"id": str(talk.id)}

    def record_talk_attendance(
        self, uow: UnitOfWork, act: Act, *, call: UUID, talk: UUID | None, form: dict[str, Any]
    ) -> dict[str, Any]:
        """Record FO-078 of a talk, scheduled or not; every row is a case that accepted this process."""
        self.cohort(uow, call)
        held = uow.find(AwarenessTalk, talk) if talk else AwarenessTalk.prepare(new_id(), call)
        if held is None:
            raise NotFound(what="la charla", field="talk")
        if held.call_id != call:
            raise FieldInvalid(field="call", explanation="la charla programada es de otro proceso.")
        uow.add(held)
        rows = form["attendees"]
        check_unique([row["case"] for row in rows], "form.attendees")
        for position, case in self._attending(uow, rows, "form.attendees"):
            with _row("form.attendees", position):
                attendance = assign(rows[position], case.subject())
                case.attend_talk(act, talk_id=held.id, call_id=call, attendance=attendance)
        sheet = {key: value for key, value in form.items() if key != "attendees"}
        held.hold(
            act,
            form_version=self.form_version("FO-078", act),
            form=assign(sheet, held.id),
            attendees=len(rows),
        )
        return {"id": str(held.id)}

    def sign_commitment(self, uow: UnitOfWork, act: Act, case_id: UUID, *, form: dict[str, Any]) -> dict[str, Any]:
        case = self.case(uow, case_id)
        commitment_id = new_id()
        text = self.catalogue.text(COMMITMENT_TEXT, act.on)
        case.sign_commitment(
            act,
            commitment_id=commitment_id,
            form=assign(form, case.subject()),
            text=CommitmentText(
                text.version,
                tuple(clause.id for clause in text.phases),
                tuple(clause.id for clause in text.commitments),
            ),
        )
        return {"id": str(case_id), "commitment_id": str(commitment_id)}

    def record_commitment_breach(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        commitment: str,
        facts: Personal,
        evidence: list[str] | None,
        answer: Personal,
    ) -> dict[str, Any]:
        case, breach_id = self.case(uow, case_id), new_id()
        told = assign({"facts": facts, "answer": answer}, case.subject())
        case.record_breach(act, breach_id=breach_id, commitment=commitment, evidence=evidence or [], **told)
        return {"id": str(case_id), "breach_id": str(breach_id)}

    def issue_training_memo(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        course: str,
        to_office: str,
        person: Personal,
        subject: str,
        body: Personal,
        signed_by: dict[str, Any],
        attachments: list[UUID],
    ) -> dict[str, Any]:
        """Issue FO-069; its number is taken only if the case accepts the memo."""
        case = self.case(uow, case_id)
        training_id = new_id()
        memo_no = self.number(uow, "FO-069", act, training_id)
        memo = {"to_office": to_office, "subject": subject, "body": body, "signed_by": signed_by}
        memo |= {"persons": [{"case": case_id, "name": person}], "attachments": attachments}
        case.issue_training_memo(
            act,
            training_id=training_id,
            memo_no=memo_no,
            course=course,
            planned_hours=self.quantity("P-04", act.on),
            memo=assign(memo, case.subject()),
        )
        return {"id": str(case_id), "training_id": str(training_id), "number": memo_no}

    def acknowledge_training_memo(self, uow: UnitOfWork, act: Act, case_id: UUID) -> dict[str, Any]:
        self.case(uow, case_id).acknowledge_training_memo(act)
        return {"id": str(case_id)}

    def enrol_in_training(self, uow: UnitOfWork, act: Act, case_id: UUID) -> dict[str, Any]:
        self.case(uow, case_id).enrol_in_training(act)
        return {"id": str(case_id)}

    def record_training_hours(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        starts: str,
        ends: str,
        topic: str,
        place: str | None,
        attendees: list[dict[str, Any]],
    ) -> dict[str, Any]:
        """Record one meeting of the training for everybody who came."""
        meeting_id = new_id()
        limit = self.quantity("P-34", act.on)
        check_unique([row["case"] for row in attendees], "attendees")
        for position, case in self._attending(uow, attendees, "attendees"):
            row = attendees[position]
            with _row("attendees", position):
                case.record_training_hours(
                    act,
                    meeting_id=meeting_id,
                    meeting=Meeting(act.on, starts, ends, row["hours"]),
                    topic=topic,
                    attendance=assign({"place": place, "signature": row["signature"]}, case.subject()),
                    daily_limit=limit,
                )
        return {"id": str(meeting_id)}

    def complete_training(self, uow: UnitOfWork, act: Act, case_id: UUID) -> dict[str, Any]:
        self.case(uow, case_id).complete_training(act)
        return {"id": str(case_id)}

    def authorise_training_exception(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, reason: Personal, file: UUID | None
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.authorise_training_exception(act, reason=assign(reason, case.subject()), file=file)
        return {"id": str(case_id)}

    def _attending(
        self, uow: UnitOfWork, rows: list[dict[str, Any]], field: str
    ) -> Iterator[tuple[int, AssistanceCase]]:
        for position, row in enumerate(rows):
            case = uow.find(AssistanceCase, row["case"])
            if case is None:
                raise NotFound(what="uno de los casos de la lista", field=f"{field}[{position}].case")
            yield position, case


COMMITMENT_TEXT = "ACTA-COMPROMISO"
"""The catalogue's dated text of the commitment; signing another version than the one in force is refused."""


@contextmanager
def _row(field: str, position: int) -> Iterator[None]:
    """Say in which row of a group act a refusal arose; what is wrong for the whole group stays where it is."""
    try:
        yield
    except Refusal as refusal:
        if refusal.field != "ends":
            refusal.field = f"{field}[{position}].{'hours' if refusal.field == 'hours' else 'case'}"
        raise

"""Complementary training (PR-156 act. 12: formación complementaria), a track beside the state of the case."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.assistance.domain.refusals import HoursOutOfRange, MeetingOverlap, MemoMissing
from services.assistance.domain.state import CaseState, Event, Meeting, Training
from shared.catalogue.refusals import StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


class TrainingMemoIssued(Event):
    """FO-069 asks the training office to enrol the person. ``planned_hours`` is P-04 on that date."""

    TOPIC = "assistance.TrainingMemoIssued"
    training_id: UUID
    hours_total: Decimal
    memo_no: str
    course: str
    planned_hours: Decimal
    memo: dict[str, Any]
    issued_on: date
    issued_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.training = Training(self.training_id, self.memo_no, self.planned_hours, self.issued_on)


class TrainingEvent(Event):
    """A fact of the training that the person is in."""

    training_id: UUID
    hours_total: Decimal

    def apply(self, aggregate: CaseState) -> None:
        assert aggregate.training is not None
        self.change(aggregate.training)

    def change(self, training: Training) -> None:
        """What this fact changes."""


class TrainingMemoAcknowledged(TrainingEvent):
    TOPIC = "assistance.TrainingMemoAcknowledged"
    acknowledged_on: date
    acknowledged_by: UUID

    def change(self, training: Training) -> None:
        training.acknowledged_on = self.acknowledged_on


class TrainingEnrolled(TrainingEvent):
    TOPIC = "assistance.TrainingEnrolled"
    enrolled_on: date
    enrolled_by: UUID

    def change(self, training: Training) -> None:
        training.enrolled_on = self.enrolled_on


class TrainingHoursRecorded(TrainingEvent):
    """The person attended one meeting; ``hours`` is of this meeting, ``hours_total`` of all so far."""

    TOPIC = "assistance.TrainingHoursRecorded"
    hours: Decimal
    meeting_id: UUID
    held_on: date
    starts: str
    ends: str
    topic: str
    attendance: dict[str, Any]
    recorded_by: UUID

    def change(self, training: Training) -> None:
        training.meetings.append(Meeting(self.held_on, self.starts, self.ends, self.hours))
        training.hours_total = self.hours_total


class TrainingCompleted(TrainingEvent):
    TOPIC = "assistance.TrainingCompleted"
    completed_on: date
    completed_by: UUID

    def change(self, training: Training) -> None:
        training.completed_on = self.completed_on


class TrainingExceptionAuthorised(TrainingEvent):
    """The subdirector lets the case go on with fewer hours; ``hours`` is how many were attended (AMB-06)."""

    TOPIC = "assistance.TrainingExceptionAuthorised"
    hours: Decimal
    reason: Personal
    file: UUID | None
    authorised_on: date
    authorised_by: UUID

    def change(self, training: Training) -> None:
        training.excepted_on = self.authorised_on


class TrainingActs(CaseState):
    """What may happen in act. 12, from the commitment until the hand-over."""

    def issue_training_memo(
        self, act: Act, *, training_id: UUID, memo_no: str, course: str, planned_hours: Decimal, memo: dict[str, Any]
    ) -> None:
        """Ask for the person's training. One memo a case: a second is `StepOutOfOrder`."""
        self.check_open(act)
        act.check_not_before(self.committed_on)
        if self.training is not None:
            raise StepOutOfOrder(missing=f"nada: el memorando {self.training.memo_no} ya está emitido")
        self.trigger_event(
            TrainingMemoIssued,
            training_id=training_id,
            hours_total=Decimal(0),
            memo_no=memo_no,
            course=course,
            planned_hours=planned_hours,
            memo=memo,
            issued_on=act.on,
            issued_by=act.person,
        )

    def acknowledge_training_memo(self, act: Act) -> None:
        training = self._training(act)
        act.check_not_before(training.issued_on)
        if training.acknowledged_on is not None:
            raise StepOutOfOrder(missing="nada: el memorando ya tiene acuse de recibo")
        self._note(TrainingMemoAcknowledged, acknowledged_on=act.on, acknowledged_by=act.person)

    def enrol_in_training(self, act: Act) -> None:
        training = self._training(act)
        act.check_not_before(training.issued_on)
        if training.enrolled_on is not None:
            raise StepOutOfOrder(missing="nada: la persona ya está inscrita en la formación")
        self._note(TrainingEnrolled, enrolled_on=act.on, enrolled_by=act.person)

    def record_training_hours(
        self,
        act: Act,
        *,
        meeting_id: UUID,
        meeting: Meeting,
        topic: str,
        attendance: dict[str, Any],
        daily_limit: Decimal,
    ) -> None:
        """Add an attended meeting. ``daily_limit`` is P-34, hours of one person in one day.

        Raises `HoursOutOfRange`, `MeetingOverlap`, `MemoMissing`, `StepOutOfOrder`.
        """
        training = self._training(act)
        if training.enrolled_on is None:
            raise StepOutOfOrder(missing="la inscripción en la formación (actividad 12)")
        act.check_not_before(training.enrolled_on)
        length = _minutes(meeting.ends) - _minutes(meeting.starts)
        if length <= 0:
            raise HoursOutOfRange(field="ends", explanation="la sesión termina antes de empezar.")
        if meeting.hours <= 0 or meeting.hours * 60 > length:
            raise HoursOutOfRange(
                field="hours",
                explanation=f"la sesión de {meeting.starts} a {meeting.ends} no tiene {meeting.hours} h.",
            )
        same_day = [other for other in training.meetings if other.held_on == meeting.held_on]
        for other in same_day:
            if _minutes(other.starts) < _minutes(meeting.ends) and _minutes(meeting.starts) < _minutes(other.ends):
                raise MeetingOverlap(date=meeting.held_on.isoformat(), starts=other.starts, ends=other.ends)
        if sum((other.hours for other in same_day), meeting.hours) > daily_limit:
            raise HoursOutOfRange(
                field="hours", explanation=f"una persona puede sumar hasta {daily_limit} h de formación en un día."
            )
        self.trigger_event(
            TrainingHoursRecorded,
            training_id=training.training_id,
            hours_total=training.hours_total + meeting.hours,
            hours=meeting.hours,
            meeting_id=meeting_id,
            held_on=meeting.held_on,
            starts=meeting.starts,
            ends=meeting.ends,
            topic=topic,
            attendance=attendance,
            recorded_by=act.person,
        )

    def complete_training(self, act: Act) -> None:
        """Close the training; the attended hours must reach the planned ones (P-04) or be excepted."""
        training = self._training(act)
        if training.completed_on is not None:
            raise StepOutOfOrder(missing="nada: la formación ya está completa")
        if training.hours_total < training.planned_hours and training.excepted_on is None:
            raise StepOutOfOrder(
                missing=f"asistir a la formación completa (lleva {training.hours_total} de {training.planned_hours} h)"
            )
        act.check_not_before(max((each.held_on for each in training.meetings), default=training.issued_on))
        self._note(TrainingCompleted, completed_on=act.on, completed_by=act.person)

    def authorise_training_exception(self, act: Act, *, reason: Personal, file: UUID | None) -> None:
        training = self._training(act)
        if training.enrolled_on is None:
            raise StepOutOfOrder(missing="la inscripción en la formación (actividad 12)")
        act.check_not_before(training.enrolled_on)
        if training.excepted_on is not None:
            raise StepOutOfOrder(missing="nada: la excepción ya está autorizada")
        self._note(
            TrainingExceptionAuthorised,
            hours=training.hours_total,
            reason=reason,
            file=file,
            authorised_on=act.on,
            authorised_by=act.person,
        )

    def _training(self, act: Act) -> Training:
        self.check_open(act)
        if self.training is None:
            raise MemoMissing()
        return self.training

    def _note(self, event_class: type[TrainingEvent], **facts: Any) -> None:
        assert self.training is not None
        self.trigger_event(
            event_class, training_id=self.training.training_id, hours_total=self.training.hours_total, **facts
        )


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")[:2]
    return int(hours) * 60 + int(minutes)

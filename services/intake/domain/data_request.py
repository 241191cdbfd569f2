"""Requests of data subjects (*consulta, reclamo, supresión*) and the terms in which the law has them answered.

A query is answered within P-43, a claim and an erasure within P-42; both may be extended once, by a notice with reasons
(Ley 1581 de 2012 art. 14 and 15, X-12).
"""

from __future__ import annotations

from datetime import date
from typing import Any, cast
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate

from services.intake.domain.data_terms import Terms
from services.intake.domain.refusals import (
    CompletionTooLate,
    DataRequestClosed,
    DataRequestIncomplete,
    DataRequestTermOver,
    ExtensionTooLate,
    ExtensionUsed,
)
from shared.catalogue.refusals import FieldInvalid, StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

QUERY, CLAIM, ERASURE = "query", "claim", "erasure"
"""*Consulta* (art. 14), *reclamo* (correct, update, complain) and *supresión* (art. 15)."""
OPEN, INCOMPLETE, ANSWERED, LAPSED = "open", "incomplete", "answered", "lapsed"
HOLDER = "holder"
GRANTED, PARTLY, REFUSED = "granted", "partly", "refused"
STAYS = frozenset({PARTLY, REFUSED})
"""Outcomes by which something that was asked for is not done: they name their legal ground."""


class DataRequestEvent(Aggregate.Event):
    """A fact about one request."""

    def apply(self, aggregate: Any) -> None: ...


class DataRequestOpened(DataRequestEvent, Aggregate.Created):
    """It came in. ``asked_by``: the holder of the data, a successor or an attorney; ``text``: what they ask.

    ``due_on`` is the last day to answer, ``extendable_until`` the last day that a notice may name instead;
    ``completion_until`` the last day to ask for what a claim lacks and ``legend_by`` that by which the data carry the
    legend, none for a query.
    """

    TOPIC = "intake.DataRequestOpened"
    case_id: UUID
    person: UUID
    kind: str
    asked_by: str
    evidence: str | None
    channel: str
    text: Personal
    received_on: date
    due_on: date
    extendable_until: date
    completion_until: date | None
    legend_by: date | None
    opened_on: date
    opened_by: UUID

    def apply(self, aggregate: DataRequest) -> None:
        aggregate.state = OPEN
        aggregate.case_id, aggregate.person, aggregate.kind = self.case_id, self.person, self.kind
        aggregate.received_on, aggregate.happened_on = self.received_on, self.received_on
        aggregate.due_on, aggregate.extendable_until = self.due_on, self.extendable_until
        aggregate.completion_until = self.completion_until


class DataRequestCompletionAsked(DataRequestEvent):
    """The claim lacks something; who asked has until ``lapses_on``, or it is taken as withdrawn (art. 15 num. 1)."""

    TOPIC = "intake.DataRequestCompletionAsked"
    case_id: UUID
    missing: Personal
    asked_on: date
    lapses_on: date
    asked_by: UUID

    def apply(self, aggregate: DataRequest) -> None:
        aggregate.state, aggregate.lapses_on = INCOMPLETE, self.lapses_on
        aggregate.completion_asked, aggregate.happened_on = True, self.asked_on


class DataRequestCompleted(DataRequestEvent):
    """What was missing came; the term runs from this day."""

    TOPIC = "intake.DataRequestCompleted"
    case_id: UUID
    evidence: str | None
    completed_on: date
    due_on: date
    extendable_until: date
    recorded_by: UUID

    def apply(self, aggregate: DataRequest) -> None:
        aggregate.state, aggregate.lapses_on = OPEN, None
        aggregate.due_on, aggregate.extendable_until = self.due_on, self.extendable_until
        aggregate.happened_on = self.completed_on


class DataRequestLapsed(DataRequestEvent):
    """Nobody completed it: taken as withdrawn."""

    TOPIC = "intake.DataRequestLapsed"
    case_id: UUID
    lapsed_on: date

    def apply(self, aggregate: DataRequest) -> None:
        aggregate.state = LAPSED


class DataRequestExtended(DataRequestEvent):
    """A notice told who asked why it takes longer, and the day on which it will be answered."""

    TOPIC = "intake.DataRequestExtended"
    case_id: UUID
    reason: Personal
    notice: str
    notified_on: date
    due_on: date
    extended_by: UUID

    def apply(self, aggregate: DataRequest) -> None:
        aggregate.due_on, aggregate.extended = self.due_on, True
        aggregate.happened_on = self.notified_on


class DataRequestAnswered(DataRequestEvent):
    """``ground``: why what was asked for is not done, or not in whole. ``late``: after its term."""

    TOPIC = "intake.DataRequestAnswered"
    case_id: UUID
    outcome: str
    ground: str | None
    text: Personal
    file: str
    answered_on: date
    late: bool
    answered_by: UUID

    def apply(self, aggregate: DataRequest) -> None:
        aggregate.state, aggregate.outcome = ANSWERED, self.outcome
        aggregate.happened_on = self.answered_on


class DataRequestErasureAsked(DataRequestEvent):
    """What was granted is under way: the erasure that was asked for because of this request."""

    TOPIC = "intake.DataRequestErasureAsked"
    case_id: UUID
    erasure_id: UUID
    asked_on: date

    def apply(self, aggregate: DataRequest) -> None:
        aggregate.erasure_id = self.erasure_id


class DataRequest(Aggregate):
    """One request of one person."""

    TOPIC = "intake.DataRequest"
    Event = DataRequestEvent
    Created = DataRequestOpened = DataRequestOpened
    DataRequestCompletionAsked = DataRequestCompletionAsked
    DataRequestCompleted = DataRequestCompleted
    DataRequestLapsed = DataRequestLapsed
    DataRequestExtended = DataRequestExtended
    DataRequestAnswered = DataRequestAnswered
    DataRequestErasureAsked = DataRequestErasureAsked

    # No annotations here: the library would turn them into constructor arguments.
    state = kind = outcome = ""
    case_id = person = UUID(int=0)
    received_on = happened_on = due_on = extendable_until = date.min
    completion_until = lapses_on = cast("date | None", None)
    erasure_id = cast("UUID | None", None)
    extended = completion_asked = False

    @classmethod
    def open(
        cls,
        act: Act,
        terms: Terms,
        *,
        person: UUID,
        case_id: UUID,
        kind: str,
        asked_by: str,
        evidence: str | None,
        channel: str,
        text: str,
    ) -> DataRequest:
        """Record a request that came in on the day of the act: its terms run from the next working day.

        Raises `FieldInvalid` where somebody asks for another without showing by what right.
        """
        if asked_by != HOLDER and evidence is None:
            explanation = "adjunte lo que acredita a quien pide (registro civil, poder)."
            raise FieldInvalid(field="evidence", explanation=explanation)
        due_on, extendable_until = terms.answer(kind, act.on)
        is_claim = kind != QUERY
        return cls._create(
            event_class=DataRequestOpened,
            id=uuid4(),
            case_id=case_id,
            person=person,
            kind=kind,
            asked_by=asked_by,
            evidence=evidence,
            channel=channel,
            # Of class i, which every erasure takes: what a person asks is about the person.
            text=Personal(person, "i", text),
            received_on=act.on,
            due_on=due_on,
            extendable_until=extendable_until,
            completion_until=terms.completion(act.on) if is_claim else None,
            legend_by=terms.legend(act.on) if is_claim else None,
            opened_on=act.today,
            opened_by=act.person,
        )

    def ask_completion(self, act: Act, terms: Terms, *, missing: str) -> None:
        """Ask for what a claim lacks. Raises `CompletionTooLate` after P-56, or for a query."""
        self._check_open()
        if self.kind == QUERY:
            raise FieldInvalid(field="id", explanation="una consulta se responde con lo que se tiene.")
        assert self.completion_until is not None
        act.check_not_before(self.happened_on)
        if self.completion_asked or act.on > self.completion_until:
            raise CompletionTooLate(until=str(self.completion_until))
        self.trigger_event(
            DataRequestCompletionAsked,
            case_id=self.case_id,
            missing=Personal(self.person, "i", missing),
            asked_on=act.on,
            lapses_on=terms.lapse(act.on),
            asked_by=act.person,
        )

    def complete(self, act: Act, terms: Terms, *, evidence: str | None) -> None:
        """What was missing came. Raises `DataRequestTermOver` once the request counts as withdrawn."""
        if self.state != INCOMPLETE:
            raise StepOutOfOrder(missing="pedir a la persona que complete la solicitud")
        assert self.lapses_on is not None
        act.check_not_before(self.happened_on)
        if act.on > self.lapses_on:
            raise DataRequestTermOver(until=str(self.lapses_on))
        due_on, extendable_until = terms.answer(self.kind, act.on)
        self.trigger_event(
            DataRequestCompleted,
            case_id=self.case_id,
            evidence=evidence,
            completed_on=act.on,
            due_on=due_on,
            extendable_until=extendable_until,
            recorded_by=act.person,
        )

    def lapse(self, day: date) -> bool:
        """Take it as withdrawn once its time to be completed is over; False when there is nothing to record."""
        if self.state != INCOMPLETE or self.lapses_on is None or day <= self.lapses_on:
            return False
        self.trigger_event(DataRequestLapsed, case_id=self.case_id, lapsed_on=day)
        return True

    def extend(self, act: Act, *, reason: str, notice: str, answer_by: date) -> None:
        """Take the further term, by a notice sent before the first one ends.

        Raises `ExtensionUsed`, `ExtensionTooLate`, and `FieldInvalid` for a day that the law does not allow.
        """
        self._check_open()
        act.check_not_before(self.happened_on)
        if self.extended:
            raise ExtensionUsed(until=str(self.due_on))
        if act.on > self.due_on:
            raise ExtensionTooLate(until=str(self.due_on))
        if not self.due_on < answer_by <= self.extendable_until:
            explanation = f"la fecha va después del {self.due_on} y a más tardar el {self.extendable_until}."
            raise FieldInvalid(field="answer_by", explanation=explanation)
        self.trigger_event(
            DataRequestExtended,
            case_id=self.case_id,
            reason=Personal(self.person, "i", reason),
            notice=notice,
            notified_on=act.on,
            due_on=answer_by,
            extended_by=act.person,
        )

    def answer(self, act: Act, *, outcome: str, ground: str | None, text: str, file: str) -> None:
        """Answer it; late ones too, for the duty to answer does not end with the term."""
        self._check_open()
        act.check_not_before(self.happened_on)
        if outcome in STAYS and ground is None:
            raise FieldInvalid(
                field="ground", explanation="diga con qué fundamento legal se niega, en todo o en parte."
            )
        self.trigger_event(
            DataRequestAnswered,
            case_id=self.case_id,
            outcome=outcome,
            ground=ground if outcome in STAYS else None,
            text=Personal(self.person, "i", text),
            file=file,
            answered_on=act.on,
            late=act.on > self.due_on,
            answered_by=act.person,
        )

    def note_erasure(self, act: Act, erasure_id: UUID) -> None:
        """The erasure that follows from what was granted. Raises `StepOutOfOrder` if none was."""
        if self.kind != ERASURE or self.outcome not in (GRANTED, PARTLY):
            raise StepOutOfOrder(missing="conceder la supresión en la respuesta a la solicitud")
        act.check_not_before(self.happened_on)
        self.trigger_event(DataRequestErasureAsked, case_id=self.case_id, erasure_id=erasure_id, asked_on=act.on)

    def _check_open(self) -> None:
        if self.state in (ANSWERED, LAPSED):
            raise DataRequestClosed(field="id")
        if self.state == INCOMPLETE:
            raise DataRequestIncomplete(until=str(self.lapses_on))

"""The result of a valuation and what follows when it is not apt (PR-156 acts 14 and 15)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.assistance.domain.refusals import CallNotNext, ComponentsRequired, ProducerNotConfirmed
from services.assistance.domain.state import CaseState, Event, StrengtheningMeeting, Valuation
from shared.catalogue.refusals import FieldInvalid, SeparationOfDuties, StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


class ResultDeclared(Event):
    """A person other than the scorers declared the result of a valuation."""

    unit_id: UUID
    valuation_id: UUID
    call_id: UUID
    declared_on: date
    declared_by: UUID
    reason: Personal


class UnitValidated(ResultDeclared):
    """*Apto*: the unit is preselected."""

    TOPIC = "assistance.UnitValidated"

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "preselected"
        aggregate.valuation.result = "apto"
        aggregate.valuation.declared_on = self.declared_on


class UnitNotValidated(ResultDeclared):
    """*No apto*: ``component_codes`` are to be strengthened before the next call."""

    TOPIC = "assistance.UnitNotValidated"
    component_codes: list[str]

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "strengthening"
        aggregate.valuation.result = "no_apto"
        aggregate.valuation.components = self.component_codes
        aggregate.valuation.declared_on = self.declared_on
        aggregate.strengthening_on = None


class ValidationReportReturned(Event):
    """The report goes back to act. 13; forms and report stay."""

    TOPIC = "assistance.ValidationReportReturned"
    valuation_id: UUID
    form_instance_ids: list[UUID]
    reason: Personal
    returned_on: date
    returned_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "in_valuation"
        aggregate.valuation.last_form_on = self.returned_on


class StrengtheningOpened(Event):
    TOPIC = "assistance.StrengtheningOpened"
    component_codes: list[str]
    professional: UUID
    opened_on: date

    def apply(self, aggregate: CaseState) -> None:
        aggregate.strengthening_on = self.opened_on


class StrengtheningMeetingHeld(Event):
    """One meeting with a professional of the entity; ``next_on``: the day of the next one, None if none is planned."""

    TOPIC = "assistance.StrengtheningMeetingHeld"
    meeting_id: UUID
    topic: str
    hours: Decimal
    result: Personal
    next_on: date | None
    held_on: date
    held_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.strengthening_on = self.held_on
        aggregate.strengthening_meetings.append(StrengtheningMeeting(self.held_on, self.topic, self.hours, self.result))


class StrengtheningClosed(Event):
    """Each component has its outcome: strengthened, partial or not_strengthened."""

    TOPIC = "assistance.StrengtheningClosed"
    component_codes: list[str]
    outcomes: list[dict[str, Any]]
    closed_on: date
    closed_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "waiting_next_call"
        aggregate.strengthening_on = self.closed_on
        aggregate.enrolled_next_on = None


class NextCallEnrolled(Event):
    """The case takes part in another call; one that waits is valued again, a preselected one keeps its valuation."""

    TOPIC = "assistance.NextCallEnrolled"
    call_id: UUID
    enrolled_on: date
    enrolled_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.call_id = self.call_id
        aggregate.enrolled_next_on = self.enrolled_on


class ResultActs(CaseState):
    """What may happen in acts 14 and 15."""

    def declare_unit_result(self, act: Act, *, result: str, reason: Personal, components: list[str]) -> None:
        """Declare *apto* or *no apto*. Who scored FO-781 or FO-779 does not declare (SOD-2).

        Raises `SeparationOfDuties`, `ProducerNotConfirmed`, `ComponentsRequired`, `FieldInvalid`.
        """
        valuation = self._reported(act)
        if result == "apto" and not valuation.producer_confirmed:
            raise ProducerNotConfirmed(field="result")
        if result == "no_apto" and not components:
            raise ComponentsRequired(field="components")
        if result != valuation.proposed and valuation.reasons is not None and reason.value == valuation.reasons.value:
            raise FieldInvalid(
                field="reason", explanation="el resultado difiere del informe: explique por qué con una razón propia."
            )
        facts: dict[str, Any] = {
            "unit_id": self.unit_id,
            "valuation_id": valuation.valuation_id,
            "call_id": valuation.call_id,
            "declared_on": act.on,
            "declared_by": act.person,
            "reason": reason,
        }
        if result == "apto":
            self.trigger_event(UnitValidated, **facts)
        else:
            self.trigger_event(UnitNotValidated, **facts, component_codes=components)

    def return_validation_report(self, act: Act, *, reason: Personal) -> None:
        """Send the report back to act. 13 with a reason; also closed to the scorers (SOD-2)."""
        valuation = self._reported(act)
        self.trigger_event(
            ValidationReportReturned,
            valuation_id=valuation.valuation_id,
            form_instance_ids=[*valuation.capacities, *valuation.products, *valuation.sheets],
            reason=reason,
            returned_on=act.on,
            returned_by=act.person,
        )

    def open_strengthening(self, act: Act, *, components: list[str], professional: UUID) -> None:
        """Begin act. 15 on components that the result named."""
        self.check_open(act)
        act.check_not_before(self.valuation.declared_on)
        if self.strengthening_on is not None:
            raise StepOutOfOrder(missing="nada: el fortalecimiento ya está abierto")
        if not components:
            raise ComponentsRequired(field="components")
        unknown = sorted(set(components) - set(self.valuation.components))
        if unknown:
            raise FieldInvalid(field="components", explanation=f"el resultado no incluye {', '.join(unknown)}.")
        self.trigger_event(StrengtheningOpened, component_codes=components, professional=professional, opened_on=act.on)

    def record_strengthening_meeting(
        self, act: Act, *, meeting_id: UUID, topic: str, hours: Decimal, result: Personal, next_on: date | None
    ) -> None:
        """Record a meeting of act. 15; meetings are recorded in the order in which they were held."""
        self.check_open(act)
        if self.strengthening_on is None:
            raise StepOutOfOrder(missing="abrir el fortalecimiento de componentes (actividad 15)")
        act.check_not_before(self.strengthening_on)
        if next_on is not None and next_on < act.on:
            raise FieldInvalid(field="next_on", explanation="la próxima reunión no puede ser anterior a esta.")
        self.trigger_event(
            StrengtheningMeetingHeld,
            meeting_id=meeting_id,
            topic=topic,
            hours=hours,
            result=result,
            next_on=next_on,
            held_on=act.on,
            held_by=act.person,
        )

    def close_strengthening(self, act: Act, *, outcomes: list[dict[str, Any]]) -> None:
        """End act. 15 with one outcome a component; the case then waits for the next call (A15-2)."""
        self.check_open(act)
        if self.strengthening_on is None:
            raise StepOutOfOrder(missing="abrir el fortalecimiento de componentes (actividad 15)")
        act.check_not_before(self.strengthening_on)
        if not outcomes:
            raise ComponentsRequired(field="outcomes")
        codes = [row["component"] for row in outcomes]
        self.trigger_event(
            StrengtheningClosed, component_codes=codes, outcomes=outcomes, closed_on=act.on, closed_by=act.person
        )

    def enrol_in_next_call(self, act: Act, *, call_id: UUID, open_on_date: bool) -> None:
        """Take part in another open call (A15-2, A16-2). Raises `CallNotNext`."""
        self.check_open(act)
        act.check_not_before(self.strengthening_on if self.state == "waiting_next_call" else self.valuation.declared_on)
        if call_id == self.call_id:
            raise CallNotNext(field="call", explanation="es la misma en la que ya participa.")
        if not open_on_date:
            raise CallNotNext(field="call", explanation="no está abierta en esa fecha.")
        self.trigger_event(NextCallEnrolled, call_id=call_id, enrolled_on=act.on, enrolled_by=act.person)

    def _reported(self, act: Act) -> Valuation:
        self.check_open(act)
        act.check_not_before(self.valuation.issued_on)
        if act.person in self.valuation.scorers:
            raise SeparationOfDuties(
                rule="SOD-2", explanation="quien calificó el FO-781 o el FO-779 no declara ni devuelve el resultado."
            )
        return self.valuation

"""Entry to the alternative (PR-156 act. 16: entrega formal a quien ejecuta la asistencia)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.assistance.domain.refusals import FilterNotPassed
from services.assistance.domain.state import CaseState, Event, Executor
from shared.catalogue.refusals import FieldInvalid, NotAuthorised, StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


class ExecutorFact(Event):
    """A fact of a hand-over: to a contract, or to a team of the entity."""

    contract_id: UUID | None
    team_id: UUID | None
    call_id: UUID


class HandedOver(ExecutorFact):
    """The minutes FO-051 and the documents were handed over; it counts once accepted (A16-3)."""

    TOPIC = "assistance.HandedOver"
    class_version = 2
    team_lead: UUID | None
    minutes: dict[str, Any]
    minutes_id: UUID | None
    minutes_no: str
    form_version: str
    documents_handed: list[UUID]
    handed_on: date
    handed_by: UUID
    reply_due: date | None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state |= {"minutes_id": None, "minutes_no": "", "form_version": ""}

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "handover_pending"
        aggregate.executor = Executor(
            self.contract_id, self.team_id, self.team_lead, self.call_id, self.handed_on, reply_due=self.reply_due
        )


class HandoverAccepted(ExecutorFact):
    TOPIC = "assistance.HandoverAccepted"
    accepted_on: date
    accepted_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "in_assistance"
        assert aggregate.executor is not None
        aggregate.executor.accepted_on = self.accepted_on


class HandoverRejected(ExecutorFact):
    TOPIC = "assistance.HandoverRejected"
    reason: Personal
    rejected_on: date
    rejected_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "preselected"
        aggregate.executor = None
        aggregate.last_rejected_on = self.rejected_on


@dataclass(frozen=True)
class Filters:
    """What the application knows on the day of the hand-over and the case cannot: P-04 and exclusions in force."""

    training_hours: Decimal
    excluded: bool = False


class HandoverActs(CaseState):
    """What may happen in act. 16."""

    def missing_filters(self, filters: Filters) -> Mapping[str, str]:
        """The filters of A16-1 that the case does not pass, by code, in Spanish; empty when all pass."""
        training = self.training
        trained = training is not None and (
            training.hours_total >= filters.training_hours or training.excepted_on is not None
        )
        attended = training.hours_total if training is not None else 0
        apt = bool(self.valuations) and self.valuations[-1].result == "apto"
        checks = {
            "entry": (self.entry_result == "met", "criterios de entrada completos (actividades 2 y 4)"),
            "offer": (self.accepted_on is not None, "oferta aceptada (actividad 10)"),
            "commitment": (self.commitment_id is not None, "acta de compromiso firmada (actividad 11)"),
            "training": (trained, f"formación de {filters.training_hours} h o excepción (lleva {attended} h)"),
            "unit": (apt, "unidad declarada apta (actividad 14)"),
            "duplicate": (not self.suspicions, "resolver la posible duplicidad"),
            "exclusion": (not filters.excluded, "que no haya una exclusión vigente"),
        }
        return {code: text for code, (passed, text) in checks.items() if not passed}

    def hand_over(
        self,
        act: Act,
        *,
        contract_id: UUID | None,
        team_id: UUID | None,
        team_lead: UUID | None,
        minutes: dict[str, Any],
        minutes_id: UUID,
        minutes_no: str,
        form_version: str,
        documents_handed: list[UUID],
        filters: Filters,
        reply_due: date | None,
    ) -> None:
        """Hand the case to an executor. Contract and quota are checked by their own aggregates.

        Raises `FilterNotPassed` naming every missing filter, `FieldInvalid` unless there is exactly one executor.
        """
        self.check_open(act)
        if (contract_id is None) == (team_lead is None):
            raise FieldInvalid(field="contract", explanation="indique un contrato o un líder de equipo, no ambos.")
        missing = self.missing_filters(filters)
        if missing:
            raise FilterNotPassed(missing="; ".join(missing.values()), filters=list(missing))
        act.check_not_before(self.valuation.declared_on)
        act.check_not_before(self.last_rejected_on)
        if self.enrolled_next_on is not None:
            act.check_not_before(self.enrolled_next_on)
        self.trigger_event(
            HandedOver,
            contract_id=contract_id,
            team_id=team_id,
            call_id=self.call_id,
            team_lead=team_lead,
            minutes=minutes,
            minutes_id=minutes_id,
            minutes_no=minutes_no,
            form_version=form_version,
            documents_handed=documents_handed,
            handed_on=act.on,
            handed_by=act.person,
            reply_due=reply_due,
        )

    def accept_handover(self, act: Act) -> None:
        """The executor receives the case. Only staff of that contract, or the named lead of the team (A16-3)."""
        executor = self._pending(act)
        self._check_receiver(act, executor)
        self.trigger_event(HandoverAccepted, **self._who(executor), accepted_on=act.on, accepted_by=act.person)

    def reject_handover(self, act: Act, *, reason: Personal) -> None:
        """The executor refuses; after P-32 without an answer the coordinator may take the case back."""
        executor = self._pending(act)
        overdue = executor.reply_due is not None and act.on > executor.reply_due
        if not (act.role == "coordinator" and overdue):
            self._check_receiver(act, executor)
        self.trigger_event(
            HandoverRejected, **self._who(executor), reason=reason, rejected_on=act.on, rejected_by=act.person
        )

    def check_executor(self, act: Act) -> Executor:
        """Refuse with `NotAuthorised` unless ``act`` is by the executor of the case (A17-1, ROL-02)."""
        executor = self.executor
        assert executor is not None
        if executor.contract_id is None and act.role in ("caseworker", "business_adviser"):
            return executor
        if executor.contract_id is not None and self._is_staff(act, executor):
            return executor
        raise NotAuthorised(command=act.procedure.label(act.command), roles=_receiver(executor))

    def _pending(self, act: Act) -> Executor:
        self.check_open(act)
        assert self.executor is not None
        if self.executor.accepted_on is not None:
            raise StepOutOfOrder(missing="nada: el caso ya se recibió")
        act.check_not_before(self.executor.handed_on)
        return self.executor

    def _check_receiver(self, act: Act, executor: Executor) -> None:
        allowed = self._is_staff(act, executor) if executor.team_lead is None else act.person == executor.team_lead
        if not allowed:
            raise NotAuthorised(command=act.procedure.label(act.command), roles=_receiver(executor))

    @staticmethod
    def _is_staff(act: Act, executor: Executor) -> bool:
        return act.role == "operator_staff" and str(executor.contract_id) in act.contracts

    @staticmethod
    def _who(executor: Executor) -> dict[str, Any]:
        return {"contract_id": executor.contract_id, "team_id": executor.team_id, "call_id": executor.call_id}


def _receiver(executor: Executor) -> str:
    return "personal del operador de ese contrato" if executor.contract_id else "el equipo a cargo del caso"

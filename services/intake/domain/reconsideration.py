"""Reconsideration after "no cumple", waived criteria, and the end of a case that is not eligible (A02-3, A02-4)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.intake.domain.case_state import CLOSED_NOT_ELIGIBLE, IDENTIFIED, NOT_ELIGIBLE, CaseState, Event
from services.intake.domain.refusals import CriterionNotWaivable, ReconsiderationLate, ReconsiderationUsed
from shared.catalogue.refusals import SeparationOfDuties, StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


class CriterionWaived(Event):
    """A criterion that its version allows to waive no longer counts against the case."""

    TOPIC = "intake.CriterionWaived"
    criterion: str
    criteria_set_version: str
    reason: Personal
    waived_on: date
    waived_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.waived = {**aggregate.waived, self.criterion: self.waived_on}


class ReconsiderationRequested(Event):
    """The citizen asked once to have the result looked at again."""

    TOPIC = "intake.ReconsiderationRequested"
    evaluation_id: UUID
    grounds: Personal
    asked_on: date
    recorded_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.reconsideration_asked_on = self.asked_on


class ReconsiderationResolved(Event):
    """Another person upheld the result or ordered a new evaluation; told by the FO-068 in ``file_id``."""

    TOPIC = "intake.ReconsiderationResolved"
    evaluation_id: UUID
    resolution: str
    reason: Personal
    form_instance_id: UUID
    form_version: str
    number: str
    form: dict[str, Any]
    file_id: str
    file_hash: str
    resolved_on: date
    resolved_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.reconsideration = self.resolution
        if self.resolution == "new_evaluation":
            aggregate.state = IDENTIFIED
            aggregate.evaluation = None
            aggregate.communicated_on = None


class CaseNotEligibleClosed(Event):
    """The term to ask passed unused, or the result was upheld."""

    TOPIC = "intake.CaseNotEligibleClosed"
    closed_on: date

    def apply(self, aggregate: CaseState) -> None:
        aggregate.end(CLOSED_NOT_ELIGIBLE)


class ReconsiderationActs(CaseState):
    """What may follow a result that the citizen does not agree with."""

    def waive(self, act: Act, *, criterion: str, version: str, waivable: bool, reason: Personal) -> None:
        """Waive a criterion. Raises `CriterionNotWaivable` unless the version says that it may be (A02-4)."""
        act.check_state(self.state)
        if not waivable:
            raise CriterionNotWaivable(field="criterion", criterion=criterion)
        self.trigger_event(
            CriterionWaived,
            criterion=criterion,
            criteria_set_version=version,
            reason=reason,
            waived_on=act.on,
            waived_by=act.person,
        )

    def request_reconsideration(self, act: Act, *, grounds: Personal, last_day: date | None) -> None:
        """Ask for reconsideration. Raises `ReconsiderationLate` after P-30, `ReconsiderationUsed` the second time."""
        act.check_state(self.state)
        if self.reconsideration_asked_on is not None:
            raise ReconsiderationUsed(asked=self.reconsideration_asked_on.isoformat())
        if self.evaluation is None or self.communicated_on is None:
            raise StepOutOfOrder(missing="comunicar el resultado con el FO-068 (actividad 2)")
        act.check_not_before(self.communicated_on)
        if last_day is not None and act.on > last_day:
            raise ReconsiderationLate(until=last_day.isoformat())
        self.trigger_event(
            ReconsiderationRequested,
            evaluation_id=self.evaluation.evaluation_id,
            grounds=grounds,
            asked_on=act.on,
            recorded_by=act.person,
        )

    def check_resolvable(self, act: Act) -> None:
        """Refuse unless a request waits, and ``act`` is by another person than the evaluator (SOD, AMB-15)."""
        act.check_state(self.state)
        if self.reconsideration_asked_on is None or self.reconsideration is not None:
            raise StepOutOfOrder(missing="que la persona pida la reconsideración")
        act.check_not_before(self.reconsideration_asked_on)
        if self.evaluation is not None and act.person in self.evaluators:
            raise SeparationOfDuties(rule="A02-3", explanation="resuelve una persona distinta de quien evaluó.")

    def resolve_reconsideration(
        self,
        act: Act,
        *,
        resolution: str,
        reason: Personal,
        form_instance_id: UUID,
        form_version: str,
        number: str,
        form: dict[str, Any],
        file_id: str,
        file_hash: str,
    ) -> None:
        """Uphold the result, which closes the case, or order a new evaluation."""
        self.check_resolvable(act)
        assert self.evaluation is not None
        self.trigger_event(
            ReconsiderationResolved,
            evaluation_id=self.evaluation.evaluation_id,
            resolution=resolution,
            reason=reason,
            form_instance_id=form_instance_id,
            form_version=form_version,
            number=number,
            form=form,
            file_id=file_id,
            file_hash=file_hash,
            resolved_on=act.on,
            resolved_by=act.person,
        )
        if resolution == "confirmed":
            self.trigger_event(CaseNotEligibleClosed, closed_on=act.on)

    def close_not_eligible(self, day: date, last_day: date) -> bool:
        """Close the case when its term passed without a request; False when there is nothing to record."""
        waiting = self.reconsideration_asked_on is not None and self.reconsideration is None
        if self.state != NOT_ELIGIBLE or waiting or day <= last_day:
            return False
        self.trigger_event(CaseNotEligibleClosed, closed_on=day)
        return True

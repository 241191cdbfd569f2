"""The work of the executor: activities by component, measurements, buyers and fairs (PR-156 act. 17 a to f)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.assistance.domain.conduct import Measurement
from services.assistance.domain.phases import PhaseActs
from services.assistance.domain.refusals import (
    BaselineMissing,
    ComponentNotPlanned,
    PlanNotApproved,
)
from services.assistance.domain.state import CaseState, Event
from shared.catalogue.refusals import FieldInvalid, StepOutOfOrder
from shared.catalogue.types import Act

MEASURED = frozenset("bcde")
"""The components that need a baseline first (A17-4)."""
FOLLOW_UP = "f"
"""The component of follow-up and evaluation: what the executor records of it is its own follow-up (FUP-4)."""


class ExecutorsFact(Event):
    """Done by the executor, answered for by a professional of the entity (AMB-08)."""

    happened_on: date
    executed_by: UUID
    accountable: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.conduct.noted(self.happened_on)
        self.change(aggregate)

    def change(self, aggregate: CaseState) -> None:
        """What this fact changes."""


class ComponentActivityRecorded(ExecutorsFact):
    TOPIC = "assistance.ComponentActivityRecorded"
    activity_id: UUID
    component: str
    item: str
    topic: str
    hours: Decimal
    method: str
    details: dict[str, Any]

    def change(self, aggregate: CaseState) -> None:
        aggregate.conduct.worked.add(self.component)
        if self.component == FOLLOW_UP:
            aggregate.conduct.executor_follow_ups.append(self.happened_on)


class MeasuredFact(ExecutorsFact):
    measurement_id: UUID
    first: date
    last: date
    units: Decimal
    resources: Decimal
    hours: Decimal | None
    details: dict[str, Any]
    capacity: list[dict[str, Any]]

    @property
    def measurement(self) -> Measurement:
        return Measurement(self.first, self.last, self.units, self.resources)


class BaselineMeasured(MeasuredFact):
    TOPIC = "assistance.BaselineMeasured"

    def change(self, aggregate: CaseState) -> None:
        aggregate.conduct.baseline = self.measurement
        aggregate.conduct.capacity = self.capacity or aggregate.conduct.capacity


class ResultMeasured(MeasuredFact):
    TOPIC = "assistance.ResultMeasured"

    def change(self, aggregate: CaseState) -> None:
        aggregate.conduct.result = self.measurement
        aggregate.conduct.capacity = self.capacity or aggregate.conduct.capacity


class CommercialLinkMade(ExecutorsFact):
    TOPIC = "assistance.CommercialLinkMade"
    link_id: UUID
    product_type: str
    qty: Decimal | None
    channel: str
    details: dict[str, Any]


class CommercialScenarioHeld(ExecutorsFact):
    TOPIC = "assistance.CommercialScenarioHeld"
    scenario_id: UUID
    product_type: str
    qty: Decimal | None
    details: dict[str, Any]


class ExecutionActs(PhaseActs):
    """Components a to e. ``accountable`` is the professional of the entity who answers for the act."""

    def record_component_activity(
        self,
        act: Act,
        *,
        activity_id: UUID,
        component: str,
        item: str,
        topic: str,
        hours: Decimal,
        method: str,
        accountable: UUID,
        details: dict[str, Any],
    ) -> None:
        """Record work on a component of the approved plan; only component a may come before it (A17-1)."""
        self._check_work(act, component)
        self.trigger_event(
            ComponentActivityRecorded,
            activity_id=activity_id,
            component=component,
            item=item,
            topic=topic,
            hours=hours,
            method=method,
            details=details,
            **self._by(act, accountable),
        )

    def record_measurement(
        self,
        act: Act,
        *,
        kind: str,
        measurement_id: UUID,
        measurement: Measurement,
        hours: Decimal | None,
        capacity: list[dict[str, Any]],
        accountable: UUID,
        details: dict[str, Any],
    ) -> None:
        """Record the baseline, or the result to compare with it (OBJ-5, A17-4)."""
        self.check_open(act)
        self.check_executor(act)
        if measurement.last < measurement.first or measurement.last > act.on:
            raise FieldInvalid(field="to", explanation="el período debe terminar después de empezar y no en el futuro.")
        work = self.conduct
        if kind == "baseline" and work.worked & MEASURED:
            raise StepOutOfOrder(missing="medir la línea base antes de las actividades de los componentes b a e")
        if kind == "result":
            if work.baseline is None:
                raise BaselineMissing()
            if measurement.first <= work.baseline.last:
                raise FieldInvalid(field="from", explanation="el resultado se mide después de la línea base.")
        event = BaselineMeasured if kind == "baseline" else ResultMeasured
        self.trigger_event(
            event,
            measurement_id=measurement_id,
            first=measurement.first,
            last=measurement.last,
            units=measurement.units,
            resources=measurement.resources,
            hours=hours,
            capacity=capacity,
            details=details,
            **self._by(act, accountable),
        )

    def record_commercial_link(
        self,
        act: Act,
        *,
        link_id: UUID,
        product_type: str,
        qty: Decimal | None,
        channel: str,
        accountable: UUID,
        details: dict[str, Any],
    ) -> None:
        """Record a buyer of the unit's goods (component e)."""
        self._check_work(act, "e")
        self.trigger_event(
            CommercialLinkMade,
            link_id=link_id,
            product_type=product_type,
            qty=qty,
            channel=channel,
            details=details,
            **self._by(act, accountable),
        )

    def record_commercial_scenario(
        self,
        act: Act,
        *,
        scenario_id: UUID,
        product_type: str,
        qty: Decimal | None,
        accountable: UUID,
        details: dict[str, Any],
    ) -> None:
        """Record a fair or another place where the goods were offered (component e)."""
        self._check_work(act, "e")
        self.trigger_event(
            CommercialScenarioHeld,
            scenario_id=scenario_id,
            product_type=product_type,
            qty=qty,
            details=details,
            **self._by(act, accountable),
        )

    def _check_work(self, act: Act, component: str) -> None:
        self.check_open(act)
        act.check_not_before(self.check_executor(act).accepted_on)
        plan = self.plan
        if component == "a":
            return
        if component == "g":
            raise FieldInvalid(field="item", explanation="el componente g lo registra el IPES después del proceso.")
        if plan is None or not plan.approved_version:
            raise PlanNotApproved()
        if component == FOLLOW_UP:
            # Every stage of a plan is followed up (A17-5), so no plan has to name the component.
            act.check_not_before(plan.approved_on)
            return
        if component not in plan.approved:
            raise ComponentNotPlanned(component=component)
        act.check_not_before(plan.approved_on)
        if component in MEASURED and self.conduct.baseline is None:
            raise BaselineMissing()

    @staticmethod
    def _by(act: Act, accountable: UUID) -> dict[str, Any]:
        return {"happened_on": act.on, "executed_by": act.person, "accountable": accountable}

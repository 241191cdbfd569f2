"""Phases of the process, their stage evaluation, and the follow-up of each (PR-156 acts 17 f and 20; FO-419)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.assistance.domain.conduct import FollowUp, PhaseRun, Pledge
from services.assistance.domain.plan import PlanActs
from services.assistance.domain.refusals import FollowUpMissing, PhaseNotOpen, PlanNotApproved
from services.assistance.domain.state import CaseState, Event
from shared.catalogue.refusals import FieldInvalid, NotFound, StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

PHASES = {
    "technical_assistance": "Asistencia técnica",
    "materialisation": "Materialización",
    "commercial_management": "Gestión comercial",
}
"""What people call the phases; the published events know these three codes."""


class PhaseStarted(Event):
    TOPIC = "assistance.PhaseStarted"
    phase: str
    started_on: date
    started_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.conduct.phases[self.phase] = PhaseRun(self.started_on)
        aggregate.conduct.noted(self.started_on)


class FollowUpScheduled(Event):
    """A visit of act. 20 is planned (FUP-1)."""

    TOPIC = "assistance.FollowUpScheduled"
    visit_id: UUID
    phase: str
    planned_on: date
    scheduled_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.conduct.follow_ups[self.visit_id] = FollowUp(self.phase, self.planned_on)


class FollowUpVisited(Event):
    """FO-419 of a visit; its commitments are tracked until done or dropped (FUP-2)."""

    TOPIC = "assistance.FollowUpVisited"
    visit_id: UUID
    phase: str
    form_version: str
    form: dict[str, Any]
    pledges: list[dict[str, Any]]
    settled: list[dict[str, Any]]
    visited_on: date
    visited_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        conduct = aggregate.conduct
        planned = conduct.follow_ups.setdefault(self.visit_id, FollowUp(self.phase, self.visited_on))
        planned.visited_on = self.visited_on
        planned.overdue = False
        conduct.phases[self.phase].visits += 1
        conduct.last_visit_on = max(conduct.last_visit_on or self.visited_on, self.visited_on)
        for row in self.pledges:
            conduct.pledges[row["id"]] = Pledge(self.visited_on, row["due"])
        for row in self.settled:
            conduct.pledges[row["id"]].outcome = row["outcome"]
        conduct.noted(self.visited_on)


class FollowUpOverdue(Event):
    """The planned day passed without a visit; recorded once, by the system."""

    TOPIC = "assistance.FollowUpOverdue"
    visit_id: UUID
    phase: str
    overdue_since: date

    def apply(self, aggregate: CaseState) -> None:
        aggregate.conduct.follow_ups[self.visit_id].overdue = True


class StageEvaluated(Event):
    """Component f: the stage of a phase is evaluated (A17-5)."""

    TOPIC = "assistance.StageEvaluated"
    phase: str
    result: Personal
    rating: int | None
    evaluated_on: date
    evaluated_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.conduct.phases[self.phase].evaluated_on = self.evaluated_on
        aggregate.conduct.noted(self.evaluated_on)


class PhaseClosed(Event):
    TOPIC = "assistance.PhaseClosed"
    phase: str
    closed_on: date
    closed_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.conduct.phases[self.phase].closed_on = self.closed_on
        aggregate.conduct.noted(self.closed_on)


class PhaseActs(PlanActs):
    """Phases and visits while the case is in assistance."""

    def start_phase(self, act: Act, *, phase: str, visits: Sequence[tuple[UUID, date]], at_least: int) -> None:
        """Start a phase with the schedule of its visits; ``at_least`` is P-08 (FUP-1)."""
        self.check_open(act)
        plan = self.plan
        if plan is None or not plan.approved_version:
            raise PlanNotApproved()
        if phase in self.conduct.phases:
            raise StepOutOfOrder(missing="nada: esa fase ya inició")
        act.check_not_before(plan.approved_on)
        if len(visits) < at_least:
            raise FieldInvalid(field="visits", explanation=f"programe al menos {at_least} visita(s) para la fase.")
        self.trigger_event(PhaseStarted, phase=phase, started_on=act.on, started_by=act.person)
        for visit_id, planned_on in visits:
            self._schedule(act, visit_id, phase, planned_on)

    def schedule_follow_up(self, act: Act, *, visit_id: UUID, phase: str, planned_on: date) -> None:
        """Plan one more visit of a phase that is under way."""
        self.check_open(act)
        self._running(phase)
        self._schedule(act, visit_id, phase, planned_on)

    def record_follow_up(
        self,
        act: Act,
        *,
        visit_id: UUID,
        scheduled: bool,
        form_version: str,
        form: dict[str, Any],
        pledges: list[dict[str, Any]],
        settled: list[dict[str, Any]],
    ) -> None:
        """File the FO-419 of a visit, planned or not. A visit recorded later keeps its true date (FUP-3)."""
        self.check_open(act)
        phase = form["phase"]
        planned = self.conduct.follow_ups.get(visit_id)
        if scheduled and planned is None:
            raise NotFound(what="la visita programada", field="visit")
        if planned is not None and planned.visited_on is not None:
            raise StepOutOfOrder(missing="nada: esa visita ya está registrada")
        if planned is not None and planned.phase != phase:
            raise FieldInvalid(field="form.phase", explanation="la visita se programó para otra fase.")
        run = self.conduct.phases.get(phase)
        if run is None or (run.closed_on is not None and act.on > run.closed_on):
            raise PhaseNotOpen(phase=PHASES.get(phase, phase))
        act.check_not_before(run.started_on)
        for position, row in enumerate(settled):
            pledge = self.conduct.pledges.get(row["id"])
            if pledge is None or pledge.outcome != "open":
                where = f"form.earlier_commitments[{position}].commitment"
                raise FieldInvalid(field=where, explanation="ese compromiso no está pendiente en este caso.")
        self.trigger_event(
            FollowUpVisited,
            visit_id=visit_id,
            phase=phase,
            form_version=form_version,
            form=form,
            pledges=pledges,
            settled=settled,
            visited_on=act.on,
            visited_by=act.person,
        )

    def note_overdue(self, visit_id: UUID, day: date) -> bool:
        """Record that a planned visit did not take place by its day; False when there is nothing to record."""
        planned = self.conduct.follow_ups.get(visit_id)
        if self.state != "in_assistance" or planned is None or planned.visited_on or planned.overdue:
            return False
        if planned.planned_on >= day:
            return False
        self.trigger_event(FollowUpOverdue, visit_id=visit_id, phase=planned.phase, overdue_since=planned.planned_on)
        return True

    def evaluate_stage(self, act: Act, *, phase: str, result: Personal, rating: int | None) -> None:
        """Evaluate the model of intervention in the stage of a phase (component f)."""
        self.check_open(act)
        run = self._running(phase)
        act.check_not_before(run.started_on)
        self.trigger_event(
            StageEvaluated, phase=phase, result=result, rating=rating, evaluated_on=act.on, evaluated_by=act.person
        )

    def close_phase(self, act: Act, *, phase: str, at_least: int) -> None:
        """Close a phase; ``at_least`` is P-08. Raises `FollowUpMissing` without its field visits (A20-1)."""
        self.check_open(act)
        run = self._running(phase)
        if run.visits < at_least:
            raise FollowUpMissing(done=run.visits, needed=at_least)
        act.check_not_before(run.evaluated_on or self.conduct.last_visit_on or run.started_on)
        self.trigger_event(PhaseClosed, phase=phase, closed_on=act.on, closed_by=act.person)

    def _running(self, phase: str) -> PhaseRun:
        run = self.conduct.phases.get(phase)
        if run is None or run.closed_on is not None:
            raise PhaseNotOpen(phase=PHASES.get(phase, phase))
        return run

    def _schedule(self, act: Act, visit_id: UUID, phase: str, planned_on: date) -> None:
        if planned_on < self.conduct.phases[phase].started_on:
            raise FieldInvalid(field="planned_on", explanation="la visita no puede ser anterior al inicio de la fase.")
        self.trigger_event(
            FollowUpScheduled, visit_id=visit_id, phase=phase, planned_on=planned_on, scheduled_by=act.person
        )

"""The end of the assistance: completion, ex-post follow-up by the entity, closing (act. 17 g; CASE-2, CASE-5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.assistance.domain.incentive import IncentiveActs
from services.assistance.domain.phases import PHASES
from services.assistance.domain.production import ProductionActs
from services.assistance.domain.refusals import CompletionBlocked, ExPostMissing
from services.assistance.domain.state import CaseState, Event, Incentive
from shared.catalogue.refusals import FieldInvalid
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

BEFORE_EX_POST = frozenset("abcde")


class ProcessCompleted(Event):
    """The intervention project of the case has ended."""

    TOPIC = "assistance.ProcessCompleted"
    dropped: list[dict[str, Any]]
    no_result_reason: Personal | None
    completed_on: date
    completed_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "completed"
        aggregate.conduct.completed_on = self.completed_on
        aggregate.conduct.dropped |= {row["component"] for row in self.dropped}


class ExPostStarted(Event):
    TOPIC = "assistance.ExPostStarted"
    line_of_intervention: Personal
    started_on: date
    started_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "ex_post"
        aggregate.conduct.ex_post_on = self.started_on


class ExPostVisited(Event):
    TOPIC = "assistance.ExPostVisited"
    visit_id: UUID
    findings: Personal
    advice: Personal
    file: UUID | None
    visited_on: date
    visited_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.conduct.ex_post_visits.append(self.visited_on)


class CaseClosed(Event):
    TOPIC = "assistance.CaseClosed"
    reason: Personal | None
    closed_on: date
    closed_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.end("closed_completed")


class CompletionActs(ProductionActs, IncentiveActs):
    """From the last component to the closed case."""

    def missing_for_completion(
        self, phase_of: dict[str, str], dropped: Iterable[str] = (), *, no_result: bool = False
    ) -> list[str]:
        """What CASE-2 still asks for, in Spanish. ``phase_of`` gives the phase of each component."""
        work, plan = self.conduct, self.plan
        planned = set(plan.approved) & BEFORE_EX_POST if plan else set()
        missing: list[str] = []
        if not self.incentives:
            missing.append("decidir si hay impulso económico (actividad 18)")
        for incentive in self.incentives.values():
            open_items = _undelivered(incentive)
            if open_items:
                missing.append(f"entregar o cancelar {', '.join(open_items)} de la decisión del {incentive.decided_on}")
        if self.custody:
            missing.append("entregar o devolver los elementos retirados del almacén")
        left = sorted(planned - work.worked - work.dropped - set(dropped))
        if left:
            missing.append(f"realizar los componentes {', '.join(left)} del plan, o descartarlos con motivo")
        for phase in sorted({phase_of[code] for code in planned if code in phase_of} | set(work.phases)):
            run, name = work.phases.get(phase), PHASES.get(phase, phase)
            if run is None or run.evaluated_on is None:
                missing.append(f"evaluar la etapa «{name}» (componente f)")
            if run is not None and run.closed_on is None:
                missing.append(f"cerrar la fase «{name}»")
        if work.result is None and not no_result:
            missing.append("medir el resultado de productividad, o decir por qué no se midió")
        return missing

    def complete_process(
        self,
        act: Act,
        *,
        dropped: list[dict[str, Any]],
        no_result_reason: Personal | None,
        phase_of: dict[str, str],
    ) -> None:
        """End the intervention project. Raises `CompletionBlocked`, which lists all that is missing (CASE-2)."""
        self.check_open(act)
        plan = self.plan
        for position, row in enumerate(dropped):
            if plan is None or row["component"] not in plan.approved:
                where = f"dropped[{position}].component"
                raise FieldInvalid(field=where, explanation="ese componente no está en el plan aprobado.")
        given_up = [row["component"] for row in dropped]
        missing = self.missing_for_completion(phase_of, given_up, no_result=no_result_reason is not None)
        if missing:
            raise CompletionBlocked(missing="; ".join(missing), blockers=missing)
        act.check_not_before(self.conduct.last_on)
        self.trigger_event(
            ProcessCompleted,
            dropped=dropped,
            no_result_reason=no_result_reason,
            completed_on=act.on,
            completed_by=act.person,
        )

    def start_ex_post(self, act: Act, *, line_of_intervention: Personal) -> None:
        """Plan the follow-up of the entity after the project (component g)."""
        self.check_open(act)
        act.check_not_before(self.conduct.completed_on)
        self.trigger_event(
            ExPostStarted, line_of_intervention=line_of_intervention, started_on=act.on, started_by=act.person
        )

    def record_ex_post_visit(
        self, act: Act, *, visit_id: UUID, findings: Personal, advice: Personal, file: UUID | None, window_ends: date
    ) -> None:
        """Record a visit of staff of the entity, within the window of P-36 (A17-6)."""
        self.check_open(act)
        act.check_not_before(self.conduct.ex_post_on)
        if act.on > window_ends:
            raise FieldInvalid(field="happened_on", explanation=f"el seguimiento ex post termina el {window_ends}.")
        self.trigger_event(
            ExPostVisited,
            visit_id=visit_id,
            findings=findings,
            advice=advice,
            file=file,
            visited_on=act.on,
            visited_by=act.person,
        )

    def close_case(self, act: Act, *, reason: Personal | None, visits: int) -> None:
        """Close the case; ``visits`` is P-35. Raises `ExPostMissing` without them and without a reason (CASE-5)."""
        self.check_open(act)
        done = self.conduct.ex_post_visits
        if len(done) < visits and reason is None:
            raise ExPostMissing(done=len(done), needed=visits)
        act.check_not_before(max(done) if done else self.conduct.ex_post_on)
        self.trigger_event(CaseClosed, reason=reason, closed_on=act.on, closed_by=act.person)


def _undelivered(incentive: Incentive) -> list[str]:
    """The items of a yes that are neither delivered nor cancelled."""
    if incentive.decision != "yes":
        return []
    wanted: dict[str, Decimal] = {}
    for goods in incentive.lines.values():
        wanted[goods.item] = wanted.get(goods.item, Decimal(0)) + goods.qty - goods.cancelled
    return [item for item, qty in wanted.items() if incentive.delivered.get(item, Decimal(0)) < qty]

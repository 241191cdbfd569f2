"""Checking the entry criteria (PR-156 act. 2; requirements 3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.intake.domain.case_state import IDENTIFIED, CaseState, Evaluation, Event
from services.intake.domain.facts import Facts, merged
from services.intake.domain.identification import FO_203
from services.intake.domain.refusals import ListNotConsolidated
from services.intake.domain.verdicts import pre_result
from shared.catalogue.refusals import ConsentMissing, FormIncomplete, StepOutOfOrder
from shared.catalogue.types import Act, Outcome
from shared.privacy.personal import Personal


@dataclass(frozen=True)
class Verdict:
    """What a version of the criteria made of the facts. ``pre`` are its codes of phase pre."""

    criteria_set: str
    version: str
    as_of: date
    service: str
    outcomes: Mapping[str, Outcome]
    pre: tuple[str, ...]
    route: str
    measures: Mapping[str, Any]
    """Age, months operating and warnings of the route, as the report shows them."""

    @property
    def result(self) -> str:
        return pre_result({code: each.outcome for code, each in self.outcomes.items()}, self.pre)


class CriteriaEvaluated(Event):
    """The entry criteria were checked as of a date. ``declared``: facts that were stated in this act, by class;
    ``facts_version``: the version of the case whose facts, with those, were looked at."""

    TOPIC = "intake.CriteriaEvaluated"
    evaluation_id: UUID
    criteria_set: str
    criteria_set_version: str
    as_of: date
    service: str
    result: str
    route: str
    outcomes: Personal
    measures: Personal
    declared: dict[str, Personal]
    facts_version: int
    check_ids: list[UUID]
    evaluated_on: date
    evaluated_by: UUID | None
    import_id: UUID | None

    def apply(self, aggregate: CaseState) -> None:
        aggregate.facts = merged(aggregate.facts, self.declared)
        if self.evaluated_by is not None:
            aggregate.evaluators = aggregate.evaluators | {self.evaluated_by}
        aggregate.evaluations += 1
        aggregate.evaluation = Evaluation(
            self.evaluation_id,
            self.criteria_set,
            self.criteria_set_version,
            self.as_of,
            self.evaluated_on,
            self.evaluated_by,
            self.result,
            self.outcomes,
        )


class RecheckRequested(Event):
    """A new evaluation was ordered; the earlier ones stay (CRI-3)."""

    TOPIC = "intake.RecheckRequested"
    evaluation_id: UUID
    reason: Personal
    requested_by: UUID
    changes_state: bool

    def apply(self, aggregate: CaseState) -> None:
        aggregate.recheck_open = True
        if self.changes_state:
            aggregate.state = IDENTIFIED
            aggregate.communicated_on = None


class EntryCriteriaCompleted(Event):
    """Both parts of the entry are known: the pre criteria and E04 (CRI-4)."""

    TOPIC = "intake.EntryCriteriaCompleted"
    evaluation_id: UUID
    result: str
    e04: str
    profiling_id: UUID | None
    validated_on: date | None

    def apply(self, aggregate: CaseState) -> None:
        aggregate.e04 = self.e04


class EvaluationActs(CaseState):
    """What may happen in act. 2, and what profiling's answer completes."""

    def check_ready(self, *, listed: bool) -> None:
        """Raise what keeps the criteria from being evaluated: no list, no FO-203, no legal ground (A01-5, A02-1)."""
        if not listed:
            raise ListNotConsolidated()
        if not self.identification_versions:
            raise FormIncomplete(form=FO_203, missing="registrarlo antes de evaluar los criterios")
        if not self.has_ground:
            raise ConsentMissing(missing="el fundamento legal para tratar los datos")

    def evaluate(
        self,
        act: Act,
        verdict: Verdict,
        *,
        evaluation_id: UUID,
        declared: Facts,
        listed: bool,
        import_id: UUID | None = None,
    ) -> None:
        """Store the evaluation of this case. A re-check in a later state changes no state (CRI-3).

        Raises what `check_ready` raises, and state errors.
        """
        if (not self.recheck_open and import_id is None) or act.procedure.is_final(self.state):
            act.check_state(self.state)
        self.check_ready(listed=listed)
        self.trigger_event(
            CriteriaEvaluated,
            evaluation_id=evaluation_id,
            criteria_set=verdict.criteria_set,
            criteria_set_version=verdict.version,
            as_of=verdict.as_of,
            service=verdict.service,
            result=verdict.result,
            route=verdict.route,
            outcomes=Personal(self.candidate_id, "s", {code: _kept(each) for code, each in verdict.outcomes.items()}),
            measures=Personal(self.candidate_id, "s", dict(verdict.measures)),
            declared=declared,
            facts_version=self.version,
            check_ids=[check.check_id for check in self.checks],
            evaluated_on=act.on,
            evaluated_by=act.person,
            import_id=import_id,
        )
        if self.e04 is not None and verdict.result != "incomplete":
            self._complete_entry(self.e04, None, None)

    def was_evaluated(self, evaluation_id: UUID) -> bool:
        """True if the evaluation of that id is the current one."""
        return self.evaluation is not None and self.evaluation.evaluation_id == evaluation_id

    def request_recheck(self, act: Act, *, reason: Personal, changes_state: bool) -> None:
        """Order a new evaluation; only a state of intake goes back to identified (CRI-3)."""
        act.check_state(self.state)
        if self.evaluation is None:
            raise StepOutOfOrder(missing="evaluar los criterios de entrada (actividad 2)")
        self.trigger_event(
            RecheckRequested,
            evaluation_id=self.evaluation.evaluation_id,
            reason=reason,
            requested_by=act.person,
            changes_state=changes_state,
        )

    def complete_entry(self, profile: str, profiling_id: UUID, validated_on: date | None) -> None:
        """Record E04 from profiling's answer, ``met`` or ``not_met`` (CRI-4). Repeating it changes nothing."""
        if self.evaluation is not None and self.e04 != profile:
            self._complete_entry(profile, profiling_id, validated_on)

    def _complete_entry(self, e04: str, profiling_id: UUID | None, validated_on: date | None) -> None:
        assert self.evaluation is not None
        self.trigger_event(
            EntryCriteriaCompleted,
            evaluation_id=self.evaluation.evaluation_id,
            result="met" if e04 == self.evaluation.result == "met" else "not_met",
            e04=e04,
            profiling_id=profiling_id,
            validated_on=validated_on,
        )


def _kept(outcome: Outcome) -> dict[str, Any]:
    kept: dict[str, Any] = {"outcome": outcome.outcome, "reason": outcome.reason}
    if outcome.evidence:
        kept["evidence"] = list(outcome.evidence)
    if outcome.missing:
        kept["missing"] = list(outcome.missing)
    if outcome.branch:
        kept["branch"] = outcome.branch
    return kept

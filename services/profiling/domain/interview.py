"""Profiling (PR-156 act. 3): interview FO-423 and classification."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.profiling.domain.refusals import (
    EligibilityNotCommunicated,
    IdentificationNotUpdated,
    InstrumentInvalid,
    InstrumentMissing,
    InterviewMissing,
    RoleMissing,
)
from services.profiling.domain.state import CaseState, Classification, Event
from shared.catalogue.refusals import CatalogueNotEffective, DuplicateUnresolved, FormIncomplete
from shared.catalogue.types import Act, OutcomeMatrix
from shared.privacy.personal import Personal


class ProfilingStarted(Event):
    TOPIC = "profiling.ProfilingStarted"
    profiling_id: UUID
    started_on: date
    started_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "profiling"
        aggregate.profiling_id = self.profiling_id
        aggregate.started_on = self.started_on


class InterviewRecorded(Event):
    """FO-423 under a version of the guide; answers and ratings are psychosocial."""

    TOPIC = "profiling.InterviewRecorded"
    form_instance_id: UUID
    form_version: str
    guide: str
    guide_version: str
    form: dict[str, Any]
    interviewed_on: date
    interviewed_by: UUID
    psychosocial: bool

    def apply(self, aggregate: CaseState) -> None:
        aggregate.interviewed_on = self.interviewed_on
        aggregate.note_author(self.interviewed_by, self.psychosocial)


class ProfileClassified(Event):
    """A person's classification with its reasons, and the cell of the matrix it falls in (PRO-8, A03-3)."""

    TOPIC = "profiling.ProfileClassified"
    profiling_id: UUID
    matrix_version: str
    entrepreneurial_profile: bool
    is_producer: bool
    is_trader: bool
    result: str
    manual_decision: bool
    reason: Personal
    classified_on: date
    classified_by: UUID
    psychosocial: bool

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "profiled"
        aggregate.classification = Classification(
            self.matrix_version, self.result, self.manual_decision, self.reason, self.classified_on, self.classified_by
        )
        aggregate.note_author(self.classified_by, self.psychosocial)


class InterviewActs(CaseState):
    """What may happen in act. 3."""

    def form_corrected(self, fact: Any) -> None:
        """Who puts an interview right is an author of the profiling too (SOD-1)."""
        if fact.code == "FO-423":
            self.note_author(fact.corrected_by, False)

    def start_profiling(self, act: Act, *, profiling_id: UUID) -> None:
        """Begin. Raises `DuplicateUnresolved`, `EligibilityNotCommunicated`, `ConsentMissing`."""
        if self.state:
            act.check_state(self.state)
        if self.suspicions:
            raise DuplicateUnresolved()
        if not self.eligible or self.communicated_on is None:
            raise EligibilityNotCommunicated()
        act.check_not_before(self.communicated_on)
        self.check_consent(act.on)
        self.trigger_event(ProfilingStarted, profiling_id=profiling_id, started_on=act.on, started_by=act.person)

    def record_interview(
        self, act: Act, *, form_id: UUID, version: str, form: dict[str, Any], guide_version: str, dimensions: list[str]
    ) -> None:
        """File FO-423. ``guide_version`` is the guide's version in force, ``dimensions`` those that it rates."""
        self.check_profiling(act)
        if form["guide_version"] != guide_version:
            raise CatalogueNotEffective(
                field="form.guide_version",
                version=form["guide_version"],
                artefact=f"la guía {form['guide']}",
                date=act.on.isoformat(),
            )
        rated = [row["dimension"] for row in form["ratings"]]
        missing = [dimension for dimension in dimensions if dimension not in rated]
        if missing or len(rated) != len(set(rated)):
            wanted = ", ".join(missing) or "una sola calificación por dimensión"
            raise FormIncomplete(field="form.ratings", form="FO-423", missing=wanted)
        self.trigger_event(
            InterviewRecorded,
            form_instance_id=form_id,
            form_version=version,
            guide=form["guide"],
            guide_version=guide_version,
            form=form,
            interviewed_on=act.on,
            interviewed_by=act.person,
            psychosocial="psychosocial" in act.roles,
        )

    def classify_profile(
        self,
        act: Act,
        *,
        entrepreneurial_profile: bool,
        is_producer: bool,
        is_trader: bool,
        reason: Personal,
        matrix: OutcomeMatrix,
    ) -> None:
        """Classify over interview and instrument. Each thing missing has its code (A03-1, A03-2, A03-4)."""
        self.check_profiling(act)
        if self.interviewed_on is None:
            raise InterviewMissing()
        if not self.applications:
            raise InstrumentMissing()
        standing = [each for each in self.applications if not each.replaced]
        usable = [each for each in standing if not each.problem]
        if not usable:
            raise InstrumentInvalid(explanation=standing[-1].problem)
        if self.identification_on is None or self.started_on is None or self.identification_on < self.started_on:
            raise IdentificationNotUpdated()
        if not self.psychosocial and "psychosocial" not in act.roles:
            raise RoleMissing()
        act.check_not_before(self.interviewed_on)
        act.check_not_before(usable[-1].scored_on)
        cell = matrix.cell(profile=entrepreneurial_profile, producer=is_producer, trader=is_trader)
        self.trigger_event(
            ProfileClassified,
            profiling_id=self.profiling_id,
            matrix_version=matrix.version,
            entrepreneurial_profile=entrepreneurial_profile,
            is_producer=is_producer,
            is_trader=is_trader,
            result=cell.result,
            manual_decision=cell.manual_decision,
            reason=reason,
            classified_on=act.on,
            classified_by=act.person,
            psychosocial="psychosocial" in act.roles,
        )

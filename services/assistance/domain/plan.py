"""Diagnosis and plan of the assistance (PR-156 act. 17; FRM-16)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.assistance.domain.state import CaseState, Event, Plan
from services.assistance.domain.transfer import TransferActs
from shared.catalogue.refusals import FieldInvalid, SeparationOfDuties, StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

PLAN_OF_ROUTE = {"strengthening": "improvement_plan", "entrepreneurship": "business_plan"}
"""OBJ-4: the plan that each route is delivered with; a technical plan fits both."""


class DiagnosisRecorded(Event):
    TOPIC = "assistance.DiagnosisRecorded"
    diagnosis_id: UUID
    diagnosis: Personal
    file: UUID | None
    diagnosed_on: date
    diagnosed_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.diagnosis_id = self.diagnosis_id
        aggregate.diagnosed_on = self.diagnosed_on


class PlanDrafted(Event):
    """A version of the plan, written by the executor; not in force before its approval."""

    TOPIC = "assistance.PlanDrafted"
    plan_id: UUID
    version: int
    kind: str
    component_codes: list[str]
    content: dict[str, Any]
    production: list[dict[str, Any]]
    drafted_on: date
    author: UUID

    class_version = 2

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        # Goals of production were not asked for then.
        state["production"] = []

    def apply(self, aggregate: CaseState) -> None:
        earlier = aggregate.plan
        if earlier is None:
            aggregate.plan = Plan(self.plan_id, 1, self.component_codes, {self.author}, self.drafted_on)
            aggregate.plan.production = self.production
            return
        earlier.production = self.production
        earlier.version = self.version
        earlier.component_codes = self.component_codes
        earlier.authors.add(self.author)
        earlier.drafted_on = self.drafted_on


class PlanApproved(Event):
    TOPIC = "assistance.PlanApproved"
    plan_id: UUID
    version: int
    component_codes: list[str]
    approved_on: date
    approved_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        assert aggregate.plan is not None
        aggregate.plan.approved_version = self.version
        aggregate.plan.approved = self.component_codes
        aggregate.plan.approved_on = self.approved_on


class PlanRevised(PlanDrafted):
    """A justified new version of an approved plan; what it adds waits for a new approval (A17-1)."""

    TOPIC = "assistance.PlanRevised"
    dropped: list[dict[str, Any]]
    reason: Personal

    def apply(self, aggregate: CaseState) -> None:
        super().apply(aggregate)
        aggregate.conduct.dropped |= {row["component"] for row in self.dropped}


class PlanDefended(Event):
    """The plan was defended before a panel (sustentación)."""

    TOPIC = "assistance.PlanDefended"
    plan_id: UUID
    version: int
    result: str
    panel: list[dict[str, Any]]
    remarks: Personal | None
    defended_on: date
    recorded_by: UUID


class PlanActs(TransferActs):
    """What may happen at the start of act. 17."""

    def record_diagnosis(self, act: Act, *, diagnosis_id: UUID, diagnosis: Personal, file: UUID | None) -> None:
        """The executor records the diagnosis of the unit."""
        self.check_open(act)
        act.check_not_before(self.check_executor(act).accepted_on)
        self.trigger_event(
            DiagnosisRecorded,
            diagnosis_id=diagnosis_id,
            diagnosis=diagnosis,
            file=file,
            diagnosed_on=act.on,
            diagnosed_by=act.person,
        )

    def draft_plan(
        self, act: Act, *, plan_id: UUID, kind: str, content: dict[str, Any], production: list[dict[str, Any]]
    ) -> None:
        """Write the plan, or its next version. The strengthening route needs a diagnosis first (OBJ-4)."""
        self.check_open(act)
        executor = self.check_executor(act)
        if self.plan is not None and self.plan.approved_version:
            raise StepOutOfOrder(missing="usar «Ajustar el plan»: el plan ya fue aprobado")
        if self.route == "strengthening" and self.diagnosis_id is None:
            raise StepOutOfOrder(missing="el diagnóstico de la unidad productiva (actividad 17)")
        if kind not in ("technical_plan", PLAN_OF_ROUTE.get(self.route, kind)):
            raise FieldInvalid(field="kind", explanation="ese tipo de plan no corresponde a la ruta del caso.")
        act.check_not_before(self.diagnosed_on or executor.accepted_on)
        earlier = self.plan
        if earlier is not None:
            act.check_not_before(earlier.drafted_on)
        _check_production(production, content)
        self.trigger_event(
            PlanDrafted,
            plan_id=earlier.plan_id if earlier else plan_id,
            version=earlier.version + 1 if earlier else 1,
            kind=kind,
            component_codes=sorted({row["component"] for row in content["components"]}),
            content=content,
            production=production,
            drafted_on=act.on,
            author=act.person,
        )

    def revise_plan(
        self,
        act: Act,
        *,
        kind: str,
        content: dict[str, Any],
        production: list[dict[str, Any]],
        dropped: list[dict[str, Any]],
        reason: Personal,
    ) -> None:
        """Write a new version of an approved plan; each component that it leaves out is dropped with a reason."""
        self.check_open(act)
        self.check_executor(act)
        plan = self.plan
        if plan is None or not plan.approved_version:
            raise StepOutOfOrder(missing="aprobar el plan que se quiere ajustar")
        act.check_not_before(plan.approved_on)
        codes = sorted({row["component"] for row in content["components"]})
        left_out = set(plan.approved) - set(codes) - self.conduct.worked - {row["component"] for row in dropped}
        if left_out:
            what = f"diga por qué se descarta: {', '.join(sorted(left_out))}."
            raise FieldInvalid(field="dropped", explanation=what)
        _check_production(production, content)
        self.trigger_event(
            PlanRevised,
            plan_id=plan.plan_id,
            version=plan.version + 1,
            kind=kind,
            component_codes=codes,
            content=content,
            production=production,
            dropped=dropped,
            reason=reason,
            drafted_on=act.on,
            author=act.person,
        )

    def record_plan_defence(
        self, act: Act, *, result: str, panel: list[dict[str, Any]], remarks: Personal | None
    ) -> None:
        """Record the defence of the latest version of the plan."""
        self.check_open(act)
        plan = self.plan
        if plan is None:
            raise StepOutOfOrder(missing="elaborar el plan (actividad 17)")
        act.check_not_before(plan.drafted_on)
        self.trigger_event(
            PlanDefended,
            plan_id=plan.plan_id,
            version=plan.version,
            result=result,
            panel=panel,
            remarks=remarks,
            defended_on=act.on,
            recorded_by=act.person,
        )

    def approve_plan(self, act: Act) -> None:
        """Put the latest version in force. No author of any version approves (A17-1)."""
        self.check_open(act)
        plan = self.plan
        if plan is None:
            raise StepOutOfOrder(missing="elaborar el plan (actividad 17)")
        if plan.approved_version == plan.version:
            raise StepOutOfOrder(missing="nada: esa versión del plan ya está aprobada")
        act.check_not_before(plan.drafted_on)
        if act.person in plan.authors:
            raise SeparationOfDuties(rule="A17-1", explanation="quien elaboró el plan no lo aprueba.")
        self.trigger_event(
            PlanApproved,
            plan_id=plan.plan_id,
            version=plan.version,
            component_codes=plan.component_codes,
            approved_on=act.on,
            approved_by=act.person,
        )


def _check_production(production: list[dict[str, Any]], content: dict[str, Any]) -> None:
    """Goals of production go with component d, and each ends no earlier than it begins (act. 17)."""
    if production and not any(row["component"] == "d" for row in content["components"]):
        raise FieldInvalid(field="production", explanation="un plan de producción necesita el componente d en el plan.")
    for position, row in enumerate(production):
        if row["to"] < row["from"]:
            where = f"production[{position}].to"
            raise FieldInvalid(field=where, explanation="el período no puede terminar antes de empezar.")

"""Valuation of product and unit (PR-156 act. 13): visit, FO-781, FO-779, FO-780 and the validation report."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.assistance.domain.refusals import ProducerNotConfirmed, VisitMismatch
from services.assistance.domain.state import CaseState, Event, Valuation, Visit
from shared.catalogue.refusals import FormIncomplete, NotFound, StepOutOfOrder
from shared.catalogue.types import Act
from shared.privacy.personal import Personal


class VisitEvent(Event):
    """A fact about a visit; the first one of a valuation opens it."""

    visit_id: UUID
    valuation_id: UUID
    unit_id: UUID
    call_id: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "in_valuation"
        aggregate.unit_id = self.unit_id
        if not aggregate.valuations or aggregate.valuations[-1].valuation_id != self.valuation_id:
            aggregate.valuations.append(Valuation(self.valuation_id, self.call_id))
        visits = aggregate.valuations[-1].visits
        self.change(visits.setdefault(self.visit_id, Visit(self.visit_id)))

    def change(self, visit: Visit) -> None:
        """What this fact changes."""


class UnitVisitScheduled(VisitEvent):
    TOPIC = "assistance.UnitVisitScheduled"
    planned_on: date
    address: Personal
    locality: str

    def change(self, visit: Visit) -> None:
        visit.planned_on = self.planned_on


class UnitVisited(VisitEvent):
    """The visit took place; ``at_unit`` false when it was not where the unit works."""

    TOPIC = "assistance.UnitVisited"
    form_instance_ids: list[UUID]
    visited_on: date
    visited_by: UUID
    at_unit: bool
    details: dict[str, Any]

    def change(self, visit: Visit) -> None:
        visit.visited_on = self.visited_on
        visit.at_unit = self.at_unit


class FormFact(Event):
    """A form of act. 13 was filled; its whole content is kept under its version (X-02)."""

    valuation_id: UUID
    form_instance_ids: list[UUID]
    form_version: str
    form: dict[str, Any]
    evaluated_on: date
    evaluated_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.valuation.last_form_on = max(aggregate.valuation.last_form_on or self.evaluated_on, self.evaluated_on)
        self.change(aggregate.valuation)

    def change(self, valuation: Valuation) -> None:
        """What this fact changes."""


class CapacityEvaluated(FormFact):
    TOPIC = "assistance.CapacityEvaluated"
    visit_id: UUID
    producer_confirmed: bool

    def change(self, valuation: Valuation) -> None:
        valuation.capacities.extend(self.form_instance_ids)
        valuation.capacity_visit = self.visit_id
        valuation.producer_confirmed = self.producer_confirmed
        valuation.capacity = (self.form.get("technical") or {}).get("installed_capacity") or []
        valuation.scorers.add(self.evaluated_by)


class ProductEvaluated(FormFact):
    TOPIC = "assistance.ProductEvaluated"
    visit_id: UUID

    def change(self, valuation: Valuation) -> None:
        valuation.products.extend(self.form_instance_ids)
        valuation.product_visit = self.visit_id
        valuation.scorers.add(self.evaluated_by)


class ProductSheetFiled(FormFact):
    TOPIC = "assistance.ProductSheetFiled"

    def change(self, valuation: Valuation) -> None:
        valuation.sheets.extend(self.form_instance_ids)


class ValidationReportIssued(Event):
    """The report proposes apto or no apto over the forms it names (FRM-13: informe de validación)."""

    TOPIC = "assistance.ValidationReportIssued"
    valuation_id: UUID
    report_id: UUID
    form_instance_ids: list[UUID]
    proposed: str
    reasons: Personal
    recommendations: Personal
    components: list[str]
    issued_on: date
    issued_by: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.state = "report_issued"
        aggregate.valuation.proposed = self.proposed
        aggregate.valuation.reasons = self.reasons
        aggregate.valuation.issued_on = self.issued_on


class ValuationActs(CaseState):
    """What may happen in act. 13."""

    def form_corrected(self, fact: Any) -> None:
        """Who puts a score right is a scorer too (SOD-2); the capacity is what the corrected form says."""
        for valuation in self.valuations:
            if fact.form_instance_id in (*valuation.capacities, *valuation.products):
                valuation.scorers.add(fact.corrected_by)
            if fact.form_instance_id in valuation.capacities[-1:]:
                valuation.producer_confirmed = fact.form["is_producer_confirmed"]
                valuation.capacity = (fact.form.get("technical") or {}).get("installed_capacity") or []

    def schedule_unit_visit(
        self,
        act: Act,
        *,
        visit_id: UUID,
        valuation_id: UUID,
        unit_id: UUID,
        planned_on: date,
        address: Personal,
        locality: str,
    ) -> None:
        """Plan a visit. ``valuation_id`` and ``unit_id`` count only if this opens the valuation or names the unit."""
        self._check_valuation_may_start(act)
        self.trigger_event(
            UnitVisitScheduled,
            visit_id=visit_id,
            **self._open_valuation(valuation_id, unit_id),
            planned_on=planned_on,
            address=address,
            locality=locality,
        )

    def record_unit_visit(
        self, act: Act, *, visit_id: UUID, valuation_id: UUID, unit_id: UUID, at_unit: bool, details: dict[str, Any]
    ) -> None:
        """Record a visit that took place on ``act.on``, scheduled before or not."""
        self._check_valuation_may_start(act)
        facts = self._open_valuation(valuation_id, unit_id)
        known = next((each for each in self.valuations if each.valuation_id == facts["valuation_id"]), None)
        if known and known.visits.get(visit_id, Visit(visit_id)).visited_on is not None:
            raise StepOutOfOrder(missing="nada: esa visita ya está registrada")
        self.trigger_event(
            UnitVisited,
            visit_id=visit_id,
            **facts,
            form_instance_ids=[],
            visited_on=act.on,
            visited_by=act.person,
            at_unit=at_unit,
            details=details,
        )

    def file_capacity_evaluation(self, act: Act, *, form_id: UUID, version: str, form: dict[str, Any]) -> None:
        """File FO-781. Raises `VisitMismatch` if its visit is not the one of the FO-779 already filed (A13-1)."""
        self._check_form(act, "FO-781", form["visit"], self._filed_product_visit())
        self.trigger_event(
            CapacityEvaluated,
            **self._form_fact(act, form_id, version, form),
            visit_id=form["visit"],
            producer_confirmed=form["is_producer_confirmed"],
        )

    def file_product_evaluation(self, act: Act, *, form_id: UUID, version: str, form: dict[str, Any]) -> None:
        """File FO-779 of one product, on the visit of the FO-781."""
        filed = self.valuation.capacity_visit if self.valuations else None
        self._check_form(act, "FO-779", form["visit"], filed)
        self.trigger_event(ProductEvaluated, **self._form_fact(act, form_id, version, form), visit_id=form["visit"])

    def file_product_sheet(self, act: Act, *, form_id: UUID, version: str, form: dict[str, Any]) -> None:
        """File FO-780 of one product, after a visit."""
        self.check_open(act)
        visited = [each.visited_on for each in self.valuation.visits.values() if each.visited_on is not None]
        if not visited:
            raise StepOutOfOrder(missing="la visita a la unidad productiva (actividad 13)")
        act.check_not_before(min(visited))
        self.trigger_event(ProductSheetFiled, **self._form_fact(act, form_id, version, form))

    def issue_validation_report(
        self,
        act: Act,
        *,
        report_id: UUID,
        proposed: str,
        reasons: Personal,
        recommendations: Personal,
        components: list[str],
    ) -> None:
        """Propose a result over the forms filed (A13-1, A13-2). Raises `FormIncomplete`, `ProducerNotConfirmed`."""
        self.check_open(act)
        valuation = self.valuation
        parts = {"FO-781": valuation.capacities, "FO-779": valuation.products, "FO-780": valuation.sheets}
        missing = [code for code, filed in parts.items() if not filed]
        if missing:
            raise FormIncomplete(form="Informe de validación", missing=", ".join(missing))
        act.check_not_before(valuation.last_form_on)
        if proposed == "apto" and not valuation.producer_confirmed:
            raise ProducerNotConfirmed(field="proposed")
        self.trigger_event(
            ValidationReportIssued,
            valuation_id=valuation.valuation_id,
            report_id=report_id,
            form_instance_ids=[*valuation.capacities, *valuation.products, *valuation.sheets],
            proposed=proposed,
            reasons=reasons,
            recommendations=recommendations,
            components=components,
            issued_on=act.on,
            issued_by=act.person,
        )

    def _check_valuation_may_start(self, act: Act) -> None:
        self.check_open(act)
        if self.training is None or (self.training.enrolled_on is None and self.training.excepted_on is None):
            raise StepOutOfOrder(missing="la inscripción en la formación complementaria (actividad 12)")
        if self.state == "waiting_next_call":
            if self.enrolled_next_on is None:
                raise StepOutOfOrder(missing="la inscripción en la siguiente convocatoria (actividad 15)")
            act.check_not_before(self.enrolled_next_on)
        act.check_not_before(self.training.enrolled_on)

    def _open_valuation(self, valuation_id: UUID, unit_id: UUID) -> dict[str, Any]:
        current = self.valuations[-1] if self.valuations and self.state == "in_valuation" else None
        return {
            "valuation_id": current.valuation_id if current else valuation_id,
            "unit_id": self.unit_id or unit_id,
            "call_id": self.call_id,
        }

    def _filed_product_visit(self) -> UUID | None:
        return self.valuation.product_visit if self.valuations else None

    def _check_form(self, act: Act, form: str, visit_id: UUID, other_visit: UUID | None) -> None:
        self.check_open(act)
        visit = self.valuation.visits.get(visit_id)
        if visit is None:
            raise NotFound(field="form.visit", what="la visita en esta valoración")
        if visit.visited_on is None:
            raise StepOutOfOrder(missing="registrar la visita a la unidad productiva (actividad 13)")
        act.check_not_before(visit.visited_on)
        if not visit.at_unit:
            raise VisitMismatch(
                field="form.visit", form=form, explanation="no se hizo donde trabaja la unidad. Programe otra visita."
            )
        if other_visit is not None and other_visit != visit_id:
            raise VisitMismatch(
                field="form.visit", form=form, explanation="el FO-781 y el FO-779 deben ser de la misma visita."
            )

    def _form_fact(self, act: Act, form_id: UUID, version: str, form: dict[str, Any]) -> dict[str, Any]:
        return {
            "valuation_id": self.valuation.valuation_id,
            "form_instance_ids": [form_id],
            "form_version": version,
            "form": form,
            "evaluated_on": act.on,
            "evaluated_by": act.person,
        }

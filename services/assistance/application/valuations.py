"""Use cases of acts 13 to 15: visits, forms, report, result, strengthening."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.assistance.application.base import AssistanceBase, new_id
from services.assistance.domain import CallCohort
from services.assistance.domain.refusals import CallNotNext
from shared.catalogue.refusals import EvidenceMissing
from shared.catalogue.types import Act
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign


class Valuations(AssistanceBase):
    """Ids of visits, valuations and form instances are made here; the domain decides which of them count."""

    def schedule_unit_visit(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, planned_on: date, address: Personal, locality: str
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        visit_id = new_id()
        case.schedule_unit_visit(
            act,
            visit_id=visit_id,
            valuation_id=new_id(),
            unit_id=new_id(),
            planned_on=planned_on,
            address=assign(address, case.subject()),
            locality=locality,
        )
        return self._valued(case_id, case.valuation.valuation_id, visit_id=visit_id, unit_id=case.unit_id)

    def record_unit_visit(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        visit: UUID | None,
        at_unit: bool,
        location: Personal | None,
        location_consent: bool | None,
        **details: Any,
    ) -> dict[str, Any]:
        """Record a visit; an exact location is kept only with the person's consent (act. 13)."""
        case = self.case(uow, case_id)
        if location is not None and not location_consent:
            raise EvidenceMissing(field="location_consent", missing="la autorización para guardar la ubicación exacta")
        visit_id = visit or new_id()
        case.record_unit_visit(
            act,
            visit_id=visit_id,
            valuation_id=new_id(),
            unit_id=new_id(),
            at_unit=at_unit,
            details=assign({**details, "location": location}, case.subject()),
        )
        return self._valued(case_id, case.valuation.valuation_id, visit_id=visit_id, unit_id=case.unit_id)

    def file_capacity_evaluation(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, form: dict[str, Any]
    ) -> dict[str, Any]:
        case, form_id = self.case(uow, case_id), new_id()
        case.file_capacity_evaluation(
            act, form_id=form_id, version=self.form_version("FO-781", act), form=assign(form, case.subject())
        )
        return self._valued(case_id, case.valuation.valuation_id, form_instance_id=form_id)

    def file_product_evaluation(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, form: dict[str, Any]
    ) -> dict[str, Any]:
        case, form_id = self.case(uow, case_id), new_id()
        case.file_product_evaluation(
            act, form_id=form_id, version=self.form_version("FO-779", act), form=assign(form, case.subject())
        )
        return self._valued(case_id, case.valuation.valuation_id, form_instance_id=form_id)

    def file_product_sheet(self, uow: UnitOfWork, act: Act, case_id: UUID, *, form: dict[str, Any]) -> dict[str, Any]:
        case, form_id = self.case(uow, case_id), new_id()
        case.file_product_sheet(
            act, form_id=form_id, version=self.form_version("FO-780", act), form=assign(form, case.subject())
        )
        return self._valued(case_id, case.valuation.valuation_id, form_instance_id=form_id)

    def issue_validation_report(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, form: dict[str, Any]
    ) -> dict[str, Any]:
        case, report_id = self.case(uow, case_id), new_id()
        report = assign(form, case.subject())
        case.issue_validation_report(
            act,
            report_id=report_id,
            proposed=report["proposed"],
            reasons=report["reasons"],
            recommendations=report["recommendations"],
            components=report["components_to_strengthen"],
        )
        return self._valued(case_id, case.valuation.valuation_id, report_id=report_id)

    def declare_unit_result(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, result: str, reason: Personal, components: list[str]
    ) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.declare_unit_result(act, result=result, reason=assign(reason, case.subject()), components=components)
        return self._valued(case_id, case.valuation.valuation_id, unit_id=case.unit_id)

    def return_validation_report(self, uow: UnitOfWork, act: Act, case_id: UUID, *, reason: Personal) -> dict[str, Any]:
        case = self.case(uow, case_id)
        case.return_validation_report(act, reason=assign(reason, case.subject()))
        return self._valued(case_id, case.valuation.valuation_id)

    def open_strengthening(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, components: list[str], professional: UUID
    ) -> dict[str, Any]:
        self.case(uow, case_id).open_strengthening(act, components=components, professional=professional)
        return {"id": str(case_id)}

    def record_strengthening_meeting(
        self,
        uow: UnitOfWork,
        act: Act,
        case_id: UUID,
        *,
        topic: str,
        hours: Decimal,
        result: Personal,
        next_on: date | None,
    ) -> dict[str, Any]:
        case, meeting_id = self.case(uow, case_id), new_id()
        case.record_strengthening_meeting(
            act,
            meeting_id=meeting_id,
            topic=topic,
            hours=hours,
            result=assign(result, case.subject()),
            next_on=next_on,
        )
        return {"id": str(case_id), "meeting_id": str(meeting_id)}

    def close_strengthening(
        self, uow: UnitOfWork, act: Act, case_id: UUID, *, outcomes: list[dict[str, Any]]
    ) -> dict[str, Any]:
        self.case(uow, case_id).close_strengthening(act, outcomes=outcomes)
        return {"id": str(case_id)}

    def enrol_in_next_call(self, uow: UnitOfWork, act: Act, case_id: UUID, *, call: UUID) -> dict[str, Any]:
        case = self.case(uow, case_id)
        cohort = uow.find(CallCohort, call)
        if cohort is None:
            raise CallNotNext(field="call", explanation="este servicio no conoce esa convocatoria.")
        case.enrol_in_next_call(act, call_id=call, open_on_date=cohort.is_open(act.on))
        return {"id": str(case_id), "call_id": str(call)}

    @staticmethod
    def _valued(case_id: UUID, valuation_id: UUID, **ids: UUID | None) -> dict[str, Any]:
        return {
            "id": str(case_id),
            "valuation_id": str(valuation_id),
            **{name: str(value) for name, value in ids.items()},
        }

"""What every use case of assistance needs: its case, document numbers, values of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from services.assistance import views
from services.assistance.domain import AssistanceCase, CallCohort, NumberSeries
from shared.casework.papers import PaperRow, paper_row
from shared.casework.paperwork import FormRule, Paperwork
from shared.catalogue.programmes import ComponentSet
from shared.catalogue.refusals import FieldInvalid, NotFound
from shared.catalogue.types import Act
from shared.catalogue.working_days import add_working_days
from shared.eventstore.unit_of_work import UnitOfWork

PROGRAMME = "PR-156"
MODEL = "MODELO-PR-156"
CALENDAR = "CO"


_VALUED = (
    "assistance.ValidationReportIssued",
    "assistance.UnitValidated",
    "assistance.UnitNotValidated",
    "assistance.ValidationReportReturned",
)


class AssistanceBase(Paperwork):
    """Shared by the groups of use cases."""

    def person_of(self, case: AssistanceCase) -> UUID:
        return case.subject()

    CORRECTABLE = {
        "FO-051": FormRule("FileForm"),
        "FO-781": FormRule("FileCapacityEvaluation", ("visit",), (*_VALUED, "assistance.ProductionOrderCreated")),
        "FO-779": FormRule("FileProductEvaluation", ("visit",), _VALUED),
        "FO-780": FormRule("FileProductSheet", (), _VALUED),
        "FO-419": FormRule(
            "RecordFollowUp",
            ("visit", "phase", "visit_on", "commitments"),
            ("assistance.PhaseClosed", "assistance.StageEvaluated", "assistance.ProcessCompleted"),
        ),
    }

    def paper(self, document_id: UUID) -> PaperRow | None:
        return paper_row(self.database, views.FORMS, views.attachments, document_id)

    def check_attaching(self, act: Act, case: AssistanceCase) -> None:
        """Staff of an operator attach to the cases that they execute (ROL-02)."""
        if act.role == "operator_staff":
            if case.executor is None:
                raise NotFound(what="el caso", field="id")
            case.check_executor(act)

    def reopened(self, uow: UnitOfWork, case: AssistanceCase) -> None:
        """A hand-over that waits for its answer holds a place of the quota again. Raises `QuotaFull`."""
        if case.state == "handover_pending":
            self.cohort(uow, case.call_id).take_place(case.id)

    def case(self, uow: UnitOfWork, case_id: UUID) -> AssistanceCase:
        """The case. Raises `NotFound` in the words of a person."""
        case = uow.find(AssistanceCase, case_id)
        if case is None:
            raise NotFound(what="el caso", field="id")
        return case

    def cohort(self, uow: UnitOfWork, call_id: UUID | None, field: str = "call") -> CallCohort:
        """The call as this service knows it. Raises `NotFound`."""
        cohort = uow.find(CallCohort, call_id) if call_id is not None else None
        if cohort is None:
            raise NotFound(what="la convocatoria", field=field)
        return cohort

    def number(self, uow: UnitOfWork, code: str, act: Act, document_id: UUID) -> str:
        """The next number of a document of this programme and the year of the act (X-18)."""
        series_id = NumberSeries.series_id(code, PROGRAMME, act.on.year)
        series = uow.find(NumberSeries, series_id)
        if series is None:
            series = NumberSeries.open(code, PROGRAMME, act.on.year)
            uow.add(series)
        return series.issue(document_id)

    def model(self, on: date) -> ComponentSet:
        """The intervention model in force on a date: the components of act. 17 (PR-156 §4)."""
        found: ComponentSet = self.catalogue.component_set(MODEL, on)
        return found

    def component_of(self, item: str, on: date) -> str:
        """The component of an item of act. 17. Raises `FieldInvalid` for one that the model does not have."""
        component = self.model(on).component_of.get(item)
        if component is None:
            raise FieldInvalid(field="item", explanation="el modelo de intervención vigente no tiene ese tema.")
        return component

    def check_of_model(self, rows: Sequence[Mapping[str, Any]], on: date) -> None:
        """Refuse a plan with a component that the model in force does not have."""
        known = self.model(on).components
        for position, row in enumerate(rows):
            if row["component"] not in known:
                raise FieldInvalid(
                    field=f"form.components[{position}].component",
                    explanation=f"el modelo de intervención vigente tiene los componentes {', '.join(known)}.",
                )

    def quantity(self, parameter: str, on: date) -> Decimal:
        """The value of a numeric parameter on a date."""
        return Decimal(str(self.catalogue.value(parameter, on)))

    def reply_due(self, act: Act) -> date:
        """The last day to answer a hand-over: P-32 working days after it."""
        calendar = self.catalogue.calendar(CALENDAR, act.on)
        return add_working_days(act.on, int(self.quantity("P-32", act.on)), calendar)

    def form_version(self, code: str, act: Act) -> str:
        """The version of the form in force when the act happened (CAT-05)."""
        version: str = self.catalogue.form(code, act.on).version
        return version


def new_id() -> UUID:
    """A random id: nothing about a person can be read from it."""
    return uuid4()


def check_unique(case_ids: list[UUID], field: str) -> None:
    """Refuse a list that names one case twice."""
    for row, case_id in enumerate(case_ids):
        if case_id in case_ids[:row]:
            raise FieldInvalid(
                field=f"{field}[{row}].case", explanation="la misma persona figura dos veces en la lista."
            )
